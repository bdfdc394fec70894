#pragma once
// How the store stage says no to an input.

#include <fmt/format.h>

#include <string>
#include <utility>

#include "semblance/error.hpp"

namespace semblance::store_stage {

template <class... Args>
[[noreturn]] void refuse(const std::string& subject, fmt::format_string<Args...> text, Args&&... args) {
  throw Error(ErrorCode::input, "store", subject, fmt::format(text, std::forward<Args>(args)...));
}

}  // namespace semblance::store_stage
