// Scoring person against person.

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

#include "base/parallel.hpp"
#include "calibrate/sums.hpp"
#include "semblance/error.hpp"

namespace semblance::calibrate_stage {

PeopleRows::PeopleRows(const EmbeddingSet& set, std::span<const IdentityIndex> people, Comparison comparison)
    : dim_(set.matrix.cols), alpha_(comparison == Comparison::negative_squared_l2 ? 2 : 1) {
  std::vector<std::vector<RowIndex>> members(set.identity_names.size());
  for (std::size_t row = 0; row < set.identity.size(); ++row) {
    members[set.identity[row]].push_back(static_cast<RowIndex>(row));
  }
  begin_.push_back(0);
  for (const IdentityIndex person : people) begin_.push_back(begin_.back() + members[person].size());
  rows_.reserve(rows() * dim_);
  for (const IdentityIndex person : people) {
    for (const RowIndex member : members[person]) {
      const auto row = set.matrix.row(member);
      double squared = 0;
      for (const float x : row) squared += static_cast<double>(x) * static_cast<double>(x);
      const double norm = std::sqrt(squared);
      const double divisor = comparison == Comparison::cosine && norm > 0 ? norm : 1;
      for (const float x : row) rows_.push_back(static_cast<float>(static_cast<double>(x) / divisor));
      offset_.push_back(comparison == Comparison::negative_squared_l2 ? -squared : 0);
    }
  }
  const std::size_t panels = (rows() + kPanel - 1) / kPanel;
  panels_.assign(panels * dim_ * kPanel, 0.0F);
  for (std::size_t row = 0; row < rows(); ++row) {
    float* panel = panels_.data() + row / kPanel * dim_ * kPanel;
    for (std::size_t d = 0; d < dim_; ++d) panel[d * kPanel + row % kPanel] = rows_[row * dim_ + d];
  }
}

void PeopleRows::score(std::size_t row, double* out) const {
  const float* x = rows_.data() + row * dim_;
  for (std::size_t begin = 0; begin < rows(); begin += kPanel) {
    const float* panel = panels_.data() + begin * dim_;
    std::array<double, kPanel> dot{};
    for (std::size_t d = 0; d < dim_; ++d) {
      const auto factor = static_cast<double>(x[d]);
      for (std::size_t lane = 0; lane < kPanel; ++lane) {
        dot[lane] += factor * static_cast<double>(panel[d * kPanel + lane]);
      }
    }
    const std::size_t lanes = std::min(kPanel, rows() - begin);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
      out[begin + lane] = alpha_ * dot[lane] + (offset_[row] + offset_[begin + lane]);
    }
  }
}

namespace {

// One person's part of the pass. Every pair of people is met twice, once from either side, so that each person's sums
// are complete wherever they are made and no order of threads can show.
struct OnePerson {
  std::vector<double> sums;
  std::vector<double> square, cross;  // of the pairs in which this person comes first
  double scores = 0, squared_scores = 0;
};

}  // namespace

DirectSums sums_over_people(const PeopleRows& rows, std::span<const Cut> cuts, const NonMatedFunctionals& linear,
                            unsigned threads, const Progress& progress) {
  const std::size_t people = rows.people();
  const std::size_t functionals = cuts.size() + NonMatedFunctionals::kCount;
  DirectSums result{
      .sums = PairSums(people, functionals), .comparisons_of = std::vector<double>(people), .moments = {}};
  std::vector<OnePerson> parts(people);
  std::atomic<std::uint64_t> done{0};
  const double centre = linear.moments.mean;

  parallel_for(people, threads, [&](std::size_t i, unsigned worker) {
    OnePerson& part = parts[i];
    part.sums.resize(functionals);
    part.square.resize(functionals);
    part.cross.resize(functionals);
    std::vector<double> scores(rows.images(i) * rows.rows());
    for (std::size_t a = 0; a < rows.images(i); ++a) rows.score(rows.first(i) + a, scores.data() + a * rows.rows());

    std::vector<double> f(functionals);
    for (std::size_t j = 0; j < people; ++j) {
      if (j == i) continue;
      std::fill(f.begin(), f.end(), 0.0);
      for (std::size_t a = 0; a < rows.images(i); ++a) {
        for (std::size_t b = 0; b < rows.images(j); ++b) {
          const double score = scores[a * rows.rows() + rows.first(j) + b];
          const auto reached =
              std::partition_point(cuts.begin(), cuts.end(), [score](const Cut& cut) { return cut.score > score; });
          if (reached != cuts.end()) f[static_cast<std::size_t>(reached - cuts.begin())] += 1;
          std::array<double, NonMatedFunctionals::kCount> values{};
          linear(score, values.data());
          for (std::size_t c = 0; c < values.size(); ++c) f[cuts.size() + c] += values[c];
          if (i < j) {
            part.scores += score - centre;
            part.squared_scores += (score - centre) * (score - centre);
          }
        }
      }
      for (std::size_t k = 1; k < cuts.size(); ++k) f[k] += f[k - 1];
      const double m = static_cast<double>(rows.images(i)) * static_cast<double>(rows.images(j));
      for (std::size_t k = 0; k < functionals; ++k) {
        part.sums[k] += f[k];
        if (i > j) continue;
        part.square[k] += f[k] * f[k];
        part.cross[k] += f[k] * m;
      }
    }
    const std::uint64_t now = done.fetch_add(1) + 1;
    if (worker == 0 && progress && !progress(now, people)) {
      throw Error(ErrorCode::interrupted, "calibrate", "", "stopped");
    }
  });

  double scores = 0;
  double squared_scores = 0;
  const auto all = static_cast<double>(rows.rows());
  for (std::size_t i = 0; i < people; ++i) {
    const OnePerson& part = parts[i];
    std::copy(part.sums.begin(), part.sums.end(),
              result.sums.by_person.begin() + static_cast<std::ptrdiff_t>(i * functionals));
    for (std::size_t k = 0; k < functionals; ++k) {
      result.sums.total[k] += part.sums[k] / 2;
      result.sums.square[k] += part.square[k];
      result.sums.cross[k] += part.cross[k];
    }
    scores += part.scores;
    squared_scores += part.squared_scores;
    const auto images = static_cast<double>(rows.images(i));
    result.comparisons_of[i] = images * (all - images);
    result.comparisons += result.comparisons_of[i] / 2;
  }
  for (std::size_t i = 0; i < people; ++i) {
    for (std::size_t j = i + 1; j < people; ++j) {
      const double m = static_cast<double>(rows.images(i)) * static_cast<double>(rows.images(j));
      result.squared_comparisons += m * m;
    }
  }
  if (result.comparisons > 0) {
    const double shift = scores / result.comparisons;
    result.moments.mean = centre + shift;
    result.moments.variance = std::max(0.0, squared_scores / result.comparisons - shift * shift);
  }
  return result;
}

}  // namespace semblance::calibrate_stage
