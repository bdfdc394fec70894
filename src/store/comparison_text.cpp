#include "store/comparison_text.hpp"

namespace semblance {

std::string comparison_text(Comparison comparison) {
  switch (comparison) {
    case Comparison::cosine:
      return "cosine";
    case Comparison::inner_product:
      return "inner-product";
    case Comparison::negative_squared_l2:
      return "l2";
  }
  return "unknown";
}

std::optional<Comparison> comparison_named(const std::string& text) {
  for (const Comparison one : {Comparison::cosine, Comparison::inner_product, Comparison::negative_squared_l2}) {
    if (comparison_text(one) == text) return one;
  }
  return std::nullopt;
}

}  // namespace semblance
