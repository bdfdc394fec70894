// A pack as files: the page for the reviewers, the key for the organiser.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/output_folder.hpp"
#include "report/offline.hpp"
#include "report/text.hpp"
#include "review/key.hpp"
#include "review/page_parts.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance {

using namespace review_stage;

namespace {

// Nothing of the key but its hash goes into the page.
std::string page_data(const ReviewPack& pack, const std::string& hash) {
  nlohmann::ordered_json data = {{"pack", hash}, {"pairs", nlohmann::ordered_json::array()}};
  for (const auto& [left, right] : pack.pictures) data["pairs"].push_back({base64(left), base64(right)});
  return report_stage::json_in_script(data.dump());
}

void write_page(const ReviewPack& pack, const std::string& hash, const std::filesystem::path& file) {
  OutputFile out(file);
  report_stage::write_template(out, kPage, [&](std::string_view place) -> std::string {
    if (place == "policy") return report_stage::content_policy({kScript}, kStyle);
    if (place == "version") return report_stage::html_text(kVersion);
    if (place == "style") return std::string(kStyle);
    if (place == "data") return page_data(pack, hash);
    if (place == "script") return std::string(kScript);
    throw Error(ErrorCode::internal, "review", "review.html", fmt::format("has an unknown place @{}@", place));
  });
  out.close();
}

}  // namespace

void write_review_pack(const ReviewPack& pack, const std::filesystem::path& folder) {
  const std::string key = key_text(pack.key);
  OutputFile out(folder / "key.json");
  out.write(key);
  out.close();
  write_page(pack, sha256_of(key), folder / "review.html");
}

}  // namespace semblance
