// What a detector's numbers stand for.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

#include "align/detector.hpp"

namespace semblance::align_stage {
namespace {

constexpr std::array<std::size_t, 3> kStrides = {8, 16, 32};
constexpr std::size_t kBox = 4;
constexpr std::size_t kPoints = 10;

// The outputs of one grid.
struct Grid {
  std::size_t stride = 0, columns = 0, anchors = 1;  ///< anchors: a cell
  std::vector<const float*> scores;                  ///< one number a box each
  const float* boxes = nullptr;
  const float* points = nullptr;
};

Grid grid_of(const std::vector<infer_stage::Tensor>& outputs, const DetectorCard& card, std::size_t stride) {
  const bool scrfd = card.family == DetectorFamily::scrfd;
  Grid grid{.stride = stride, .columns = card.input.width / stride, .anchors = scrfd ? 2U : 1U, .scores = {}};
  const std::size_t boxes = grid.columns * (card.input.height / stride) * grid.anchors;
  for (const infer_stage::Tensor& output : outputs) {
    const std::size_t each = output.shape.empty() ? 0 : static_cast<std::size_t>(output.shape.back());
    if (each == 0 || output.values.size() != boxes * each) continue;
    if (each == 1) grid.scores.push_back(output.values.data());
    if (each == kBox) grid.boxes = output.values.data();
    if (each == kPoints) grid.points = output.values.data();
  }
  const std::size_t scores = scrfd ? 1 : 2;
  if (grid.scores.size() != scores || grid.boxes == nullptr || grid.points == nullptr) {
    throw std::invalid_argument(
        fmt::format("its outputs aren't {}'s: at stride {} there are not {} x (1{}, {}, {}) numbers",
                    scrfd ? "SCRFD" : "YuNet", stride, boxes, scrfd ? "" : ", 1", kBox, kPoints));
  }
  return grid;
}

Face scrfd_face(const float* box, const float* points, double x, double y, double stride) {
  Face face{.left = x - stride * static_cast<double>(box[0]),
            .top = y - stride * static_cast<double>(box[1]),
            .right = x + stride * static_cast<double>(box[2]),
            .bottom = y + stride * static_cast<double>(box[3])};
  for (std::size_t p = 0; p < face.landmarks.size(); ++p) {
    face.landmarks[p] = {x + stride * static_cast<double>(points[2 * p]),
                         y + stride * static_cast<double>(points[2 * p + 1])};
  }
  return face;
}

Face yunet_face(const float* box, const float* points, double x, double y, double stride) {
  const double centre_x = x + stride * static_cast<double>(box[0]);
  const double centre_y = y + stride * static_cast<double>(box[1]);
  const double half_width = stride * std::exp(static_cast<double>(box[2])) / 2;
  const double half_height = stride * std::exp(static_cast<double>(box[3])) / 2;
  Face face{.left = centre_x - half_width,
            .top = centre_y - half_height,
            .right = centre_x + half_width,
            .bottom = centre_y + half_height};
  for (std::size_t p = 0; p < face.landmarks.size(); ++p) {
    face.landmarks[p] = {x + stride * static_cast<double>(points[2 * p]),
                         y + stride * static_cast<double>(points[2 * p + 1])};
  }
  return face;
}

bool finite(const Face& face) {
  return std::isfinite(face.left + face.top + face.right + face.bottom) &&
         std::ranges::all_of(face.landmarks, [](const Point& p) { return std::isfinite(p.x + p.y); });
}

double overlap_of(const Face& a, const Face& b) {
  const double width = std::min(a.right, b.right) - std::max(a.left, b.left);
  const double height = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const double shared = width * height;
  const auto area = [](const Face& f) { return (f.right - f.left) * (f.bottom - f.top); };
  return shared / (area(a) + area(b) - shared);
}

// A row of left, top, right and bottom a face, and its score.
std::vector<Face> read_boxes(const std::vector<infer_stage::Tensor>& outputs, double least) {
  const std::vector<float>* boxes = nullptr;
  const std::vector<float>* scores = nullptr;
  for (const infer_stage::Tensor& output : outputs) {
    const std::int64_t each = output.shape.empty() ? 0 : output.shape.back();
    if (each == std::int64_t{kBox}) boxes = &output.values;
    if (each == 1) scores = &output.values;
  }
  if (outputs.size() != 2 || boxes == nullptr || scores == nullptr || boxes->size() != kBox * scores->size()) {
    throw std::invalid_argument(
        fmt::format("its outputs aren't boxes and their scores: n x {} and n x 1 numbers", kBox));
  }
  std::vector<Face> faces;
  for (std::size_t k = 0; k < scores->size(); ++k) {
    const auto score = static_cast<double>((*scores)[k]);
    if (!(score >= least)) continue;
    // Edges of pixels lie at whole numbers there, centres do here.
    const auto edge = [&](std::size_t side) { return static_cast<double>((*boxes)[kBox * k + side]) - 0.5; };
    const Face face{.left = edge(0), .top = edge(1), .right = edge(2), .bottom = edge(3), .score = score};
    if (finite(face)) faces.push_back(face);
  }
  return faces;
}

}  // namespace

std::vector<Face> read_outputs(const std::vector<infer_stage::Tensor>& outputs, const DetectorCard& card) {
  if (card.family == DetectorFamily::boxes) return read_boxes(outputs, card.score);
  std::vector<Face> faces;
  for (const std::size_t stride : kStrides) {
    const Grid grid = grid_of(outputs, card, stride);
    const std::size_t cells = grid.columns * (card.input.height / stride);
    for (std::size_t i = 0; i < cells * grid.anchors; ++i) {
      double product = 1;
      for (const float* scores : grid.scores) product *= std::clamp(static_cast<double>(scores[i]), 0.0, 1.0);
      const double score = grid.scores.size() == 2 ? std::sqrt(product) : product;
      if (!(score >= card.score)) continue;
      const std::size_t cell = i / grid.anchors;
      const std::size_t row = cell / grid.columns;
      const auto x = static_cast<double>((cell - row * grid.columns) * stride);
      const auto y = static_cast<double>(row * stride);
      const auto read = card.family == DetectorFamily::scrfd ? scrfd_face : yunet_face;
      Face face = read(grid.boxes + kBox * i, grid.points + kPoints * i, x, y, static_cast<double>(stride));
      face.score = score;
      if (finite(face) && face.right > face.left && face.bottom > face.top) faces.push_back(face);
    }
  }
  return faces;
}

std::vector<Face> suppress(std::vector<Face> faces, double overlap) {
  std::ranges::stable_sort(faces, [](const Face& a, const Face& b) { return a.score > b.score; });
  std::vector<Face> kept;
  for (const Face& face : faces) {
    const bool stays = std::ranges::none_of(kept, [&](const Face& k) { return overlap_of(face, k) > overlap; });
    if (stays) kept.push_back(face);
  }
  return kept;
}

}  // namespace semblance::align_stage
