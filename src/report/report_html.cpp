// report.html: one file that opens offline and runs no script but its own.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/output_folder.hpp"
#include "base/sha256.hpp"
#include "report/files.hpp"
#include "report/page_parts.hpp"
#include "report/sections.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance::report_stage {

namespace {

std::string base64_of_hex(const std::string& hex) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : hex) {
    bits = (bits << 4U) | static_cast<std::uint32_t>(c <= '9' ? c - '0' : c - 'a' + 10);
    for (held += 4; held >= 6; held -= 6) text += kDigits[(bits >> (held - 6)) & 63U];
  }
  if (held > 0) text += kDigits[(bits << (6 - held)) & 63U];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

/// The source expression of a content security policy that allows exactly this inline text.
std::string hash_source(std::string_view text) {
  Sha256 hash;
  hash.update(text.data(), text.size());
  return fmt::format("'sha256-{}'", base64_of_hex(hash.finish()));
}

/// Nothing may be loaded, and no script or style runs but the page's own: whatever a hostile name holds stays text
/// even if an escape were wrong.
std::string policy() {
  return fmt::format("default-src 'none'; script-src {} {}; style-src {}; base-uri 'none'; form-action 'none'",
                     hash_source(kChartLibrary), hash_source(kScript), hash_source(kStyle));
}

/// JSON within a script element: "<" can neither end the element nor open a comment.
std::string data_block(const ReportModel& model) {
  nlohmann::ordered_json data = {{"matchers", nlohmann::ordered_json::array()}};
  for (const ReportModel::Matcher& matcher : model.matchers) data["matchers"].push_back(chart_data(matcher));
  const std::string json = data.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
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

std::string body(const ReportModel& model) {
  Html html;
  write_summary(html, model);
  for (std::size_t m = 0; m < model.matchers.size(); ++m) write_matcher_section(html, model, model.matchers[m], m);
  write_closing(html, model);
  return html.str();
}

std::string part(const ReportModel& model, std::string_view place) {
  if (place == "policy") return policy();
  if (place == "version") return html_text(model.version);
  if (place == "title") return badge_text(model.verdict.leakage) + " - Semblance report";
  if (place == "style") return std::string(kStyle);
  if (place == "body") return body(model);
  if (place == "data") return data_block(model);
  if (place == "chart-library") return std::string(kChartLibrary);
  if (place == "script") return std::string(kScript);
  throw Error(ErrorCode::internal, "report", "page.html", fmt::format("has an unknown place @{}@", place));
}

}  // namespace

void write_report_html(const ReportModel& model, const std::filesystem::path& file) {
  OutputFile out(file);
  std::string_view rest = kPage;
  for (std::size_t at = rest.find('@'); at != std::string_view::npos; at = rest.find('@')) {
    const std::size_t end = rest.find('@', at + 1);
    out.write(rest.substr(0, at));
    out.write(part(model, rest.substr(at + 1, end - at - 1)));
    rest.remove_prefix(end + 1);
  }
  out.write(rest);
  out.close();
}

}  // namespace semblance::report_stage
