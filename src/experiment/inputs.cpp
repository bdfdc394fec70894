#include "experiment/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "semblance/error.hpp"

namespace semblance::experiment_stage {
namespace {

[[noreturn]] void refuse(const EmbeddingSet& set, const std::string& why) {
  throw Error(ErrorCode::input, "experiment", set.location, why);
}

}  // namespace

EmbeddingSet read_set(const EmbeddingSource& source, const char* role, Comparison comparison) {
  EmbeddingSet set = read_embeddings(source, {.allow_zero_rows = comparison != Comparison::cosine});
  if (set.matrix.rows < 2) refuse(set, fmt::format("holds one row only; a study needs at least two {} images", role));
  return set;
}

StudySet describe(const std::string& role, const EmbeddingSet& set) {
  return {.role = role,
          .location = set.location,
          .items = set.matrix.rows,
          .identities = set.labelled ? set.identity_names.size() : 0,
          .labelled = set.labelled,
          .sha256 = set.sha256,
          .items_sha256 = set.items_sha256};
}

std::string matcher_of(const std::string& given, const EmbeddingSet& train) {
  if (!given.empty()) return given;
  return train.matcher.empty() ? "embeddings" : train.matcher;
}

Rows::Rows(const EmbeddingSet& set, std::vector<RowIndex> rows) : set_(set), rows_(std::move(rows)) {
  values_.reserve(rows_.size() * set.matrix.cols);
  for (const RowIndex i : rows_) {
    const auto row = set.matrix.row(i);
    values_.insert(values_.end(), row.begin(), row.end());
    order_.push_back(set.order[i]);
    identity_.push_back(set.identity[i]);
  }
}

ScoreSide Rows::side() const {
  return {.matrix = {values_.data(), rows_.size(), set_.matrix.cols, set_.matrix.cols},
          .order = order_,
          .identity = identity_,
          .identities = set_.identity_names.size()};
}

std::vector<std::vector<RowIndex>> rows_by_identity(const EmbeddingSet& set) {
  std::vector<std::vector<RowIndex>> rows(set.identity_names.size());
  for (std::size_t i = 0; i < set.identity.size(); ++i) rows[set.identity[i]].push_back(static_cast<RowIndex>(i));
  return rows;
}

}  // namespace semblance::experiment_stage
