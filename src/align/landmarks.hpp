#pragma once
// Five landmarks a picture, from a file.

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>

namespace semblance::align_stage {

struct Point {
  double x = 0, y = 0;  ///< pixels; the first pixel's centre is (0, 0)
};

/// Left eye, right eye, nose, left and right mouth corner, as the viewer sees them.
using Landmarks = std::array<Point, 5>;

/// Landmarks by picture: a line a picture, its name and ten numbers (x and y of each point), separated by tabs, blanks
/// or commas, as LFW's, CelebA's, VGGFace2's and InsightFace's files have them. Lines before the first such one are a
/// header.
class LandmarkFile {
 public:
  /// Throws Error{input} naming file and line: not there, no landmarks, a line without ten finite numbers, a name
  /// twice.
  explicit LandmarkFile(const std::filesystem::path& file);
  /// Of the picture with this name, with or without its extension.
  [[nodiscard]] std::optional<Landmarks> find(const std::string& name) const;

 private:
  std::unordered_map<std::string, Landmarks> by_name_;
};

}  // namespace semblance::align_stage
