#pragma once
// Cards as they lie in the program, in folders and in the cache.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "models/origin.hpp"
#include "semblance/models.hpp"

namespace semblance::models_stage {

/// A card's text, wherever it is from.
struct CardText {
  std::filesystem::path file;  ///< its file, or the name of a shipped card's
  std::string text;
  nlohmann::json fields;
  bool shipped = false;

  [[nodiscard]] std::string name() const;
  /// What it is called in its folder of the cache: "card.toml" or "card.json".
  [[nodiscard]] std::string cached_name() const;
};

/// Throws Error{input} naming the file.
CardText read_card_text(const std::filesystem::path& file);
/// The shipped card of that name; none if there is none.
std::optional<CardText> shipped_card(const std::string& name);
/// The card that was installed under that name; none if there is none.
std::optional<CardText> cached_card(const std::string& name, const std::filesystem::path& cache);

/// `cache`/models/<name>.
std::filesystem::path model_folder(const std::filesystem::path& cache, const std::string& name);

/// What the card says, and whether the same card lies in the cache with its weights.
Model describe(const CardText& card, const std::filesystem::path& cache);

}  // namespace semblance::models_stage
