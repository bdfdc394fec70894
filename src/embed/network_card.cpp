#include "embed/network_card.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "store/card_fields.hpp"

namespace semblance::embed_stage {
namespace {

FlipFusion read_flip(const infer_stage::CardTable& output) {
  const std::string flip = output.text("flip", "none");
  if (flip == "none") return FlipFusion::none;
  if (flip == "sum") return FlipFusion::sum;
  if (flip == "concatenate") return FlipFusion::concatenate;
  if (flip == "norm-weighted") return FlipFusion::norm_weighted;
  output.refuse("flip", fmt::format("is '{}'; none, sum, concatenate and norm-weighted are known", flip));
}

Template read_view(const infer_stage::CardTable& input) {
  const std::string view = input.text("template", "T112");
  if (view == "T112") return Template::t112;
  if (view == "T96") return Template::t96;
  if (view == "dlib") return Template::dlib;
  if (view == "box") return Template::box;
  input.refuse("template", fmt::format("is '{}'; T112, T96, dlib and box are known", view));
}

}  // namespace

NetworkCard read_network_card(const std::filesystem::path& file) {
  using store_stage::refuse_card;
  NetworkCard card;
  card.file = file;
  card.matcher = read_matcher_card(file);
  if (card.matcher.name.empty()) refuse_card(file, "has no name");
  const nlohmann::json all = store_stage::read_card_fields(file);

  if (all.contains("process")) {
    refuse_card(file, "is of a process, which compares pairs and gives no embeddings; `semblance audit` takes it");
  }
  if (card.matcher.dimension == 0) refuse_card(file, "has no dimension");
  const infer_stage::CardTable input(file, all, "input");
  card.input = infer_stage::read_input(input);
  card.view = read_view(input);
  card.margin = input.number("margin", 0, 0, 2);
  if (card.margin > 0 && card.view != Template::box) input.refuse("margin", "goes with template = \"box\" alone");
  const std::string scaling = input.text("scaling", "fixed");
  if (scaling != "fixed" && scaling != "whiten") {
    input.refuse("scaling", fmt::format("is '{}'; fixed and whiten are known", scaling));
  }
  card.whiten = scaling == "whiten";
  if (card.whiten && (input.has("mean") || input.has("divisor"))) {
    input.refuse("scaling", "is 'whiten', which takes mean and divisor from each picture; leave them out");
  }
  if (all.contains("output")) card.flip = read_flip(infer_stage::CardTable(file, all, "output"));
  if (card.flip == FlipFusion::concatenate && card.matcher.dimension % 2 != 0) {
    refuse_card(file, "has an odd dimension, though output.flip concatenates two equal halves");
  }
  if (all.contains("golden")) {
    const auto cosines = infer_stage::CardTable(file, all, "golden").numbers("cosines", kGoldenPairs.size(), -1, 1);
    card.golden.emplace();
    std::ranges::copy(cosines, card.golden->begin());
  }
  card.weights = infer_stage::read_weights(file, all);
  return card;
}

}  // namespace semblance::embed_stage
