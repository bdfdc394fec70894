#pragma once
// Base64 (RFC 4648, with padding).

#include <string>
#include <string_view>

namespace semblance::report_stage {

std::string base64(std::string_view bytes);

}  // namespace semblance::report_stage
