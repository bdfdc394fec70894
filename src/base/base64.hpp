#pragma once
// Bytes as text within a page (RFC 4648, section 4).

#include <cstdint>
#include <span>
#include <string>

namespace semblance {

/// With padding, without line breaks.
std::string base64(std::span<const std::uint8_t> bytes);

}  // namespace semblance
