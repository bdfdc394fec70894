#pragma once
// What keeps a page to itself: a policy that lets nothing load and nothing run but the page's own parts.

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/output_folder.hpp"

namespace semblance::report_stage {

/// A content security policy that allows exactly these inline scripts and this style: whatever a hostile name holds
/// stays text even if an escape were wrong.
std::string content_policy(std::initializer_list<std::string_view> scripts, std::string_view style);

/// JSON within a script element: "<" can neither end the element nor open a comment.
std::string json_in_script(std::string_view json);

/// Writes a template, asking `part` for the text of every place "@name@".
void write_template(OutputFile& out, std::string_view page, const std::function<std::string(std::string_view)>& part);

}  // namespace semblance::report_stage
