#pragma once
// What a leak as good as another photograph of the person scores: R's own best mated scores.

#include <span>
#include <vector>

#include "assess/equal_images.hpp"
#include "base/rng.hpp"
#include "semblance/assess.hpp"

namespace semblance {

/// Leak scores for people compared over n images. A leak is matched by the best of the n, so it is stood for by mated
/// bests over n other images: those of the people with n + 1 images. Where too few have so many, sensitivity is
/// measured over one image less, n - 1, which the stratum's own people offer. Of people with more, those with the
/// fewest come first, until there are kMatedPeople. Every person has one vote.
class MatedScores {
 public:
  MatedScores(const RealSide& train, std::span<const EqualStratum> strata);

  /// No row has a mated score: sensitivity cannot be measured.
  [[nodiscard]] bool missing() const { return people_.empty(); }
  /// Images a person that the leak scores of a stratum stand for: stratum.images or one fewer.
  [[nodiscard]] std::size_t images(std::size_t stratum) const { return images_[stratum]; }
  /// Share of leaks that score t or more, averaged over R's people.
  [[nodiscard]] double share_at_least(double t) const;
  /// Number of equally weighted people that `share_at_least` is worth.
  [[nodiscard]] double effective_people() const { return effective_people_; }
  /// One leak score for a person of the stratum.
  [[nodiscard]] double draw(std::size_t stratum, Rng& rng) const;

 private:
  struct Person {
    std::vector<double> scores;
    double weight = 0;
  };
  struct Window {
    std::size_t begin = 0, end = 0;
  };
  std::vector<Person> people_;       ///< fewest images first
  std::vector<Window> windows_;      ///< one a stratum
  std::vector<std::size_t> images_;  ///< one a stratum
  double effective_people_ = 0;
};

inline constexpr std::size_t kMatedPeople = 30;

}  // namespace semblance
