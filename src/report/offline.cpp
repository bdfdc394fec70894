#include "report/offline.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <vector>

#include "base/base64.hpp"
#include "base/sha256.hpp"

namespace semblance::report_stage {

namespace {

std::string base64_of_hex(const std::string& hex) {
  const auto digit = [](char c) { return static_cast<unsigned>(c <= '9' ? c - '0' : c - 'a' + 10); };
  std::vector<std::uint8_t> bytes(hex.size() / 2);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(digit(hex[2 * i]) << 4U | digit(hex[2 * i + 1]));
  }
  return base64(bytes);
}

/// The source expression of a content security policy that allows exactly this inline text.
std::string hash_source(std::string_view text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  return fmt::format("'sha256-{}'", base64_of_hex(hash.finish()));
}

}  // namespace

std::string content_policy(std::initializer_list<std::string_view> scripts, std::string_view style) {
  std::string sources;
  for (const std::string_view script : scripts) (sources += ' ') += hash_source(script);
  return fmt::format(
      "default-src 'none'; script-src{}; style-src {}; img-src data:; base-uri 'none'; form-action 'none'", sources,
      hash_source(style));
}

std::string json_in_script(std::string_view json) {
  std::string safe;
  safe.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      safe += "\\u003c";
    } else {
      safe += c;
    }
  }
  return safe;
}

void write_template(OutputFile& out, std::string_view page, const std::function<std::string(std::string_view)>& part) {
  for (std::size_t at = page.find('@'); at != std::string_view::npos; at = page.find('@')) {
    const std::size_t end = page.find('@', at + 1);
    out.write(page.substr(0, at));
    out.write(part(page.substr(at + 1, end - at - 1)));
    page.remove_prefix(end + 1);
  }
  out.write(page);
}

}  // namespace semblance::report_stage
