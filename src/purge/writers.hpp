#pragma once
// One writer a kind of dataset. Each writes the kept items, byte for byte, into a folder that is there, and throws
// Error{input} where an item can't be kept as it is, Error{output} where it can't be written.

#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "purge/items.hpp"
#include "semblance/purge.hpp"

namespace semblance::purge_stage {

/// The way out where an item can't be written.
inline constexpr const char* kListInstead = "; --how list names what is kept and copies nothing";

/// Counts items towards a progress function; throws Error{interrupted} when that says stop.
class Meter {
 public:
  Meter(Progress progress, std::size_t total) : progress_(std::move(progress)), total_(total) {}
  void done();

 private:
  Progress progress_;
  std::size_t total_;
  std::size_t count_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

struct Job {
  const Items& items;
  const std::vector<bool>& kept;  ///< an item
  std::filesystem::path folder;   ///< to write into
  bool link = false;              ///< hard links instead of copies
  Progress progress;
};

/// Pictures of a folder or a list, each at its path below `folder`; of a list its lines, too. A link within the
/// dataset becomes the file that it leads to; one that leads out is refused.
void write_pictures(const Job& job);
/// Zip as zip (stored: pictures don't pack), tar with its compression; names, modes and times as they were.
void write_archive(const Job& job);
/// RecordIO with an .idx; InsightFace's header and index of people, where it has them, count what is left.
void write_records(const Job& job);
/// kept.csv: a list of what is kept, with absolute paths where the items are files.
void write_kept_list(const Job& job);
/// Embeddings as a folder store; `items` is the set's items file, of which rejected items are taken over unless they
/// are among the ids `removed`, or empty.
void write_embeddings(const EmbeddingSet& set, const std::filesystem::path& items, const std::vector<bool>& kept,
                      const std::set<std::string>& removed, const std::filesystem::path& folder);

}  // namespace semblance::purge_stage
