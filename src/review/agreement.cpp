#include "review/agreement.hpp"

#include <cmath>

#include "assess/intervals.hpp"

namespace semblance::review_stage {
namespace {

constexpr double kLevel = 0.95;

// Rows: the first reviewer's answers, columns: the second's.
using Table = std::vector<std::vector<double>>;

ReviewAgreement::Kappa kappa_of(const Table& counts, double total) {
  ReviewAgreement::Kappa result;
  if (total == 0) return result;
  const std::size_t categories = counts.size();
  std::vector<double> rows(categories);
  std::vector<double> columns(categories);
  for (std::size_t i = 0; i < categories; ++i) {
    for (std::size_t j = 0; j < categories; ++j) {
      rows[i] += counts[i][j] / total;
      columns[j] += counts[i][j] / total;
    }
    result.observed += counts[i][i] / total;
  }
  for (std::size_t i = 0; i < categories; ++i) result.expected += rows[i] * columns[i];
  for (std::size_t i = 0; i < categories; ++i) {
    if (rows[i] == 1 && columns[i] == 1) return result;
  }
  const double beyond = 1 - result.expected;
  const double kappa = (result.observed - result.expected) / beyond;
  double on_diagonal = 0;
  double beside = 0;
  for (std::size_t i = 0; i < categories; ++i) {
    for (std::size_t j = 0; j < categories; ++j) {
      const double share = counts[i][j] / total;
      if (i == j) {
        const double term = 1 - (rows[i] + columns[i]) * (1 - kappa);
        on_diagonal += share * term * term;
      } else {
        const double term = columns[i] + rows[j];
        beside += share * term * term;
      }
    }
  }
  const double last = kappa - result.expected * (1 - kappa);
  const double variance = on_diagonal + (1 - kappa) * (1 - kappa) * beside - last * last;
  result.kappa = kappa;
  result.standard_error = std::sqrt(std::max(variance, 0.0) / total) / beyond;
  const double half = two_sided_z(kLevel) * result.standard_error;
  result.interval = {kappa - half, kappa + half};
  return result;
}

}  // namespace

void add_rates(ReviewGroup& group) {
  const auto add = [&](std::size_t of, std::optional<double>& rate, Interval& interval) {
    if (of == 0) return;
    rate = static_cast<double>(group.same) / static_cast<double>(of);
    interval = wilson(group.same, of, kLevel);
  };
  add(group.judged(), group.rate, group.interval);
  add(group.same + group.different, group.rate_decided, group.interval_decided);
}

Interval difference_interval(const ReviewGroup& a, const ReviewGroup& b) {
  const double difference = *a.rate - *b.rate;
  const double below = std::hypot(*a.rate - a.interval.low, b.interval.high - *b.rate);
  const double above = std::hypot(a.interval.high - *a.rate, *b.rate - b.interval.low);
  return {difference - below, difference + above};
}

ReviewAgreement agreement_of(const Answers& first, const Answers& second) {
  ReviewAgreement result;
  for (std::size_t i = 0; i < first.size(); ++i) {
    if (!first[i] || !second[i]) continue;
    ++result.counts[static_cast<std::size_t>(*first[i])][static_cast<std::size_t>(*second[i])];
    ++result.pairs;
  }
  Table three(3, std::vector<double>(3));
  Table two(2, std::vector<double>(2));
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 3; ++j) {
      const auto count = static_cast<double>(result.counts[i][j]);
      three[i][j] = count;
      two[i == 0 ? 0 : 1][j == 0 ? 0 : 1] += count;
    }
  }
  const auto total = static_cast<double>(result.pairs);
  result.three = kappa_of(three, total);
  result.two = kappa_of(two, total);
  return result;
}

}  // namespace semblance::review_stage
