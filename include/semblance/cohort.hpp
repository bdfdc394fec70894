#pragma once
// Cohort score normalisation: a score in standard deviations above what the same image scores against strangers. It
// takes from a hub, an image near everybody, the advantage that it has (Auckenthaler, Carey and Lloyd-Thomas 2000;
// s-norm: Kenny 2010, as in Matejka et al. 2017).
//
// Reference is the real image x, probe the synthetic one y, mean and deviation those of a row's scores against the
// cohort, the images of the row's own person left out:
//   z  (s(x, y) - mean(x)) / deviation(x)      t  (s(x, y) - mean(y)) / deviation(y)      s  the mean of both
// All three are inner products of rows with one or two coordinates more, so that every sink of a pass works on them.

#include <string>
#include <vector>

#include "semblance/score.hpp"
#include "semblance/types.hpp"

namespace semblance {

enum class ScoreNorm { none, z, t, s };
std::string score_norm_name(ScoreNorm norm);  ///< "none", "z", "t", "s"

/// Somebody who is in no list: their images are left out of no cohort.
inline constexpr IdentityIndex kNobody = kNoRow;

/// Mean and standard deviation of every row's scores against a cohort.
struct CohortStatistics {
  std::vector<double> mean, deviation;
};

/// `person` and `cohort_person` number people alike (empty, or kNobody in place: nobody in particular); cohort images
/// of the row's own person don't count. Cosine or inner product. O(rows x dim^2), float64, deterministic whatever the
/// threads. Throws Error{input} when dimensions differ, fewer than two cohort images remain for a row, or a row scores
/// alike against all of them; Error{usage} for another comparison.
CohortStatistics cohort_statistics(const ScoreSide& side, std::span<const IdentityIndex> person,
                                   const ScoreSide& cohort, std::span<const IdentityIndex> cohort_person,
                                   Comparison comparison, unsigned threads);

/// Rows of a set in one role; the inner product of a reference row and a probe row is the normalised score, but for the
/// rounding of the rows to float32.
struct NormalisedRows {
  std::vector<float> values;
  std::size_t rows = 0, dim = 0;
  [[nodiscard]] MatrixView view() const { return {values.data(), rows, dim, dim}; }
};
enum class ScoreRole { reference, probe };
NormalisedRows normalised_rows(const ScoreSide& side, const CohortStatistics& statistics, ScoreNorm norm,
                               ScoreRole role, Comparison comparison, unsigned threads);

/// A set against itself where a row is not the same as reference and as probe: every ordered pair of distinct rows,
/// mated and non-mated apart, by inner product. Both sides hold the same rows in the same order, with identities. Only
/// the histograms and the counts are filled.
SelfScoreResult score_roles(const ScoreSide& reference, const ScoreSide& probe, const SinkRequest& request,
                            const ScoreOptions& options);

/// best_mated_scores for two roles: the best score of every row, as reference, with another row of its identity.
std::vector<double> best_mated_scores(const ScoreSide& reference, const ScoreSide& probe, const ScoreOptions& options);

}  // namespace semblance
