#include "score/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "score/sinks.hpp"
#include "semblance/error.hpp"

namespace semblance::scoring {
namespace {

constexpr std::uint64_t kPairsPerTask = 4096;

/// `held` is in order; it must hold the pair if it has room or a worse one.
void check_list(const char* name, std::span<const PairScore> held, std::uint64_t room, const Better& better,
                const PairScore& pair) {
  const auto at = std::lower_bound(held.begin(), held.end(), pair, better);
  if (at != held.end() ? *at == pair : held.size() >= room) return;
  throw Error(ErrorCode::internal, "score", "verification",
              fmt::format("the {} lack row {} of A with row {} of B, score {}", name, pair.a, pair.b, pair.score));
}

class Checker {
 public:
  Checker(const Side& a, const Side& b, const SinkRequest& request, const ScoreResult& result)
      : a_(a), b_(b), better_(a, b), request_(request), result_(result) {}

  void check(const PairScore& pair) const {
    if (request_.top_pairs > 0) list("top pairs", result_.top_pairs, request_.top_pairs, pair);
    if (request_.threshold && pair.score >= *request_.threshold) {
      list("pairs over the threshold", result_.over_threshold, request_.threshold_cap, pair);
    }
    slots("row bests", result_.row_bests, request_.row_bests, pair.a, pair);
    slots("column bests", result_.column_bests, request_.column_bests, pair.b, pair);
    if (request_.identity_bests_a) slots("identity bests", result_.identity_bests_a, 1, a_.identity(pair.a), pair);
    if (request_.identity_bests_b) slots("identity bests", result_.identity_bests_b, 1, b_.identity(pair.b), pair);
  }

 private:
  void list(const char* name, std::span<const PairScore> held, std::uint64_t room, const PairScore& pair) const {
    check_list(name, held, room, better_, pair);
  }
  void slots(const char* name, const std::vector<PairScore>& all, std::size_t m, std::size_t key,
             const PairScore& pair) const {
    if (m == 0) return;
    std::span<const PairScore> held(all.data() + key * m, m);
    while (!held.empty() && held.back().a == kNoRow) held = held.first(held.size() - 1);
    list(name, held, m, pair);
  }

  const Side& a_;
  const Side& b_;
  Better better_;
  const SinkRequest& request_;
  const ScoreResult& result_;
};

/// Draws pairs of rows, scores them by reference, and has them checked.
template <class Check>
void sample_pairs(const Side& a, const Side& b, std::uint64_t count, std::uint64_t seed, const ScoreOptions& options,
                  const Check& check) {
  if (a.rows() == 0 || b.rows() == 0) return;
  const ScoreLaw law = score_law(options.comparison);
  parallel_for((count + kPairsPerTask - 1) / kPairsPerTask, options.threads, [&](std::size_t task, unsigned) {
    Rng rng(derive_seed(seed, "verify", task));
    std::vector<float> x(a.dim());
    std::vector<float> y(b.dim());
    for (std::uint64_t p = task * kPairsPerTask; p < std::min(count, (task + 1) * kPairsPerTask); ++p) {
      PairScore pair{0, static_cast<RowIndex>(uniform_index(rng, a.rows())),
                     static_cast<RowIndex>(uniform_index(rng, b.rows()))};
      a.load(pair.a, x.data());
      b.load(pair.b, y.data());
      pair.score = law.alpha * reference_dot(x.data(), y.data(), x.size()) + (a.offset(pair.a) + b.offset(pair.b));
      check(pair);
    }
  });
}

}  // namespace

void verify(const Side& a, const Side& b, const SinkRequest& request, const ScoreResult& result, std::uint64_t count,
            std::uint64_t seed, const ScoreOptions& options) {
  const Checker checker(a, b, request, result);
  sample_pairs(a, b, count, seed, options, [&](const PairScore& pair) { checker.check(pair); });
}

void verify(const Side& side, const SinkRequest& request, const SelfScoreResult& result, std::uint64_t count,
            std::uint64_t seed, const ScoreOptions& options) {
  if (request.top_pairs == 0) return;
  const Better better(side, side);
  sample_pairs(side, side, count, seed, options, [&](PairScore pair) {
    if (pair.a == pair.b || side.identity(pair.a) == side.identity(pair.b)) return;
    if (side.rank(pair.b) < side.rank(pair.a)) std::swap(pair.a, pair.b);
    check_list("best non-mated pairs", result.top_non_mated, request.top_pairs, better, pair);
  });
}

}  // namespace semblance::scoring
