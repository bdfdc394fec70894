#include "assess/conformal.hpp"

#include <algorithm>
#include <numeric>

namespace semblance {

std::vector<IdentityEvidence> conformal_evidence(const ImageDraws& train, const ImageDraws& holdout) {
  std::vector<std::size_t> holdout_order(holdout.identities());
  std::iota(holdout_order.begin(), holdout_order.end(), std::size_t{0});
  std::ranges::stable_sort(holdout_order,
                           [&](std::size_t x, std::size_t y) { return holdout.images(x) > holdout.images(y); });
  const std::size_t required = std::min(std::max(kControls, (holdout.identities() + 1) / 2), holdout.identities());
  const std::size_t most_images = holdout.images(holdout_order[required - 1]);

  std::vector<IdentityEvidence> evidence(train.identities());
  std::vector<std::size_t> train_order(train.identities());
  for (std::size_t i = 0; i < evidence.size(); ++i) {
    evidence[i].identity = static_cast<IdentityIndex>(i);
    evidence[i].images_used = std::min(train.images(i), most_images);
    train_order[i] = i;
  }
  std::ranges::stable_sort(train_order, std::greater<>{}, [&](std::size_t i) { return evidence[i].images_used; });

  std::vector<double> controls;
  std::size_t images = 0;
  for (const std::size_t i : train_order) {
    IdentityEvidence& person = evidence[i];
    if (person.images_used != images) {
      images = person.images_used;
      controls.clear();
      for (const std::size_t j : holdout_order) {
        if (holdout.images(j) < images) break;
        controls.push_back(holdout.best_of(j, images));
      }
      std::ranges::sort(controls);
    }
    const auto reached = controls.end() - std::ranges::lower_bound(controls, train.best_of(i, images));
    person.controls = controls.size();
    person.p = (1.0 + static_cast<double>(reached)) / (1.0 + static_cast<double>(controls.size()));
  }
  std::vector<double> p(evidence.size());
  std::ranges::transform(evidence, p.begin(), &IdentityEvidence::p);
  const auto adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < evidence.size(); ++i) evidence[i].q = adjusted[i];
  return evidence;
}

std::size_t fewest_listable(std::span<const IdentityEvidence> evidence, double q) {
  std::vector<std::size_t> controls(evidence.size());
  std::ranges::transform(evidence, controls.begin(), &IdentityEvidence::controls);
  std::ranges::sort(controls, std::greater<>{});
  const auto people = static_cast<double>(evidence.size());
  for (std::size_t k = 1; k <= controls.size(); ++k) {
    // k people listed means that the k-th smallest p-value is at most q k / people.
    if (1.0 / (1.0 + static_cast<double>(controls[k - 1])) <= q * static_cast<double>(k) / people) return k;
  }
  return evidence.size() + 1;
}

FdrList identity_list(std::span<const IdentityEvidence> evidence, double fdr) {
  std::vector<const IdentityEvidence*> listed;
  for (const IdentityEvidence& person : evidence) {
    if (person.q <= fdr) listed.push_back(&person);
  }
  std::ranges::sort(listed, [](const IdentityEvidence* x, const IdentityEvidence* y) {
    if (x->p != y->p) return x->p < y->p;
    if (x->best != y->best) return x->best > y->best;
    return x->identity < y->identity;
  });
  FdrList list{.q = fdr, .count = listed.size(), .ids = {}};
  for (const IdentityEvidence* person : listed) list.ids.push_back(person->identity);
  return list;
}

}  // namespace semblance
