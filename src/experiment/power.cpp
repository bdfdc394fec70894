// Planted leaks: the audit's own test and list, on people dealt anew between R and H.

#include "semblance/power.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <numeric>

#include "assess/conformal.hpp"
#include "assess/equal_images.hpp"
#include "assess/global_test.hpp"
#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "experiment/inputs.hpp"
#include "semblance/error.hpp"

namespace semblance {

using namespace experiment_stage;

namespace {

constexpr std::size_t kFewestStrangers = 10;

[[noreturn]] void refuse(const std::string& option, const std::string& why) {
  throw Error(ErrorCode::usage, "power", option, why);
}

void check(const PowerOptions& options) {
  const auto share = [](double x) { return x > 0 && x < 1; };
  if (options.rates.empty()) refuse("--rates", "names no rate");
  for (const double rate : options.rates) {
    if (!(rate > 0 && rate <= 1)) refuse("--rates", fmt::format("{} is not a share of people; give 0.01 for 1%", rate));
  }
  if (options.strengths.empty()) refuse("--strengths", "names none; give same-person, near-copy or both");
  if (!share(options.near_copy_cosine)) refuse("--near-copy-cosine", "must lie between 0 and 1");
  if (!share(options.alpha)) refuse("--alpha", "must lie between 0 and 1");
  if (!share(options.fdr)) refuse("--fdr", "must lie between 0 and 1");
  if (options.repetitions < 20) refuse("--repetitions", "must be at least 20");
  if (!(static_cast<double>(options.permutations) + 1 >= 1 / options.alpha)) {
    refuse("--permutations", fmt::format("must be at least {:.0f}, or no p-value could reach the level {}",
                                         std::ceil(1 / options.alpha) - 1, options.alpha));
  }
}

/// The people of R and H, their images in one matrix, and what of each could leak.
class Pool {
 public:
  Pool(const EmbeddingSet& train, const EmbeddingSet& holdout, const std::vector<bool>& stranger, std::uint64_t seed) {
    dim_ = train.matrix.cols;
    add(train, {}, derive_seed(seed, "power train"));
    train_people_ = people();
    add(holdout, stranger, derive_seed(seed, "power holdout"));
  }

  [[nodiscard]] std::size_t people() const { return spare_.size(); }
  [[nodiscard]] std::size_t train_people() const { return train_people_; }
  [[nodiscard]] const std::vector<IdentityIndex>& person() const { return person_; }
  [[nodiscard]] ScoreSide side() const { return side_of(values_); }
  [[nodiscard]] ScoreSide side_of(const std::vector<float>& values) const {
    return {.matrix = {values.data(), values.size() / dim_, dim_, dim_}, .order = {}, .identity = {}};
  }
  /// People who have a photograph to spare.
  [[nodiscard]] bool has_spare(std::size_t person) const { return !spare_[person].empty(); }

  /// What leaks of a person, appended to `to`.
  void leak(std::size_t person, PowerLeak strength, double cosine, Rng& rng, std::vector<float>& to) const {
    if (strength == PowerLeak::same_person) {
      to.insert(to.end(), spare_[person].begin(), spare_[person].end());
      return;
    }
    const auto& rows = rows_[person];
    const float* x = values_.data() + rows[uniform_index(rng, rows.size())] * dim_;
    // x and a random direction at right angles to it, of x's length, mixed to the cosine.
    boost::random::normal_distribution<double> normal;
    std::vector<double> noise(dim_);
    double length = 0;
    double along = 0;
    for (std::size_t k = 0; k < dim_; ++k) {
      noise[k] = normal(rng);
      length += static_cast<double>(x[k]) * static_cast<double>(x[k]);
      along += noise[k] * static_cast<double>(x[k]);
    }
    double across = 0;
    for (std::size_t k = 0; k < dim_; ++k) {
      if (length > 0) noise[k] -= along / length * static_cast<double>(x[k]);
      across += noise[k] * noise[k];
    }
    const double scale = across > 0 ? std::sqrt((1 - cosine * cosine) * length / across) : 0;
    for (std::size_t k = 0; k < dim_; ++k) {
      to.push_back(static_cast<float>(cosine * static_cast<double>(x[k]) + scale * noise[k]));
    }
  }

 private:
  void add(const EmbeddingSet& set, const std::vector<bool>& left_out, std::uint64_t seed) {
    const auto by_person = experiment_stage::rows_by_identity(set);
    for (std::size_t i = 0; i < by_person.size(); ++i) {
      if (!left_out.empty() && left_out[i]) continue;
      Rng rng(derive_seed(seed, "spare", i));
      const auto& rows = by_person[i];
      const std::size_t spared = rows.size() > 1 ? uniform_index(rng, rows.size()) : rows.size();
      rows_.emplace_back();
      spare_.emplace_back();
      for (std::size_t k = 0; k < rows.size(); ++k) {
        const auto row = set.matrix.row(rows[k]);
        if (k == spared) {
          spare_.back().assign(row.begin(), row.end());
          continue;
        }
        rows_.back().push_back(person_.size());
        person_.push_back(static_cast<IdentityIndex>(spare_.size() - 1));
        values_.insert(values_.end(), row.begin(), row.end());
      }
    }
  }

  std::size_t dim_ = 0;
  std::size_t train_people_ = 0;
  std::vector<float> values_;
  std::vector<IdentityIndex> person_;
  std::vector<std::vector<std::size_t>> rows_;
  std::vector<std::vector<float>> spare_;
};

std::vector<double> best_matches(const ScoreSide& a, const ScoreSide& b, const ScoreOptions& options) {
  SinkRequest request;
  request.row_bests = 1;
  const ScoreResult result = score(a, b, request, options);
  std::vector<double> best;
  best.reserve(result.row_bests.size());
  for (const PairScore& pair : result.row_bests) best.push_back(pair.score);
  return best;
}

struct Outcome {
  bool found = false;
  double named = 0;
  double wrong = 0;
};

/// One repetition: who is dealt to R, who of them leaks, and what the audit makes of it.
class Trial {
 public:
  Trial(const Pool& pool, const std::vector<double>& base, const PowerOptions& options, unsigned repetition)
      : pool_(pool), base_(base), options_(options), rng_(derive_seed(options.seed, "power deal", repetition)) {
    const auto dealt = random_permutation(pool.people(), rng_);
    order_.assign(dealt.begin(), dealt.begin() + static_cast<std::ptrdiff_t>(pool.train_people()));
    in_train_.resize(pool.people());
    for (const std::size_t person : order_) in_train_[person] = true;
  }

  /// The first people of the deal who can leak, `leaked` of them.
  Outcome run(std::optional<PowerLeak> strength, std::size_t leaked) {
    std::vector<double> best = base_;
    std::vector<bool> leaks(pool_.people());
    if (strength && leaked > 0) plant(*strength, leaked, best, leaks);
    return judge(best, leaks);
  }

 private:
  void plant(PowerLeak strength, std::size_t leaked, std::vector<double>& best, std::vector<bool>& leaks) {
    std::vector<float> images;
    for (const std::size_t person : order_) {
      if (strength == PowerLeak::same_person && !pool_.has_spare(person)) continue;
      pool_.leak(person, strength, options_.near_copy_cosine, rng_, images);
      leaks[person] = true;
      if (--leaked == 0) break;
    }
    if (images.empty()) return;  // by chance nobody was dealt to R who can leak
    // Repetitions run side by side, so each scores alone.
    const std::vector<double> planted =
        best_matches(pool_.side(), pool_.side_of(images), {.comparison = options_.comparison, .threads = 1});
    for (std::size_t row = 0; row < best.size(); ++row) best[row] = std::max(best[row], planted[row]);
  }

  [[nodiscard]] Outcome judge(const std::vector<double>& best, const std::vector<bool>& leaks) const {
    std::vector<IdentityIndex> index(pool_.people());
    std::vector<std::size_t> train_people;
    std::size_t controls = 0;
    for (std::size_t person = 0; person < pool_.people(); ++person) {
      index[person] = static_cast<IdentityIndex>(in_train_[person] ? train_people.size() : controls++);
      if (in_train_[person]) train_people.push_back(person);
    }
    std::array<std::vector<double>, 2> scores;
    std::array<std::vector<IdentityIndex>, 2> identity;
    for (std::size_t row = 0; row < best.size(); ++row) {
      const IdentityIndex person = pool_.person()[row];
      scores[in_train_[person] ? 0 : 1].push_back(best[row]);
      identity[in_train_[person] ? 0 : 1].push_back(index[person]);
    }
    const ImageDraws train({scores[0], identity[0], train_people.size(), {}}, "subsample-train", options_.seed, 0);
    const ImageDraws holdout({scores[1], identity[1], controls, {}}, "subsample-holdout", options_.seed, 0);
    AssessOptions assess;
    assess.alpha = options_.alpha;
    assess.seed = options_.seed;
    assess.permutations = options_.permutations;
    assess.threads = 1;
    Outcome outcome;
    outcome.found = global_test(equal_strata(train, holdout), assess).test.p <= options_.alpha;
    const FdrList list = identity_list(conformal_evidence(train, holdout), options_.fdr);
    std::size_t right = 0;
    for (const std::uint32_t i : list.ids) right += leaks[train_people[i]] ? 1 : 0;
    const auto all = static_cast<double>(std::ranges::count(leaks, true));
    outcome.named = all > 0 ? static_cast<double>(right) / all : 0;
    outcome.wrong = list.count > 0 ? static_cast<double>(list.count - right) / static_cast<double>(list.count) : 0;
    return outcome;
  }

  const Pool& pool_;
  const std::vector<double>& base_;
  const PowerOptions& options_;
  Rng rng_;
  std::vector<std::size_t> order_;  ///< people of R
  std::vector<bool> in_train_;
};

/// Half of the held-out people, by seed.
std::vector<bool> choose_strangers(const EmbeddingSet& holdout, std::uint64_t seed) {
  const std::size_t people = holdout.identity_names.size();
  if (people < 2 * kFewestStrangers) {
    throw Error(ErrorCode::input, "power", holdout.location,
                fmt::format("holds {} people; without --synthetic half of them stand in for it, and at least {} are "
                            "needed",
                            people, 2 * kFewestStrangers));
  }
  Rng rng(derive_seed(seed, "power strangers"));
  std::vector<bool> stranger(people);
  const auto order = random_permutation(people, rng);
  for (std::size_t k = 0; k < people / 2; ++k) stranger[order[k]] = true;
  return stranger;
}

std::vector<float> images_of(const EmbeddingSet& set, const std::vector<bool>& chosen) {
  std::vector<float> values;
  for (std::size_t i = 0; i < set.matrix.rows; ++i) {
    if (!chosen[set.identity[i]]) continue;
    const auto row = set.matrix.row(i);
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

std::vector<PowerPoint> points_of(const PowerOptions& options, const Pool& pool, const EmbeddingSet& train) {
  std::vector<PowerPoint> points(1);
  for (const PowerLeak strength : options.strengths) {
    std::size_t able = 0;
    for (std::size_t person = 0; person < pool.people(); ++person) able += pool.has_spare(person) ? 1 : 0;
    if (strength == PowerLeak::near_copy) able = pool.people();
    // A deal gives R its share of those who can leak, give or take.
    const auto most = static_cast<std::size_t>(static_cast<double>(able) * static_cast<double>(pool.train_people()) /
                                               static_cast<double>(pool.people()));
    if (most == 0) {
      throw Error(ErrorCode::input, "power", train.location,
                  "nobody has two images, so nobody has another photograph to leak; label the images (--train-items) "
                  "or ask for near-copy alone");
    }
    for (const double rate : options.rates) {
      PowerPoint point;
      point.strength = strength;
      point.rate = rate;
      const double wanted = std::round(rate * static_cast<double>(pool.train_people()));
      point.leaked = std::clamp<std::size_t>(static_cast<std::size_t>(wanted), 1, most);
      points.push_back(point);
    }
  }
  return points;
}

}  // namespace

std::string power_leak_name(PowerLeak strength) {
  return strength == PowerLeak::same_person ? "same-person" : "near-copy";
}

PowerStudy estimate_power(const PowerOptions& options) {
  check(options);
  const EmbeddingSet train = read_set(options.train, "training", options.comparison);
  const EmbeddingSet holdout = read_set(options.holdout, "hold-out", options.comparison);
  check_control(train, holdout);
  PowerStudy study;
  study.sets = {describe("train", train), describe("holdout", holdout)};

  ScoreOptions scoring;
  scoring.comparison = options.comparison;
  scoring.threads = options.threads;
  std::vector<bool> strangers;
  std::optional<EmbeddingSet> synthetic;
  if (options.synthetic) {
    synthetic = read_set(*options.synthetic, "synthetic", options.comparison);
    check_same_matcher(train, *synthetic);
    check_distinct(train, "--train", *synthetic, "--synthetic");
    check_distinct(holdout, "--holdout", *synthetic, "--synthetic");
    study.sets.push_back(describe("synthetic", *synthetic));
  } else {
    strangers = choose_strangers(holdout, options.seed);
  }
  const Pool pool(train, holdout, strangers, options.seed);
  study.points = points_of(options, pool, train);
  if (options.progress) scoring.progress = options.progress("scoring the background", "pairs");
  std::vector<float> images;
  if (!synthetic) images = images_of(holdout, strangers);
  const ScoreSide background = synthetic ? side_of(*synthetic) : pool.side_of(images);
  const std::vector<double> base = best_matches(pool.side(), background, scoring);

  study.background = synthetic ? "synthetic" : "held-out strangers";
  study.background_images = background.matrix.rows;
  study.train_people = pool.train_people();
  study.holdout_people = pool.people() - pool.train_people();
  study.repetitions = options.repetitions;
  study.alpha = options.alpha;
  study.fdr = options.fdr;
  study.near_copy_cosine = options.near_copy_cosine;

  const Progress told = options.progress ? options.progress("planting leaks", "trials") : Progress{};
  const std::size_t all = study.points.size() * options.repetitions;
  std::vector<Outcome> outcomes(all);
  std::atomic<std::uint64_t> done{0};
  parallel_for(all, options.threads, [&](std::size_t at, unsigned worker) {
    if (worker == 0 && told && !told(done, all)) {
      throw Error(ErrorCode::interrupted, "power", "", "stopped before every repetition was done");
    }
    const PowerPoint& point = study.points[at / options.repetitions];
    Trial trial(pool, base, options, static_cast<unsigned>(at % options.repetitions));
    outcomes[at] = trial.run(point.strength, point.leaked);
    ++done;
  });
  if (told) told(all, all);
  for (std::size_t p = 0; p < study.points.size(); ++p) {
    PowerPoint& point = study.points[p];
    for (std::size_t r = 0; r < options.repetitions; ++r) {
      const Outcome& outcome = outcomes[p * options.repetitions + r];
      point.found += outcome.found ? 1 : 0;
      point.named += outcome.named / options.repetitions;
      point.wrong += outcome.wrong / options.repetitions;
    }
    point.power = static_cast<double>(point.found) / options.repetitions;
    point.interval = wilson(point.found, options.repetitions, 0.95);
  }
  return study;
}

}  // namespace semblance
