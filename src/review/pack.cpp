// Which pairs a pack shows, and in which order.

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/rng.hpp"
#include "review/gallery.hpp"
#include "review/matching.hpp"
#include "review/report_tables.hpp"
#include "semblance/error.hpp"
#include "semblance/review.hpp"

namespace semblance {
namespace {

using namespace review_stage;

constexpr std::size_t kMostPairs = 2000;
constexpr std::size_t kMostReasons = 20;

void check(const ReviewPackOptions& options) {
  const auto refuse = [](const char* option, const std::string& why) {
    throw Error(ErrorCode::usage, "review", option, why);
  };
  if (options.pairs < 2 || options.pairs > kMostPairs) {
    refuse("--pairs", fmt::format("must be from 2 to {}", kMostPairs));
  }
  if (options.side < 64 || options.side > 1024) refuse("--side", "must be from 64 to 1024 pixels");
}

// Both pictures of a person's best match.
class PairPictures {
 public:
  PairPictures(Gallery& real, Gallery& synthetic, ReviewKey& key) : real_(real), synthetic_(synthetic), key_(key) {}

  void load(const std::vector<const PersonRow*>& rows) {
    std::vector<Gallery::Wanted> real;
    std::vector<Gallery::Wanted> synthetic;
    for (const PersonRow* row : rows) {
      real.push_back({row->real, row->person});
      synthetic.push_back({row->synthetic, {}});
    }
    real_.load(real);
    synthetic_.load(synthetic);
  }
  // Whether both are there; if not, says why in the key.
  bool complete(const PersonRow& row) {
    for (const auto& [gallery, id] : {std::pair{&real_, &row.real}, {&synthetic_, &row.synthetic}}) {
      if (gallery->find(*id) != nullptr) continue;
      ++key_.passed_over;
      if (key_.reasons.size() < kMostReasons) key_.reasons.push_back(gallery->reason(*id));
      return false;
    }
    return true;
  }

 private:
  Gallery& real_;
  Gallery& synthetic_;
  ReviewKey& key_;
};

// Training people in the order in which they are wanted.
std::vector<const PersonRow*> in_order(const ReportTables& tables, std::size_t wanted, std::uint64_t seed) {
  std::vector<const PersonRow*> listed;
  std::vector<const PersonRow*> others;
  for (const PersonRow& row : tables.training) (row.listed ? listed : others).push_back(&row);
  if (listed.size() > wanted) {
    Rng rng(derive_seed(seed, "review-sample"));
    shuffle(listed, rng);
  }
  listed.insert(listed.end(), others.begin(), others.end());
  return listed;
}

std::vector<const PersonRow*> choose_candidates(const ReportTables& tables, std::size_t wanted, std::uint64_t seed,
                                                PairPictures& pictures) {
  const std::vector<const PersonRow*> order = in_order(tables, wanted, seed);
  std::vector<const PersonRow*> chosen;
  for (std::size_t next = 0; next < order.size() && chosen.size() < wanted;) {
    // More at once after each round that didn't suffice, since each may read a whole archive.
    const std::size_t batch = std::min(std::max(wanted - chosen.size(), next), order.size() - next);
    const std::vector<const PersonRow*> tried(order.begin() + static_cast<std::ptrdiff_t>(next),
                                              order.begin() + static_cast<std::ptrdiff_t>(next + batch));
    next += batch;
    pictures.load(tried);
    for (const PersonRow* row : tried) {
      if (chosen.size() < wanted && pictures.complete(*row)) chosen.push_back(row);
    }
  }
  std::sort(chosen.begin(), chosen.end(), [](const PersonRow* x, const PersonRow* y) {
    return x->score != y->score ? x->score > y->score : x->person < y->person;
  });
  return chosen;
}

// For the first `wanted` candidates, which are sorted by score, a held-out person each.
std::vector<const PersonRow*> choose_controls(const ReportTables& tables,
                                              const std::vector<const PersonRow*>& candidates, std::size_t wanted,
                                              PairPictures& pictures) {
  std::vector<double> scores;
  scores.reserve(tables.holdout.size());
  for (const PersonRow& row : tables.holdout) scores.push_back(row.score);
  ScorePool pool(scores);
  std::vector<const PersonRow*> chosen;
  std::vector<const PersonRow*> unmatched(
      candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, candidates.size())));
  while (!unmatched.empty() && !pool.empty()) {
    std::vector<std::pair<const PersonRow*, const PersonRow*>> matched;
    std::vector<const PersonRow*> tried;
    for (const PersonRow* candidate : unmatched) {
      if (pool.empty()) break;
      tried.push_back(&tables.holdout[pool.take_nearest(candidate->score)]);
      matched.emplace_back(candidate, tried.back());
    }
    pictures.load(tried);
    unmatched.clear();
    for (const auto& [candidate, control] : matched) {
      if (pictures.complete(*control)) {
        chosen.push_back(control);
      } else {
        unmatched.push_back(candidate);
      }
    }
  }
  return chosen;
}

// Half of a kind with the real picture on the left; an odd one by chance.
void deal_sides(std::vector<ReviewPair>& pairs, std::uint64_t seed, std::uint64_t kind) {
  Rng rng(derive_seed(seed, "review-sides", kind));
  const std::size_t coin = uniform_index(rng, 2);
  for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i].real_left = (i + coin) % 2 == 0;
  for (std::size_t i = pairs.size(); i > 1; --i) {
    std::swap(pairs[i - 1].real_left, pairs[uniform_index(rng, i)].real_left);
  }
}

std::vector<ReviewPair> pairs_of(const std::vector<const PersonRow*>& rows, bool control, std::uint64_t seed) {
  std::vector<ReviewPair> pairs;
  pairs.reserve(rows.size());
  for (const PersonRow* row : rows) {
    pairs.push_back({.control = control,
                     .listed = row->listed,
                     .person = row->person,
                     .real = row->real,
                     .synthetic = row->synthetic,
                     .score = row->score,
                     .real_left = false});
  }
  deal_sides(pairs, seed, control ? 1 : 0);
  return pairs;
}

std::size_t count_above(const std::vector<ReviewPair>& pairs) {
  double best = -std::numeric_limits<double>::infinity();
  bool any = false;
  for (const ReviewPair& pair : pairs) {
    if (!pair.control) continue;
    any = true;
    best = std::max(best, pair.score);
  }
  if (!any) return 0;
  return static_cast<std::size_t>(std::count_if(
      pairs.begin(), pairs.end(), [&](const ReviewPair& pair) { return !pair.control && pair.score > best; }));
}

}  // namespace

ReviewPack make_review_pack(const ReviewPackOptions& options) {
  check(options);
  const ReportTables tables = read_report_tables(options.report, options.matcher);
  if (options.holdout && tables.holdout.empty()) {
    throw Error(ErrorCode::usage, "review", "--holdout-images",
                fmt::format("{} was made without a hold-out, so there are no pairs to take as controls; audit with "
                            "--holdout, or pass --no-controls",
                            options.report.string()));
  }
  ReviewPack pack;
  ReviewKey& key = pack.key;
  key.matcher = tables.matcher;
  key.seed = options.seed;
  key.report_sha256 = tables.report_sha256;
  key.fdr = tables.fdr;
  key.listed = static_cast<std::size_t>(
      std::count_if(tables.training.begin(), tables.training.end(), [](const PersonRow& row) { return row.listed; }));

  const auto ids = [](const std::vector<PersonRow>& rows, std::string PersonRow::*id) {
    std::vector<Gallery::Wanted> wanted;
    wanted.reserve(rows.size());
    for (const PersonRow& row : rows) wanted.push_back({row.*id, id == &PersonRow::real ? row.person : std::string()});
    return wanted;
  };
  Gallery train("--train-images", options.train, options);
  Gallery synthetic("--synthetic-images", options.synthetic, options);
  std::optional<Gallery> holdout;
  if (options.holdout) holdout.emplace("--holdout-images", *options.holdout, options);
  // A location that holds nobody is found out before it is searched for one pair after the other.
  train.check_any(ids(tables.training, &PersonRow::real));
  synthetic.check_any(ids(tables.training, &PersonRow::synthetic));
  if (holdout) holdout->check_any(ids(tables.holdout, &PersonRow::real));
  PairPictures of_training(train, synthetic, key);
  const std::size_t controls = holdout ? options.pairs / 2 : 0;
  const auto candidates = choose_candidates(tables, options.pairs - controls, options.seed, of_training);
  if (candidates.empty()) {
    throw Error(ErrorCode::input, "review", "--train-images",
                fmt::format("no pair has both its pictures (first: {}); pictures are found by the items' column 'path' "
                            "(--train-items, --synthetic-items), or as <id>.jpg or <identity>/<id>.jpg",
                            key.reasons.empty() ? std::string("none") : key.reasons.front()));
  }
  key.pairs = pairs_of(candidates, false, options.seed);
  if (holdout) {
    PairPictures of_holdout(*holdout, synthetic, key);
    const auto chosen = choose_controls(tables, candidates, controls, of_holdout);
    if (chosen.empty()) {
      throw Error(ErrorCode::input, "review", "--holdout-images",
                  fmt::format("no pair of the hold-out has both its pictures (last: {})",
                              key.reasons.empty() ? std::string("none") : key.reasons.back()));
    }
    const auto added = pairs_of(chosen, true, options.seed);
    key.pairs.insert(key.pairs.end(), added.begin(), added.end());
  }
  key.above_controls = count_above(key.pairs);
  Rng rng(derive_seed(options.seed, "review-order"));
  shuffle(key.pairs, rng);
  for (const ReviewPair& pair : key.pairs) {
    const auto& real = *(pair.control ? *holdout : train).find(pair.real);
    const auto& made = *synthetic.find(pair.synthetic);
    pack.pictures.push_back(pair.real_left ? std::array{real, made} : std::array{made, real});
  }
  return pack;
}

}  // namespace semblance
