#pragma once
// What a synthetic dataset holds: its items by name, before anything is written.

#include <filesystem>
#include <string>
#include <vector>

#include "semblance/error.hpp"
#include "semblance/ingest.hpp"
#include "semblance/store.hpp"

namespace semblance::purge_stage {

[[noreturn]] inline void refuse(const std::string& subject, const std::string& why) {
  throw Error(ErrorCode::input, "purge", subject, why);
}

enum class Kind { folder, list, archive, records, embeddings, other };
std::string kind_name(Kind kind);

struct Item {
  std::string id, identity;
  std::string path;  ///< of the picture in the dataset; empty in records
};

struct Items {
  Kind kind = Kind::folder;
  std::filesystem::path location;
  std::vector<Item> items;  ///< in the dataset's order, ids unique
  bool labelled = false;
};

/// Of an image dataset; pictures are not read. Folders are identities where every picture lies in one. Throws
/// Error{input} as open_dataset does, and on embeddings.
Items read_items(const std::filesystem::path& location);

/// Which item each of `ids` is: the one called so, else the one whose picture is called so but for its extension.
/// kNoItem where there is none, or two.
inline constexpr std::size_t kNoItem = static_cast<std::size_t>(-1);
std::vector<std::size_t> find_items(const Items& items, const std::vector<std::string>& ids);

}  // namespace semblance::purge_stage
