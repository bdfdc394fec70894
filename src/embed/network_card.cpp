#include "embed/network_card.hpp"

#include <fmt/format.h>

#include "store/card_fields.hpp"

namespace semblance::embed_stage {

NetworkCard read_network_card(const std::filesystem::path& file) {
  using store_stage::refuse_card;
  NetworkCard card;
  card.matcher = read_matcher_card(file);
  if (card.matcher.name.empty()) refuse_card(file, "has no name");
  if (card.matcher.dimension == 0) refuse_card(file, "has no dimension");
  const nlohmann::json all = store_stage::read_card_fields(file);

  const infer_stage::CardTable input(file, all, "input");
  card.input = infer_stage::read_input(input);
  const std::string view = input.text("template", "T112");
  if (view != "T112" && view != "T96") input.refuse("template", fmt::format("is '{}'; T112 and T96 are known", view));
  card.view = view == "T96" ? Template::t96 : Template::t112;
  card.weights = infer_stage::read_weights(file, all);
  return card;
}

}  // namespace semblance::embed_stage
