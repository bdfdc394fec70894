#pragma once
// Where installed models lie, and cards by name.

#include <filesystem>
#include <string>

namespace semblance::cli {

/// $SEMBLANCE_CACHE, else semblance in $XDG_CACHE_HOME, else in ~/.cache. Throws Error{usage} where none of them is
/// set.
std::filesystem::path cache_folder();

/// What --matcher, --detector and their like name: a card's file, or the name of one that comes with the program or was
/// installed. Throws as find_card does.
std::string card_path(const std::string& given);

/// What such an option may be, for --help.
inline constexpr const char* kCardHelp = "a card (TOML or JSON), or the name of one of `semblance models list`";

}  // namespace semblance::cli
