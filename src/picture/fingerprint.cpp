// The detail of a picture: scaled down by the mean over areas, less a Gaussian blur of itself, in units of its spread.

#include <algorithm>
#include <cmath>
#include <vector>

#include "semblance/picture.hpp"

namespace semblance {
namespace {

constexpr std::size_t kSide = PictureFingerprint::kSide;
using Cells = std::array<double, kSide * kSide>;

// Widths in cells. Below sigma lies what a person's face and the light have in common from picture to picture; the
// blur's kernel ends at four of them.
constexpr double kSigma = 2;
constexpr std::size_t kRadius = 8;
// A picture that varies less than this, in grey levels, shows nothing but its noise.
constexpr double kLeastDetail = 0.5;
constexpr double kUnits = 32;

// Sums of the first k values; between whole numbers the last value counts in part.
class RunningSum {
 public:
  template <class Value>
  void fill(std::size_t count, const Value& value) {
    sums_.resize(count + 1);
    sums_[0] = 0;
    for (std::size_t i = 0; i < count; ++i) sums_[i + 1] = sums_[i] + value(i);
  }
  // Mean over [from, to).
  [[nodiscard]] double mean(double from, double to) const { return (until(to) - until(from)) / (to - from); }

 private:
  [[nodiscard]] double until(double x) const {
    const auto whole = std::min(static_cast<std::size_t>(x), sums_.size() - 1);
    const double part = x - static_cast<double>(whole);
    return part > 0 && whole + 1 < sums_.size() ? sums_[whole] + part * (sums_[whole + 1] - sums_[whole])
                                                : sums_[whole];
  }
  std::vector<double> sums_;
};

// Edges of the cells over the central `zoom` of `length` pixels.
std::array<double, kSide + 1> edges(std::size_t length, double zoom) {
  std::array<double, kSide + 1> at{};
  const auto pixels = static_cast<double>(length);
  for (std::size_t i = 0; i <= kSide; ++i) {
    at[i] = pixels * ((1 - zoom) / 2 + zoom * static_cast<double>(i) / static_cast<double>(kSide));
  }
  return at;
}

Cells scaled(const std::uint8_t* grey, std::size_t width, std::size_t height, double zoom) {
  const auto x = edges(width, zoom);
  const auto y = edges(height, zoom);
  std::vector<double> columns(kSide * height);  // (cell column, row)
  RunningSum sums;
  for (std::size_t row = 0; row < height; ++row) {
    sums.fill(width, [&](std::size_t i) { return static_cast<double>(grey[row * width + i]); });
    for (std::size_t i = 0; i < kSide; ++i) columns[i * height + row] = sums.mean(x[i], x[i + 1]);
  }
  Cells cells{};
  for (std::size_t i = 0; i < kSide; ++i) {
    sums.fill(height, [&](std::size_t row) { return columns[i * height + row]; });
    for (std::size_t j = 0; j < kSide; ++j) cells[j * kSide + i] = sums.mean(y[j], y[j + 1]);
  }
  return cells;
}

// One pass of the blur along rows; the result is transposed, so that two passes do both. Beyond the edge the picture
// is mirrored.
Cells blurred_rows(const Cells& cells) {
  std::array<double, 2 * kRadius + 1> kernel{};
  double total = 0;
  for (std::size_t k = 0; k < kernel.size(); ++k) {
    const double distance = static_cast<double>(k) - static_cast<double>(kRadius);
    kernel[k] = std::exp(-0.5 * distance * distance / (kSigma * kSigma));
    total += kernel[k];
  }
  Cells out{};
  for (std::size_t y = 0; y < kSide; ++y) {
    for (std::size_t x = 0; x < kSide; ++x) {
      double sum = 0;
      for (std::size_t k = 0; k < kernel.size(); ++k) {
        std::size_t at = x + k;  // kRadius too far to the right
        at = at < kRadius ? kRadius - 1 - at : at - kRadius;
        if (at >= kSide) at = 2 * kSide - 1 - at;
        sum += kernel[k] * cells[y * kSide + at];
      }
      out[x * kSide + y] = sum / total;
    }
  }
  return out;
}

std::array<std::int8_t, kSide * kSide> detail_of(const Cells& cells) {
  const Cells blurred = blurred_rows(blurred_rows(cells));
  Cells detail{};
  double squares = 0;
  for (std::size_t i = 0; i < detail.size(); ++i) {
    detail[i] = cells[i] - blurred[i];
    squares += detail[i] * detail[i];
  }
  const double spread = std::sqrt(squares / static_cast<double>(detail.size()));
  std::array<std::int8_t, kSide * kSide> units{};
  if (spread < kLeastDetail) return units;
  for (std::size_t i = 0; i < detail.size(); ++i) {
    units[i] = static_cast<std::int8_t>(std::clamp(std::lround(detail[i] / spread * kUnits), -127L, 127L));
  }
  return units;
}

}  // namespace

PictureFingerprint picture_fingerprint(const std::uint8_t* grey, std::size_t width, std::size_t height) {
  PictureFingerprint fingerprint;
  for (std::size_t k = 0; k < PictureFingerprint::kZooms.size(); ++k) {
    fingerprint.detail[k] = detail_of(scaled(grey, width, height, PictureFingerprint::kZooms[k]));
  }
  return fingerprint;
}

}  // namespace semblance
