#include "report/text.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace semblance::report_stage {

namespace {

/// Code point at `i` of valid UTF-8, and its length in bytes.
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};

CodePoint code_point(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t k) { return static_cast<char32_t>(static_cast<unsigned char>(text[i + k])); };
  const char32_t first = byte(0);
  if (first < 0x80) return {first, 1};
  if (first < 0xe0) return {((first & 0x1fU) << 6U) | (byte(1) & 0x3fU), 2};
  if (first < 0xf0) return {((first & 0x0fU) << 12U) | ((byte(1) & 0x3fU) << 6U) | (byte(2) & 0x3fU), 3};
  return {((first & 0x07U) << 18U) | ((byte(1) & 0x3fU) << 12U) | ((byte(2) & 0x3fU) << 6U) | (byte(3) & 0x3fU), 4};
}

/// Controls; the marks, embeddings, overrides and isolates of the bidirectional algorithm (UAX #9); U+FFFE and U+FFFF,
/// which XML can't hold, and their like.
bool must_be_named(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e || c == 0x200f ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0xfeff || (c & 0xfffeU) == 0xfffeU;
}

}  // namespace

std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string valid_utf8(std::string_view text) { return nlohmann::json::parse(json_string(text)).get<std::string>(); }

std::string visible_text(std::string_view text) {
  const std::string valid = valid_utf8(text);
  std::string visible;
  visible.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size();) {
    const CodePoint point = code_point(valid, i);
    if (must_be_named(point.value)) {
      visible += fmt::format("[U+{:04X}]", static_cast<std::uint32_t>(point.value));
    } else {
      visible.append(valid, i, point.bytes);
    }
    i += point.bytes;
  }
  return visible;
}

std::string html_text(std::string_view text) {
  const std::string visible = visible_text(text);
  std::string html;
  html.reserve(visible.size() + 16);
  for (const char c : visible) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

}  // namespace semblance::report_stage
