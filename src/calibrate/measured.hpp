#pragma once
// What was measured, before intervals are read from it.

#include <optional>
#include <string>
#include <vector>

#include "calibrate/bootstrap.hpp"
#include "calibrate/influence.hpp"
#include "calibrate/interval.hpp"
#include "calibrate/tail.hpp"

namespace semblance::calibrate_stage {

/// Everything that the results are read from.
struct Measured {
  Measured(const ScoreTable& scores, const CalibrateOptions& wishes) : table(scores), options(wishes) {}
  const ScoreTable& table;
  const CalibrateOptions& options;
  std::vector<Cut> cuts;        ///< best first
  std::size_t listed_cuts = 0;  ///< the first so many have all their false matches in the list
  Moments mated_moments, moments;
  double auc = 0.5;
  std::optional<Influence> list, direct, mated;  ///< of the listed cuts, the others, the mated side of all
  BootstrapDraws draws;

  [[nodiscard]] const Influence& influence(std::size_t k) const { return k < listed_cuts ? *list : *direct; }
  [[nodiscard]] std::size_t column(std::size_t k) const { return k < listed_cuts ? k : k - listed_cuts; }
};

/// What the intervals of a cut's FMR and FNMR rest on. `variance`: of the FNMR at hand.
Support fmr_support(const Measured& a, std::size_t k);
Support mated_support(const Measured& a, std::size_t k, double variance);

ErrorRate fmr_at(const Measured& a, std::size_t k);
std::optional<ErrorRate> fnmr_at(const Measured& a, std::size_t k);

/// EER, AUC, d' and the means of both sides.
void separation(const Measured& a, Calibration& result);

/// A threshold for every FMR asked for, measured or read from the tail. `set` as for `analyse`.
void thresholds(const Measured& a, const EmbeddingSet* set, const std::optional<FittedTail>& tail, Calibration& result);

/// Notes on what couldn't be said and why.
void explain(const Measured& a, const std::optional<FittedTail>& tail, const std::string& why_no_tail,
             Calibration& result);

}  // namespace semblance::calibrate_stage
