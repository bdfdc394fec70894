#include "report/shell.hpp"

#include <fmt/format.h>

#include "base/output_folder.hpp"
#include "report/offline.hpp"
#include "report/page_parts.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance::report_stage {

void write_shell(const Shell& shell, const std::filesystem::path& file) {
  OutputFile out(file);
  write_template(out, kPage, [&](std::string_view place) -> std::string {
    if (place == "policy") return content_policy({kChartLibrary, shell.script}, kStyle);
    if (place == "version") return html_text(kVersion);
    if (place == "title") return shell.title;
    if (place == "style") return std::string(kStyle);
    if (place == "body") return shell.body;
    // Escaped to ASCII: nothing in it may turn the writing direction of the page's source.
    if (place == "data")
      return json_in_script(shell.data.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
    if (place == "pictures") return shell.pictures;
    if (place == "chart-library") return std::string(kChartLibrary);
    if (place == "script") return std::string(shell.script);
    throw Error(ErrorCode::internal, "report", "page.html", fmt::format("has an unknown place @{}@", place));
  });
  out.close();
}

}  // namespace semblance::report_stage
