#include "report/json_field.hpp"

#include <fmt/format.h>

#include <limits>

#include "semblance/error.hpp"

namespace semblance::report_stage {

namespace {

constexpr int kDeepest = 32;  // far below any field that is ever asked for; a hostile file may nest deeper

// Finds a value by its address: paths are needed for errors alone, so nobody carries them along.
bool find_path(const JsonField::Json& from, const JsonField::Json* wanted, int depth, std::string& path) {
  if (&from == wanted) return true;
  if (depth == kDeepest || !from.is_structured()) return false;
  std::size_t index = 0;
  for (const auto& [name, value] : from.items()) {
    const std::size_t length = path.size();
    path += from.is_array() ? fmt::format("[{}]", index) : (path.empty() ? "" : ".") + name;
    if (find_path(value, wanted, depth + 1, path)) return true;
    path.resize(length);
    ++index;
  }
  return false;
}

constexpr const char* kWayOut = "; was it edited? Give the folder as `semblance audit` wrote it";

}  // namespace

std::string JsonField::path() const {
  std::string found;
  return find_path(*root_, json_, 0, found) ? found : std::string();
}

void JsonField::fail(const std::string& why) const {
  const std::string where = path();
  throw Error(ErrorCode::input, "report", *file_,
              where.empty() ? why + kWayOut : fmt::format("field '{}' {}{}", where, why, kWayOut));
}

std::string JsonField::shown() const {
  constexpr std::size_t kShown = 60;
  if (json_->is_structured() && !json_->empty()) return json_->is_array() ? "an array" : "an object";
  const std::string text = json_->dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() > kShown ? text.substr(0, kShown) + "..." : text;
}

void JsonField::wrong_type(const char* wanted) const { fail(fmt::format("is {} where {} belongs", shown(), wanted)); }

void JsonField::check_object() const {
  if (!json_->is_object()) wrong_type("an object");
}

JsonField JsonField::at(const char* name) const {
  check_object();
  const auto member = json_->find(name);
  if (member != json_->end()) return {*member, *root_, *file_};
  const std::string where = path();
  throw Error(ErrorCode::input, "report", *file_,
              fmt::format("lacks the field '{}{}{}'{}", where, where.empty() ? "" : ".", name, kWayOut));
}

std::optional<JsonField> JsonField::find(const char* name) const {
  check_object();
  const auto member = json_->find(name);
  if (member == json_->end() || member->is_null()) return std::nullopt;
  return JsonField(*member, *root_, *file_);
}

std::size_t JsonField::size() const {
  if (!json_->is_array()) wrong_type("an array");
  return json_->size();
}

std::string JsonField::text() const {
  if (!json_->is_string()) wrong_type("a text");
  return json_->get<std::string>();
}

bool JsonField::truth() const {
  if (!json_->is_boolean()) wrong_type("true or false");
  return json_->get<bool>();
}

std::uint64_t JsonField::count() const {
  if (!json_->is_number_unsigned()) wrong_type("a whole number from 0");
  return json_->get<std::uint64_t>();
}

double JsonField::number() const { return maybe_number().value_or(std::numeric_limits<double>::quiet_NaN()); }

std::optional<double> JsonField::maybe_number() const {
  if (json_->is_null()) return std::nullopt;
  if (!json_->is_number()) wrong_type("a number");
  return json_->get<double>();
}

std::optional<std::uint64_t> JsonField::maybe_count() const {
  return json_->is_null() ? std::nullopt : std::optional(count());
}

}  // namespace semblance::report_stage
