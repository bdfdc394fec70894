// A picture of a person: surfaces, camera, light, in this order.

#include "semblance/render.hpp"

#include <fmt/format.h>

#include "picture/raster.hpp"
#include "render/background.hpp"
#include "render/develop.hpp"
#include "render/light.hpp"
#include "render/parts.hpp"
#include "render/raster.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

using namespace render_stage;

constexpr std::size_t kFiner = 2;      // samples a pixel, a side
constexpr float kDistance = 13;        // of the camera, in eye distances: 0.8 m
constexpr double kEyeDistance = 0.23;  // of the picture's side
constexpr double kEyeHeight = 0.44;    // of the eyes below the picture's top
constexpr Vec3 kPivot = {0, -0.7F, -0.2F};

class Camera {
 public:
  Camera(const FaceView& view, std::size_t side)
      : head_(rotation(view.yaw, view.pitch, view.roll)),
        body_(rotation(0.45 * view.yaw, 0, 0.2 * view.roll)),
        scale_(narrow(kEyeDistance * view.zoom * static_cast<double>(side))),
        x_(narrow((0.5 + view.shift_x) * static_cast<double>(side) - 0.5)),
        y_(narrow((kEyeHeight + view.shift_y) * static_cast<double>(side) - 0.5)) {}

  [[nodiscard]] const Rotation& turn(const Mesh& mesh) const { return mesh.with_head ? head_ : body_; }
  [[nodiscard]] Vec3 placed(const Rotation& turn, const Vec3& place) const {
    return turn.apply(place - kPivot) + kPivot;
  }
  [[nodiscard]] Vec3 head_place(const Vec3& place) const { return placed(head_, place); }
  /// In pixels of the picture; the first one's centre is (0, 0).
  [[nodiscard]] Seen seen(const Vec3& place) const {
    const float scale = scale_ * kDistance / (kDistance - place.z);
    return {x_ + scale * place.x, y_ - scale * place.y, place.z};
  }

 private:
  Rotation head_, body_;
  float scale_, x_, y_;
};

struct Scene {
  const std::vector<Mesh>& meshes;
  std::vector<std::vector<Vec3>> placed;
};

// A sample's surface, interpolated between the triangle's corners.
struct Spot {
  const Mesh* mesh = nullptr;
  Vec3 place, rest, normal;
  float hair = 0, occlusion = 0;
};

Spot spot_of(const Scene& scene, const Sample& sample) {
  if (sample.mesh == Sample::kNothing) return {};
  Spot spot;
  spot.mesh = &scene.meshes[sample.mesh];
  const auto& corners = spot.mesh->triangles[sample.triangle];
  const std::array<float, 3> share = {1 - sample.second - sample.third, sample.second, sample.third};
  for (std::size_t k = 0; k < 3; ++k) {
    const Vertex& vertex = spot.mesh->vertices[corners[k]];
    spot.place = spot.place + scene.placed[sample.mesh][corners[k]] * share[k];
    spot.rest = spot.rest + vertex.rest * share[k];
    spot.normal = spot.normal + vertex.normal * share[k];
    spot.hair += vertex.hair * share[k];
    spot.occlusion += vertex.occlusion * share[k];
  }
  return spot;
}

Spot between(const Spot& a, const Spot& b) {
  return {a.mesh,
          (a.place + b.place) * 0.5F,
          (a.rest + b.rest) * 0.5F,
          a.normal + b.normal,
          (a.hair + b.hair) / 2,
          (a.occlusion + b.occlusion) / 2};
}

// The samples of a pixel, and whether an edge runs through it: if not, one colour serves it.
using Samples = std::array<const Sample*, kFiner * kFiner>;

bool alike(const Samples& samples) {
  constexpr float kGap = 0.15F;
  return std::ranges::all_of(samples, [&](const Sample* sample) {
    return sample->mesh == samples[0]->mesh && std::fabs(sample->near - samples[0]->near) < kGap;
  });
}

SampleImage seen_surfaces(const Scene& scene, const Camera& camera, std::size_t side) {
  SampleImage image(side * kFiner, side * kFiner);
  std::vector<Seen> seen;
  for (std::size_t m = 0; m < scene.meshes.size(); ++m) {
    seen.clear();
    for (const Vec3& place : scene.placed[m]) {
      const Seen at = camera.seen(place);
      const auto finer = [](float x) { return (x + 0.5F) * kFiner - 0.5F; };
      seen.push_back({finer(at.x), finer(at.y), at.near});
    }
    image.draw(static_cast<std::uint32_t>(m), scene.meshes[m], seen);
  }
  return image;
}

std::vector<Vec3> photograph(const Scene& scene, const Camera& camera, const Painter& painter, const FaceView& view,
                             std::size_t side) {
  const SampleImage image = seen_surfaces(scene, camera, side);
  const Light light(view, scene.meshes, scene.placed);
  const Background background(view, side);
  const auto colour_of = [&](const Spot& spot) {
    Vec3 normal = unit(camera.turn(*spot.mesh).apply(spot.normal));
    if (normal.z < 0) normal = normal * -1.0F;  // the inside of hair, say
    return light.from(painter.at(spot.mesh->material, spot.rest, spot.hair), spot.place, normal, spot.occlusion);
  };
  std::vector<Vec3> out(side * side);
  Samples samples{};
  for (std::size_t y = 0; y < side; ++y) {
    for (std::size_t x = 0; x < side; ++x) {
      for (std::size_t k = 0; k < samples.size(); ++k) {
        samples[k] = &image.at(x * kFiner + k % kFiner, y * kFiner + k / kFiner);
      }
      Vec3& pixel = out[y * side + x];
      if (alike(samples)) {
        if (samples[0]->mesh == Sample::kNothing) {
          pixel = background.at(x, y);
          continue;
        }
        const Spot spot = between(spot_of(scene, *samples.front()), spot_of(scene, *samples.back()));
        if (!painter.is_fine(spot.mesh->material, spot.rest)) {
          pixel = colour_of(spot);
          continue;
        }
      }
      for (const Sample* sample : samples) {
        const bool nothing = sample->mesh == Sample::kNothing;
        const Vec3 colour = nothing ? background.at(x, y) : colour_of(spot_of(scene, *sample));
        pixel = pixel + colour * (1.0F / (kFiner * kFiner));
      }
    }
  }
  return out;
}

}  // namespace

RenderedFace render_face(const FaceIdentity& identity, const FaceView& view, std::size_t side) {
  if (side < 48 || side > 1024) {
    throw Error(ErrorCode::internal, "render", "side", fmt::format("{} pixels; 48 to 1024 can be drawn", side));
  }
  const Form form = form_of(identity, view);
  const std::vector<Mesh> meshes = person_meshes(form, identity);
  const Camera camera(view, side);
  Scene scene{meshes, {}};
  for (const Mesh& mesh : meshes) {
    std::vector<Vec3>& places = scene.placed.emplace_back();
    places.reserve(mesh.vertices.size());
    for (const Vertex& vertex : mesh.vertices) places.push_back(camera.placed(camera.turn(mesh), vertex.place));
  }
  const Painter painter(form, identity, view);
  RenderedFace face;
  face.side = side;
  face.pixels = develop(photograph(scene, camera, painter, view, side), side, view);

  const float tip_y = form.nose_y + 0.03F + form.tip_turn;
  const float corner_y = form.mouth_y + form.corner;
  const std::array<Vec3, 5> points = {{{-form.eye_x, form.eye_y, 0},
                                       {form.eye_x, form.eye_y, 0},
                                       {0, tip_y, 0},
                                       {-form.mouth_half, corner_y, 0},
                                       {form.mouth_half, corner_y, 0}}};
  for (std::size_t k = 0; k < points.size(); ++k) {
    const Seen at = camera.seen(camera.head_place({points[k].x, points[k].y, front(form, points[k].x, points[k].y)}));
    face.landmarks[k] = {static_cast<double>(at.x), static_cast<double>(at.y)};
  }
  return face;
}

std::vector<std::uint8_t> encode_face(const RenderedFace& face, int quality) {
  picture_stage::Raster raster = picture_stage::blank(face.side, face.side, picture_stage::Channels::rgb);
  raster.pixels = face.pixels;
  return picture_stage::encode_jpeg(raster, quality);
}

}  // namespace semblance
