#pragma once
// What the screen could not drop: bounded again in float32, then scored by reference and handed to the sinks. A pair to
// be counted apart is bounded in float64 in between.

#include "score/quantised.hpp"

namespace semblance::scoring {

/// The bars of a block of rows and a panel of columns, for the sinks (float64) and for the screen (float32, below).
struct Bars {
  Bars(std::size_t rows, std::size_t columns);
  void set_rows(const std::vector<double>& bars, const ScreenUnits& units);
  void set_columns(const std::vector<double>& bars, const ScreenUnits& units);
  void set_row(std::size_t r, double bar, const ScreenUnits& units);
  void set_column(std::size_t c, double bar, const ScreenUnits& units);
  std::vector<double> row;
  std::vector<double> column;
  AlignedArray<float> screen_row;
  AlignedArray<float> screen_column;
};

/// One thread's.
class Resolver {
 public:
  /// With a prefix the screen's value bounds the score from above alone.
  Resolver(const Side& a, const Side& b, Sinks& sinks, const ScreenUnits& units, const Prefix* prefix,
           const PassOptions& options, std::size_t block_rows, std::size_t panel_columns);

  /// Rows [first, first + count) of A come next, against `columns`.
  void begin_block(std::size_t first, std::size_t count, const QuantisedRows& rows, const QuantisedColumns& columns,
                   const float* row_slack);
  [[nodiscard]] Bars& bars() { return bars_; }
  /// Empties `hits`; the bars rise with what is found.
  void resolve(std::vector<ScreenHit>& hits);
  /// Counts pairs whose bin the screen could not tell, and empties `edges`; fastest where they come row by row.
  void count(std::vector<ScreenHit>& edges, std::vector<std::uint64_t>& counts);
  [[nodiscard]] const Certificate& certificate() const { return certificate_; }

 private:
  void order(std::vector<ScreenHit>& hits);
  [[nodiscard]] bool wanted(const ScreenHit& hit) const;
  [[nodiscard]] bool still_wanted(const ScreenHit& hit) const;
  struct Estimate {
    double score;
    double half;
  };
  /// The score within some 10^-13, and within some 10^-6 for half of the work (relative to the norms).
  [[nodiscard]] Estimate estimate(const ScreenHit& hit) const;
  [[nodiscard]] Estimate rough_estimate(const ScreenHit& hit) const;
  /// What an inner product of the raw row of A with the reference row of B makes the score, if it is right within
  /// `share` of the product of the norms and `underflow`.
  [[nodiscard]] Estimate scored(const ScreenHit& hit, double dot, double share, double underflow) const;
  /// Inner products, by reference, of a batch of those kept, from `first` on; returns how many.
  std::size_t batch(std::size_t first, double* dots);
  /// Scores the next batch of those kept, from `first` on.
  void score(std::size_t first);
  /// Asks for a row to be brought to the cache.
  void fetch(const float* row) const;
  void judge(const ScreenHit& hit, double score);
  void refresh();
  const float* reference_row(std::size_t r);

  const Side& a_;
  const Side& b_;
  Sinks& sinks_;
  const ScreenUnits& units_;
  bool one_sided_;
  const PassOptions& options_;
  const CommonKernel& kernel_;
  Bars bars_;
  std::size_t first_row_ = 0;
  std::size_t rows_ = 0;
  const QuantisedRows* packed_rows_ = nullptr;
  const QuantisedColumns* columns_ = nullptr;
  const float* row_slack_ = nullptr;
  std::vector<float> reference_;
  std::vector<bool> loaded_;
  std::vector<ScreenHit> sorted_;
  std::vector<ScreenHit> candidates_;
  std::vector<ScreenHit> kept_;
  std::vector<PairScore> found_;
  std::vector<double> fresh_;
  Certificate certificate_;
};

/// Adds the counts of `part` to `whole`, keeps the larger of the extremes.
void merge(Certificate& whole, const Certificate& part);

}  // namespace semblance::scoring
