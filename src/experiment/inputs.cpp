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

double largest_norm(const MatrixView& matrix) {
  double largest = 0;
  for (std::size_t i = 0; i < matrix.rows; ++i) {
    double sum = 0;
    for (const float x : matrix.row(i)) sum += static_cast<double>(x) * static_cast<double>(x);
    largest = std::max(largest, sum);
  }
  return std::sqrt(largest);
}

}  // namespace

EmbeddingSet read_set(const EmbeddingSource& source, const char* role, Comparison comparison) {
  EmbeddingSet set = read_embeddings(source, {.allow_zero_rows = comparison != Comparison::cosine});
  if (set.matrix.rows < 2) refuse(set, fmt::format("holds one row only; a study needs at least two {} images", role));
  return set;
}

void check_comparable(const EmbeddingSet& reference, const EmbeddingSet& other) {
  if (reference.matrix.cols != other.matrix.cols) {
    refuse(other, fmt::format("has {} dimensions but {} has {}; embed both with the same matcher", other.matrix.cols,
                              reference.location, reference.matrix.cols));
  }
  if (!reference.matcher.empty() && !other.matcher.empty() && reference.matcher != other.matcher) {
    refuse(other, fmt::format("was embedded by matcher '{}' but {} by '{}'; embed both with the same matcher",
                              other.matcher, reference.location, reference.matcher));
  }
}

void check_distinct(const EmbeddingSet& first, const std::string& first_option, const EmbeddingSet& second,
                    const std::string& second_option) {
  if (first.sha256 != second.sha256) return;
  refuse(second, fmt::format("{} and {} hold the same embeddings (sha256 {}...); every image would match itself, give "
                             "each set its own file",
                             first_option, second_option, first.sha256.substr(0, 12)));
}

void check_control(const EmbeddingSet& train, const EmbeddingSet& holdout) {
  check_comparable(train, holdout);
  check_distinct(train, "--train", holdout, "--holdout");
  if (train.labelled != holdout.labelled) {
    refuse(train.labelled ? holdout : train,
           fmt::format("has no identity labels but {} has; label both (--{}-items) or neither",
                       train.labelled ? train.location : holdout.location, train.labelled ? "holdout" : "train"));
  }
  if (!train.labelled) return;
  std::vector<std::string> shared;
  std::set_intersection(train.identity_names.begin(), train.identity_names.end(), holdout.identity_names.begin(),
                        holdout.identity_names.end(), std::back_inserter(shared));
  if (shared.empty()) return;
  refuse(holdout,
         fmt::format("shares {} {} with {}, first '{}'; the hold-out must be people whom the generator never "
                     "saw: take them out of the hold-out",
                     shared.size(), shared.size() == 1 ? "identity" : "identities", train.location, shared.front()));
}

ScoreSide side_of(const EmbeddingSet& set) { return {set.matrix, set.order, set.identity, set.identity_names.size()}; }

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

std::string comparison_text(Comparison comparison) {
  switch (comparison) {
    case Comparison::cosine:
      return "cosine";
    case Comparison::inner_product:
      return "inner-product";
    case Comparison::negative_squared_l2:
      return "l2";
  }
  return "unknown";
}

std::optional<std::array<double, 2>> histogram_range(std::span<const EmbeddingSet* const> sets, Comparison comparison) {
  if (comparison == Comparison::cosine) return std::nullopt;
  double norm = 0;
  for (const EmbeddingSet* set : sets) norm = std::max(norm, largest_norm(set->matrix));
  if (norm == 0) norm = 1;
  if (comparison == Comparison::inner_product) return std::array{-norm * norm, norm * norm};
  return std::array{-4 * norm * norm, 0.0};
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
