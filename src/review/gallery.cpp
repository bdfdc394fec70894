#include "review/gallery.hpp"

#include <atomic>
#include <unordered_map>

#include "base/parallel.hpp"
#include "semblance/error.hpp"
#include "semblance/ingest.hpp"
#include "semblance/picture.hpp"
#include "store/items.hpp"

namespace semblance::review_stage {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void stop() { throw Error(ErrorCode::interrupted, "review", "", "stopped while reading pictures"); }

}  // namespace

Gallery::Gallery(std::string option, const ReviewPictures& pictures, const ReviewPackOptions& options)
    : option_(std::move(option)), location_(pictures.location), options_(options) {
  std::error_code ignored;
  if (!fs::exists(location_, ignored)) {
    throw Error(ErrorCode::input, "review", option_, location_.string() + " isn't there");
  }
  folder_ = fs::is_directory(location_, ignored) && !fs::exists(location_ / "data.mdb", ignored);
  if (!pictures.items) return;
  const store_stage::Items items = store_stage::read_items(*pictures.items);
  if (items.ids.empty()) {
    throw Error(ErrorCode::input, "review", pictures.items->string(), "names no ids; pictures are looked up by them");
  }
  for (std::size_t i = 0; i < items.ids.size(); ++i) {
    items_[items.ids[i]] = {.identity = items.identities.empty() ? std::string() : items.identities[i],
                            .path = items.paths.empty() ? std::string() : items.paths[i]};
  }
}

Progress Gallery::progress() const {
  return options_.progress ? options_.progress("reading pictures", "pictures") : Progress{};
}

void Gallery::load(const std::vector<Wanted>& wanted) {
  Fresh fresh;
  for (const Wanted& one : wanted) {
    const auto [at, is_new] = thumbnails_.try_emplace(one.id);
    if (is_new) fresh.emplace_back(one, &at->second);
  }
  if (fresh.empty()) return;
  if (folder_) {
    load_from_folder(fresh);
  } else {
    load_from_dataset(fresh);
  }
}

void Gallery::load_from_folder(const Fresh& fresh) {
  const Progress report = progress();
  std::atomic<std::uint64_t> done{0};
  parallel_for(fresh.size(), options_.threads, [&](std::size_t i, unsigned worker) {
    const auto& [one, thumbnail] = fresh[i];
    const auto named = items_.find(one.id);
    PictureName name{.id = one.id, .identity = one.identity, .path = {}};
    if (named != items_.end()) {
      name.path = named->second.path;
      if (name.identity.empty()) name.identity = named->second.identity;
    }
    if (const auto file = find_picture(location_, name)) {
      try {
        thumbnail->jpeg = make_thumbnail(*file, {.side = options_.side, .quality = 88});
      } catch (const Error& error) {
        thumbnail->reason = error.what();
      }
    } else {
      thumbnail->reason = one.id + ": no picture of it in " + location_.string();
    }
    const std::uint64_t now = ++done;
    if (worker == 0 && report && !report(now, fresh.size())) stop();
  });
}

void Gallery::load_from_dataset(const Fresh& fresh) {
  const Progress report = progress();
  std::unordered_map<std::string, Thumbnail*> wanted;
  for (const auto& [one, thumbnail] : fresh) {
    wanted.emplace(one.id, thumbnail);
    thumbnail->reason = one.id + ": no picture of it in " + location_.string();
  }
  const auto dataset = open_dataset(location_, {.labels = FolderLabels::none});
  const std::size_t total = fresh.size();
  DatasetItem item;
  while (!wanted.empty() && dataset->next(item)) {
    const auto at = wanted.find(item.id);
    if (at == wanted.end()) continue;
    Thumbnail& thumbnail = *at->second;
    wanted.erase(at);
    if (!item.rejection.empty()) {
      thumbnail.reason = item.id + ": " + item.rejection;
      continue;
    }
    try {
      thumbnail.jpeg = make_thumbnail(item.bytes, item.id, {.side = options_.side, .quality = 88});
      thumbnail.reason.clear();
    } catch (const Error& error) {
      thumbnail.reason = error.what();
    }
    if (report && !report(total - wanted.size(), total)) stop();
  }
}

const std::vector<std::uint8_t>* Gallery::find(const std::string& id) const {
  const Thumbnail& thumbnail = thumbnails_.at(id);
  return thumbnail.jpeg.empty() ? nullptr : &thumbnail.jpeg;
}

const std::string& Gallery::reason(const std::string& id) const { return thumbnails_.at(id).reason; }

}  // namespace semblance::review_stage
