#pragma once
// What an embedding run has done so far, on disk, so that a killed one goes on where it was.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "semblance/ingest.hpp"

namespace semblance::embed_stage {

/// One item's outcome.
struct JournalEntry {
  std::string id, rejection;     ///< `rejection` empty: embedded
  std::vector<float> embedding;  ///< none where rejected
};

/// A file of blocks, each with a checksum; what follows the last whole block is as if it had never been written. First
/// replayed to its end, then appended to.
class Journal {
 public:
  /// `key` is a line for everything that the outcomes depend on. Throws Error{input}, naming the file and what differs,
  /// if the folder's journal is another run's. Makes nothing yet.
  Journal(const std::filesystem::path& folder, std::string key, std::chrono::duration<double> interval);
  ~Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// The next outcome of the run before, in order; none when there are no more.
  std::optional<JournalEntry> replay();
  /// Takes an outcome; it is on disk after the next write.
  void append(const DatasetItem& item, const std::vector<float>& embedding);
  /// Writes if the interval since the last time is over. Throws Error{output}; what was on disk before stays.
  void write_if_due();
  /// Deletes the file, and its folder where it is empty.
  void remove() noexcept;

 private:
  bool next_block();
  void write();

  std::filesystem::path file_;
  std::string key_;
  std::chrono::duration<double> interval_;
  std::chrono::steady_clock::time_point written_ = std::chrono::steady_clock::now();
  std::ifstream in_;
  std::string block_;        ///< being replayed
  std::size_t at_ = 0;       ///< in it
  std::uint64_t whole_ = 0;  ///< bytes of the file that are whole blocks
  std::string pending_;      ///< to be written
};

}  // namespace semblance::embed_stage
