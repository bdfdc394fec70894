#include "review/gallery.hpp"

#include "semblance/error.hpp"
#include "semblance/ingest.hpp"
#include "semblance/picture.hpp"
#include "store/items.hpp"

namespace semblance::review_stage {
namespace {

namespace fs = std::filesystem;

}  // namespace

Gallery::Gallery(std::string option, const ReviewPictures& pictures, const ReviewPackOptions& options)
    : option_(std::move(option)), location_(pictures.location), options_(options) {
  std::error_code ignored;
  if (!fs::exists(location_, ignored)) {
    throw Error(ErrorCode::input, "review", option_, location_.string() + " isn't there");
  }
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
  std::vector<std::pair<Wanted, Thumbnail*>> fresh;
  for (const Wanted& one : wanted) {
    const auto [at, is_new] = thumbnails_.try_emplace(one.id);
    if (is_new) fresh.emplace_back(one, &at->second);
  }
  if (fresh.empty()) return;
  std::vector<WantedPicture> pictures;
  pictures.reserve(fresh.size());
  for (const auto& [one, thumbnail] : fresh) {
    const auto named = items_.find(one.id);
    WantedPicture& picture = pictures.emplace_back(WantedPicture{.id = one.id, .identity = one.identity, .path = {}});
    if (named == items_.end()) continue;
    picture.path = named->second.path;
    if (picture.identity.empty()) picture.identity = named->second.identity;
  }
  const auto reasons =
      take_pictures(location_, pictures, options_.threads, progress(),
                    [&](std::size_t i, std::span<const std::uint8_t> content, const std::string& name) {
                      fresh[i].second->jpeg = make_thumbnail(content, name, {.side = options_.side, .quality = 88});
                    });
  for (std::size_t i = 0; i < reasons.size(); ++i) fresh[i].second->reason = reasons[i];
}

const std::vector<std::uint8_t>* Gallery::find(const std::string& id) const {
  const Thumbnail& thumbnail = thumbnails_.at(id);
  return thumbnail.jpeg.empty() ? nullptr : &thumbnail.jpeg;
}

const std::string& Gallery::reason(const std::string& id) const { return thumbnails_.at(id).reason; }

}  // namespace semblance::review_stage
