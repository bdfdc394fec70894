#include "render/develop.hpp"

#include "base/rng.hpp"

namespace semblance::render_stage {
namespace {

// Gaussian, rows then columns, edges repeated.
void blur(std::vector<Vec3>& picture, std::size_t side, float sigma) {
  if (sigma < 0.1F) return;
  const int reach = static_cast<int>(std::ceil(2.5F * sigma));
  std::vector<float> weights;
  float total = 0;
  for (int k = -reach; k <= reach; ++k) {
    weights.push_back(std::exp(-0.5F * static_cast<float>(k * k) / (sigma * sigma)));
    total += weights.back();
  }
  const auto last = static_cast<int>(side) - 1;
  std::vector<Vec3> from;
  for (const bool rows : {true, false}) {
    from = picture;
    for (int y = 0; y <= last; ++y) {
      for (int x = 0; x <= last; ++x) {
        Vec3 sum;
        for (int k = -reach; k <= reach; ++k) {
          const int sx = rows ? std::clamp(x + k, 0, last) : x;
          const int sy = rows ? y : std::clamp(y + k, 0, last);
          sum = sum + from[static_cast<std::size_t>(sy) * side + static_cast<std::size_t>(sx)] *
                          (weights[static_cast<std::size_t>(k + reach)] / total);
        }
        picture[static_cast<std::size_t>(y) * side + static_cast<std::size_t>(x)] = sum;
      }
    }
  }
}

constexpr std::size_t kTones = 4096;

// From light in [0, 1) to grey levels: a soft shoulder for what is bright, then sRGB's curve.
std::array<float, kTones> tone_table() {
  std::array<float, kTones> table{};
  for (std::size_t i = 0; i < kTones; ++i) {
    const double x = static_cast<double>(i) / (kTones - 1);
    table[i] = narrow(255 * (x <= 0.0031308 ? 12.92 * x : 1.055 * std::pow(x, 1 / 2.4) - 0.055));
  }
  return table;
}

float shoulder(float x) { return x < 0.6F ? x : 0.6F + 0.4F * (1 - 1 / (1 + (x - 0.6F) / 0.4F)); }

}  // namespace

std::vector<std::uint8_t> develop(std::vector<Vec3> picture, std::size_t side, const FaceView& view) {
  static const std::array<float, kTones> tones = tone_table();
  blur(picture, side, narrow(view.blur * static_cast<double>(side) / 160));
  Rng rng(derive_seed(view.grain, "sensor"));
  // The sum of four parts of a word: as near to normal as a sensor's noise is, and quick.
  const float spread = narrow(view.noise) * std::sqrt(3.0F) / 65536;
  const auto noise = [&] {
    const std::uint64_t word = rng();
    const std::uint64_t sum = (word & 0xffffU) + (word >> 16U & 0xffffU) + (word >> 32U & 0xffffU) + (word >> 48U);
    return spread * (static_cast<float>(static_cast<std::int32_t>(sum)) - 131070);
  };
  const float exposure = narrow(view.exposure);
  std::vector<std::uint8_t> pixels;
  pixels.reserve(picture.size() * 3);
  for (const Vec3& pixel : picture) {
    for (const float channel : {pixel.x, pixel.y, pixel.z}) {
      const float x = std::clamp(shoulder(channel * exposure), 0.0F, 1.0F);
      const float level = tones[static_cast<std::size_t>(x * (kTones - 1) + 0.5F)] + noise();
      pixels.push_back(static_cast<std::uint8_t>(std::clamp(level + 0.5F, 0.0F, 255.0F)));
    }
  }
  return pixels;
}

}  // namespace semblance::render_stage
