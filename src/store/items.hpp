#pragma once
// The items CSV: who is on each row.

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "semblance/store.hpp"

namespace semblance::store_stage {

/// The columns that we know, by any of their names, whatever the case and the spaces around.
struct ItemColumns {
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t id = kNone;        ///< id, else path, else filename
  std::size_t identity = kNone;  ///< identity, else label, subject, person, identity_id
  std::size_t path = kNone;      ///< path, else filename
  std::size_t status = kNone;
  std::size_t reason = kNone;       ///< reason, else rejection
  std::vector<std::size_t> others;  ///< columns with other names, in order (reason and rejection aren't among them)

  /// `subject` is named when a name occurs twice.
  static ItemColumns find(const std::vector<std::string>& header, const std::string& subject);
  [[nodiscard]] bool any() const { return id != kNone || identity != kNone; }
};

/// Refuses empty and repeated ids, naming the lines.
class IdRegister {
 public:
  explicit IdRegister(std::string subject) : subject_(std::move(subject)) {}
  void add(const std::string& id, std::size_t line);

 private:
  std::string subject_;
  std::unordered_map<std::string, std::size_t> lines_;
};

/// What an items file says; the vectors have one entry an item with status "ok", or are empty.
struct Items {
  std::size_t count = 0;                          ///< items with an embedding
  std::size_t rejected = 0;                       ///< items whose status isn't "ok"
  std::map<std::string, std::size_t> rejections;  ///< of those, by the kind of reason: its text up to a colon
  std::vector<EmbeddingSet::Rejection> rejected_items;
  std::vector<std::string> ids;         ///< empty: the file names none
  std::vector<std::string> identities;  ///< empty: no item has a label
  std::vector<std::string> paths;       ///< empty: no item has a path
};

/// Throws Error{input} naming file and line: no header that we know, ragged lines, empty or repeated ids, identities
/// on some items only.
Items read_items(const std::filesystem::path& file);

/// Refuses when some identities, but not all, are empty; clears them when all are. `lines` are the lines they stand
/// on, for the message.
void settle_identities(std::vector<std::string>& identities, const std::vector<std::size_t>& lines,
                       const std::string& subject);

}  // namespace semblance::store_stage
