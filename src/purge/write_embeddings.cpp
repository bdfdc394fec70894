// Embeddings, whatever format they came in, as a folder store.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/csv.hpp"
#include "purge/writers.hpp"
#include "store/items.hpp"
#include "store/store_writer.hpp"

namespace semblance::purge_stage {
namespace {

using store_stage::StoreWriter;

// Items without an embedding are taken over as they stand, but for those that another matcher's embedding took out.
void copy_rejected(const std::filesystem::path& file, const std::set<std::string>& removed, StoreWriter& out) {
  CsvReader csv(file);
  std::vector<std::string> fields;
  if (!csv.next(fields)) return;
  const auto columns = store_stage::ItemColumns::find(fields, file.string());
  const auto reason = static_cast<std::size_t>(
      std::ranges::find_if(fields, [](const auto& name) { return name == "rejection" || name == "reason"; }) -
      fields.begin());
  if (columns.status == columns.kNone || columns.id == columns.kNone) return;
  const auto field = [&](std::size_t column) { return column < fields.size() ? fields[column] : std::string(); };
  while (csv.next(fields)) {
    const std::string status = field(columns.status);
    if (status.empty() || status == "ok" || removed.contains(field(columns.id))) continue;
    out.reject({.id = field(columns.id), .identity = field(columns.identity), .path = field(columns.path)},
               reason < fields.size() ? field(reason) : status);
  }
}

}  // namespace

void write_embeddings(const EmbeddingSet& set, const std::filesystem::path& items, const std::vector<bool>& kept,
                      const std::set<std::string>& removed, const std::filesystem::path& folder) {
  StoreWriter out(folder, set.matrix.cols, folder);
  for (std::size_t row = 0; row < set.matrix.rows; ++row) {
    if (!kept[row]) continue;
    out.add({.id = set.ids[row],
             .identity = set.labelled ? set.identity_names[set.identity[row]] : std::string(),
             .path = set.paths.empty() ? std::string() : set.paths[row]},
            set.matrix.row(row));
  }
  if (!items.empty()) copy_rejected(items, removed, out);
  out.finish({.matcher = set.matcher,
              .note = fmt::format("{} of {} images of {}", std::ranges::count(kept, true), kept.size(), set.location)});
}

}  // namespace semblance::purge_stage
