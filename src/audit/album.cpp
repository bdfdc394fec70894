#include "audit/album.hpp"

#include <algorithm>
#include <atomic>

#include "base/parallel.hpp"
#include "semblance/error.hpp"

namespace semblance::audit_stage {
namespace {

// Items of two matchers are the same picture when their names are: no name holds a line's end and a separator alike.
std::string key_of(const std::filesystem::path& folder, const EmbeddingSet& set, RowIndex row) {
  const PictureName name = picture_name(set, row);
  std::string key = folder.string();
  for (const std::string_view part : {name.path, name.identity, name.id}) (key += '\0') += part;
  return key;
}

}  // namespace

PictureName picture_name(const EmbeddingSet& set, RowIndex row) {
  return {.id = set.ids[row],
          .identity = set.labelled ? std::string_view(set.identity_names[set.identity[row]]) : std::string_view(),
          .path = set.paths.empty() ? std::string_view() : std::string_view(set.paths[row])};
}

void Album::load(const EmbeddingSet& set, const std::filesystem::path& folder, const std::vector<RowIndex>& rows,
                 const Progress& progress) {
  std::vector<std::pair<RowIndex, Picture*>> wanted;
  for (const RowIndex row : rows) {
    const auto [at, is_new] = pictures_.try_emplace(key_of(folder, set, row));
    if (is_new) wanted.emplace_back(row, &at->second);
  }
  std::atomic<std::uint64_t> done{0};
  parallel_for(wanted.size(), threads_, [&](std::size_t i, unsigned worker) {
    const auto& [row, picture] = wanted[i];
    const auto file = find_picture(folder, picture_name(set, row));
    if (!file) {
      picture->reason = set.ids[row] + ": no picture of it in " + folder.string();
    } else {
      try {
        picture->fingerprint = read_picture(*file);
      } catch (const Error& error) {
        picture->reason = error.what();
      }
    }
    const std::uint64_t now = ++done;
    if (worker == 0 && progress && !progress(now, wanted.size())) {
      throw Error(ErrorCode::interrupted, "audit", "", "stopped while reading pictures");
    }
  });
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
