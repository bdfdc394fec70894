#include "store/row_collector.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>

#include "store/elements.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

bool says_infinity(std::string_view text) { return text.find_first_of("iI") != std::string_view::npos; }

// What from_chars calls out of range in float may still be a denormal or zero; double tells them from infinity.
float out_of_float(const char* begin, const char* end) {
  double wide = 0;
  if (std::from_chars(begin, end, wide).ec == std::errc{}) return static_cast<float>(wide);
  const std::string_view text(begin, static_cast<std::size_t>(end - begin));
  const bool tiny = text.find("e-") != std::string_view::npos || text.find("E-") != std::string_view::npos;
  return tiny ? 0.0F : std::numeric_limits<float>::infinity();
}

}  // namespace

std::optional<float> parse_float(std::string_view text) {
  text = trim(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  float value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::invalid_argument || stop != end) return std::nullopt;
  return error == std::errc{} ? value : out_of_float(text.data(), end);
}

void RowCollector::begin_row(std::size_t line) { lines_.push_back(line); }

void RowCollector::note_overflow(std::string value) {
  if (array_.overflow) return;
  const std::size_t row = lines_.size() - 1;
  array_.overflow = Overflow{row, values_.size() - row * width_, std::move(value)};
}

void RowCollector::add_component(double value) {
  const auto narrow = static_cast<float>(value);
  if (std::isinf(narrow) && std::isfinite(value)) note_overflow(fmt::format("{}", value));
  values_.push_back(narrow);
}

void RowCollector::add_component(std::string_view text, std::size_t column) {
  const std::optional<float> value = parse_float(text);
  if (!value) refuse(subject_, "line {}, column {}: '{}' isn't a number", lines_.back(), column, text);
  if (std::isinf(*value) && !says_infinity(text)) note_overflow(std::string(trim(text)));
  values_.push_back(*value);
}

void RowCollector::append(std::vector<std::string>& to, const std::optional<std::string>& value, const char* what) {
  const std::size_t before = lines_.size() - 1;
  if (to.size() == before && value) {
    to.push_back(*value);
  } else if (value || !to.empty()) {
    refuse(subject_, "line {}: {} {} but the lines before {}; give one on all lines or none", lines_.back(),
           value ? "has an" : "has no", what, value ? "don't" : "do");
  }
}

void RowCollector::end_row(const std::optional<std::string>& id, const std::optional<std::string>& identity,
                           const std::optional<std::string>& path) {
  const std::size_t row = lines_.size() - 1;
  const std::size_t width = values_.size() - row * width_;
  if (row == 0) {
    width_ = width;
    if (width == 0) refuse(subject_, "line {}: holds no embedding", lines_.back());
  }
  if (width != width_) {
    refuse(subject_, "line {}: has {} dimensions but line {} has {}", lines_.back(), width, lines_.front(), width_);
  }
  if (id) seen_.add(*id, lines_.back());
  append(array_.ids, id, "id");
  append(array_.identities, identity, "identity");
  append(array_.paths, path, "image path");
}

RawArray RowCollector::finish() {
  const std::size_t rows = lines_.size();
  if (rows == 0) refuse(subject_, "holds no embeddings");
  checked_bytes(rows, width_, ElementType::f32, subject_);
  settle_identities(array_.identities, lines_, subject_);
  const auto values = std::make_shared<const std::vector<float>>(std::move(values_));
  array_.view = {values->data(), rows, width_, width_};
  array_.keep = values;
  return std::move(array_);
}

}  // namespace semblance::store_stage
