#pragma once
// What a pass collects. Every sink is bounded, takes reference scores in any order and ends in the same state
// whatever the order; each offers the score ("bar") below which a pair can no longer matter to it.

#include <algorithm>
#include <atomic>
#include <functional>
#include <limits>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "score/side.hpp"

namespace semblance::scoring {

inline constexpr double kNoBar = -std::numeric_limits<double>::infinity();  ///< every pair matters
inline constexpr double kShut = std::numeric_limits<double>::infinity();    ///< no pair matters

/// The total order of pairs: score down, then the tie order of a, then of b.
class Better {
 public:
  Better(const Side& a, const Side& b) : a_(&a), b_(&b) {}
  bool operator()(const PairScore& p, const PairScore& q) const {
    if (p.score != q.score) return p.score > q.score;
    if (p.a != q.a) return a_->rank(p.a) < a_->rank(q.a);
    return b_->rank(p.b) < b_->rank(q.b);
  }

 private:
  const Side* a_;
  const Side* b_;
};

/// The best k of all pairs offered. Not thread-safe.
class TopList {
 public:
  TopList(std::size_t k, const Better& better) : k_(k), better_(better) {}
  void offer(const PairScore& pair);
  /// A pair below this score is not wanted.
  [[nodiscard]] double bar() const { return k_ == 0 ? kShut : bar_.score; }
  [[nodiscard]] std::size_t size() const { return k_; }
  /// Best first.
  std::vector<PairScore> take();
  /// What is held, in no order; and the way to set it again.
  [[nodiscard]] const std::vector<PairScore>& held() const { return held_; }
  void restore(std::vector<PairScore> held);

 private:
  void shrink();
  /// Pairs that are held before those beyond k go.
  [[nodiscard]] std::size_t most() const { return k_ + std::max(k_ / 4, kSpare); }
  static constexpr std::size_t kSpare = 1024;
  std::size_t k_;
  Better better_;
  bool full_ = false;
  PairScore bar_{kNoBar, kNoRow, kNoRow};
  std::vector<PairScore> held_;
};

/// The best m pairs of each of n keys (a row, a column, an identity). Thread-safe by striped locks.
class BestLists {
 public:
  BestLists(std::size_t keys, std::size_t m, const Better& better);
  [[nodiscard]] bool active() const { return m_ > 0; }
  [[nodiscard]] std::size_t size() const { return m_; }
  void offer(std::size_t key, const PairScore& pair);
  /// The bar of every key in [first, first + count).
  void bars(std::size_t first, std::size_t count, double* out) const;
  [[nodiscard]] double bar(std::size_t key) const;
  /// keys * m slots, each key's best first.
  std::vector<PairScore> take();
  [[nodiscard]] const std::vector<PairScore>& slots() const { return slots_; }
  [[nodiscard]] const std::vector<std::uint32_t>& counts() const { return counts_; }
  void restore(std::vector<PairScore> slots, std::vector<std::uint32_t> counts);

 private:
  static constexpr std::size_t kKeysPerStripe = 64;
  [[nodiscard]] std::mutex& stripe(std::size_t key) const;
  [[nodiscard]] double bar_unlocked(std::size_t key) const;
  std::size_t m_;
  Better better_;
  std::vector<PairScore> slots_;
  std::vector<std::uint32_t> counts_;
  static constexpr std::size_t kStripes = 256;
  std::unique_ptr<std::mutex[]> locks_;
};

/// Bins of a histogram, decided as Histogram documents.
class Bins {
 public:
  Bins() = default;
  Bins(double low, double high);
  [[nodiscard]] std::size_t bin(double score) const;
  [[nodiscard]] double edge(std::size_t k) const {
    return low_ + (high_ - low_) * static_cast<double>(k) / static_cast<double>(kHistogramBins);
  }
  [[nodiscard]] double low() const { return low_; }
  [[nodiscard]] double high() const { return high_; }

 private:
  double low_ = -1;
  double high_ = 1;
  double per_bin_ = static_cast<double>(kHistogramBins) / 2;
};

/// The range that a request's histogram covers.
Bins histogram_bins(const Side& a, const Side& b, const SinkRequest& request, Comparison comparison);

/// All sinks of one pass. `offer` and the bars may be called by any thread at any time.
class Sinks {
 public:
  Sinks(const Side& a, const Side& b, const SinkRequest& request, Comparison comparison);

  /// True if only the histogram was asked for, or nothing.
  [[nodiscard]] bool lists_nothing() const { return !lists_; }
  [[nodiscard]] bool wants_histogram() const { return histogram_; }
  [[nodiscard]] const Bins& bins() const { return bins_; }

  void offer(std::span<const PairScore> pairs);
  /// First bin that a histogram with a tail counts exactly; 0: all are.
  [[nodiscard]] std::size_t exact_from() const { return exact_from_; }
  /// Adds counts of kHistogramBins bins to histogram `kind` (0; self-comparison: 0 mated, 1 non-mated), modulo 2^64.
  /// `blur` bounds how far from its score a pair below the tail was counted.
  void count(std::size_t kind, std::span<const std::uint64_t> counts, double blur);

  /// Lowest score that any sink which looks at row i of A (or at all pairs) still wants, for rows [first, first+count).
  void row_bars(std::size_t first, std::size_t count, double* out) const;
  /// The same of columns, without the sinks that look at all pairs.
  void column_bars(std::size_t first, std::size_t count, double* out) const;

  /// The lowest bar that ordinary pairs are likely to meet when the share `seen` of a pass of `pairs` pairs has gone
  /// by, where `exceeded_by(share)` is the score that this share of all pairs exceeds.
  [[nodiscard]] double likely_bar(double pairs, double seen,
                                  const std::function<double(double share)>& exceeded_by) const;

  /// The state as bytes, and back. `save` hands them over piece by piece, the same at every call, and copies none;
  /// `load` returns false if the bytes are of sinks of another shape.
  void save(const std::function<void(const void* data, std::size_t bytes)>& write) const;
  bool load(std::string_view bytes);

  void take(ScoreResult& result);
  void take(SelfScoreResult& result);

 private:
  void raise_global_bar();
  const Side& a_;
  const Side& b_;
  bool lists_ = false;
  bool histogram_ = false;
  Bins bins_;
  std::optional<double> threshold_;
  std::uint64_t threshold_cap_;
  mutable std::mutex global_;
  TopList top_;
  TopList over_;
  std::uint64_t over_total_ = 0;
  std::atomic<double> global_bar_;
  BestLists row_bests_;
  BestLists column_bests_;
  BestLists identity_bests_a_;
  BestLists identity_bests_b_;
  std::vector<std::uint64_t> counts_[2];
  std::size_t exact_from_ = 0;
  double blur_ = 0;
};

}  // namespace semblance::scoring
