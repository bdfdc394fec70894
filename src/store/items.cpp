#include "store/items.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/csv.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

std::string plain(std::string_view name) {
  const std::size_t begin = name.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  name = name.substr(begin, name.find_last_not_of(" \t") - begin + 1);
  std::string lower(name);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return lower;
}

constexpr std::array<std::string_view, 3> kIdNames{"id", "path", "filename"};
constexpr std::array<std::string_view, 5> kIdentityNames{"identity", "label", "subject", "person", "identity_id"};
constexpr std::array<std::string_view, 2> kPathNames{"path", "filename"};
constexpr std::array<std::string_view, 1> kStatusNames{"status"};
constexpr std::array<std::string_view, 2> kReasonNames{"reason", "rejection"};

template <std::size_t n>
bool is_one_of(const std::array<std::string_view, n>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <std::size_t n>
std::size_t first_of(const std::array<std::string_view, n>& names, const std::vector<std::string>& header) {
  for (const std::string_view name : names) {
    const auto at = std::find(header.begin(), header.end(), name);
    if (at != header.end()) return static_cast<std::size_t>(at - header.begin());
  }
  return ItemColumns::kNone;
}

/// Files of other programs may give every item a reason of its own; those are counted together.
void count_reason(const std::string& kind, Items& items) {
  constexpr std::size_t kMostKinds = 50;
  const bool room = items.rejections.size() < kMostKinds || items.rejections.contains(kind);
  ++items.rejections[room ? kind : "other reasons"];
}

}  // namespace

ItemColumns ItemColumns::find(const std::vector<std::string>& header, const std::string& subject) {
  std::vector<std::string> names;
  ItemColumns columns;
  for (const std::string& field : header) {
    const std::string name = plain(field);
    const bool known = is_one_of(kIdNames, name) || is_one_of(kIdentityNames, name) || is_one_of(kPathNames, name) ||
                       is_one_of(kStatusNames, name) || is_one_of(kReasonNames, name);
    if (known && std::find(names.begin(), names.end(), name) != names.end()) {
      refuse(subject, "its header names the column '{}' twice", name);
    }
    if (!known) columns.others.push_back(names.size());
    names.push_back(name);
  }
  columns.id = first_of(kIdNames, names);
  columns.identity = first_of(kIdentityNames, names);
  columns.path = first_of(kPathNames, names);
  columns.status = first_of(kStatusNames, names);
  columns.reason = first_of(kReasonNames, names);
  return columns;
}

void IdRegister::add(const std::string& id, std::size_t line) {
  if (id.empty()) refuse(subject_, "line {}: the id is empty; every item needs one", line);
  const auto [at, is_new] = lines_.try_emplace(id, line);
  if (!is_new)
    refuse(subject_, "line {}: the id '{}' was used on line {} already; ids must be unique", line, id, at->second);
}

void settle_identities(std::vector<std::string>& identities, const std::vector<std::size_t>& lines,
                       const std::string& subject) {
  const auto empty = std::find(identities.begin(), identities.end(), "");
  if (empty == identities.end()) return;
  const auto labelled = std::find_if(identities.begin(), identities.end(), [](const auto& s) { return !s.empty(); });
  if (labelled == identities.end()) {
    identities.clear();
    return;
  }
  const auto line = lines[static_cast<std::size_t>(empty - identities.begin())];
  refuse(subject, "line {}: has no identity, but others have; label every item or none", line);
}

Items read_items(const std::filesystem::path& file) {
  const std::string subject = file.string();
  CsvReader csv(file);
  std::vector<std::string> fields;
  if (!csv.next(fields)) refuse(subject, "is empty; an items file begins with a header such as id,identity,path");
  const ItemColumns columns = ItemColumns::find(fields, subject);
  if (!columns.any()) {
    refuse(subject,
           "has no column named id, path, filename or identity; its first line is '{}' and should be a "
           "header such as id,identity,path",
           fmt::join(fields, ","));
  }
  const std::size_t width = fields.size();

  Items items;
  std::vector<std::size_t> lines;
  IdRegister seen(subject);
  auto take = [&](std::size_t column, std::vector<std::string>& into) {
    if (column != ItemColumns::kNone) into.push_back(fields[column]);
  };
  while (csv.next(fields)) {
    if (fields.size() != width) {
      refuse(subject, "line {}: has {} fields but the header has {}", csv.line(), fields.size(), width);
    }
    if (columns.id != ItemColumns::kNone) seen.add(fields[columns.id], csv.line());
    const std::string status = columns.status == ItemColumns::kNone ? "" : plain(fields[columns.status]);
    if (!status.empty() && status != "ok") {
      const std::string& reason = fields[columns.reason == ItemColumns::kNone ? columns.status : columns.reason];
      const auto field = [&](std::size_t column) { return column == ItemColumns::kNone ? "" : fields[column]; };
      items.rejected_items.push_back({.id = field(columns.id),
                                      .identity = field(columns.identity),
                                      .why = reason.empty() ? "no reason given" : reason.substr(0, reason.find(':'))});
      ++items.rejected;
      count_reason(items.rejected_items.back().why, items);
      continue;
    }
    ++items.count;
    lines.push_back(csv.line());
    take(columns.id, items.ids);
    take(columns.identity, items.identities);
    take(columns.path, items.paths);
  }
  settle_identities(items.identities, lines, subject);
  if (std::all_of(items.paths.begin(), items.paths.end(), [](const auto& path) { return path.empty(); })) {
    items.paths.clear();
  }
  return items;
}

}  // namespace semblance::store_stage
