#pragma once
// key.json: which pair of a pack is what.

#include <filesystem>
#include <string>

#include "semblance/review.hpp"

namespace semblance::review_stage {

/// The file's content. Ids that aren't UTF-8 get U+FFFD for what is broken.
std::string key_text(const ReviewKey& key);

struct KeyFile {
  ReviewKey key;
  std::string sha256;  ///< of the file: what ties answers to the pack
};

/// Throws Error{input} naming the file.
KeyFile read_key(const std::filesystem::path& file);

std::string sha256_of(std::string_view text);

}  // namespace semblance::review_stage
