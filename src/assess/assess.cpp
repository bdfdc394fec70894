// The assessment of R against H, step by step.

#include "semblance/assess.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "assess/competition.hpp"
#include "assess/conformal.hpp"
#include "assess/equal_images.hpp"
#include "assess/global_test.hpp"
#include "assess/leak_rate.hpp"
#include "assess/mated.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

constexpr std::size_t kFewHoldout = 50;

[[noreturn]] void refuse(ErrorCode code, std::string subject, std::string message) {
  throw Error(code, "assess", std::move(subject), std::move(message));
}

void check_options(const AssessOptions& options) {
  if (!(options.alpha > 0 && options.alpha < 1)) refuse(ErrorCode::usage, "--alpha", "must lie between 0 and 1");
  for (const double q : options.fdr) {
    if (!(q > 0 && q < 1)) refuse(ErrorCode::usage, "--fdr", "every level must lie between 0 and 1");
  }
  if (options.permutations == 0) refuse(ErrorCode::usage, "--permutations", "at least one is needed");
}

void check_side(const RealSide& side, const std::string& name) {
  if (side.best.empty() || side.identities == 0) refuse(ErrorCode::input, name, "holds no images; leakage needs some");
  if (side.identity.size() != side.best.size() ||
      (!side.best_mated.empty() && side.best_mated.size() != side.best.size())) {
    refuse(ErrorCode::internal, name, "rows, identities and mated scores differ in number");
  }
  std::vector<bool> seen(side.identities, false);
  for (const IdentityIndex i : side.identity) {
    if (i >= side.identities) refuse(ErrorCode::internal, name, "an identity index lies beyond the identities");
    seen[i] = true;
  }
  if (std::ranges::find(seen, false) != seen.end()) refuse(ErrorCode::internal, name, "an identity has no row");
  if (!std::ranges::all_of(side.best, [](double s) { return std::isfinite(s); })) {
    refuse(ErrorCode::internal, name, "a best match is not a finite number");
  }
}

void check_synthetic(const SyntheticSide& side) {
  if (side.best_in_train.empty()) refuse(ErrorCode::input, "synthetic set", "holds no images; leakage needs some");
  if (side.best_in_train.size() != side.best_in_holdout.size()) {
    refuse(ErrorCode::internal, "synthetic set", "best matches in R and in H differ in number");
  }
  const auto finite = [](double s) { return std::isfinite(s); };
  if (!std::ranges::all_of(side.best_in_train, finite) || !std::ranges::all_of(side.best_in_holdout, finite)) {
    refuse(ErrorCode::internal, "synthetic set", "a best match is not a finite number");
  }
}

/// Best match over all images, and their number, whatever was subsampled.
void add_totals(std::vector<IdentityEvidence>& evidence, const RealSide& train) {
  for (IdentityEvidence& person : evidence) person.best = -std::numeric_limits<double>::infinity();
  for (std::size_t row = 0; row < train.best.size(); ++row) {
    IdentityEvidence& person = evidence[train.identity[row]];
    person.best = std::max(person.best, train.best[row]);
    ++person.images;
  }
}

std::vector<std::string> limits(const LeakageAssessment& a, std::size_t holdout_people, const AssessOptions& options) {
  std::vector<std::string> notes;
  const std::size_t people = a.identities.size();
  if (holdout_people < kFewHoldout) {
    notes.push_back(fmt::format(
        "Only {} held-out people: slight or rare leakage would not show; 50 or more are advised.", holdout_people));
  }
  if (people < kFewHoldout) {
    notes.push_back(fmt::format("Only {} training people: shares of them are known roughly at best.", people));
  }
  const double smallest_test_p = 1.0 / (static_cast<double>(options.permutations) + 1);
  if (smallest_test_p > options.alpha) {
    notes.push_back(fmt::format("With {} permutations the test cannot reach the level {:g}: nothing could be found.",
                                options.permutations, options.alpha));
  }
  for (std::size_t k = 0; k < options.fdr.size(); ++k) {
    if (a.fewest_listable[k] > people) {
      notes.push_back(
          fmt::format("No person can be listed at FDR {:g}: with {} held-out people no p-value is below {:.2g}.",
                      options.fdr[k], holdout_people, a.smallest_possible_p));
    } else if (a.fewest_listable[k] > 1) {
      notes.push_back(fmt::format(
          "A list at FDR {:g} names nobody unless at least {} people stand out together: with {} held-out people no "
          "p-value is below {:.2g}.",
          options.fdr[k], a.fewest_listable[k], holdout_people, a.smallest_possible_p));
    }
  }
  if (a.subsampled_identities > 0) {
    notes.push_back(fmt::format(
        "{} training people have more images than enough held-out people have; each was compared over a random part "
        "of them.",
        a.subsampled_identities));
  }
  if (options.max_images_per_identity > 0) {
    notes.push_back(fmt::format("At most {} random images of each person were used.", options.max_images_per_identity));
  }
  if (a.leak_rate.sensitivity_assumed) {
    notes.emplace_back(
        "No two images of one training person were compared, so how well a leak scores is unknown: leak rates assume "
        "that every leak reaches the threshold and are lower bounds, and what the audit would have found is an upper "
        "one.");
  } else if (a.leak_rate.sensitivity <= a.leak_rate.share_holdout) {
    notes.emplace_back(
        "At the threshold a leak as good as another photo of the person would not stand out: no leak rate.");
  }
  if (options.detection_limit && !a.leak_rate.minimum_detectable) {
    notes.emplace_back("Even if every training person had leaked, this audit would miss it more than 5 times in 100.");
  }
  return notes;
}

}  // namespace

LeakageAssessment assess_leakage(const RealSide& train, const RealSide& holdout, const SyntheticSide& synthetic,
                                 const AssessOptions& options) {
  check_options(options);
  check_side(train, "training set");
  check_side(holdout, "hold-out set");
  check_synthetic(synthetic);

  const ImageDraws train_draws(train, "subsample-train", options.seed, options.max_images_per_identity);
  const ImageDraws holdout_draws(holdout, "subsample-holdout", options.seed, options.max_images_per_identity);
  const auto strata = equal_strata(train_draws, holdout_draws);

  LeakageAssessment a;
  GlobalOutcome global = global_test(strata, options);
  a.global = std::move(global.test);
  a.found = a.global.p <= options.alpha;

  a.identities = conformal_evidence(train_draws, holdout_draws);
  add_totals(a.identities, train);
  a.smallest_possible_p = 1.0 / (1.0 + static_cast<double>(holdout.identities));
  for (const IdentityEvidence& person : a.identities) {
    a.smallest_p = std::min(a.smallest_p, person.p);
    if (person.images_used < train_draws.images(person.identity)) ++a.subsampled_identities;
  }
  for (const double q : options.fdr) {
    a.fewest_listable.push_back(fewest_listable(a.identities, q));
    a.identity_lists.push_back(identity_list(a.identities, q));
  }

  Competition competition = compete(synthetic, train.best.size(), holdout.best.size(), options.fdr);
  a.targets = competition.targets;
  a.decoys = competition.decoys;
  a.image_lists = std::move(competition.lists);

  const MatedScores mated(train, strata);
  std::vector<EqualStratum> rate_strata;
  for (std::size_t b = 0; b < strata.size(); ++b) {
    rate_strata.push_back(over_fewer_images(strata[b], mated.images(b), train_draws, holdout_draws));
  }
  a.leak_rate = leak_rate(rate_strata, mated);
  if (options.detection_limit) {
    a.leak_rate.minimum_detectable = minimum_detectable(strata, mated, global.null, options);
    a.leak_rate.power = power_curve(strata, mated, global.null, a.leak_rate.minimum_detectable, options);
  }
  a.notes = limits(a, holdout.identities, options);
  return a;
}

}  // namespace semblance
