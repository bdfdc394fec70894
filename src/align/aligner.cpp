#include "align/aligner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "align/box_crop.hpp"
#include "align/warp.hpp"
#include "base/sha256.hpp"
#include "picture/scale.hpp"
#include "semblance/error.hpp"

namespace semblance::align_stage {
namespace {

using picture_stage::Bytes;
using picture_stage::Part;
using picture_stage::Raster;

Part whole(Bytes file) { return picture_stage::decode_part(file, picture_stage::Channels::rgb, PictureLimits{}, {}); }

constexpr std::size_t kLongestSquared = 2048;  // far beyond what any template looks at

// What may be asked of a face.
void add_limits(Facts& facts, const AlignOptions& options) {
  const auto add = [&](const char* name, double limit) {
    if (limit > 0) facts.emplace_back(name, fmt::format("{}", limit));
  };
  add("min_face", options.min_face);
  add("max_turn", options.max_turn);
  add("min_sharpness", options.min_sharpness);
}

class AsItIs : public Aligner {
 public:
  explicit AsItIs(const FaceTemplate& to) : to_(to) {}
  [[nodiscard]] Aligned align(const std::string& /*id*/, Bytes file) const override {
    Part picture = whole(file);
    if (to_.margin) return {std::move(picture.pixels), {}};
    if (to_.scale == kT112.scale && to_.side == kT112.side) return {std::move(picture.pixels), {}};
    const Raster& pixels = picture.pixels;
    // Of a thread a pixel wide no square as long as it is made: nothing would come of it but memory.
    const bool square = pixels.width == pixels.height;
    const std::size_t side = square ? pixels.width : std::min(kLongestSquared, std::max(pixels.width, pixels.height));
    if (!square) picture = {.pixels = picture_stage::scaled(pixels, side, side)};
    return {warp(picture, from_aligned(side, to_), to_.side), {}};
  }

 private:
  FaceTemplate to_;
};

// What is asked of a face wherever its landmarks come from.
Aligned warped(const Part& picture, const Landmarks& landmarks, const std::optional<Similarity>& similarity,
               const AlignOptions& options, const FaceTemplate& to) {
  if (const double turn = turn_of(landmarks); options.max_turn > 0 && turn > options.max_turn) {
    return {std::nullopt, fmt::format("face turned away: by {:.2f}", turn)};
  }
  if (!similarity) return {std::nullopt, "its landmarks are no face: they lie in one point"};
  Raster face = warp(picture, *similarity, to.side);
  if (options.min_sharpness > 0) {
    const double sharpness = sharpness_of(face);
    if (sharpness < options.min_sharpness)
      return {std::nullopt, fmt::format("face blurred: sharpness {:.1f}", sharpness)};
  }
  return {std::move(face), {}};
}

class ByFile : public Aligner {
 public:
  ByFile(const AlignOptions& options, const FaceTemplate& to) : options_(options), to_(to), file_(options.landmarks) {}
  [[nodiscard]] Aligned align(const std::string& id, Bytes file) const override {
    const auto landmarks = file_.find(id);
    const auto similarity = landmarks ? nearest_similarity(*landmarks, to_.landmarks) : std::nullopt;
    // A file that can't be read is told as such, whatever else is missing.
    const Part picture = similarity ? picture_stage::decode_part(file, picture_stage::Channels::rgb, PictureLimits{},
                                                                 footprint(*similarity, to_.side))
                                    : whole(file);
    if (!landmarks) return {std::nullopt, "has no landmarks"};
    return warped(picture, *landmarks, similarity, options_, to_);
  }
  [[nodiscard]] Facts facts() const override {
    Facts facts = {{"alignment", "landmarks"}, {"landmarks_sha256", sha256_file(options_.landmarks)}};
    add_limits(facts, options_);
    return facts;
  }

 private:
  AlignOptions options_;
  FaceTemplate to_;
  LandmarkFile file_;
};

class ByDetector : public Aligner {
 public:
  ByDetector(const AlignOptions& options, const Runtime& runtime, const FaceTemplate& to)
      : options_(options), to_(to), detector_(runtime, read_detector_card(options.detector)) {}
  [[nodiscard]] Aligned align(const std::string& /*id*/, Bytes file) const override {
    const Part part = whole(file);
    const Raster& picture = part.pixels;
    const std::vector<Face> faces = detector_.faces(picture);
    if (faces.empty()) return {std::nullopt, "no face found"};
    if (faces.size() > 1 && options_.several == SeveralFaces::reject) {
      return {std::nullopt, fmt::format("several faces: {}", faces.size())};
    }
    const Face& face = main_face(faces, picture);
    const double side = std::min(face.right - face.left, face.bottom - face.top);
    if (side < options_.min_face) return {std::nullopt, fmt::format("face too small: {:.0f} pixels", side)};
    if (to_.margin) {
      auto crop = box_crop(picture, face, *to_.margin, to_.side);
      if (!crop) return {std::nullopt, "no face found: its box lies outside of the picture"};
      return {std::move(crop), {}};
    }
    const Landmarks landmarks = detector_.landmarks(picture, face);
    return warped(part, landmarks, nearest_similarity(landmarks, to_.landmarks), options_, to_);
  }
  [[nodiscard]] std::string note() const override {
    const DetectorCard& card = detector_.card();
    std::string text = fmt::format("faces found by {} (card SHA-256 {})", card.name, card.sha256);
    if (card.landmarks)
      text += fmt::format(", landmarks by {} (card SHA-256 {})", card.landmarks->name, card.landmarks->sha256);
    return text;
  }
  [[nodiscard]] Facts facts() const override {
    const DetectorCard& card = detector_.card();
    Facts facts = {{"alignment", "detector"},
                   {"detector", card.name},
                   {"detector_card_sha256", card.sha256},
                   {"detector_weights_sha256", sha256_file(card.weights)}};
    if (card.landmarks) {
      facts.emplace_back("landmark_network", card.landmarks->name);
      facts.emplace_back("landmark_network_card_sha256", card.landmarks->sha256);
      facts.emplace_back("landmark_network_weights_sha256", sha256_file(card.landmarks->weights));
    }
    facts.emplace_back("several_faces", options_.several == SeveralFaces::reject ? "reject" : "largest");
    add_limits(facts, options_);
    return facts;
  }

 private:
  AlignOptions options_;
  FaceTemplate to_;
  Detector detector_;
};

}  // namespace

std::unique_ptr<Aligner> make_aligner(const AlignOptions& options, const Runtime& runtime,
                                      const FaceTemplate& face_template) {
  const auto refuse = [](const char* option, const char* why) { throw Error(ErrorCode::usage, "align", option, why); };
  const bool by_file = !options.landmarks.empty();
  const bool by_detector = !options.detector.empty();
  if (by_file && by_detector) refuse("--detector", "contradicts --landmarks; give one of the two");
  if (!by_detector && options.several == SeveralFaces::reject) refuse("--several-faces", "needs --detector");
  if (!by_detector && options.min_face > 0) refuse("--min-face", "needs --detector");
  if (!by_detector && !by_file && options.max_turn > 0) refuse("--max-turn", "needs --detector or --landmarks");
  if (!by_detector && !by_file && options.min_sharpness > 0) {
    refuse("--min-sharpness", "needs --detector or --landmarks");
  }
  if (face_template.margin) {
    if (by_file) refuse("--landmarks", "doesn't go with a matcher that wants a detector's box; give --detector");
    if (options.max_turn > 0) refuse("--max-turn", "doesn't go with a matcher that wants a detector's box");
    if (options.min_sharpness > 0) refuse("--min-sharpness", "doesn't go with a matcher that wants a detector's box");
  }
  if (by_detector) return std::make_unique<ByDetector>(options, runtime, face_template);
  if (by_file) return std::make_unique<ByFile>(options, face_template);
  return std::make_unique<AsItIs>(face_template);
}

const Face& main_face(const std::vector<Face>& faces, const Raster& picture) {
  const auto weight = [&](const Face& face) {
    const double x = (face.left + face.right + 1 - static_cast<double>(picture.width)) / 2;
    const double y = (face.top + face.bottom + 1 - static_cast<double>(picture.height)) / 2;
    return (face.right - face.left) * (face.bottom - face.top) - 2 * (x * x + y * y);
  };
  return *std::ranges::max_element(faces, {}, weight);
}

double turn_of(const Landmarks& landmarks) {
  const auto& [left_eye, right_eye, nose, left_mouth, right_mouth] = landmarks;
  const Point along{right_eye.x - left_eye.x, right_eye.y - left_eye.y};
  const double squares = along.x * along.x + along.y * along.y;
  if (!(squares > 0)) return std::numeric_limits<double>::infinity();
  const Point middle{(left_eye.x + right_eye.x) / 2, (left_eye.y + right_eye.y) / 2};
  return std::abs((nose.x - middle.x) * along.x + (nose.y - middle.y) * along.y) / squares;
}

double sharpness_of(const Raster& face) {
  const auto channels = static_cast<std::size_t>(face.channels);
  const auto grey = [&](std::size_t x, std::size_t y) {
    const std::uint8_t* at = face.pixels.data() + (y * face.width + x) * channels;
    return channels == 1 ? int{at[0]} : int{picture_stage::luma(at[0], at[1], at[2])};
  };
  double sum = 0;
  double squares = 0;
  double count = 0;
  for (std::size_t y = 1; y + 1 < face.height; ++y) {
    for (std::size_t x = 1; x + 1 < face.width; ++x) {
      const double laplacian = grey(x - 1, y) + grey(x + 1, y) + grey(x, y - 1) + grey(x, y + 1) - 4 * grey(x, y);
      sum += laplacian;
      squares += laplacian * laplacian;
      count += 1;
    }
  }
  return count > 0 ? squares / count - sum / count * (sum / count) : 0;
}

}  // namespace semblance::align_stage
