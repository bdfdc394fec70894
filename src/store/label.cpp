#include "store/label.hpp"

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace semblance::store_stage {
namespace {

// The rows in tie order.
std::vector<RowIndex> rows_by_id(const std::vector<std::string>& ids, bool named) {
  std::vector<RowIndex> rows(ids.size());
  std::iota(rows.begin(), rows.end(), RowIndex{0});
  if (named) std::sort(rows.begin(), rows.end(), [&](RowIndex a, RowIndex b) { return ids[a] < ids[b]; });
  return rows;
}

}  // namespace

void label(EmbeddingSet& set, std::vector<std::string> ids, const std::vector<std::string>& identities) {
  const std::size_t rows = set.matrix.rows;
  const bool named = !ids.empty();
  if (!named) {
    ids.reserve(rows);
    for (std::size_t row = 0; row < rows; ++row) ids.push_back(std::to_string(row));
  }
  set.ids = std::move(ids);
  const std::vector<RowIndex> sorted = rows_by_id(set.ids, named);
  set.order.resize(rows);
  for (std::size_t rank = 0; rank < rows; ++rank) set.order[sorted[rank]] = static_cast<RowIndex>(rank);

  set.labelled = !identities.empty();
  set.identity_names.clear();
  if (!set.labelled) {
    set.identity = set.order;
    for (const RowIndex row : sorted) set.identity_names.push_back(set.ids[row]);
    return;
  }
  set.identity_names = identities;
  std::sort(set.identity_names.begin(), set.identity_names.end());
  set.identity_names.erase(std::unique(set.identity_names.begin(), set.identity_names.end()), set.identity_names.end());
  std::unordered_map<std::string_view, IdentityIndex> index;
  for (std::size_t i = 0; i < set.identity_names.size(); ++i) {
    index.emplace(set.identity_names[i], static_cast<IdentityIndex>(i));
  }
  set.identity.clear();
  set.identity.reserve(rows);
  for (const std::string& name : identities) set.identity.push_back(index.at(name));
}

}  // namespace semblance::store_stage
