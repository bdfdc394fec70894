#include "pipe/images.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <string_view>
#include <system_error>

#include "base/sha256.hpp"
#include "base/whole_file.hpp"
#include "picture/raster.hpp"
#include "semblance/error.hpp"

namespace semblance::pipe_stage {
namespace {

namespace fs = std::filesystem;

// By its content: records have no names.
const char* extension_of(const std::vector<std::uint8_t>& bytes) {
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), std::min<std::size_t>(bytes.size(), 12));
  if (head.starts_with("\xff\xd8")) return ".jpg";
  if (head.starts_with("\x89PNG")) return ".png";
  if (head.starts_with("RIFF")) return ".webp";
  if (head.starts_with("BM")) return ".bmp";
  return head.starts_with("P5") ? ".pgm" : ".ppm";
}

// Where the item lies as a file of its own, if it does.
fs::path own_file(const fs::path& dataset, const DatasetItem& item) {
  std::error_code failed;
  const bool folder = fs::is_directory(dataset, failed);
  if (item.path.empty() || !(folder || dataset.extension() == ".csv")) return {};
  const fs::path file = (folder ? dataset : dataset.parent_path()) / item.path;
  return fs::is_regular_file(file, failed) ? fs::absolute(file) : fs::path();
}

fs::path written(const fs::path& folder, std::size_t number, const std::vector<std::uint8_t>& bytes) {
  const fs::path file = fs::absolute(folder / fmt::format("{:08}{}", number, extension_of(bytes)));
  std::error_code failed;
  if (!fs::exists(file, failed) || fs::file_size(file, failed) != bytes.size()) {
    write_whole_file(file, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
  return file;
}

}  // namespace

std::size_t PipeImages::usable() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(images, [](const PipeImage& i) { return i.rejection.empty(); }));
}

PipeImages collect_images(const fs::path& dataset, const DatasetOptions& options, const fs::path& folder,
                          const Progress& progress) {
  const std::unique_ptr<Dataset> items = open_dataset(dataset, options);
  PipeImages all;
  Sha256 hash;
  const auto add = [&](std::string_view text) {
    hash.update(text.data(), text.size());
    hash.update("\n", 1);
  };
  for (DatasetItem item; items->next(item);) {
    PipeImage image{
        .id = item.id, .identity = item.identity, .path = item.path, .file = {}, .rejection = item.rejection};
    if (image.rejection.empty()) {
      try {
        picture_stage::decode(item.bytes, picture_stage::Channels::rgb, PictureLimits{});
        const fs::path own = own_file(dataset, item);
        image.file = (own.empty() ? written(folder, all.images.size(), item.bytes) : own).string();
      } catch (const picture_stage::Unreadable& why) {
        image.rejection = why.what();
      }
    }
    add(image.id);
    add(image.identity);
    add(image.rejection);
    add({reinterpret_cast<const char*>(item.bytes.data()), item.bytes.size()});
    all.images.push_back(std::move(image));
    const std::uint64_t done = all.images.size();
    if (progress && !progress(done, std::max<std::uint64_t>(done, items->count().value_or(0)))) {
      throw Error(ErrorCode::interrupted, "pipe", dataset.string(), "stopped by the user");
    }
  }
  if (all.images.empty()) throw Error(ErrorCode::input, "pipe", dataset.string(), "holds no picture");
  all.sha256 = hash.finish();
  return all;
}

}  // namespace semblance::pipe_stage
