#pragma once
// Small vectors, and the smooth steps that forms and colours are made of.

#include <algorithm>
#include <array>
#include <cmath>

namespace semblance::render_stage {

struct Vec3 {
  float x = 0, y = 0, z = 0;
};

inline Vec3 operator+(const Vec3& a, const Vec3& b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline Vec3 operator-(const Vec3& a, const Vec3& b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline Vec3 operator*(const Vec3& a, float s) { return {a.x * s, a.y * s, a.z * s}; }
inline Vec3 operator*(const Vec3& a, const Vec3& b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
inline float dot(const Vec3& a, const Vec3& b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline Vec3 cross(const Vec3& a, const Vec3& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline Vec3 unit(const Vec3& a) {
  const float length = std::sqrt(dot(a, a));
  return length > 1e-12F ? a * (1 / length) : Vec3{0, 0, 1};
}
inline Vec3 mix(const Vec3& a, const Vec3& b, float share) { return a * (1 - share) + b * share; }
inline float mix(float a, float b, float share) { return a + (b - a) * share; }

/// 0 below `low`, 1 above `high`, smooth between; the other way round where low > high.
inline float step(float low, float high, float x) {
  const float t = std::clamp((x - low) / (high - low), 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

/// A hill of height 1 and standard deviation about 1, nothing beyond 3; takes the squared distance.
inline float hill(float squared) {
  if (squared >= 9) return 0;
  const float t = 1 - squared / 9;
  return t * t * t * t;
}
inline float hill(float dx, float dy, float sx, float sy) { return hill(dx * dx / (sx * sx) + dy * dy / (sy * sy)); }

inline float narrow(double x) { return static_cast<float>(x); }

struct Rotation {
  std::array<Vec3, 3> rows{};
  [[nodiscard]] Vec3 apply(const Vec3& v) const { return {dot(rows[0], v), dot(rows[1], v), dot(rows[2], v)}; }
};

/// About y (to the picture's right), then x (up), then z (clockwise); degrees.
Rotation rotation(double yaw, double pitch, double roll);

}  // namespace semblance::render_stage
