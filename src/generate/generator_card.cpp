#include "generate/generator_card.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/sha256.hpp"
#include "infer/card_tables.hpp"
#include "store/card_fields.hpp"
#include "store/matcher_card.hpp"

namespace semblance::generate_stage {
namespace {

using infer_stage::CardTable;

Truncation read_truncation(const CardTable& generator, bool has_mapping) {
  const std::string truncation = generator.text("truncation");
  if (truncation == "none") return Truncation::none;
  if (truncation == "z") return Truncation::z;
  if (truncation == "input") return Truncation::input;
  if (truncation != "w") {
    generator.refuse("truncation", fmt::format("is '{}'; none, z, w and input are known", truncation));
  }
  if (!has_mapping) generator.refuse("truncation", "is 'w', which needs the table [mapping]");
  return Truncation::w;
}

void read_picture_format(const CardTable& generator, GeneratorCard& card) {
  card.width = generator.size("width");
  card.height = generator.size("height");
  const std::string layout = generator.text("layout", "NCHW");
  if (layout != "NCHW" && layout != "NHWC") {
    generator.refuse("layout", fmt::format("is '{}'; NCHW and NHWC are known", layout));
  }
  card.channels_last = layout == "NHWC";
  const std::string colour = generator.text("colour", "RGB");
  if (colour != "RGB" && colour != "BGR" && colour != "grey") {
    generator.refuse("colour", fmt::format("is '{}'; RGB, BGR and grey are known", colour));
  }
  card.blue_first = colour == "BGR";
  if (colour == "grey") card.channels = picture_stage::Channels::grey;
  if (!generator.has("range")) return;
  constexpr double kMost = 1e6;
  const std::vector<double> range = generator.numbers("range", 2, -kMost, kMost);
  card.black = range[0];
  card.white = range[1];
  if (card.black == card.white) generator.refuse("range", "is empty: black and white are the same value");
}

PictureDigest read_golden(const CardTable& golden) {
  constexpr double kWhite = 255;
  PictureDigest digest;
  std::ranges::copy(golden.numbers("mean", digest.mean.size(), 0, kWhite), digest.mean.begin());
  std::ranges::copy(golden.numbers("pixels", digest.pixels.size(), 0, kWhite), digest.pixels.begin());
  return digest;
}

}  // namespace

GeneratorCard read_generator_card(const std::filesystem::path& file) {
  using store_stage::refuse_card;
  const nlohmann::json all = store_stage::read_card_fields(file);
  GeneratorCard card;
  card.file = file;
  card.sha256 = sha256_file(file);
  const auto text = [&](const char* key) {
    const auto at = all.find(key);
    return at != all.end() && at->is_string() ? at->get<std::string>() : std::string();
  };
  card.name = text("name");
  if (card.name.empty()) refuse_card(file, "has no name");
  card.licence = text("licence");
  for (const std::string& set : read_matcher_card(file).training_sets) {
    card.training_set += (card.training_set.empty() ? "" : ", ") + set;
  }

  const CardTable generator(file, all, "generator");
  card.z = generator.size("z");
  if (generator.has("classes")) card.classes = generator.size("classes");
  if (generator.has("batch")) card.batch = generator.size("batch");
  if (generator.has("cutoff")) card.cutoff = generator.size("cutoff");
  card.truncation = read_truncation(generator, all.contains("mapping"));
  if (card.truncation == Truncation::w) card.w_avg = file.parent_path() / generator.text("w_avg");
  read_picture_format(generator, card);
  if (all.contains("inputs")) {
    const CardTable inputs(file, all, "inputs");
    card.z_input = inputs.text("z", card.z_input);
    card.class_input = inputs.text("class", card.class_input);
    card.psi_input = inputs.text("truncation", card.psi_input);
  }
  if (all.contains("golden")) card.golden = read_golden(CardTable(file, all, "golden"));
  card.weights = infer_stage::read_weights(file, all);
  if (all.contains("mapping")) card.mapping = infer_stage::read_weights(file, all, "mapping");
  return card;
}

}  // namespace semblance::generate_stage
