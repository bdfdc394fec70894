#include "cli/align_options.hpp"

#include <map>

#include "cli/cache.hpp"

namespace semblance::cli {

std::string as_they_came(const AlignOptions& options) {
  if (!options.detector.empty() || !options.landmarks.empty()) return {};
  return "pictures taken as aligned already; photographs want --detector or --landmarks";
}

void add_align_options(CLI::App& command, AlignOptions& options, const std::string& when) {
  command
      .add_option("--landmarks", options.landmarks,
                  when +
                      "five landmarks a picture to align it by: lines of id and ten numbers (eyes, nose, mouth's "
                      "corners)")
      ->check(CLI::ExistingFile);
  command
      .add_option(
          "--detector", options.detector,
          when + "face detector (SCRFD, YuNet, boxes with a second network) to find and align faces with: " + kCardHelp)
      ->transform([](const std::string& given) { return card_path(given); });
  command
      .add_option("--several-faces", options.several,
                  when + "a picture with several faces: largest (and nearest to the centre), or reject it")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, SeveralFaces>{{"largest", SeveralFaces::largest}, {"reject", SeveralFaces::reject}}))
      ->default_str("largest");
  command
      .add_option("--min-face", options.min_face,
                  when + "reject detected faces narrower than this many pixels (0: none)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      .add_option("--max-turn", options.max_turn,
                  when +
                      "reject faces turned further: nose off the eyes' middle, in eye distances; half profile is "
                      "about 0.35 (0: none)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  command
      .add_option("--min-sharpness", options.min_sharpness,
                  when + "reject aligned faces whose Laplacian's variance is lower (0: none)")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
}

}  // namespace semblance::cli
