#include "align/landmarks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>

#include "semblance/error.hpp"

namespace semblance::align_stage {
namespace {

constexpr std::string_view kBetween = ", \t\r;";

// Takes the last field off a line.
std::string_view take_last(std::string_view& line) {
  const std::size_t end = line.find_last_not_of(kBetween);
  if (end == std::string_view::npos) return line = {};
  const std::size_t before = line.find_last_of(kBetween, end);
  const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  const std::string_view field = line.substr(begin, end + 1 - begin);
  line = line.substr(0, begin);
  return field;
}

// The name is what stands before the ten numbers: it may hold blanks.
bool parse(std::string_view line, std::string& name, Landmarks& landmarks) {
  for (std::size_t k = 10; k-- > 0;) {
    const std::string_view field = take_last(line);
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (field.empty() || error != std::errc() || end != field.data() + field.size() || !std::isfinite(value))
      return false;
    (k % 2 == 0 ? landmarks[k / 2].x : landmarks[k / 2].y) = value;
  }
  const std::size_t end = line.find_last_not_of(kBetween);
  if (end == std::string_view::npos) return false;
  name = line.substr(0, end + 1);
  if (name.size() > 1 && name.front() == '"' && name.back() == '"') name = name.substr(1, name.size() - 2);
  return true;
}

}  // namespace

LandmarkFile::LandmarkFile(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::input, "align", file.string(), why); };
  std::ifstream in(file);
  if (!in || std::filesystem::is_directory(file)) refuse("can't be read");
  std::string line;
  std::string name;
  Landmarks landmarks;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(kBetween) == std::string::npos) continue;
    if (!parse(line, name, landmarks)) {
      if (by_name_.empty()) continue;
      refuse(fmt::format("line {} isn't a name and ten numbers (x and y of five landmarks)", number));
    }
    if (!by_name_.emplace(name, landmarks).second)
      refuse(fmt::format("line {}: '{}' stands in it twice", number, name));
  }
  if (by_name_.empty()) {
    refuse(
        "holds no landmarks: a line is a picture's name and ten numbers, x and y of the eyes, the nose and the mouth's "
        "corners, left ones first");
  }
}

std::optional<Landmarks> LandmarkFile::find(const std::string& name) const {
  for (const std::string& wanted : {name, std::filesystem::path(name).replace_extension().string()}) {
    if (const auto at = by_name_.find(wanted); at != by_name_.end()) return at->second;
  }
  return std::nullopt;
}

}  // namespace semblance::align_stage
