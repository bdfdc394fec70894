#include <algorithm>
#include <boost/random/binomial_distribution.hpp>
#include <set>
#include <unordered_map>

#include "base/rng.hpp"
#include "proof/study.hpp"
#include "semblance/assess.hpp"
#include "semblance/guards.hpp"
#include "semblance/score.hpp"

namespace semblance::proof {
namespace {

/// Identities as the stages want them.
struct People {
  std::vector<IdentityIndex> of_row;
  std::vector<std::string> names;

  explicit People(const SimulatedSet& set) {
    std::unordered_map<std::string, IdentityIndex> index;
    for (const std::string& name : set.identity) {
      const auto [at, added] = index.try_emplace(name, static_cast<IdentityIndex>(names.size()));
      if (added) names.push_back(name);
      of_row.push_back(at->second);
    }
  }
};

ScoreSide side(const SimulatedSet& set, const People& people, std::size_t dimension) {
  return {.matrix = set.view(dimension), .order = {}, .identity = people.of_row, .identities = people.names.size()};
}

std::vector<double> scores(const std::vector<PairScore>& bests) {
  std::vector<double> result;
  result.reserve(bests.size());
  for (const PairScore& pair : bests) result.push_back(pair.score);
  return result;
}

}  // namespace

Audit audit_once(const Study& study, unsigned repetition) {
  SimulateOptions world = study.world;
  world.seed = derive_seed(20'261'122, study.name, repetition);
  // Every person leaks or not by a chance of their own, so the rate is the process's, as the interval claims.
  Rng rng(derive_seed(world.seed, "leaked"));
  const auto people = static_cast<double>(world.identities);
  const int leaked = boost::random::binomial_distribution<int>(static_cast<int>(people), world.leak_rate)(rng);
  world.leak_rate = leaked / people;
  const SimulatedCase drawn = simulate(world);

  const People train(drawn.train);
  const People holdout(drawn.holdout);
  const ScoreSide r = side(drawn.train, train, world.dimension);
  const ScoreSide h = side(drawn.holdout, holdout, world.dimension);
  const ScoreSide g{.matrix = drawn.synthetic.view(world.dimension), .order = {}, .identity = {}};
  SinkRequest request;
  request.row_bests = 1;
  request.column_bests = 1;
  ScoreOptions scoring;
  scoring.threads = 1;
  scoring.cascade = 0;
  const ScoreResult rg = score(r, g, request, scoring);
  const ScoreResult hg = score(h, g, request, scoring);
  const std::vector<double> mated = best_mated_scores(r, scoring);

  AssessOptions options;
  options.fdr = {0.05};
  options.permutations = 999;
  options.threads = 1;
  options.seed = world.seed;
  options.detection_limit = false;  // proved apart: MinimumDetectable in tests/assess
  const auto best_r = scores(rg.row_bests);
  const auto best_h = scores(hg.row_bests);
  const auto in_r = scores(rg.column_bests);
  const auto in_h = scores(hg.column_bests);
  const LeakageAssessment a = assess_leakage({best_r, train.of_row, train.names.size(), mated},
                                             {best_h, holdout.of_row, holdout.names.size(), {}}, {in_r, in_h}, options);
  ExchangeabilityOptions control;
  control.permutations = 999;
  control.threads = 1;
  control.seed = world.seed;

  Audit audit;
  audit.p = a.global.p;
  audit.control_p = exchangeability(r, h, control).p;
  audit.rate = a.leak_rate.estimate;
  audit.low = a.leak_rate.low;
  audit.high = a.leak_rate.high;
  audit.upper95 = a.leak_rate.upper95;

  std::set<std::string> who;
  std::unordered_map<std::string, std::string> of_image;
  for (const PlantedLeak& leak : drawn.truth) {
    who.insert(leak.identity);
    of_image[leak.synthetic_id] = leak.identity;
  }
  audit.leaked = who.size();
  for (const std::uint32_t person : a.identity_lists[0].ids) {
    ++(who.contains(train.names[person]) ? audit.named : audit.named_wrong);
  }
  for (const std::uint32_t image : a.image_lists[0].ids) {
    const auto leak = of_image.find(drawn.synthetic.ids[image]);
    const std::string& match = train.names[train.of_row[rg.column_bests[image].a]];
    ++(leak != of_image.end() && leak->second == match ? audit.images : audit.images_wrong);
  }
  return audit;
}

}  // namespace semblance::proof
