#include "semblance/score.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/parallel.hpp"
#include "score/cascade.hpp"
#include "score/checkpoint.hpp"
#include "score/verify.hpp"
#include "semblance/error.hpp"

namespace semblance {

using namespace scoring;

namespace {

constexpr const char* kReference = "reference";
constexpr std::size_t kMostTopPairs = 1'000'000;

[[noreturn]] void refuse(const std::string& what, const std::string& why) {
  throw Error(ErrorCode::usage, "score", what, why);
}

void check_tail(const SinkRequest& request, Comparison comparison, const std::string& kernel) {
  if (!request.histogram_tail) return;
  const double tail = *request.histogram_tail;
  if (!request.histogram) refuse("histogram tail", "was given without a histogram");
  if (!(tail > -1 && tail < 1)) refuse("histogram tail", "must lie between -1 and 1");
  if (comparison != Comparison::cosine || request.histogram_range) {
    refuse("histogram tail", "works with cosine and the default range alone");
  }
  if (kernel == kReference) refuse("histogram tail", "is what the reference kernel does not do: it counts exactly");
}

void check(const SinkRequest& request) {
  if (request.top_pairs > kMostTopPairs) refuse("top pairs", fmt::format("at most {} can be kept", kMostTopPairs));
  if (request.threshold && std::isnan(*request.threshold)) refuse("threshold", "is not a number");
  if (request.threshold && request.threshold_cap == 0) refuse("threshold cap", "must be at least 1");
  if (request.histogram_range) {
    const auto [low, high] = *request.histogram_range;
    if (!std::isfinite(low) || !std::isfinite(high) || !(low < high) || !std::isfinite(high - low)) {
      refuse("histogram range", "needs two finite numbers, the lower first");
    }
  }
}

void check_kernel(const std::string& kernel) {
  if (kernel.empty()) return;
  const std::vector<std::string> names = score_kernels();
  if (std::find(names.begin(), names.end(), kernel) == names.end()) {
    refuse("kernel " + kernel, fmt::format("does not run here; this machine has {}", fmt::join(names, ", ")));
  }
}

/// The integer kernel to screen with; none: every pair in float64.
const TileKernel* choose(const std::string& forced, bool screenable) {
  if (!screenable && !forced.empty() && forced != kReference) {
    refuse("kernel " + forced, "cannot do what was asked for; leave the choice of the kernel out");
  }
  if (!screenable || forced == kReference) return nullptr;
  const TileKernel* const* kernel = tile_kernels();
  while (!forced.empty() && forced != (*kernel)->name) ++kernel;
  return *kernel;
}

/// Takes the mated pairs out of the counts of all pairs. Few pairs are mated, so scoring them again costs little.
void move_mated(const Side& side, Sinks& sinks, unsigned threads) {
  std::vector<std::vector<RowIndex>> members(side.identities());
  for (std::size_t i = 0; i < side.rows(); ++i) members[side.identity(i)].push_back(static_cast<RowIndex>(i));
  std::vector<std::vector<std::uint64_t>> counts(thread_count(threads), std::vector<std::uint64_t>(kHistogramBins));
  const std::size_t dim = side.dim();
  parallel_for(members.size(), threads, [&](std::size_t id, unsigned worker) {
    const std::vector<RowIndex>& rows = members[id];
    if (rows.size() < 2) return;
    std::vector<float> loaded(rows.size() * dim);
    for (std::size_t p = 0; p < rows.size(); ++p) side.load(rows[p], loaded.data() + p * dim);
    for (std::size_t p = 0; p + 1 < rows.size(); ++p) {
      for (std::size_t q = p + 1; q < rows.size(); ++q) {
        ++counts[worker][sinks.bins().bin(reference_dot(loaded.data() + p * dim, loaded.data() + q * dim, dim))];
      }
    }
  });
  for (std::vector<std::uint64_t>& mated : counts) {
    sinks.count(0, mated, 0);
    for (std::uint64_t& count : mated) count = -count;
    sinks.count(1, mated, 0);
  }
}

struct Run {
  const Side& a;
  const Side& b;
  Sinks& sinks;
  const ScoreOptions& options;
  Shape shape;
  Identity identity;  ///< empty: no checkpoints
};

PassOptions pass_options(const ScoreOptions& options, Shape shape) {
  return {.shape = shape,
          .comparison = options.comparison,
          .law = score_law(options.comparison),
          .threads = options.threads,
          .tile_rows = options.tile_rows,
          .tile_cols = options.tile_cols,
          .progress = options.progress};
}

/// Returns the name of the kernel that ran.
std::string pass(Run run, Certificate& certificate) {
  const PassOptions options = pass_options(run.options, run.shape);
  const bool countable =
      run.options.comparison == Comparison::cosine && run.sinks.bins().low() == -1 && run.sinks.bins().high() == 1;
  const bool screenable = (!run.sinks.wants_histogram() || countable) && run.a.dim() <= kMostDimensions;
  const TileKernel* kernel = choose(run.options.kernel, screenable);
  if (kernel != nullptr && kernel->coarse != nullptr && !run.sinks.wants_histogram() &&
      run.a.dim() <= kernel->coarse->most_dimensions) {
    kernel = kernel->coarse;
  } else if (kernel != nullptr && kernel->fine != nullptr && counts_all(run.sinks) &&
             run.a.dim() <= kernel->fine->most_dimensions) {
    kernel = kernel->fine;
  }
  std::optional<Prefix> chosen;
  if (kernel != nullptr) chosen = choose_prefix(run.a, run.b, run.sinks, *kernel, options, run.options.cascade);
  const Prefix* const prefix = chosen ? &*chosen : nullptr;
  Grid grid = kernel != nullptr ? screened_grid(run.a, run.b, run.sinks, *kernel, prefix, options)
                                : reference_grid(run.a, run.b, options);
  std::optional<CheckpointFile> checkpoint;
  if (!run.options.checkpoint.folder.empty()) {
    // A reference pass parts mated from non-mated pairs as it counts, a screened one afterwards.
    run.identity.emplace_back("kind of kernel", kernel == nullptr ? "reference" : "screen");
    checkpoint.emplace(run.options.checkpoint, std::move(run.identity), run.sinks, grid, run.shape);
    certificate.resumed = checkpoint->resumed_pairs();
    certificate.checkpoint_damaged = checkpoint->damaged();
  }
  CheckpointFile* const file = checkpoint ? &*checkpoint : nullptr;
  certificate.bound = "none";
  if (kernel == nullptr) {
    reference_pass(run.a, run.b, run.sinks, grid, options, file);
  } else {
    screened_pass(run.a, run.b, run.sinks, *kernel, prefix, grid, options, file, certificate);
    if (run.shape == Shape::upper && run.sinks.wants_histogram()) move_mated(run.a, run.sinks, options.threads);
  }
  return kernel == nullptr ? kReference : kernel->name;
}

}  // namespace

std::vector<std::string> score_kernels() {
  std::vector<std::string> names;
  for (const TileKernel* const* kernel = tile_kernels(); *kernel != nullptr; ++kernel)
    names.emplace_back((*kernel)->name);
  names.emplace_back(kReference);
  return names;
}

std::uint64_t Histogram::total() const { return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}); }

std::uint64_t Histogram::count_from(std::size_t k) const {
  if (k >= counts.size()) return 0;
  return std::accumulate(counts.begin() + static_cast<std::ptrdiff_t>(k), counts.end(), std::uint64_t{0});
}

std::array<std::uint64_t, 2> Histogram::count_from_bounds(std::size_t k) const {
  if (k >= exact_from) return {count_from(k), count_from(k)};
  // One bin more than the blur spans: the score that was blurred may lie anywhere in its bin.
  const double bins = blur * static_cast<double>(counts.size()) / (high - low);
  const auto reach = static_cast<std::size_t>(bins) + 2;
  return {count_from(std::min(k + reach, exact_from)), count_from(k > reach ? k - reach : 0)};
}

ScoreResult score(const ScoreSide& a, const ScoreSide& b, const SinkRequest& request, const ScoreOptions& options) {
  check(request);
  check_kernel(options.kernel);
  check_tail(request, options.comparison, options.kernel);
  if (a.matrix.cols != b.matrix.cols) {
    throw Error(ErrorCode::input, "score", "dimension",
                fmt::format("one side has {} numbers a row, the other {}; both must come from the same matcher",
                            a.matrix.cols, b.matrix.cols));
  }
  const Side left(a, options.comparison, options.threads, "A");
  const Side right(b, options.comparison, options.threads, "B");
  Sinks sinks(left, right, request, options.comparison);
  ScoreResult result;
  result.pairs = pair_count(left, right, Shape::all);
  Identity identity = options.checkpoint.folder.empty() ? Identity{} : pass_identity(a, &b, request, options);
  result.kernel = pass({left, right, sinks, options, Shape::all, std::move(identity)}, result.certificate);
  sinks.take(result);
  if (options.verify > 0) {
    verify(left, right, request, result, options.verify, options.verify_seed, options);
    result.certificate.verified = options.verify;
  }
  return result;
}

SelfScoreResult score_self(const ScoreSide& a, const SinkRequest& request, const ScoreOptions& options) {
  check(request);
  check_kernel(options.kernel);
  if (request.histogram_tail) refuse("histogram tail", "is not for a self-comparison");
  const Side side(a, options.comparison, options.threads, "A");
  SinkRequest kept;
  kept.top_pairs = request.top_pairs;
  kept.histogram = request.histogram;
  kept.histogram_range = request.histogram_range;
  Sinks sinks(side, side, kept, options.comparison);
  SelfScoreResult result;
  std::vector<std::uint64_t> sizes(side.identities());
  for (std::size_t i = 0; i < side.rows(); ++i) ++sizes[side.identity(i)];
  for (const std::uint64_t size : sizes) result.mated_pairs += size * (size > 0 ? size - 1 : 0) / 2;
  result.non_mated_pairs = pair_count(side, side, Shape::upper) - result.mated_pairs;
  Identity identity = options.checkpoint.folder.empty() ? Identity{} : pass_identity(a, nullptr, kept, options);
  result.kernel = pass({side, side, sinks, options, Shape::upper, std::move(identity)}, result.certificate);
  sinks.take(result);
  if (options.verify > 0) {
    verify(side, kept, result, options.verify, options.verify_seed, options);
    result.certificate.verified = options.verify;
  }
  return result;
}

double reference_score(std::span<const float> x, std::span<const float> y, Comparison comparison) {
  if (x.size() != y.size()) {
    throw Error(ErrorCode::input, "score", "dimension", fmt::format("rows of {} and {} numbers", x.size(), y.size()));
  }
  const Side left({.matrix = {x.data(), 1, x.size(), x.size()}, .order = {}, .identity = {}}, comparison, 1, "A");
  const Side right({.matrix = {y.data(), 1, y.size(), y.size()}, .order = {}, .identity = {}}, comparison, 1, "B");
  std::vector<float> p(x.size());
  std::vector<float> q(y.size());
  left.load(0, p.data());
  right.load(0, q.data());
  const ScoreLaw law = score_law(comparison);
  return law.alpha * reference_dot(p.data(), q.data(), p.size()) + (left.offset(0) + right.offset(0));
}

std::vector<double> best_mated_scores(const ScoreSide& a, const ScoreOptions& options) {
  const Side side(a, options.comparison, options.threads, "A");
  const ScoreLaw law = score_law(options.comparison);
  std::vector<double> best(side.rows(), kNoBar);
  if (a.identity.empty()) return best;
  std::vector<std::vector<RowIndex>> members(side.identities());
  for (std::size_t i = 0; i < side.rows(); ++i) members[side.identity(i)].push_back(static_cast<RowIndex>(i));
  parallel_for(members.size(), options.threads, [&](std::size_t id, unsigned) {
    const std::vector<RowIndex>& rows = members[id];
    const std::size_t dim = side.dim();
    std::vector<float> loaded(rows.size() < 2 ? 0 : rows.size() * dim);
    for (std::size_t p = 0; rows.size() > 1 && p < rows.size(); ++p) side.load(rows[p], loaded.data() + p * dim);
    for (std::size_t p = 0; p + 1 < rows.size(); ++p) {
      for (std::size_t q = p + 1; q < rows.size(); ++q) {
        const double dot = reference_dot(loaded.data() + p * dim, loaded.data() + q * dim, dim);
        const double score = law.alpha * dot + (side.offset(rows[p]) + side.offset(rows[q]));
        best[rows[p]] = std::max(best[rows[p]], score);
        best[rows[q]] = std::max(best[rows[q]], score);
      }
    }
  });
  return best;
}

}  // namespace semblance
