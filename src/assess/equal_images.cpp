#include "assess/equal_images.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "base/rng.hpp"

namespace semblance {

RowsByIdentity rows_by_identity(const RealSide& side) {
  RowsByIdentity grouped;
  grouped.start.assign(side.identities + 1, 0);
  for (const IdentityIndex i : side.identity) ++grouped.start[i + 1];
  for (std::size_t i = 0; i < side.identities; ++i) grouped.start[i + 1] += grouped.start[i];
  grouped.rows.resize(side.identity.size());
  std::vector<std::size_t> next(grouped.start.begin(), grouped.start.end() - 1);
  for (std::size_t row = 0; row < side.identity.size(); ++row) {
    grouped.rows[next[side.identity[row]]++] = static_cast<RowIndex>(row);
  }
  return grouped;
}

ImageDraws::ImageDraws(const RealSide& side, std::string_view purpose, std::uint64_t seed, std::size_t max_images) {
  const RowsByIdentity grouped = rows_by_identity(side);
  start_.reserve(side.identities + 1);
  running_.reserve(side.best.size());
  start_.push_back(0);
  std::vector<double> scores;
  for (std::size_t i = 0; i < side.identities; ++i) {
    scores.clear();
    for (std::size_t k = grouped.start[i]; k < grouped.start[i + 1]; ++k) scores.push_back(side.best[grouped.rows[k]]);
    if (scores.size() > 1) {
      Rng rng(derive_seed(seed, purpose, i));
      shuffle(scores, rng);
    }
    if (max_images > 0 && scores.size() > max_images) scores.resize(max_images);
    for (std::size_t k = 1; k < scores.size(); ++k) scores[k] = std::max(scores[k], scores[k - 1]);
    running_.insert(running_.end(), scores.begin(), scores.end());
    start_.push_back(running_.size());
  }
}

namespace {

struct People {
  std::vector<IdentityIndex> train, holdout;
};

void append(EqualStratum& stratum, std::size_t images, const People& people) {
  stratum.images = images;
  stratum.train.insert(stratum.train.end(), people.train.begin(), people.train.end());
  stratum.holdout.insert(stratum.holdout.end(), people.holdout.begin(), people.holdout.end());
}

}  // namespace

EqualStratum over_fewer_images(const EqualStratum& stratum, std::size_t images, const ImageDraws& train,
                               const ImageDraws& holdout) {
  EqualStratum result{
      .images = images, .train = stratum.train, .holdout = stratum.holdout, .train_best = {}, .holdout_best = {}};
  for (const IdentityIndex i : result.train) result.train_best.push_back(train.best_of(i, images));
  for (const IdentityIndex i : result.holdout) result.holdout_best.push_back(holdout.best_of(i, images));
  return result;
}

std::vector<EqualStratum> equal_strata(const ImageDraws& train, const ImageDraws& holdout) {
  std::map<std::size_t, People, std::greater<>> by_count;
  for (std::size_t i = 0; i < train.identities(); ++i) {
    by_count[train.images(i)].train.push_back(static_cast<IdentityIndex>(i));
  }
  for (std::size_t i = 0; i < holdout.identities(); ++i) {
    by_count[holdout.images(i)].holdout.push_back(static_cast<IdentityIndex>(i));
  }
  // A stratum closes by its pooled size, which no relabelling of people changes, so that permuting labels within it
  // stays exact; the size makes 1.5 times kStratumPeople of the rarer side likely. Only where R and H differ much in
  // their counts does the second rule, which looks at labels, hold it open longer.
  const auto people = static_cast<double>(train.identities() + holdout.identities());
  const auto rarer = static_cast<double>(std::min(train.identities(), holdout.identities()));
  const auto pooled = static_cast<std::size_t>(std::ceil(1.5 * static_cast<double>(kStratumPeople) * people / rarer));
  const auto full = [&](const EqualStratum& s) {
    return s.train.size() >= kStratumPeople && s.holdout.size() >= kStratumPeople;
  };
  std::vector<EqualStratum> strata;
  EqualStratum open;
  for (const auto& [images, block] : by_count) {
    append(open, images, block);
    if (full(open) && open.train.size() + open.holdout.size() >= pooled) {
      strata.push_back(std::move(open));
      open = {};
    }
  }
  if (!open.train.empty() || !open.holdout.empty()) {
    if (full(open) || strata.empty()) {
      strata.push_back(std::move(open));
    } else {
      append(strata.back(), open.images, {open.train, open.holdout});
    }
  }
  for (EqualStratum& stratum : strata) stratum = over_fewer_images(stratum, stratum.images, train, holdout);
  return strata;
}

}  // namespace semblance
