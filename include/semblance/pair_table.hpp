#pragma once
// Scores of every pair of two sets that somebody else computed, as a closed matcher does.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "semblance/score.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// One score a pair, (rows, cols), larger meaning more alike. Read-only; copies share the numbers.
struct PairTable {
  std::string location;  ///< as the user named it
  std::string sha256;    ///< of the file, hexadecimal
  std::size_t rows = 0, cols = 0;
  std::uint64_t missing = 0;  ///< pairs for which the matcher gave no score; they match nothing
  double low = 0, high = 0;   ///< least and greatest score

  const std::byte* data = nullptr;  ///< row-major, little-endian
  bool doubles = false;             ///< float64, else float32
  bool distances = false;           ///< numbers are distances: scores are their negatives
  std::shared_ptr<const void> keep;
  /// Where its rows and columns lie in `data`, whose rows have `stride` numbers; empty: all, in order.
  std::shared_ptr<const std::vector<RowIndex>> row_of = {}, column_of = {};
  std::size_t stride = 0;

  /// The score of row i of A and row j of B; NaN where there is none.
  [[nodiscard]] double at(std::size_t i, std::size_t j) const;
};

struct PairTableOptions {
  bool distances = false;  ///< the file holds distances, not scores
  bool one_set = false;    ///< A and B are the same: the diagonal isn't looked at
};

/// Reads a table whose rows and columns are those ids, in that order. `.npy`: a float32 or float64 matrix in C order,
/// little-endian, mapped; NaN where there's no score. `.csv`: a header with the columns reference, probe and score, one
/// line a pair in any order; an empty score where there's none. With `one_set` a CSV may give a pair in either order.
///
/// Throws Error{input} naming file and place: another shape, an unknown id, a pair that is given twice or not at all, a
/// score that isn't a finite number, a row or column without any score, all scores the same.
PairTable read_pair_table(const std::filesystem::path& file, std::span<const std::string> reference_ids,
                          std::span<const std::string> probe_ids, const PairTableOptions& options = {});

/// The table of those rows and columns alone, ascending; the numbers are shared. Throws Error{input} naming what is
/// left without any score, or with one score for every pair.
PairTable only_pairs(const PairTable& table, const std::vector<RowIndex>& rows, const std::vector<RowIndex>& columns,
                     std::span<const std::string> reference_ids, std::span<const std::string> probe_ids,
                     bool one_set = false);

/// The sinks of `score`, filled from a table; of the sides only order and identities are read.
/// `request.histogram_range` is needed where a histogram is asked for. Results don't depend on threads. Throws as score
/// does.
ScoreResult score_table(const PairTable& table, const ScoreSide& a, const ScoreSide& b, const SinkRequest& request,
                        unsigned threads, const Progress& progress);

/// score_self from a table of one set with itself: of rows i < j the number in row i, column j counts.
SelfScoreResult score_table_self(const PairTable& table, const ScoreSide& a, const SinkRequest& request,
                                 unsigned threads, const Progress& progress);

/// best_mated_scores from such a table.
std::vector<double> best_mated_of_table(const PairTable& table, const ScoreSide& a);

}  // namespace semblance
