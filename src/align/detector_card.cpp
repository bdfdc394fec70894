#include "align/detector_card.hpp"

#include <fmt/format.h>

#include "base/sha256.hpp"
#include "store/card_fields.hpp"

namespace semblance::align_stage {

DetectorCard read_detector_card(const std::filesystem::path& file) {
  const nlohmann::json all = store_stage::read_card_fields(file);
  DetectorCard card;
  card.sha256 = sha256_file(file);
  const auto name = all.find("name");
  if (name == all.end() || !name->is_string() || name->get<std::string>().empty())
    store_stage::refuse_card(file, "has no name");
  card.name = name->get<std::string>();

  const infer_stage::CardTable detector(file, all, "detector");
  const std::string family = detector.text("family");
  if (family != "scrfd" && family != "yunet") {
    detector.refuse("family", fmt::format("is '{}'; scrfd and yunet are known", family));
  }
  card.family = family == "yunet" ? DetectorFamily::yunet : DetectorFamily::scrfd;
  card.score = detector.number("score", card.score, 0, 1);
  card.overlap = detector.number("overlap", card.overlap, 0, 1);

  const infer_stage::CardTable input(file, all, "input");
  card.input = infer_stage::read_input(input);
  constexpr std::size_t kCoarsestStride = 32;
  if (card.input.width % kCoarsestStride != 0 || card.input.height % kCoarsestStride != 0) {
    input.refuse("width", fmt::format("and height aren't multiples of {}", kCoarsestStride));
  }
  card.sides = detector.sizes("sides", card.sides);
  for (const std::size_t side : card.sides) {
    if (side > card.input.width || side > card.input.height)
      detector.refuse("sides", fmt::format("has {}, which is larger than the input", side));
  }
  card.weights = infer_stage::read_weights(file, all);
  return card;
}

}  // namespace semblance::align_stage
