#include "embed/self_test.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <vector>

#include "semblance/error.hpp"
#include "store/card_fields.hpp"

namespace semblance::embed_stage {
namespace {

constexpr std::size_t kSide = 112;
constexpr std::size_t kPictures = 4;
constexpr double kSameCosine = 1e-4;  // one picture, embedded twice, is no further from itself

unsigned formula(std::size_t k, unsigned x, unsigned y, unsigned c) {
  const auto squared = [](unsigned a, unsigned b) { return (a > b ? a - b : b - a) * (a > b ? a - b : b - a); };
  switch (k) {
    case 0:
      return (7 * x + 3 * y + 40 * c) % 256;
    case 1:
      return 255 - (x / 16 + y / 16) % 2 * 200 - 20 * c;
    case 2:
      return std::min(255U, (squared(x, 56) + squared(y, 48)) / (12 + 8 * c));
    default:
      return (x * y * (c + 1) / 16 + 30 * c) % 256;
  }
}

void exchange_red_and_blue(picture_stage::Raster& picture) {
  for (std::size_t i = 0; i < picture.pixels.size(); i += 3) std::swap(picture.pixels[i], picture.pixels[i + 2]);
}

double inner_product(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += static_cast<double>(a[d]) * static_cast<double>(b[d]);
  return sum;
}

// The pictures one by one, each in a batch's first place, and together: a network that mixes what goes in together, or
// was exported for one picture whatever it says, shows here.
bool batches_are_independent(const MatcherNetwork& matcher) {
  const std::size_t together = std::min(matcher.batch(), kPictures);
  const std::size_t dimension = matcher.card().matcher.dimension;
  std::vector<picture_stage::Raster> pictures;
  for (std::size_t k = 0; k < together; ++k) pictures.push_back(formula_picture(k));
  MatcherNetwork::Workspace space;
  std::vector<float> embeddings(together * dimension);
  matcher.embed(pictures, space, embeddings);
  std::vector<float> alone(dimension);
  for (std::size_t k = 0; k < together; ++k) {
    matcher.embed({&pictures[k], 1}, space, alone);
    const auto among = std::span(embeddings).subspan(k * dimension, dimension);
    const double length = std::sqrt(inner_product(alone, alone) * inner_product(among, among));
    if (!(inner_product(alone, among) >= (1 - kSameCosine) * length)) return false;
  }
  return true;
}

}  // namespace

picture_stage::Raster formula_picture(std::size_t k) {
  auto picture = picture_stage::blank(kSide, kSide, picture_stage::Channels::rgb);
  for (unsigned y = 0; y < kSide; ++y) {
    for (unsigned x = 0; x < kSide; ++x) {
      for (unsigned c = 0; c < 3; ++c) {
        picture.pixels[3 * (y * kSide + x) + c] = static_cast<std::uint8_t>(formula(k, x, y, c));
      }
    }
  }
  return picture;
}

GoldenCosines golden_cosines(const MatcherNetwork& matcher, bool swapped) {
  std::array<std::vector<float>, kPictures> embeddings;
  MatcherNetwork::Workspace space;
  for (std::size_t k = 0; k < kPictures; ++k) {
    picture_stage::Raster picture = formula_picture(k);
    if (swapped) exchange_red_and_blue(picture);
    embeddings[k].resize(matcher.card().matcher.dimension);
    matcher.embed({&picture, 1}, space, embeddings[k]);
  }
  const auto dot = [&](std::size_t a, std::size_t b) { return inner_product(embeddings[a], embeddings[b]); };
  GoldenCosines cosines{};
  for (std::size_t i = 0; i < cosines.size(); ++i) {
    const auto [a, b] = kGoldenPairs[i];
    cosines[i] = dot(a, b) / std::sqrt(dot(a, a) * dot(b, b));
    if (!std::isfinite(cosines[i])) cosines[i] = std::numeric_limits<double>::quiet_NaN();
  }
  return cosines;
}

void self_test(const MatcherNetwork& matcher) {
  const NetworkCard& card = matcher.card();
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::input, "embed", card.weights.string(), why); };
  const GoldenCosines cosines = golden_cosines(matcher);
  if (std::ranges::any_of(cosines, [](double c) { return std::isnan(c); })) {
    refuse("gives NaN, infinity or nothing but zeros for a plain picture: its weights are broken");
  }
  constexpr double kSame = 1 - 1e-6;
  if (std::ranges::any_of(cosines, [](double c) { return c >= kSame; })) {
    refuse("gives the same for two pictures that have nothing in common: its weights or the card's scaling are wrong");
  }
  if (matcher.batch() > 1 && !batches_are_independent(matcher)) {
    refuse(
        "gives something else for a picture among others than for it alone, although it leaves the number of "
        "pictures open; run it with --batch 1");
  }
  if (!card.golden) return;
  for (std::size_t i = 0; i < cosines.size(); ++i) {
    if (std::abs(cosines[i] - (*card.golden)[i]) <= kGoldenTolerance) continue;
    store_stage::refuse_card(
        card.file, fmt::format("fails its golden self-test: cosines {:.4f} where [golden] says {:.4f}. Colour order, "
                               "scaling or weights are not the ones that the card was made with",
                               fmt::join(cosines, ", "), fmt::join(*card.golden, ", ")));
  }
}

}  // namespace semblance::embed_stage
