#include "score/sinks.hpp"

#include <algorithm>
#include <cmath>

namespace semblance::scoring {

void TopList::offer(const PairScore& pair) {
  if (k_ == 0) return;
  if (full_ && !better_(pair, bar_)) return;
  // A vector left to itself would take up to twice the room.
  if (held_.size() == held_.capacity()) held_.reserve(std::min(most(), 2 * held_.size() + kSpare));
  held_.push_back(pair);
  if (held_.size() >= most() || (!full_ && held_.size() == k_)) shrink();
}

void TopList::shrink() {
  if (k_ == 0 || held_.size() < k_) return;
  const auto last = held_.begin() + static_cast<std::ptrdiff_t>(k_ - 1);
  std::nth_element(held_.begin(), last, held_.end(), better_);
  held_.resize(k_);
  bar_ = held_[k_ - 1];
  full_ = true;
}

std::vector<PairScore> TopList::take() {
  shrink();
  std::sort(held_.begin(), held_.end(), better_);
  return std::move(held_);
}

void TopList::restore(std::vector<PairScore> held) {
  held_ = std::move(held);
  full_ = false;
  bar_ = PairScore{kNoBar, kNoRow, kNoRow};
  if (k_ > 0) shrink();
}

BestLists::BestLists(std::size_t keys, std::size_t m, const Better& better)
    : m_(m), better_(better), slots_(keys * m), counts_(m > 0 ? keys : 0) {
  if (m > 0) locks_ = std::make_unique<std::mutex[]>(kStripes);
}

std::mutex& BestLists::stripe(std::size_t key) const { return locks_[(key / kKeysPerStripe) % kStripes]; }

double BestLists::bar_unlocked(std::size_t key) const { return counts_[key] < m_ ? kNoBar : slots_[key * m_].score; }

void BestLists::offer(std::size_t key, const PairScore& pair) {
  const std::lock_guard lock(stripe(key));
  PairScore* slots = slots_.data() + key * m_;  // a heap with the worst pair in front
  std::uint32_t& held = counts_[key];
  if (held < m_) {
    slots[held++] = pair;
    std::push_heap(slots, slots + held, better_);
  } else if (better_(pair, slots[0])) {
    std::pop_heap(slots, slots + held, better_);
    slots[held - 1] = pair;
    std::push_heap(slots, slots + held, better_);
  }
}

void BestLists::bars(std::size_t first, std::size_t count, double* out) const {
  for (std::size_t key = first; key < first + count;) {
    const std::size_t end = std::min(first + count, (key / kKeysPerStripe + 1) * kKeysPerStripe);
    const std::lock_guard lock(stripe(key));
    for (; key < end; ++key) out[key - first] = bar_unlocked(key);
  }
}

double BestLists::bar(std::size_t key) const {
  const std::lock_guard lock(stripe(key));
  return bar_unlocked(key);
}

std::vector<PairScore> BestLists::take() {
  for (std::size_t key = 0; key < counts_.size(); ++key) {
    PairScore* slots = slots_.data() + key * m_;
    std::sort(slots, slots + counts_[key], better_);
  }
  return std::move(slots_);
}

void BestLists::restore(std::vector<PairScore> slots, std::vector<std::uint32_t> counts) {
  slots_ = std::move(slots);
  counts_ = std::move(counts);
}

Bins::Bins(double low, double high)
    : low_(low), high_(high), per_bin_(static_cast<double>(kHistogramBins) / (high - low)) {}

std::size_t Bins::bin(double score) const {
  const double guess = (score - low_) * per_bin_;
  constexpr auto kLast = static_cast<double>(kHistogramBins - 1);
  auto k = static_cast<std::size_t>(std::clamp(guess, 0.0, kLast));
  // The subtraction and the product round; the edges decide.
  while (k > 0 && score < edge(k)) --k;
  while (k + 1 < kHistogramBins && score >= edge(k + 1)) ++k;
  return k;
}

Bins histogram_bins(const Side& a, const Side& b, const SinkRequest& request, Comparison comparison) {
  if (request.histogram_range) return {(*request.histogram_range)[0], (*request.histogram_range)[1]};
  if (comparison == Comparison::cosine) return {};
  if (comparison == Comparison::inner_product) {
    const double reach = a.largest_norm() * b.largest_norm();
    return reach > 0 ? Bins(-reach, reach) : Bins();
  }
  const double reach = a.largest_norm() + b.largest_norm();
  return reach > 0 ? Bins(-reach * reach, 0) : Bins(-1, 0);
}

Sinks::Sinks(const Side& a, const Side& b, const SinkRequest& request, Comparison comparison)
    : a_(a),
      b_(b),
      histogram_(request.histogram),
      bins_(histogram_bins(a, b, request, comparison)),
      threshold_(request.threshold),
      threshold_cap_(request.threshold_cap),
      top_(request.top_pairs, Better(a, b)),
      over_(request.threshold ? static_cast<std::size_t>(request.threshold_cap) : 0, Better(a, b)),
      global_bar_(std::min(request.top_pairs > 0 ? kNoBar : kShut, request.threshold.value_or(kShut))),
      row_bests_(a.rows(), request.row_bests, Better(a, b)),
      column_bests_(b.rows(), request.column_bests, Better(a, b)),
      identity_bests_a_(a.identities(), request.identity_bests_a ? 1 : 0, Better(a, b)),
      identity_bests_b_(b.identities(), request.identity_bests_b ? 1 : 0, Better(a, b)) {
  lists_ = request.top_pairs > 0 || request.threshold || row_bests_.active() || column_bests_.active() ||
           identity_bests_a_.active() || identity_bests_b_.active();
  for (auto& counts : counts_) counts.resize(histogram_ ? kHistogramBins : 0);
  if (histogram_ && request.histogram_tail) {
    exact_from_ = bins_.bin(*request.histogram_tail);
  }
}

void Sinks::offer(std::span<const PairScore> pairs) {
  {
    const std::lock_guard lock(global_);
    for (const PairScore& pair : pairs) {
      top_.offer(pair);
      if (threshold_ && pair.score >= *threshold_) {
        ++over_total_;
        over_.offer(pair);
      }
    }
    raise_global_bar();
  }
  for (const PairScore& pair : pairs) {
    if (row_bests_.active()) row_bests_.offer(pair.a, pair);
    if (column_bests_.active()) column_bests_.offer(pair.b, pair);
    if (identity_bests_a_.active()) identity_bests_a_.offer(a_.identity(pair.a), pair);
    if (identity_bests_b_.active()) identity_bests_b_.offer(b_.identity(pair.b), pair);
  }
}

void Sinks::raise_global_bar() {
  // The list over the threshold counts every pair, so its bar stays where the user put it.
  global_bar_.store(std::min(top_.bar(), threshold_.value_or(kShut)));
}

void Sinks::count(std::size_t kind, std::span<const std::uint64_t> counts, double blur) {
  const std::lock_guard lock(global_);
  blur_ = std::max(blur_, blur);
  for (std::size_t k = 0; k < counts.size(); ++k) counts_[kind][k] += counts[k];
}

void Sinks::row_bars(std::size_t first, std::size_t count, double* out) const {
  if (row_bests_.active()) {
    row_bests_.bars(first, count, out);
  } else {
    std::fill_n(out, count, kShut);
  }
  const double global = global_bar_.load();
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = std::min(out[i], global);
    if (identity_bests_a_.active()) out[i] = std::min(out[i], identity_bests_a_.bar(a_.identity(first + i)));
  }
}

void Sinks::column_bars(std::size_t first, std::size_t count, double* out) const {
  if (column_bests_.active()) {
    column_bests_.bars(first, count, out);
  } else {
    std::fill_n(out, count, kShut);
  }
  if (!identity_bests_b_.active()) return;
  for (std::size_t j = 0; j < count; ++j) {
    out[j] = std::min(out[j], identity_bests_b_.bar(b_.identity(first + j)));
  }
}

double Sinks::likely_bar(double pairs, double seen, const std::function<double(double)>& exceeded_by) const {
  double bar = threshold_.value_or(kShut);
  if (top_.size() > 0) bar = std::min(bar, exceeded_by(static_cast<double>(top_.size()) / (seen * pairs)));
  auto consider = [&](const BestLists& bests, std::size_t others) {
    if (!bests.active()) return;
    bar = std::min(bar, exceeded_by(static_cast<double>(bests.size()) / (seen * static_cast<double>(others))));
  };
  consider(row_bests_, b_.rows());
  consider(column_bests_, a_.rows());
  consider(identity_bests_a_, b_.rows());
  consider(identity_bests_b_, a_.rows());
  return bar;
}

void Sinks::take(ScoreResult& result) {
  result.top_pairs = top_.take();
  result.over_threshold = over_.take();
  result.over_threshold_total = over_total_;
  result.threshold_cap_hit = over_total_ > threshold_cap_;
  result.row_bests = row_bests_.take();
  result.column_bests = column_bests_.take();
  result.identity_bests_a = identity_bests_a_.take();
  result.identity_bests_b = identity_bests_b_.take();
  result.histogram = Histogram{bins_.low(), bins_.high(), std::move(counts_[0]), exact_from_, blur_};
}

void Sinks::take(SelfScoreResult& result) {
  result.top_non_mated = top_.take();
  result.mated = Histogram{bins_.low(), bins_.high(), std::move(counts_[0]), 0, 0};
  result.non_mated = Histogram{bins_.low(), bins_.high(), std::move(counts_[1]), 0, 0};
}

}  // namespace semblance::scoring
