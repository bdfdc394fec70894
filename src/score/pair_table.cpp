// The sinks, filled with imported scores.

#include "semblance/pair_table.hpp"

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "score/sinks.hpp"
#include "semblance/error.hpp"

namespace semblance {

using namespace scoring;

namespace {

constexpr std::size_t kRowsPerJob = 16;

// Every pair that `wanted` names (row, first column) goes to the sinks; `kind` says into which histogram.
template <class Kind>
void pass(const PairTable& table, Sinks& sinks, bool upper, unsigned threads, const Progress& progress, Kind kind) {
  const std::size_t jobs = (table.rows + kRowsPerJob - 1) / kRowsPerJob;
  std::atomic<std::uint64_t> done{0};
  std::atomic<bool> stop{false};
  parallel_for(jobs, threads, [&](std::size_t job, unsigned worker) {
    if (stop) return;
    std::vector<PairScore> found;
    std::vector<std::uint64_t> counts[2];
    for (auto& bins : counts) bins.resize(sinks.wants_histogram() ? kHistogramBins : 0);
    const std::size_t end = std::min(table.rows, (job + 1) * kRowsPerJob);
    for (std::size_t i = job * kRowsPerJob; i < end; ++i) {
      found.clear();
      for (std::size_t j = upper ? i + 1 : 0; j < table.cols; ++j) {
        const double score = table.at(i, j);
        if (std::isnan(score)) continue;
        const std::size_t which = kind(i, j);
        if (!counts[which].empty()) ++counts[which][sinks.bins().bin(score)];
        if (!upper || which == 1) found.push_back({score, static_cast<RowIndex>(i), static_cast<RowIndex>(j)});
      }
      sinks.offer(found);
    }
    for (std::size_t which = 0; which < 2; ++which) sinks.count(which, counts[which], 0);
    done += (end - job * kRowsPerJob) * table.cols;
    if (worker == 0 && progress && !progress(done, table.rows * table.cols)) stop = true;
  });
  if (stop) throw Error(ErrorCode::interrupted, "score", table.location, "stopped by the user");
  if (progress) progress(table.rows * table.cols, table.rows * table.cols);
}

void check_shape(const PairTable& table, const ScoreSide& a, const ScoreSide& b) {
  if (table.rows == a.matrix.rows && table.cols == b.matrix.rows) return;
  throw Error(ErrorCode::usage, "score", table.location, "has another shape than the sets");
}

}  // namespace

ScoreResult score_table(const PairTable& table, const ScoreSide& a, const ScoreSide& b, const SinkRequest& request,
                        unsigned threads, const Progress& progress) {
  check_shape(table, a, b);
  const Side left(a, Comparison::inner_product, threads, "A");
  const Side right(b, Comparison::inner_product, threads, "B");
  Sinks sinks(left, right, request, Comparison::inner_product);
  pass(table, sinks, false, threads, progress, [](std::size_t, std::size_t) { return std::size_t{0}; });
  ScoreResult result;
  result.pairs = std::uint64_t{table.rows} * table.cols - table.missing;
  result.kernel = "imported";
  result.certificate.bound = "none";
  sinks.take(result);
  return result;
}

SelfScoreResult score_table_self(const PairTable& table, const ScoreSide& a, const SinkRequest& request,
                                 unsigned threads, const Progress& progress) {
  check_shape(table, a, a);
  const Side side(a, Comparison::inner_product, threads, "A");
  SinkRequest kept;
  kept.histogram = request.histogram;
  kept.histogram_range = request.histogram_range;
  Sinks sinks(side, side, kept, Comparison::inner_product);
  pass(table, sinks, true, threads, progress, [&](std::size_t i, std::size_t j) {
    return side.identity(i) == side.identity(j) ? std::size_t{0} : std::size_t{1};
  });
  SelfScoreResult result;
  result.kernel = "imported";
  result.certificate.bound = "none";
  sinks.take(result);
  result.mated_pairs = result.mated.total();
  result.non_mated_pairs = result.non_mated.total();
  return result;
}

std::vector<double> best_mated_of_table(const PairTable& table, const ScoreSide& a) {
  check_shape(table, a, a);
  std::vector<double> best(table.rows, kNoBar);
  if (a.identity.empty()) return best;
  std::vector<std::vector<RowIndex>> members(a.identities);
  for (std::size_t i = 0; i < table.rows; ++i) members[a.identity[i]].push_back(static_cast<RowIndex>(i));
  for (const std::vector<RowIndex>& rows : members) {
    for (std::size_t p = 0; p < rows.size(); ++p) {
      for (std::size_t q = p + 1; q < rows.size(); ++q) {
        const double score = table.at(rows[p], rows[q]);
        if (std::isnan(score)) continue;
        best[rows[p]] = std::max(best[rows[p]], score);
        best[rows[q]] = std::max(best[rows[q]], score);
      }
    }
  }
  return best;
}

}  // namespace semblance
