#include "audit/guards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "semblance/guards.hpp"

namespace semblance::audit_stage {
namespace {

ReportModel::Guards::Hubs hubs(const EmbeddingSet& real, const std::vector<PairScore>& column_bests) {
  std::vector<RowIndex> best;
  best.reserve(column_bests.size());
  for (const PairScore& pair : column_bests) best.push_back(pair.a);
  const HubShares shares = hub_shares(best, real.identity, real.identity_names.size());
  return {.top_item = shares.top_item,
          .top_ten = shares.top_ten,
          .top_percent = shares.top_percent,
          .top_identity = shares.top_identity,
          .item = shares.item == kNoRow ? std::string() : real.ids[shares.item],
          .fires = shares.fires};
}

std::optional<ReportModel::Guards::Correlation> images_against_best(const EmbeddingSet& real,
                                                                    const std::vector<PairScore>& row_bests) {
  if (!real.labelled) return std::nullopt;
  std::vector<double> images(real.identity_names.size());
  std::vector<double> best(images.size(), -std::numeric_limits<double>::infinity());
  for (std::size_t i = 0; i < real.identity.size(); ++i) {
    images[real.identity[i]] += 1;
    best[real.identity[i]] = std::max(best[real.identity[i]], row_bests[i].score);
  }
  const auto rank = spearman(images, best);
  if (!rank) return std::nullopt;
  return ReportModel::Guards::Correlation{
      .rho = rank->rho, .low = rank->low, .high = rank->high, .people = rank->people};
}

}  // namespace

ReportModel::Guards describe_guards(const Sets& sets, const Passes& passes, const std::string& train_dataset) {
  ReportModel::Guards guards;
  if (sets.card) {
    const auto& own = sets.card->training_sets;
    const auto same = [&](const std::string& set) { return same_dataset(set, train_dataset); };
    guards.matcher_bias = ReportModel::Guards::MatcherBias{
        .training_sets = own, .train_dataset = train_dataset, .fires = std::ranges::any_of(own, same)};
  }
  guards.train = hubs(sets.train, passes.train.column_bests);
  guards.images_train = images_against_best(sets.train, passes.train.row_bests);
  if (passes.holdout) {
    guards.holdout = hubs(*sets.holdout, passes.holdout->column_bests);
    guards.images_holdout = images_against_best(*sets.holdout, passes.holdout->row_bests);
  }
  if (passes.control) {
    const Exchangeability& control = *passes.control;
    guards.control = ReportModel::Guards::Control{.p = control.p,
                                                  .p_location = control.p_location,
                                                  .p_spread = control.p_spread,
                                                  .auc = control.auc,
                                                  .train_people = control.train_people,
                                                  .holdout_people = control.holdout_people,
                                                  .fires = control.fires};
  }
  guards.overlap_threshold = passes.overlap_threshold;
  guards.overlaps = passes.overlaps;
  return guards;
}

std::vector<std::string> guard_sentences(const ReportModel::Guards& guards) {
  std::vector<std::string> sentences;
  if (guards.control && guards.control->fires) {
    sentences.push_back(fmt::format(
        "Control: training and held-out people differ even without the synthetic images (p = {:.2g}; a linear rule "
        "tells their images apart with AUC {:.3f}), so the hold-out is no fair control: p-values, lists and rates "
        "take that difference for leakage or hide leakage behind it. Draw the hold-out at random from the training "
        "set's source.",
        guards.control->p, guards.control->auc));
  }
  if (guards.matcher_bias && guards.matcher_bias->fires) {
    sentences.push_back(fmt::format(
        "Matcher bias: this matcher was itself trained on {}, the source of the training images. It has learnt faces "
        "that it now compares, so its scores on them say less; a hold-out of the same source shares the bias, another "
        "doesn't. Confirm with a matcher trained on something else.",
        guards.matcher_bias->train_dataset));
  }
  const auto hub = [&](const ReportModel::Guards::Hubs& hubs, const char* where) {
    if (!hubs.fires) return;
    sentences.push_back(
        fmt::format("Hub: {} alone is the best match of {:.0f}% of all synthetic images in the {}; such an "
                    "item resembles everybody and its matches say little, so count people, not pairs.",
                    hubs.item, 100 * hubs.top_item, where));
  };
  hub(guards.train, "training set");
  if (guards.holdout) hub(*guards.holdout, "hold-out");
  if (!guards.overlaps.empty()) {
    const auto& first = guards.overlaps.front();
    sentences.push_back(fmt::format(
        "Overlap: {} held-out {} a training person under another name (first '{}' and '{}', score {:.4f}) and {} left "
        "out "
        "of the control.",
        guards.overlaps.size(), guards.overlaps.size() == 1 ? "person looks like" : "people look each like",
        first.holdout_identity, first.train_identity, first.score, guards.overlaps.size() == 1 ? "was" : "were"));
  }
  return sentences;
}

}  // namespace semblance::audit_stage
