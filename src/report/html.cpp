#include "report/html.hpp"

#include "report/text.hpp"

namespace semblance::report_stage {

Html& Html::text(std::string_view plain) { return raw(html_text(plain)); }

Html& Html::id(std::string_view plain) { return raw("<bdi class=\"id\">").text(plain).raw("</bdi>"); }

void HtmlTable::write(Html& html) const {
  // Reachable by keyboard, since it may scroll.
  html.raw("<div class=\"scroll").raw(tall ? " tall" : "").raw(R"(" role="group" tabindex="0" aria-label=")");
  html.raw(caption).raw("\">\n<table>\n<caption>").raw(caption).raw("</caption>\n<thead><tr>");
  for (const Column& column : columns) {
    html.raw("<th scope=\"col\"").raw(column.number ? " class=\"number\">" : ">").raw(column.head).raw("</th>");
  }
  html.raw("</tr></thead>\n<tbody>\n");
  for (const auto& row : rows) {
    html.raw("<tr>");
    for (std::size_t i = 0; i < row.size(); ++i) {
      const char* tag = i == 0 ? "th" : "td";
      html.raw("<").raw(tag).raw(i == 0 ? " scope=\"row\"" : "").raw(columns[i].number ? " class=\"number\">" : ">");
      html.raw(row[i]).raw("</").raw(tag).raw(">");
    }
    html.raw("</tr>\n");
  }
  html.raw("</tbody>\n</table>\n</div>\n");
}

std::string id_cell(std::string_view plain) { return Html().id(plain).str(); }

}  // namespace semblance::report_stage
