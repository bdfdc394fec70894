#pragma once
// Equal numbers of images: more images raise a person's best match, so people are compared only over as many.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "semblance/assess.hpp"

namespace semblance {

/// Every identity's images in a random order of its own, drawn once by seed: "n random images" of a person are the
/// first n of it, everywhere in an assessment.
class ImageDraws {
 public:
  /// `purpose` names the side, so that R and H draw apart. `max_images` > 0 drops what comes after the first so many.
  ImageDraws(const RealSide& side, std::string_view purpose, std::uint64_t seed, std::size_t max_images);

  [[nodiscard]] std::size_t identities() const { return start_.size() - 1; }
  [[nodiscard]] std::size_t images(std::size_t identity) const { return start_[identity + 1] - start_[identity]; }
  /// Best match over the first n images, 1 <= n <= images(identity).
  [[nodiscard]] double best_of(std::size_t identity, std::size_t n) const { return running_[start_[identity] + n - 1]; }

 private:
  std::vector<std::size_t> start_;
  std::vector<double> running_;  ///< running maxima along each identity's order
};

/// Row indices of each identity: those of identity i are rows[start[i]] up to rows[start[i + 1]], ascending.
struct RowsByIdentity {
  std::vector<std::size_t> start;
  std::vector<RowIndex> rows;
};
RowsByIdentity rows_by_identity(const RealSide& side);

/// People compared with each other over the same number of images.
struct EqualStratum {
  std::size_t images = 0;
  std::vector<IdentityIndex> train, holdout;
  std::vector<double> train_best, holdout_best;  ///< best match over `images` random images
};

/// Strata of similar image counts, most images first, each with kStratumPeople of R and of H at least (one stratum
/// where R or H has fewer in all). Its people are compared over the images that its poorest have.
std::vector<EqualStratum> equal_strata(const ImageDraws& train, const ImageDraws& holdout);

/// The same people over another number of images, at most stratum.images.
EqualStratum over_fewer_images(const EqualStratum& stratum, std::size_t images, const ImageDraws& train,
                               const ImageDraws& holdout);

inline constexpr std::size_t kStratumPeople = 30;

}  // namespace semblance
