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

WantedPicture Gallery::named(const Wanted& one) const {
  WantedPicture picture{.id = one.id, .identity = one.identity, .path = {}};
  const auto at = items_.find(one.id);
  if (at == items_.end()) return picture;
  picture.path = at->second.path;
  if (picture.identity.empty()) picture.identity = at->second.identity;
  return picture;
}

void Gallery::check_any(const std::vector<Wanted>& wanted) const {
  std::vector<WantedPicture> pictures;
  pictures.reserve(wanted.size());
  for (const Wanted& one : wanted) pictures.push_back(named(one));
  if (wanted.empty() || holds_any_picture(location_, pictures)) return;
  throw Error(ErrorCode::input, "review", option_,
              location_.string() + " holds no picture of anybody in the report, such as '" + wanted.front().id +
                  "'; pictures are found by the items' column 'path' (--train-items, --synthetic-items, "
                  "--holdout-items), or as <id>.jpg or <identity>/<id>.jpg");
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
  for (const auto& [one, thumbnail] : fresh) pictures.push_back(named(one));
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
