#pragma once
// What stands behind the person, out of focus.

#include <vector>

#include "render/vector.hpp"
#include "semblance/render.hpp"

namespace semblance::render_stage {

class Background {
 public:
  Background(const FaceView& view, std::size_t side);
  [[nodiscard]] Vec3 at(std::size_t x, std::size_t y) const;

 private:
  static constexpr std::size_t kGrid = 32;  ///< its forms are so large that a grid holds them
  float scale_;
  std::vector<Vec3> grid_;
};

}  // namespace semblance::render_stage
