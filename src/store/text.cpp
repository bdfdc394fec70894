#include "store/text.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "store/items.hpp"
#include "store/refuse.hpp"
#include "store/row_collector.hpp"

namespace semblance::store_stage {
namespace {

using Fields = std::vector<std::string>;

// How many leading fields aren't numbers.
std::size_t leading_names(const Fields& fields) {
  const auto is_number = [](const std::string& field) { return parse_float(field).has_value(); };
  const auto first = std::find_if(fields.begin(), fields.end(), is_number);
  return static_cast<std::size_t>(first - fields.begin());
}

// A line without any number, or one whose numbers are 0, 1, 2, ...: the names that pandas gives to columns. A line of
// numbers with a gap in it is data, so that the gap is reported and not taken for a name.
bool is_header(const Fields& first) {
  std::size_t numbers = 0;
  for (const std::string& field : first) {
    if (!parse_float(field)) continue;
    if (field != std::to_string(numbers)) return false;
    ++numbers;
  }
  return numbers != 1;
}

struct CsvColumns {
  std::size_t id = ItemColumns::kNone;
  std::size_t identity = ItemColumns::kNone;
  std::size_t path = ItemColumns::kNone;
  std::vector<std::size_t> components;
};

CsvColumns columns_of_header(const Fields& header, const std::string& subject) {
  ItemColumns known = ItemColumns::find(header, subject);
  if (known.status != ItemColumns::kNone) {
    refuse(subject, "has a status column; give statuses in an items file, here every line is an embedding");
  }
  // The unnamed first column is the index that pandas writes.
  if (!known.others.empty() && known.others.front() == 0 && header.front().empty()) {
    if (known.id == ItemColumns::kNone) known.id = 0;
    known.others.erase(known.others.begin());
  }
  return {known.id, known.identity, known.path, known.others};
}

CsvColumns columns_without_header(const Fields& first, const std::string& subject) {
  const std::size_t names = leading_names(first);
  if (names > 2) {
    refuse(subject,
           "line 1: has {} fields before its numbers; without a header only an id and an identity may stand "
           "there",
           names);
  }
  CsvColumns columns;
  if (names > 0) columns.id = 0;
  if (names > 1) columns.identity = 1;
  for (std::size_t i = names; i < first.size(); ++i) columns.components.push_back(i);
  return columns;
}

std::optional<std::string> value_at(const Fields& fields, std::size_t column) {
  if (column == ItemColumns::kNone) return std::nullopt;
  return fields[column];
}

std::optional<std::string> text_of(const nlohmann::json& object, const char* name, std::size_t line,
                                   const std::string& subject) {
  const auto at = object.find(name);
  if (at == object.end() || at->is_null()) return std::nullopt;
  if (at->is_string()) return at->get<std::string>();
  if (at->is_number_integer()) return at->dump();
  refuse(subject, "line {}: \"{}\" is neither a text nor a whole number", line, name);
}

}  // namespace

RawArray read_csv_embeddings(const std::filesystem::path& file) {
  const std::string subject = file.string();
  CsvReader csv(file);
  RowCollector rows(subject);
  Fields fields;
  if (!csv.next(fields)) refuse(subject, "holds no embeddings");
  const bool header = is_header(fields);
  const CsvColumns columns = header ? columns_of_header(fields, subject) : columns_without_header(fields, subject);
  if (columns.components.empty()) {
    refuse(subject, "has no columns of numbers; if it lists items, give it as the items file of an embedding set");
  }
  const std::size_t width = fields.size();
  for (bool more = header ? csv.next(fields) : true; more; more = csv.next(fields)) {
    if (fields.size() != width) {
      refuse(subject, "line {}: has {} fields but the first line has {}", csv.line(), fields.size(), width);
    }
    rows.begin_row(csv.line());
    for (const std::size_t column : columns.components) rows.add_component(fields[column], column + 1);
    rows.end_row(value_at(fields, columns.id), value_at(fields, columns.identity), value_at(fields, columns.path));
  }
  return rows.finish();
}

RawArray read_jsonl_embeddings(const std::filesystem::path& file) {
  const std::string subject = file.string();
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(subject, "cannot be read");
  RowCollector rows(subject);
  std::string text;
  for (std::size_t line = 1; std::getline(in, text); ++line) {
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    if (value.is_discarded()) refuse(subject, "line {}: isn't JSON (which has no NaN or Infinity)", line);
    const bool object = value.is_object();
    if (object && !value.contains("embedding")) refuse(subject, "line {}: has no \"embedding\"", line);
    const nlohmann::json& embedding = object ? value["embedding"] : value;
    if (!embedding.is_array()) refuse(subject, "line {}: the embedding isn't an array of numbers", line);
    rows.begin_row(line);
    for (const nlohmann::json& component : embedding) {
      if (!component.is_number()) refuse(subject, "line {}: {} stands among the numbers", line, component.dump());
      rows.add_component(component.get<double>());
    }
    if (object) {
      rows.end_row(text_of(value, "id", line, subject), text_of(value, "identity", line, subject),
                   text_of(value, "path", line, subject));
    } else {
      rows.end_row(std::nullopt, std::nullopt, std::nullopt);
    }
  }
  if (in.bad()) refuse(subject, "reading failed half-way");
  return rows.finish();
}

}  // namespace semblance::store_stage
