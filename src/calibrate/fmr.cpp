#include <algorithm>
#include <cmath>
#include <numeric>

#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

std::uint64_t sum(const Histogram& histogram) {
  return std::accumulate(histogram.counts.begin(), histogram.counts.end(), std::uint64_t{0});
}

void require_scores(std::uint64_t total) {
  if (total == 0) {
    throw Error(ErrorCode::input, "calibrate", "non-mated scores",
                "there are none, so no false match rate can be measured; labels of at least two people are needed");
  }
}

/// The bin whose edges hold the score; end bins hold what lies beyond them.
std::size_t bin_of(const Histogram& histogram, double score) {
  const std::size_t bins = histogram.counts.size();
  if (!(score >= histogram.edge(1))) return 0;
  if (score >= histogram.edge(bins - 1)) return bins - 1;
  const double position = (score - histogram.low) / (histogram.high - histogram.low) * static_cast<double>(bins);
  auto k = std::clamp<std::size_t>(static_cast<std::size_t>(position), 1, bins - 2);
  while (score < histogram.edge(k)) --k;  // the quotient may round over an edge
  while (score >= histogram.edge(k + 1)) ++k;
  return k;
}

}  // namespace

FmrThreshold threshold_at_fmr(const Histogram& non_mated, double fmr_target) {
  if (!(fmr_target > 0 && fmr_target <= 1)) {
    throw Error(ErrorCode::usage, "calibrate", "--fmr", "a false match rate lies above 0 and is at most 1");
  }
  const std::uint64_t total = sum(non_mated);
  require_scores(total);
  const auto pairs = static_cast<double>(total);

  // Division rounds correctly, so k / total <= target holds for equal decimals (1 / 10^6 and 1e-6).
  std::size_t k = non_mated.counts.size();
  std::uint64_t at_or_over = 0;
  while (k > 0 && static_cast<double>(at_or_over + non_mated.counts[k - 1]) / pairs <= fmr_target) {
    at_or_over += non_mated.counts[--k];
  }
  FmrThreshold threshold;
  threshold.fmr_target = fmr_target;
  // The last bin also holds scores at `high` and a rounding above it: a threshold that is to exclude them lies past it.
  threshold.score = k < non_mated.counts.size()
                        ? non_mated.edge(k)
                        : non_mated.high + (non_mated.high - non_mated.low) / static_cast<double>(k);
  threshold.false_matches = at_or_over;
  threshold.fmr = static_cast<double>(at_or_over) / pairs;
  threshold.resolved = 1 / pairs <= fmr_target;
  threshold.rule_of_30 = at_or_over >= 30;
  return threshold;
}

std::optional<double> fmr_of_score(const Histogram& non_mated, double score) {
  const std::uint64_t total = sum(non_mated);
  require_scores(total);
  if (std::isnan(score)) return std::nullopt;
  std::uint64_t at_or_over = 0;
  for (std::size_t k = bin_of(non_mated, score); k < non_mated.counts.size(); ++k) at_or_over += non_mated.counts[k];
  if (at_or_over == 0) return std::nullopt;
  return static_cast<double>(at_or_over) / static_cast<double>(total);
}

Histogram operator+(const Histogram& x, const Histogram& y) {
  if (x.low != y.low || x.high != y.high || x.counts.size() != y.counts.size()) {
    throw Error(ErrorCode::internal, "calibrate", "histogram", "only histograms of equal bins can be added");
  }
  Histogram both = x;
  for (std::size_t k = 0; k < both.counts.size(); ++k) both.counts[k] += y.counts[k];
  return both;
}

}  // namespace semblance
