#include "semblance/cohort.hpp"

#include <fmt/format.h>

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "score/side.hpp"
#include "score/sinks.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace scoring;
using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr std::size_t kBlockRows = 256;

void load(const Side& side, std::size_t row, std::vector<float>& scratch, Eigen::Ref<Eigen::RowVectorXd> to) {
  side.load(row, scratch.data());
  for (std::size_t k = 0; k < scratch.size(); ++k) to(static_cast<Eigen::Index>(k)) = static_cast<double>(scratch[k]);
}

Matrix load_all(const Side& side) {
  Matrix rows(static_cast<Eigen::Index>(side.rows()), static_cast<Eigen::Index>(side.dim()));
  std::vector<float> scratch(side.dim());
  Eigen::RowVectorXd row(rows.cols());
  for (std::size_t i = 0; i < side.rows(); ++i) {
    load(side, i, scratch, row);
    rows.row(static_cast<Eigen::Index>(i)) = row;
  }
  return rows;
}

/// Rows of the cohort by person.
std::vector<std::vector<Eigen::Index>> by_person(std::span<const IdentityIndex> person) {
  std::vector<std::vector<Eigen::Index>> rows;
  for (std::size_t k = 0; k < person.size(); ++k) {
    if (person[k] == kNobody) continue;
    if (person[k] >= rows.size()) rows.resize(person[k] + 1);
    rows[person[k]].push_back(static_cast<Eigen::Index>(k));
  }
  return rows;
}

std::vector<std::vector<RowIndex>> rows_by_identity(const Side& side) {
  std::vector<std::vector<RowIndex>> rows(side.identities());
  for (std::size_t i = 0; i < side.rows(); ++i) rows[side.identity(i)].push_back(static_cast<RowIndex>(i));
  return rows;
}

void check_roles(const ScoreSide& reference, const ScoreSide& probe) {
  const bool same = reference.matrix.rows == probe.matrix.rows && reference.matrix.cols == probe.matrix.cols &&
                    std::ranges::equal(reference.identity, probe.identity);
  if (!same) throw Error(ErrorCode::usage, "score", "roles", "need the same rows and identities on both sides");
}

/// Calls body(reference row, probe row, score, worker) for every ordered pair of rows of one identity, equal ones too.
template <class Body>
void each_mated(const ScoreSide& reference, const ScoreSide& probe, unsigned threads, const Body& body) {
  const Side left(reference, Comparison::inner_product, threads, "A");
  const Side right(probe, Comparison::inner_product, threads, "B");
  const auto members = rows_by_identity(left);
  parallel_for(members.size(), threads, [&](std::size_t id, unsigned worker) {
    for (const RowIndex p : members[id]) {
      for (const RowIndex q : members[id]) {
        body(p, q, reference_dot(left.raw(p).data(), right.raw(q).data(), left.dim()), worker);
      }
    }
  });
}

}  // namespace

std::string score_norm_name(ScoreNorm norm) {
  switch (norm) {
    case ScoreNorm::none:
      return "none";
    case ScoreNorm::z:
      return "z";
    case ScoreNorm::t:
      return "t";
    case ScoreNorm::s:
      return "s";
  }
  return "unknown";
}

CohortStatistics cohort_statistics(const ScoreSide& side, std::span<const IdentityIndex> person,
                                   const ScoreSide& cohort, std::span<const IdentityIndex> cohort_person,
                                   Comparison comparison, unsigned threads) {
  if (comparison == Comparison::negative_squared_l2) {
    throw Error(ErrorCode::usage, "score", "cohort normalisation", "works with cosine and inner products");
  }
  if (side.matrix.cols != cohort.matrix.cols) {
    throw Error(ErrorCode::input, "score", "cohort",
                fmt::format("has rows of {} numbers, the set {}; both must come from the same matcher",
                            cohort.matrix.cols, side.matrix.cols));
  }
  const Side rows(side, comparison, threads, "A");
  const Side strangers(cohort, comparison, threads, "the cohort");
  const Matrix c = load_all(strangers);
  // Sums of scores and of their squares over the cohort are a linear and a quadratic form of the row.
  const Eigen::RowVectorXd sum = c.colwise().sum();
  const Eigen::MatrixXd squares = c.transpose() * c;
  const auto own = by_person(cohort_person);

  CohortStatistics statistics{std::vector<double>(rows.rows()), std::vector<double>(rows.rows())};
  const std::size_t blocks = (rows.rows() + kBlockRows - 1) / kBlockRows;
  parallel_for(blocks, threads, [&](std::size_t block, unsigned) {
    const std::size_t first = block * kBlockRows;
    const std::size_t count = std::min(kBlockRows, rows.rows() - first);
    Matrix x(static_cast<Eigen::Index>(count), c.cols());
    std::vector<float> scratch(rows.dim());
    Eigen::RowVectorXd row(c.cols());
    for (std::size_t i = 0; i < count; ++i) {
      load(rows, first + i, scratch, row);
      x.row(static_cast<Eigen::Index>(i)) = row;
    }
    const Matrix bent = x * squares;
    for (std::size_t i = 0; i < count; ++i) {
      const auto at = static_cast<Eigen::Index>(i);
      double total = x.row(at).dot(sum);
      double of_squares = x.row(at).dot(bent.row(at));
      auto images = static_cast<double>(c.rows());
      const IdentityIndex who = person.empty() ? kNobody : person[first + i];
      if (who < own.size()) {
        for (const Eigen::Index k : own[who]) {
          const double score = x.row(at).dot(c.row(k));
          total -= score;
          of_squares -= score * score;
          images -= 1;
        }
      }
      if (images < 2) {
        throw Error(
            ErrorCode::input, "score", "cohort",
            fmt::format("leaves {:.0f} images of other people for row {}; two at least are needed", images, first + i));
      }
      const double mean = total / images;
      const double variance = (of_squares - images * mean * mean) / (images - 1);
      // What cancellation leaves of a variance that is none.
      if (!(variance > 1e-12 * of_squares / images)) {
        throw Error(
            ErrorCode::input, "score", "cohort",
            fmt::format("row {} scores the same against all its images; use a cohort of different people", first + i));
      }
      statistics.mean[first + i] = mean;
      statistics.deviation[first + i] = std::sqrt(variance);
    }
  });
  return statistics;
}

NormalisedRows normalised_rows(const ScoreSide& side, const CohortStatistics& statistics, ScoreNorm norm,
                               ScoreRole role, Comparison comparison, unsigned threads) {
  const Side rows(side, comparison, threads, "A");
  const bool own_mean = norm == ScoreNorm::s || (norm == ScoreNorm::z) == (role == ScoreRole::reference);
  // s: x.y / 2dx + x.y / 2dy - mx / 2dx - my / 2dy, the reference row (x / 2dx, x / 2, -mx / 2dx, 1) against the probe
  // row (y, y / dy, 1, -my / 2dy). z and t: one half of it, twice.
  const bool both = norm == ScoreNorm::s;
  NormalisedRows out;
  out.rows = rows.rows();
  out.dim = norm == ScoreNorm::none ? rows.dim() : both ? 2 * rows.dim() + 2 : rows.dim() + 1;
  out.values.resize(out.rows * out.dim);
  parallel_for(out.rows, threads, [&](std::size_t i, unsigned) {
    std::vector<float> x(rows.dim());
    rows.load(i, x.data());
    float* to = out.values.data() + i * out.dim;
    const auto put = [&](double factor) {
      for (const float value : x) *to++ = static_cast<float>(factor * static_cast<double>(value));
    };
    if (norm == ScoreNorm::none) {
      put(1);
      return;
    }
    const double scale = 1 / statistics.deviation[i];
    const double offset = -statistics.mean[i] * scale;
    if (!both) {
      put(own_mean ? scale : 1);
      *to = own_mean ? static_cast<float>(offset) : 1.0F;
    } else if (role == ScoreRole::reference) {
      put(scale / 2);
      put(0.5);
      *to++ = static_cast<float>(offset / 2);
      *to = 1.0F;
    } else {
      put(1);
      put(scale);
      *to++ = 1.0F;
      *to = static_cast<float>(offset / 2);
    }
  });
  return out;
}

SelfScoreResult score_roles(const ScoreSide& reference, const ScoreSide& probe, const SinkRequest& request,
                            const ScoreOptions& options) {
  check_roles(reference, probe);
  ScoreOptions plain = options;
  plain.comparison = Comparison::inner_product;
  SinkRequest counted;
  counted.histogram = true;
  counted.histogram_range = request.histogram_range;
  ScoreResult all = score(reference, probe, counted, plain);

  SelfScoreResult result;
  result.kernel = std::move(all.kernel);
  result.certificate = std::move(all.certificate);
  result.non_mated = std::move(all.histogram);
  result.mated = {.low = result.non_mated.low,
                  .high = result.non_mated.high,
                  .counts = std::vector<std::uint64_t>(result.non_mated.counts.size())};
  const Bins bins(result.non_mated.low, result.non_mated.high);
  struct Moved {
    std::vector<std::uint64_t> mated, taken;  // a row with itself is taken, and not mated
  };
  const std::vector<std::uint64_t> none(result.non_mated.counts.size());
  std::vector<Moved> moved(thread_count(options.threads), {none, none});
  each_mated(reference, probe, options.threads, [&](RowIndex p, RowIndex q, double score, unsigned worker) {
    const std::size_t bin = bins.bin(score);
    ++moved[worker].taken[bin];
    if (p != q) ++moved[worker].mated[bin];
  });
  for (const Moved& part : moved) {
    for (std::size_t k = 0; k < none.size(); ++k) {
      result.non_mated.counts[k] -= part.taken[k];
      result.mated.counts[k] += part.mated[k];
    }
  }
  result.mated_pairs = result.mated.total();
  result.non_mated_pairs = result.non_mated.total();
  return result;
}

std::vector<double> best_mated_scores(const ScoreSide& reference, const ScoreSide& probe, const ScoreOptions& options) {
  check_roles(reference, probe);
  std::vector<double> best(reference.matrix.rows, kNoBar);
  if (reference.identity.empty()) return best;
  each_mated(reference, probe, options.threads, [&](RowIndex p, RowIndex q, double score, unsigned) {
    if (p != q) best[p] = std::max(best[p], score);
  });
  return best;
}

}  // namespace semblance
