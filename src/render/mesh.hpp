#pragma once
// Surfaces of triangles, and what each is made of.

#include <array>
#include <cstdint>
#include <vector>

#include "render/vector.hpp"

namespace semblance::render_stage {

enum class Material : std::uint8_t { head, ear, neck, hair, clothes, frame };

struct Vertex {
  Vec3 place;  ///< where it is, in the head's coordinates
  Vec3 rest;   ///< where its colour is looked up: without what hair adds
  Vec3 normal;
  float hair = 0;       ///< share of hair on skin
  float occlusion = 0;  ///< how much of the surroundings' light a hollow keeps off
};

struct Mesh {
  Material material = Material::head;
  bool closed = false;    ///< seen from outside alone: triangles that turn away needn't be drawn
  bool with_head = true;  ///< turns with the head; shoulders don't
  std::vector<Vertex> vertices;
  std::vector<std::array<std::uint32_t, 3>> triangles;
};

/// Triangles of a grid of rows x columns vertices, row by row; `closed`: the last column joins the first.
void join_grid(Mesh& mesh, std::uint32_t rows, std::uint32_t columns, bool closed);
/// Normals and hollows of such a grid from its vertices' places. Rows run from top to bottom, columns as the angle from
/// the back's middle over the picture's left, so that normals point outwards.
void shape_grid(Mesh& mesh, std::uint32_t rows, std::uint32_t columns, bool closed);

}  // namespace semblance::render_stage
