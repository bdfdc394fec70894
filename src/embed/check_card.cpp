// What `models check` tells of a card.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "embed/self_test.hpp"
#include "semblance/embed.hpp"

namespace semblance {

CardCheck check_card(const std::filesystem::path& card, const Runtime& runtime, std::size_t batch) {
  using namespace embed_stage;
  const MatcherNetwork matcher(runtime, read_network_card(card), batch);
  self_test(matcher);
  CardCheck check{.matcher = matcher.card().matcher.name,
                  .runtime_version = matcher.runtime_version(),
                  .engine = matcher.engine(),
                  .dimension = matcher.card().matcher.dimension,
                  .cosines = golden_cosines(matcher),
                  .has_golden = matcher.card().golden.has_value(),
                  .batch = matcher.batch()};
  const GoldenCosines swapped = golden_cosines(matcher, true);
  for (std::size_t i = 0; i < swapped.size(); ++i) {
    check.colour_effect = std::max(check.colour_effect, std::abs(swapped[i] - check.cosines[i]));
  }

  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds kLongEnough(500);
  const std::vector<picture_stage::Raster> pictures(check.batch, formula_picture(0));
  std::vector<float> embeddings(check.batch * check.dimension);
  MatcherNetwork::Workspace space;
  const Clock::time_point start = Clock::now();
  std::size_t images = 0;
  Clock::duration passed{};
  for (; passed < kLongEnough; passed = Clock::now() - start, images += check.batch) {
    matcher.embed(pictures, space, embeddings);
  }
  check.seconds_per_image = std::chrono::duration<double>(passed).count() / static_cast<double>(images);
  return check;
}

}  // namespace semblance
