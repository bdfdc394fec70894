#include "align/detector_card.hpp"

#include <fmt/format.h>

#include <system_error>

#include "align/landmark_network.hpp"
#include "base/sha256.hpp"
#include "store/card_fields.hpp"
#include "store/matcher_card.hpp"

namespace semblance::align_stage {
namespace {

namespace fs = std::filesystem;

std::string read_name(const fs::path& file, const nlohmann::json& all) {
  const auto name = all.find("name");
  if (name == all.end() || !name->is_string() || name->get<std::string>().empty())
    store_stage::refuse_card(file, "has no name");
  return name->get<std::string>();
}

DetectorFamily read_family(const infer_stage::CardTable& detector) {
  const std::string family = detector.text("family");
  if (family == "scrfd") return DetectorFamily::scrfd;
  if (family == "yunet") return DetectorFamily::yunet;
  if (family == "boxes") return DetectorFamily::boxes;
  detector.refuse("family", fmt::format("is '{}'; scrfd, yunet and boxes are known", family));
}

// The file of the card with this name, wherever the detector's lies.
fs::path find_beside(const fs::path& detector_file, const infer_stage::CardTable& detector, const std::string& name) {
  const fs::path folder = fs::absolute(detector_file).parent_path();
  const std::string plain = matcher_folder(name);
  const fs::path installed = folder.parent_path() / plain;
  std::error_code failed;
  for (const fs::path& file :
       {folder / (plain + ".toml"), folder / (plain + ".json"), installed / "card.toml", installed / "card.json"}) {
    if (fs::is_regular_file(file, failed)) return file;
  }
  detector.refuse("landmarks", fmt::format("is '{}'; no card {}.toml is beside this one, and none of that name is "
                                           "installed beside it",
                                           name, plain));
}

LandmarkCard read_landmark_card(const fs::path& file) {
  const nlohmann::json all = store_stage::read_card_fields(file);
  LandmarkCard card{.name = read_name(file, all), .sha256 = sha256_file(file), .weights = {}, .input = {}};
  const infer_stage::CardTable landmarks(file, all, "landmarks");
  if (landmarks.size("points") != kPointsOfFace) {
    landmarks.refuse("points", fmt::format("isn't {}, the one number that is known", kPointsOfFace));
  }
  card.input = infer_stage::read_input(infer_stage::CardTable(file, all, "input"));
  card.weights = infer_stage::read_weights(file, all);
  return card;
}

}  // namespace

DetectorCard read_detector_card(const std::filesystem::path& file) {
  const nlohmann::json all = store_stage::read_card_fields(file);
  DetectorCard card;
  card.sha256 = sha256_file(file);
  card.name = read_name(file, all);

  const infer_stage::CardTable detector(file, all, "detector");
  card.family = read_family(detector);
  const std::string landmarks = detector.text("landmarks", "");
  if ((card.family == DetectorFamily::boxes) != !landmarks.empty()) {
    detector.refuse("landmarks",
                    "names the card of the network that finds them: family boxes needs it, the others "
                    "find their own");
  }
  card.score = detector.number("score", card.score, 0, 1);
  card.overlap = detector.number("overlap", card.overlap, 0, 1);

  const infer_stage::CardTable input(file, all, "input");
  card.input = infer_stage::read_input(input);
  constexpr std::size_t kCoarsestStride = 32;
  const bool grids = card.family != DetectorFamily::boxes;
  if (grids && (card.input.width % kCoarsestStride != 0 || card.input.height % kCoarsestStride != 0)) {
    input.refuse("width", fmt::format("and height aren't multiples of {}", kCoarsestStride));
  }
  card.sides = detector.sizes("sides", card.sides);
  for (const std::size_t side : card.sides) {
    if (side > card.input.width || side > card.input.height)
      detector.refuse("sides", fmt::format("has {}, which is larger than the input", side));
  }
  card.weights = infer_stage::read_weights(file, all);
  if (!landmarks.empty()) card.landmarks = read_landmark_card(find_beside(file, detector, landmarks));
  return card;
}

}  // namespace semblance::align_stage
