// The study: sets in, every attack's scores, their figures, the blind baseline, the conclusion.

#include "semblance/membership.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "base/rng.hpp"
#include "membership/attacks.hpp"
#include "membership/blind.hpp"
#include "membership/conclusion.hpp"
#include "membership/inputs.hpp"
#include "membership/over_representation.hpp"
#include "membership/person_scores.hpp"
#include "membership/ranking.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace membership_stage;

// Attacks that a study makes, over which Holm's correction goes.
constexpr unsigned kAttacks = 6;

void check(const MembershipOptions& options) {
  const auto require = [](bool holds, const char* option, const char* why) {
    if (!holds) throw Error(ErrorCode::usage, "membership", option, why);
  };
  require(options.alpha > 0 && options.alpha < 1, "--alpha", "must lie between 0 and 1");
  require(options.nearest >= 1, "--nearest", "must be 1 at least");
  require(options.neighbours >= 1, "--neighbours", "must be 1 at least");
  require(options.l2 > 0 && std::isfinite(options.l2), "--l2", "must be positive");
  require(options.epochs >= 1, "--epochs", "must be 1 at least");
  require(options.logistic_rows >= 1, "--logistic-rows", "must be 1 at least");
  require(options.mlp_rows >= 1, "--mlp-rows", "must be 1 at least");
  require(options.folds >= 2, "--folds", "must be 2 at least");
  require(options.bootstrap >= 100, "--bootstrap", "must be 100 draws at least");
  if (kAttacks > options.alpha * (1.0 + options.permutations)) {
    throw Error(
        ErrorCode::usage, "membership", "--permutations",
        fmt::format("{} draws can't give a p-value of {:g} after Holm's correction over {} attacks; {:.0f} or more "
                    "can",
                    options.permutations, options.alpha, kAttacks, std::ceil(kAttacks / options.alpha)));
  }
}

MembershipStudy::Set describe(const std::string& role, const EmbeddingSet& set) {
  return {role, set.location, set.sha256, set.items_sha256, set.matrix.rows, set.identity_names.size(), set.labelled};
}

void describe_sets(const Inputs& inputs, MembershipStudy& study) {
  study.sets = {describe("synthetic", inputs.synthetic), describe("members", inputs.members),
                describe("nonmembers", inputs.nonmembers)};
  if (inputs.reference) study.sets.push_back(describe("reference", *inputs.reference));
  if (inputs.train) study.sets.push_back(describe("train", *inputs.train));
}

void describe_queries(const Inputs& inputs, const Queries& queries, MembershipStudy& study) {
  for (const EmbeddingSet* set : {&inputs.members, &inputs.nonmembers}) {
    for (const std::string& name : set->identity_names) {
      study.people.push_back({name, set == &inputs.members, queries.set_aside[study.people.size()] != 0, 0, {}});
    }
    for (const std::string& id : set->ids) {
      const std::uint32_t person = queries.person[study.queries.size()];
      study.queries.push_back({id, person});
      ++study.people[person].queries;
    }
  }
}

// Runs tasks of very different lengths on all threads; stops between them when the user asks to.
void run_tasks(const std::vector<Task>& tasks, const MembershipOptions& options) {
  Progress progress;
  if (options.progress) progress = options.progress("training classifiers", "classifiers");
  std::size_t done = 0;
  parallel_for(tasks.size(), options.threads, [&](std::size_t index, unsigned worker) {
    tasks[index]();
    if (worker != 0 || !progress) return;  // progress is called from the calling thread alone
    done = std::max(done, index + 1);
    if (!progress(done, tasks.size())) {
      throw Error(ErrorCode::interrupted, "membership", "", "stopped by the user; nothing was written");
    }
  });
}

MembershipAttack judge(AttackScores&& scored, const Queries& queries, const ResamplingOptions& resampling) {
  MembershipAttack attack;
  attack.name = std::move(scored.name);
  attack.description = std::move(scored.description);
  attack.uses_reference = scored.uses_reference;
  attack.scores = std::move(scored.scores);
  if (attack.uses_reference) {
    for (std::size_t i = 0; i < queries.rows; ++i) {
      if (queries.set_aside[queries.person[i]] != 0) attack.scores[i] = std::nan("");
    }
  }
  const PersonScores person = by_person(attack.scores, queries.person, queries.people());
  std::vector<std::uint32_t> itself(queries.people());
  for (std::size_t p = 0; p < itself.size(); ++p) itself[p] = static_cast<std::uint32_t>(p);
  const Sample mean = sample_of(person.mean, itself, queries.members, queries.people());
  attack.person_mean = measure(mean, resampling);
  attack.person_max = measure(sample_of(person.max, itself, queries.members, queries.people()), resampling);
  attack.query = measure(sample_of(attack.scores, queries.person, queries.members, queries.people()), resampling);
  attack.roc = Ranking(mean).roc();
  attack.person_scores = person.mean;
  return attack;
}

void record_options(const MembershipSources& sources, const MembershipOptions& options, MembershipStudy& study) {
  const char* comparison = options.comparison == Comparison::cosine          ? "cosine"
                           : options.comparison == Comparison::inner_product ? "inner-product"
                                                                             : "l2";
  study.options = {{"comparison", comparison},
                   {"reference", sources.reference ? "given" : "half of the non-members' people"},
                   {"nearest", std::to_string(options.nearest)},
                   {"neighbours", std::to_string(options.neighbours)},
                   {"l2", fmt::format("{}", options.l2)},
                   {"epochs", std::to_string(options.epochs)},
                   {"logistic_rows", std::to_string(options.logistic_rows)},
                   {"mlp_rows", std::to_string(options.mlp_rows)},
                   {"folds", std::to_string(options.folds)},
                   {"alpha", fmt::format("{}", options.alpha)},
                   {"bootstrap", std::to_string(options.bootstrap)},
                   {"permutations", std::to_string(options.permutations)}};
  study.seed = options.seed;
  study.alpha = options.alpha;
}

}  // namespace

MembershipStudy study_membership(const MembershipSources& sources, const MembershipOptions& options) {
  check(options);
  const Inputs inputs = read_inputs(sources, options.comparison);
  const Queries queries = lay_out_queries(inputs, options.seed);
  const Reference reference = reference_rows(inputs, queries);

  MembershipStudy study;
  record_options(sources, options, study);
  describe_sets(inputs, study);
  describe_queries(inputs, queries, study);

  std::vector<AttackScores> scored = neighbour_attacks(queries, inputs.synthetic.matrix, reference.view, options);
  std::vector<Task> tasks;
  add_classifier_attacks(queries, inputs.synthetic.matrix, reference.view, options, scored, tasks);
  BlindTest blind(queries, options);
  blind.add_tasks(tasks);
  run_tasks(tasks, options);

  const ResamplingOptions resampling{options.bootstrap, options.permutations, options.seed, options.threads};
  std::vector<double> p;
  for (AttackScores& attack : scored) {
    study.attacks.push_back(judge(std::move(attack), queries, resampling));
    p.push_back(study.attacks.back().person_mean.p);
  }
  const std::vector<double> adjusted = holm(p);
  for (std::size_t a = 0; a < adjusted.size(); ++a) study.attacks[a].p_holm = adjusted[a];
  study.blind = blind.result();
  if (inputs.train) {
    const std::vector<std::size_t> images = training_images(inputs);
    for (std::size_t person = 0; person < images.size(); ++person)
      study.people[person].training_images = images[person];
    study.over_representation = over_representation(images, study.attacks, resampling);
  }
  conclude(study);
  return study;
}

}  // namespace semblance
