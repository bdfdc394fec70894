#pragma once
// What every page is made of: one file that opens offline, loads nothing, and runs no script but its own.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace semblance::report_stage {

struct Shell {
  std::string title;            ///< HTML
  std::string body;             ///< HTML
  nlohmann::ordered_json data;  ///< for the script
  std::string pictures;         ///< a JSON array, for the script
  std::string_view script;      ///< one of page_parts.hpp
};

/// Throws Error{output} naming the file when it can't be written whole.
void write_shell(const Shell& shell, const std::filesystem::path& file);

}  // namespace semblance::report_stage
