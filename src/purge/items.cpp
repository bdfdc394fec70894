#include "purge/items.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "ingest/sources.hpp"

namespace semblance::purge_stage {
namespace {

namespace fs = std::filesystem;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

// As open_dataset tells them apart.
Kind kind_of(const fs::path& location) {
  if (fs::is_directory(location)) return fs::exists(location / "data.mdb") ? Kind::other : Kind::folder;
  const std::string name = lower(location.filename().string());
  if (name.ends_with(".csv")) return Kind::list;
  if (name.ends_with(".rec")) return Kind::records;
  if (name.ends_with(".bin") || name.ends_with(".lmdb") || name.ends_with(".mdb")) return Kind::other;
  return Kind::archive;
}

// Folders name people if every picture lies in one.
void label_by_folder(Items& dataset) {
  const auto in_folder = [](const Item& item) { return item.path.find('/') != std::string::npos; };
  if (!std::ranges::all_of(dataset.items, in_folder)) return;
  for (Item& item : dataset.items) item.identity = ingest_stage::folder_of(item.path);
}

std::string without_extension(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  return dot == std::string::npos || (slash != std::string::npos && dot < slash) ? path : path.substr(0, dot);
}

}  // namespace

std::string kind_name(Kind kind) {
  switch (kind) {
    case Kind::folder:
      return "folder";
    case Kind::list:
      return "list";
    case Kind::archive:
      return "archive";
    case Kind::records:
      return "recordio";
    case Kind::embeddings:
      return "embeddings";
    case Kind::other:
      break;
  }
  return "other";
}

Items read_items(const fs::path& location) {
  if (fs::exists(location / "store.json")) {
    refuse(location.string(),
           "holds embeddings; leave --synthetic out and those that the report names are cleaned, or give the pictures");
  }
  // Nothing beyond the names is wanted: pictures are left unread, mixed trees are no fault.
  const auto dataset = open_dataset(location, {.labels = FolderLabels::none, .item_bytes = 0});
  Items found{.kind = kind_of(location), .location = location, .items = {}, .labelled = false};
  DatasetItem item;
  while (dataset->next(item)) {
    found.items.push_back(
        {.id = std::move(item.id), .identity = std::move(item.identity), .path = std::move(item.path)});
  }
  if (found.kind == Kind::folder || found.kind == Kind::archive) label_by_folder(found);
  found.labelled = !found.items.empty() && !found.items.front().identity.empty();
  return found;
}

std::vector<std::size_t> find_items(const Items& items, const std::vector<std::string>& ids) {
  std::unordered_map<std::string_view, std::size_t> by_id;
  std::unordered_map<std::string, std::size_t> by_stem;
  bool stems = false;
  for (std::size_t k = 0; k < items.items.size(); ++k) by_id.emplace(items.items[k].id, k);
  std::vector<std::size_t> found;
  found.reserve(ids.size());
  for (const std::string& id : ids) {
    if (const auto at = by_id.find(id); at != by_id.end()) {
      found.push_back(at->second);
      continue;
    }
    if (!std::exchange(stems, true)) {
      for (std::size_t k = 0; k < items.items.size(); ++k) {
        if (items.items[k].path.empty()) continue;
        const auto [same, added] = by_stem.try_emplace(without_extension(items.items[k].path), k);
        if (!added) same->second = kNoItem;
      }
    }
    const auto at = by_stem.find(id);
    found.push_back(at == by_stem.end() ? kNoItem : at->second);
  }
  return found;
}

}  // namespace semblance::purge_stage
