// What `models check` tells of a detector's card: faces that are drawn, whose landmarks are known.

#include <chrono>
#include <cmath>

#include "align/aligner.hpp"
#include "semblance/align.hpp"
#include "semblance/render.hpp"

namespace semblance {
namespace {

constexpr std::size_t kSide = 320;
constexpr std::uint64_t kPopulation = 2024;  // any; the same faces in every check

// The mean distance of five points, in distances of the true eyes.
double error_of(const align_stage::Landmarks& found, const RenderedFace& face) {
  double sum = 0;
  for (std::size_t k = 0; k < found.size(); ++k) {
    sum += std::hypot(found[k].x - face.landmarks[k][0], found[k].y - face.landmarks[k][1]);
  }
  const double eyes =
      std::hypot(face.landmarks[1][0] - face.landmarks[0][0], face.landmarks[1][1] - face.landmarks[0][1]);
  return sum / static_cast<double>(found.size()) / eyes;
}

}  // namespace

DetectorCheck check_detector(const std::filesystem::path& card, const Runtime& runtime) {
  const align_stage::Detector detector(runtime, align_stage::read_detector_card(card));
  DetectorCheck check{.detector = detector.card().name, .engine = detector.engine()};
  std::chrono::duration<double> passed{};
  double errors = 0;
  for (std::uint64_t number = 0; number < check.pictures; ++number) {
    FaceView view = draw_view(kPopulation, number);
    view.yaw /= 2;  // a detector that a half-turned face escapes isn't at fault
    view.pitch /= 2;
    const RenderedFace face = render_face(draw_face(kPopulation, number), view, kSide);
    const picture_stage::Raster picture{
        .width = kSide, .height = kSide, .channels = picture_stage::Channels::rgb, .pixels = face.pixels};
    const auto start = std::chrono::steady_clock::now();
    const std::vector<align_stage::Face> faces = detector.faces(picture);
    if (!faces.empty()) {
      const align_stage::Face& main = align_stage::main_face(faces, picture);
      errors += error_of(detector.landmarks(picture, main), face);
      ++check.found;
    }
    passed += std::chrono::steady_clock::now() - start;
  }
  if (check.found > 0) check.landmark_error = errors / static_cast<double>(check.found);
  check.seconds_per_image = passed.count() / static_cast<double>(check.pictures);
  return check;
}

}  // namespace semblance
