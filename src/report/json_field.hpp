#pragma once
// A value of a JSON file that knows where it stands, so that an error can say which field is at fault.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace semblance::report_stage {

class JsonField {
 public:
  using Json = nlohmann::ordered_json;

  /// `root` and `file` outlive the field.
  JsonField(const Json& root, const std::string& file) : JsonField(root, root, file) {}

  /// The member of that name; throws Error{input} when this is no object or has none.
  [[nodiscard]] JsonField at(const char* name) const;
  /// The member of that name, or none when it is absent or null; throws Error{input} when this is no object.
  [[nodiscard]] std::optional<JsonField> find(const char* name) const;
  /// Element of an array, 0 to size() - 1.
  [[nodiscard]] JsonField operator[](std::size_t i) const { return {(*json_)[i], *root_, *file_}; }
  /// Elements of the array; throws Error{input} when this is none.
  [[nodiscard]] std::size_t size() const;
  /// Name and value of every member, in the file's order; throws Error{input} when this is no object.
  template <class Each>
  void members(Each each) const {
    check_object();
    for (const auto& [name, value] : json_->items()) each(name, JsonField(value, *root_, *file_));
  }

  [[nodiscard]] bool is_null() const { return json_->is_null(); }
  // The value, or Error{input} saying what stands there instead.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool truth() const;
  [[nodiscard]] std::uint64_t count() const;
  /// NaN for null: what is not finite is written so.
  [[nodiscard]] double number() const;
  [[nodiscard]] std::optional<double> maybe_number() const;
  [[nodiscard]] std::optional<std::uint64_t> maybe_count() const;

  /// What stands there, as short ASCII.
  [[nodiscard]] std::string shown() const;
  /// Throws Error{input}: the file, this field's path and `why`.
  [[noreturn]] void fail(const std::string& why) const;

 private:
  JsonField(const Json& json, const Json& root, const std::string& file) : json_(&json), root_(&root), file_(&file) {}
  void check_object() const;
  [[noreturn]] void wrong_type(const char* wanted) const;
  [[nodiscard]] std::string path() const;

  const Json* json_;
  const Json* root_;
  const std::string* file_;
};

}  // namespace semblance::report_stage
