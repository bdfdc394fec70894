// The best correlation of two fingerprints, over the small ways in which copies of a picture lie beside each other.

#include <algorithm>
#include <cmath>
#include <utility>

#include "semblance/picture.hpp"

namespace semblance {
namespace {

constexpr std::size_t kSide = PictureFingerprint::kSide;
constexpr std::size_t kWindow = kSide - 2;
using Cells = std::array<std::int8_t, kSide * kSide>;

// Where the windows of the first and the second picture begin, along one axis: shifts of -2 to 2 cells. The list stays
// the same when the pictures change places or are mirrored, and so does the similarity.
constexpr std::array<std::pair<std::size_t, std::size_t>, 7> kPlaces = {
    {{1, 1}, {0, 1}, {1, 0}, {1, 2}, {2, 1}, {0, 2}, {2, 0}}};
// Which zoom of the first picture is compared with which of the second.
constexpr std::array<std::pair<std::size_t, std::size_t>, 5> kZoomPairs = {{{0, 0}, {0, 1}, {1, 0}, {0, 2}, {2, 0}}};

// Sixteen bits and windows padded with zeros to whole rows, so that the compiler multiplies eight at once; what the
// first picture has beside its window meets those zeros.
using Wide = std::array<std::int16_t, kSide * kSide + kSide>;

Wide widened(const Cells& cells) {
  Wide wide{};
  std::copy(cells.begin(), cells.end(), wide.begin());
  return wide;
}

// Sum and centred sum of squares, times the number of cells, of the windows that begin at (row, column).
struct Windows {
  std::array<std::array<std::int64_t, 3>, 3> sum = {}, squares = {};

  explicit Windows(const Wide& cells) {
    constexpr auto count = static_cast<std::int64_t>(kWindow * kWindow);
    for (std::size_t row = 0; row < 3; ++row) {
      for (std::size_t column = 0; column < 3; ++column) {
        std::int64_t s = 0;
        std::int64_t ss = 0;
        for (std::size_t y = row; y < row + kWindow; ++y) {
          for (std::size_t x = column; x < column + kWindow; ++x) {
            const std::int64_t v = cells[y * kSide + x];
            s += v;
            ss += v * v;
          }
        }
        sum[row][column] = s;
        squares[row][column] = count * ss - s * s;
      }
    }
  }
};

Wide window_of(const Wide& cells, std::size_t row, std::size_t column) {
  Wide window{};
  for (std::size_t y = 0; y < kWindow; ++y) {
    for (std::size_t x = 0; x < kWindow; ++x) window[y * kSide + x] = cells[(row + y) * kSide + column + x];
  }
  return window;
}

std::int32_t product(const std::int16_t* a, const std::int16_t* b) {
  std::int32_t sum = 0;  // at most 30 * 30 * 127 * 127
  for (std::size_t i = 0; i < kWindow * kSide; ++i) sum += static_cast<std::int32_t>(a[i]) * b[i];
  return sum;
}

double best_correlation(const Cells& a, const Cells& b) {
  const Wide wide_a = widened(a);
  const Wide wide_b = widened(b);
  const Windows of_a(wide_a);
  const Windows of_b(wide_b);
  double best = -1;
  for (std::size_t place = 0; place < 9; ++place) {
    const std::size_t yb = place / 3;
    const std::size_t xb = place % 3;
    const Wide window = window_of(wide_b, yb, xb);
    for (const auto& [ya, y] : kPlaces) {
      for (const auto& [xa, x] : kPlaces) {
        if (y != yb || x != xb) continue;
        const std::int64_t squares_a = of_a.squares[ya][xa];
        const std::int64_t squares_b = of_b.squares[yb][xb];
        if (squares_a == 0 || squares_b == 0) return 0;
        const std::int64_t joint =
            static_cast<std::int64_t>(kWindow * kWindow) * product(&wide_a[ya * kSide + xa], window.data()) -
            of_a.sum[ya][xa] * of_b.sum[yb][xb];
        best = std::max(best, static_cast<double>(joint) / (std::sqrt(static_cast<double>(squares_a)) *
                                                            std::sqrt(static_cast<double>(squares_b))));
      }
    }
  }
  return std::min(best, 1.0);
}

Cells mirrored(const Cells& cells) {
  Cells out = cells;
  for (std::size_t y = 0; y < kSide; ++y) {
    std::reverse(&out[y * kSide], &out[y * kSide] + kSide);
  }
  return out;
}

}  // namespace

double picture_similarity(const PictureFingerprint& a, const PictureFingerprint& b) {
  double best = -1;
  for (const auto& [zoom_a, zoom_b] : kZoomPairs) {
    best = std::max({best, best_correlation(a.detail[zoom_a], b.detail[zoom_b]),
                     best_correlation(a.detail[zoom_a], mirrored(b.detail[zoom_b]))});
  }
  return best;
}

}  // namespace semblance
