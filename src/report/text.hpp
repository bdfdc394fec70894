#pragma once
// Strings that users control, made safe for the place where they are shown.

#include <string>
#include <string_view>

namespace semblance::report_stage {

/// The text as a JSON string with its quotes; what is not UTF-8 becomes U+FFFD.
std::string json_string(std::string_view text);

/// Valid UTF-8: what is broken becomes U+FFFD.
std::string valid_utf8(std::string_view text);

/// Valid UTF-8 in which control characters, those that turn the direction of what follows and those that are no
/// characters are shown by their code point ([U+202E]): safe for a terminal, and an id can't look like another one.
std::string visible_text(std::string_view text);

/// The text as HTML, in an element's content or a quoted attribute: it can't end either. As visible_text otherwise, so
/// it is XML 1.0, too.
std::string html_text(std::string_view text);

}  // namespace semblance::report_stage
