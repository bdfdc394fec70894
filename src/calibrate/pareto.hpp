#pragma once
// The generalised Pareto law: maximum likelihood, goodness of fit.

#include <optional>
#include <span>

#include "base/rng.hpp"

namespace semblance::calibrate_stage {

struct ParetoFit {
  double shape = 0;
  double scale = 0;
  double log_likelihood = 0;
  double position = 0;  ///< log(1 + shape / scale * largest excess): where a search for a like fit starts
};

/// log-likelihood of excesses y >= 0; -infinity where one lies beyond the end of the law.
double pareto_log_likelihood(std::span<const double> excesses, double shape, double scale);

/// Maximum likelihood over shape >= -1 (below, the likelihood has no maximum; Grimshaw 1993). At least two distinct
/// positive excesses are needed, otherwise nullopt. `weights`: multiplicities, or empty. `near`: a fit of like data.
std::optional<ParetoFit> fit_pareto(std::span<const double> excesses, std::span<const double> weights = {},
                                    const ParetoFit* near = nullptr);

/// Anderson and Darling's A^2 of excesses in ascending order.
double anderson_darling(std::span<const double> ascending, double shape, double scale);

/// p-value of A^2 by parametric bootstrap with refitted parameters: (1 + #{A*^2 >= A^2}) / (1 + draws).
double anderson_darling_p(double statistic, std::size_t excesses, const ParetoFit& fit, unsigned draws,
                          std::uint64_t seed, unsigned threads);

/// P(Y > y), and y at P(Y > y) = p.
double pareto_survival(double y, double shape, double scale);
double pareto_quantile(double p, double shape, double scale);

}  // namespace semblance::calibrate_stage
