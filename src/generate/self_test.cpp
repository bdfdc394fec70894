#include "generate/self_test.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cmath>

#include "generate/pictures.hpp"
#include "semblance/error.hpp"
#include "store/card_fields.hpp"

namespace semblance::generate_stage {
namespace {

using picture_stage::Raster;

Raster picture_of_seed(const Generator& generator, std::uint32_t seed, const Wish& wish) {
  Made made = generator.make({seed}, wish).front();
  if (made.why.empty()) return std::move(made.picture);
  throw Error(
      ErrorCode::input, "generate", generator.card().weights.string(),
      fmt::format("fails its self-test with seed {}: {}; its weights or the card's range are wrong", seed, made.why));
}

template <std::size_t Count>
bool near(const std::array<double, Count>& a, const std::array<double, Count>& b, double tolerance) {
  for (std::size_t i = 0; i < Count; ++i) {
    if (std::abs(a[i] - b[i]) > tolerance) return false;
  }
  return true;
}

double mean_change(const Raster& a, const Raster& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) sum += std::abs(double{1} * a.pixels[i] - b.pixels[i]);
  return sum / static_cast<double>(a.pixels.size());
}

}  // namespace

Wish golden_wish(const GeneratorCard& card) {
  Wish wish{.truncation = card.truncation == Truncation::none ? 1 : kGoldenTruncation, .label = {}};
  if (card.classes > 0) wish.label = 0;
  return wish;
}

Raster self_test(const Generator& generator) {
  const GeneratorCard& card = generator.card();
  const Wish wish = golden_wish(card);
  Raster picture = picture_of_seed(generator, 0, wish);
  if (picture.pixels == picture_of_seed(generator, 1, wish).pixels) {
    throw Error(ErrorCode::input, "generate", card.weights.string(),
                "gives the same picture for two seeds: its weights are broken, or the latent code goes nowhere");
  }
  if (!card.golden) return picture;
  const PictureDigest digest = digest_of(picture);
  if (near(digest.mean, card.golden->mean, kGoldenMeanTolerance) &&
      near(digest.pixels, card.golden->pixels, kGoldenPixelTolerance)) {
    return picture;
  }
  store_stage::refuse_card(
      card.file,
      fmt::format("fails its golden self-test: the mean colour of seed 0 is {:.1f} where [golden] says {:.1f}"
                  ", its nine points are {:.0f} where it says {:.0f}. Colour order, range, truncation or "
                  "weights are not the ones that the card was made with",
                  fmt::join(digest.mean, ", "), fmt::join(card.golden->mean, ", "), fmt::join(digest.pixels, ", "),
                  fmt::join(card.golden->pixels, ", ")));
}

}  // namespace semblance::generate_stage

namespace semblance {

GeneratorCheck check_generator(const std::filesystem::path& card, const Runtime& runtime) {
  using namespace generate_stage;
  const Generator generator(runtime, read_generator_card(card));
  const picture_stage::Raster picture = self_test(generator);
  GeneratorCheck check{.generator = generator.card().name,
                       .runtime_version = generator.runtime_version(),
                       .engine = generator.engine(),
                       .width = picture.width,
                       .height = picture.height,
                       .digest = digest_of(picture),
                       .has_golden = generator.card().golden.has_value()};
  Wish wish = golden_wish(generator.card());
  if (wish.truncation != 1) {
    wish.truncation = 1;
    check.truncation_effect = mean_change(picture, picture_of_seed(generator, 0, wish));
  }
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLongEnough(500);
  const Clock::time_point start = Clock::now();
  std::size_t images = 0;
  Clock::duration passed{};
  for (; passed < kLongEnough; passed = Clock::now() - start) {
    static_cast<void>(generator.make({0}, wish));
    images += generator.batch();
  }
  check.seconds_per_image = std::chrono::duration<double>(passed).count() / static_cast<double>(images);
  return check;
}

}  // namespace semblance
