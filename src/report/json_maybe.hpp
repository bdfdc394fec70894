#pragma once
// A number that may be missing, as JSON: null where it is.

#include <nlohmann/json.hpp>
#include <optional>

namespace semblance::report_stage {

template <class Number>
nlohmann::ordered_json maybe(const std::optional<Number>& number) {
  return number ? nlohmann::ordered_json(*number) : nlohmann::ordered_json(nullptr);
}

}  // namespace semblance::report_stage
