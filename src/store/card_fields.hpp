#pragma once
// A card's fields, whatever its syntax.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

namespace semblance::store_stage {

/// Reads TOML (.toml) or JSON as an object. Dates and times come as null. Throws Error{input} naming the file, and the
/// line where it is neither.
nlohmann::json read_card_fields(const std::filesystem::path& file);
/// The same from the file's text.
nlohmann::json parse_card_fields(const std::filesystem::path& file, const std::string& text);

/// Throws Error{input} naming the card.
[[noreturn]] void refuse_card(const std::filesystem::path& file, const std::string& why);

}  // namespace semblance::store_stage
