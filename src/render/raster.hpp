#pragma once
// Which surface each sample of a picture sees: a z-buffer.

#include <cstdint>
#include <span>
#include <vector>

#include "render/mesh.hpp"

namespace semblance::render_stage {

/// A vertex as the camera sees it: pixels, and the nearness that decides.
struct Seen {
  float x = 0, y = 0, near = 0;
};

struct Sample {
  static constexpr std::uint32_t kNothing = 0xffffffffU;
  float near = -1e30F;
  std::uint32_t mesh = kNothing, triangle = 0;
  float second = 0, third = 0;  ///< shares of the triangle's second and third vertex
};

class SampleImage {
 public:
  SampleImage(std::size_t width, std::size_t height) : width_(width), height_(height), samples_(width * height) {}
  /// Draws a mesh whose vertices are seen at `seen`; nearer ones hide farther ones, whatever their order.
  void draw(std::uint32_t number, const Mesh& mesh, std::span<const Seen> seen);
  [[nodiscard]] const Sample& at(std::size_t x, std::size_t y) const { return samples_[y * width_ + x]; }
  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t height() const { return height_; }

 private:
  std::size_t width_, height_;
  std::vector<Sample> samples_;
};

}  // namespace semblance::render_stage
