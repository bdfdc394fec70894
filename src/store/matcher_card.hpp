#pragma once
// A matcher's card: what is known of the network that made embeddings, as TOML or JSON (docs/formats.md).

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/types.hpp"

namespace semblance {

struct MatcherCard {
  std::string name;                        ///< may be empty
  std::size_t dimension = 0;               ///< of its embeddings; 0: not said
  std::optional<Comparison> comparison;    ///< of its embeddings; none: not said
  std::vector<std::string> training_sets;  ///< that the network was trained on; empty: not said
  std::string sha256;                      ///< of the file
};

/// Reads `name`, `dimension`, `comparison` and `training_set` (a text or a list of texts); other fields are for other
/// readers. Throws Error{input} naming the file, and the line where it is no TOML or JSON.
MatcherCard read_matcher_card(const std::filesystem::path& file);

/// The name as a folder's: where `audit --stores` keeps a matcher's embeddings.
std::string matcher_folder(const std::string& matcher);

/// Do two names mean one dataset? Case and what is neither letter nor digit don't count: "CASIA-WebFace" is
/// "casia_webface".
bool same_dataset(const std::string& a, const std::string& b);

}  // namespace semblance
