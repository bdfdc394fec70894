#include "membership/over_representation.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace semblance::membership_stage {
namespace {

std::vector<std::uint32_t> ascending(const std::vector<double>& values) {
  std::vector<std::uint32_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) { return values[a] < values[b]; });
  return order;
}

// Midranks where value i stands weight[i] times; `order` sorts the values.
std::vector<double> midranks(const std::vector<double>& values, const std::vector<std::uint32_t>& order,
                             std::span<const std::uint32_t> weight) {
  std::vector<double> rank(values.size());
  double below = 0;
  for (std::size_t begin = 0; begin < order.size();) {
    std::size_t end = begin;
    double tied = 0;
    for (; end < order.size() && values[order[end]] == values[order[begin]]; ++end) tied += weight[order[end]];
    for (std::size_t i = begin; i < end; ++i) rank[order[i]] = below + (tied + 1) / 2;
    below += tied;
    begin = end;
  }
  return rank;
}

double correlation(const std::vector<double>& x, const std::vector<double>& y, std::span<const std::uint32_t> weight) {
  double n = 0;
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    n += weight[i];
    mean_x += weight[i] * x[i];
    mean_y += weight[i] * y[i];
  }
  mean_x /= n;
  mean_y /= n;
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mean_x;
    const double dy = y[i] - mean_y;
    xx += weight[i] * dx * dx;
    yy += weight[i] * dy * dy;
    xy += weight[i] * dx * dy;
  }
  return xx > 0 && yy > 0 ? xy / std::sqrt(xx * yy) : std::nan("");
}

}  // namespace

double spearman(const std::vector<double>& x, const std::vector<double>& y, std::span<const std::uint32_t> weight) {
  if (x.size() < 2) return std::nan("");
  return correlation(midranks(x, ascending(x), weight), midranks(y, ascending(y), weight), weight);
}

MembershipEstimate spearman_with_interval(const std::vector<double>& x, const std::vector<double>& y,
                                          const ResamplingOptions& options) {
  const std::vector<std::uint32_t> once(x.size(), 1);
  MembershipEstimate estimate{spearman(x, y, once), {std::nan(""), std::nan("")}};
  if (std::isnan(estimate.value)) return estimate;
  const std::vector<std::uint32_t> order_x = ascending(x);
  const std::vector<std::uint32_t> order_y = ascending(y);
  std::vector<double> draws(options.bootstrap);
  std::vector<std::vector<std::uint32_t>> weights(thread_count(options.threads), once);
  parallel_for(draws.size(), options.threads, [&](std::size_t draw, unsigned worker) {
    std::vector<std::uint32_t>& weight = weights[worker];
    draw_people(derive_seed(options.seed, "membership spearman", draw), x.size(), weight);
    draws[draw] = correlation(midranks(x, order_x, weight), midranks(y, order_y, weight), weight);
  });
  estimate.interval = percentile_interval(draws, 0.95);
  return estimate;
}

std::vector<std::size_t> training_images(const Inputs& inputs) {
  std::vector<std::size_t> per_identity(inputs.train->identity_names.size());
  for (const IdentityIndex identity : inputs.train->identity) ++per_identity[identity];
  std::vector<std::size_t> images;
  const auto& names = inputs.train->identity_names;  // sorted
  for (const std::string& name : inputs.members.identity_names) {
    const auto at = std::lower_bound(names.begin(), names.end(), name);
    const bool named = at != names.end() && *at == name;
    images.push_back(named ? per_identity[static_cast<std::size_t>(at - names.begin())] : 0);
  }
  return images;
}

OverRepresentation over_representation(const std::vector<std::size_t>& images,
                                       const std::vector<MembershipAttack>& attacks, const ResamplingOptions& options) {
  OverRepresentation result;
  std::vector<std::uint32_t> people;
  for (std::size_t p = 0; p < images.size(); ++p) {
    if (images[p] > 0) people.push_back(static_cast<std::uint32_t>(p));
  }
  result.without_training_images = images.size() - people.size();
  std::vector<double> counts;
  counts.reserve(people.size());
  for (const std::uint32_t p : people) counts.push_back(static_cast<double>(images[p]));
  for (const MembershipAttack& attack : attacks) {
    std::vector<double> scores;
    scores.reserve(people.size());
    for (const std::uint32_t p : people) scores.push_back(attack.person_scores[p]);
    result.curves.push_back({attack.name, spearman_with_interval(counts, scores, options)});
  }

  const std::vector<double>& scores = attacks.front().person_scores;
  std::vector<double> others;
  for (std::size_t p = images.size(); p < scores.size(); ++p) {
    if (!std::isnan(scores[p])) others.push_back(scores[p]);
  }
  for (const std::uint32_t p : people) {
    const auto above = std::count_if(others.begin(), others.end(), [&](double s) { return s >= scores[p]; });
    result.people.push_back(
        {p, images[p], scores[p], static_cast<double>(1 + above) / static_cast<double>(1 + others.size())});
  }
  std::stable_sort(result.people.begin(), result.people.end(),
                   [](const auto& a, const auto& b) { return a.images > b.images; });
  return result;
}

}  // namespace semblance::membership_stage
