#include "render/develop.hpp"

#include "base/rng.hpp"

namespace semblance::render_stage {
namespace {

// Weights of a Gaussian, outwards from its middle.
std::vector<float> gaussian(float sigma) {
  std::vector<float> weights = {1};
  float total = 1;
  const auto reach = static_cast<int>(std::ceil(2.5F * sigma));
  for (int k = 1; k <= reach; ++k) {
    weights.push_back(std::exp(-0.5F * static_cast<float>(k * k) / (sigma * sigma)));
    total += 2 * weights.back();
  }
  for (float& weight : weights) weight /= total;
  return weights;
}

// Along a line whose pixels stand `apart`, from `line` to `out`; the edges' pixels repeat.
void blur_line(const Vec3* line, Vec3* out, std::size_t length, std::size_t apart, const std::vector<float>& weights) {
  const std::size_t reach = weights.size() - 1;
  for (std::size_t i = 0; i < length; ++i) {
    Vec3 sum = line[i * apart] * weights[0];
    for (std::size_t k = 1; k <= reach; ++k) {
      const std::size_t before = i >= k ? i - k : 0;
      const std::size_t after = std::min(i + k, length - 1);
      sum = sum + (line[before * apart] + line[after * apart]) * weights[k];
    }
    out[i * apart] = sum;
  }
}

void blur(std::vector<Vec3>& picture, std::size_t side, float sigma) {
  if (sigma < 0.1F) return;
  const std::vector<float> weights = gaussian(sigma);
  std::vector<Vec3> rows(picture.size());
  for (std::size_t k = 0; k < side; ++k) blur_line(&picture[k * side], &rows[k * side], side, 1, weights);
  for (std::size_t k = 0; k < side; ++k) blur_line(&rows[k], &picture[k], side, side, weights);
}

constexpr std::size_t kTones = 4096;

// From light in [0, 1) to grey levels: a soft shoulder for what is bright, then sRGB's curve.
std::array<float, kTones> tone_table() {
  std::array<float, kTones> table{};
  for (std::size_t i = 0; i < kTones; ++i) {
    const double x = (static_cast<double>(i) + 0.5) / kTones;
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
      const float x = std::clamp(shoulder(channel * exposure), 0.0F, 0.9999F);
      const float level = tones[static_cast<std::size_t>(x * kTones)] + noise();
      pixels.push_back(static_cast<std::uint8_t>(std::clamp(level + 0.5F, 0.0F, 255.0F)));
    }
  }
  return pixels;
}

}  // namespace semblance::render_stage
