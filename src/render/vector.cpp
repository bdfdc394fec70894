#include "render/vector.hpp"

#include <numbers>

namespace semblance::render_stage {

Rotation rotation(double yaw, double pitch, double roll) {
  constexpr double kDegree = std::numbers::pi / 180;
  const float cy = narrow(std::cos(yaw * kDegree));
  const float sy = narrow(std::sin(yaw * kDegree));
  const float cp = narrow(std::cos(pitch * kDegree));
  const float sp = narrow(std::sin(pitch * kDegree));
  const float cr = narrow(std::cos(roll * kDegree));
  const float sr = narrow(std::sin(roll * kDegree));
  const auto turned = [&](const Vec3& v) {
    const Vec3 a{cy * v.x + sy * v.z, v.y, cy * v.z - sy * v.x};
    const Vec3 b{a.x, cp * a.y + sp * a.z, cp * a.z - sp * a.y};
    return Vec3{cr * b.x + sr * b.y, cr * b.y - sr * b.x, b.z};
  };
  const Vec3 x = turned({1, 0, 0});
  const Vec3 y = turned({0, 1, 0});
  const Vec3 z = turned({0, 0, 1});
  return {{Vec3{x.x, y.x, z.x}, Vec3{x.y, y.y, z.y}, Vec3{x.z, y.z, z.z}}};
}

}  // namespace semblance::render_stage
