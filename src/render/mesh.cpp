#include "render/mesh.hpp"

namespace semblance::render_stage {

void join_grid(Mesh& mesh, std::uint32_t rows, std::uint32_t columns, bool closed) {
  const std::uint32_t steps = closed ? columns : columns - 1;
  for (std::uint32_t r = 0; r + 1 < rows; ++r) {
    for (std::uint32_t c = 0; c < steps; ++c) {
      const std::uint32_t next = (c + 1) % columns;
      const std::uint32_t a = r * columns + c;
      const std::uint32_t b = r * columns + next;
      const std::uint32_t d = (r + 1) * columns + c;
      const std::uint32_t e = (r + 1) * columns + next;
      mesh.triangles.push_back({a, d, b});
      mesh.triangles.push_back({b, d, e});
    }
  }
}

void shape_grid(Mesh& mesh, std::uint32_t rows, std::uint32_t columns, bool closed) {
  const auto at = [&](std::int64_t r, std::int64_t c) -> const Vec3& {
    r = std::clamp<std::int64_t>(r, 0, rows - 1);
    c = closed ? (c + columns) % columns : std::clamp<std::int64_t>(c, 0, columns - 1);
    return mesh.vertices[static_cast<std::size_t>(r) * columns + static_cast<std::size_t>(c)].place;
  };
  constexpr std::int64_t kReach = 5;  // vertices; about the size of an eye's socket
  for (std::uint32_t r = 0; r < rows; ++r) {
    for (std::uint32_t c = 0; c < columns; ++c) {
      Vertex& vertex = mesh.vertices[std::size_t{r} * columns + c];
      vertex.normal = unit(
          cross(at(r + 1, c) - at(std::int64_t{r} - 1, c), at(r, std::int64_t{c} + 1) - at(r, std::int64_t{c} - 1)));
      const Vec3 around =
          (at(r + kReach, c) + at(std::int64_t{r} - kReach, c) + at(r, c + kReach) + at(r, std::int64_t{c} - kReach)) *
          0.25F;
      vertex.occlusion = std::clamp(4.0F * dot(around - vertex.place, vertex.normal), -0.3F, 0.75F);
    }
  }
}

}  // namespace semblance::render_stage
