#include "semblance/convert.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>

#include "base/whole_file.hpp"
#include "convert/networks.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

struct Known {
  const char* name;
  std::string (*convert)(const convert_stage::Weights&);
};

constexpr std::array kKnown = {Known{"face_recognition", convert_stage::face_recognition},
                               Known{"face_landmark_68", convert_stage::face_landmark_68},
                               Known{"ssd_mobilenetv1", convert_stage::ssd_mobilenetv1}};

}  // namespace

const std::vector<std::string>& face_api_networks() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    std::ranges::transform(kKnown, std::back_inserter(all), &Known::name);
    return all;
  }();
  return names;
}

void convert_face_api(const std::filesystem::path& package, const std::string& network,
                      const std::filesystem::path& onnx) {
  const auto* known = std::ranges::find_if(kKnown, [&](const Known& one) { return network == one.name; });
  if (known == kKnown.end()) {
    throw Error(ErrorCode::usage, "convert", network,
                fmt::format("is no network of @vladmandic/face-api that is known; these are: {}",
                            fmt::join(face_api_networks(), ", ")));
  }
  const std::string files = fmt::format("model/{}_model", network);
  const convert_stage::Weights weights(package, convert_stage::read_package(package, files),
                                       files + "-weights_manifest.json");
  write_whole_file(onnx, known->convert(weights));
}

}  // namespace semblance
