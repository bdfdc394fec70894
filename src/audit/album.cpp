#include "audit/album.hpp"

#include "semblance/error.hpp"

namespace semblance::audit_stage {
namespace {

// Items of two matchers are the same picture when their names are: no name holds a line's end and a separator alike.
std::string key_of(const std::filesystem::path& folder, const EmbeddingSet& set, RowIndex row) {
  const WantedPicture name = wanted_picture(set, row);
  std::string key = folder.string();
  for (const std::string& part : {name.path, name.identity, name.id}) (key += '\0') += part;
  return key;
}

}  // namespace

WantedPicture wanted_picture(const EmbeddingSet& set, RowIndex row) {
  return {.id = set.ids[row],
          .identity = set.labelled ? set.identity_names[set.identity[row]] : std::string(),
          .path = set.paths.empty() ? std::string() : set.paths[row]};
}

void Album::load(const EmbeddingSet& set, const std::filesystem::path& folder, const std::vector<RowIndex>& rows,
                 const Progress& progress) {
  std::vector<WantedPicture> wanted;
  std::vector<Picture*> pictures;
  for (const RowIndex row : rows) {
    const auto [at, is_new] = pictures_.try_emplace(key_of(folder, set, row));
    if (!is_new) continue;
    wanted.push_back(wanted_picture(set, row));
    pictures.push_back(&at->second);
  }
  const auto reasons = take_pictures(
      folder, wanted, threads_, progress,
      [&](std::size_t i, std::span<const std::uint8_t> content, const std::string& name) {
        pictures[i]->fingerprint = read_picture(content, name);
      },
      dataset_);
  for (std::size_t i = 0; i < reasons.size(); ++i) pictures[i]->reason = reasons[i];
}

const Album::Picture& Album::at(const std::filesystem::path& folder, const EmbeddingSet& set, RowIndex row) const {
  return pictures_.at(key_of(folder, set, row));
}

const PictureFingerprint* Album::find(const std::filesystem::path& folder, const EmbeddingSet& set,
                                      RowIndex row) const {
  const Picture& picture = at(folder, set, row);
  return picture.fingerprint ? &*picture.fingerprint : nullptr;
}

std::string Album::reason(const std::filesystem::path& folder, const EmbeddingSet& set, RowIndex row) const {
  return at(folder, set, row).reason;
}

}  // namespace semblance::audit_stage
