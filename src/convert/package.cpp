#include "convert/package.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <system_error>

#include "base/plain_file.hpp"
#include "semblance/error.hpp"

namespace semblance::convert_stage {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargest = std::uint64_t{256} << 20U;

struct Free {
  void operator()(::archive* open) const { archive_read_free(open); }
};

PackageFiles of_archive(const fs::path& package, const std::string& prefix) {
  const std::unique_ptr<::archive, Free> in(archive_read_new());
  if (!in) throw Error(ErrorCode::resource, "convert", package.string(), "libarchive has no memory");
  const auto fail = [&] {
    const char* why = archive_error_string(in.get());
    refuse_package(package, fmt::format("is no package archive (.tgz), or is cut or broken ({}); fetch it again",
                                        why != nullptr ? why : "unknown fault"));
  };
  archive_read_support_format_tar(in.get());
  archive_read_support_filter_all(in.get());
  constexpr std::size_t kBlock = 1U << 18U;
  if (archive_read_open_filename(in.get(), package.c_str(), kBlock) != ARCHIVE_OK) fail();
  PackageFiles files;
  std::uint64_t all = 0;
  for (;;) {
    ::archive_entry* entry = nullptr;
    const int result = archive_read_next_header(in.get(), &entry);
    if (result == ARCHIVE_EOF) return files;
    if (result == ARCHIVE_RETRY) continue;
    if (result == ARCHIVE_FATAL) fail();
    const char* name = archive_entry_pathname(entry);
    if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG) continue;
    const std::string path = name;
    const std::string inside = path.substr(std::min(path.find('/'), path.size() - 1) + 1);
    if (!inside.starts_with(prefix)) continue;
    std::vector<std::uint8_t>& bytes = files[inside];
    bytes.clear();
    for (std::size_t size = 0;;) {
      bytes.resize(size + kBlock);
      const la_ssize_t got = archive_read_data(in.get(), bytes.data() + size, kBlock);
      if (got < 0) fail();
      size += static_cast<std::size_t>(got);
      all += static_cast<std::uint64_t>(got);
      if (all > kLargest)
        refuse_package(package, fmt::format("its {} files hold more than {} bytes", prefix, kLargest));
      if (got > 0) continue;
      bytes.resize(size);
      break;
    }
  }
}

PackageFiles of_folder(const fs::path& package, const std::string& prefix) {
  const fs::path start = fs::path(prefix).parent_path();
  std::error_code failed;
  const fs::path root = fs::is_directory(package / start, failed) ? package : package / "package";
  PackageFiles files;
  std::uint64_t all = 0;
  for (fs::directory_iterator at(root / start, failed), end; !failed && at != end; at.increment(failed)) {
    const std::string inside = (start / at->path().filename()).string();
    std::error_code unknown;
    if (!inside.starts_with(prefix) || !at->is_regular_file(unknown)) continue;
    if (const std::string why = read_plain_file(at->path(), kLargest - all, files[inside]); !why.empty()) {
      refuse_package(package, fmt::format("its {} {}", inside, why));
    }
    all += files[inside].size();
  }
  return files;
}

}  // namespace

void refuse_package(const fs::path& package, const std::string& why) {
  throw Error(ErrorCode::input, "convert", package.string(), why);
}

PackageFiles read_package(const fs::path& package, const std::string& prefix) {
  std::error_code failed;
  const fs::file_status status = fs::status(package, failed);
  if (!fs::exists(status)) refuse_package(package, "isn't there");
  // A pipe or device would wait for ever.
  if (!fs::is_directory(status) && !fs::is_regular_file(status)) refuse_package(package, "is neither file nor folder");
  PackageFiles files = fs::is_directory(status) ? of_folder(package, prefix) : of_archive(package, prefix);
  if (files.empty()) refuse_package(package, fmt::format("holds no file whose name begins with {}", prefix));
  return files;
}

}  // namespace semblance::convert_stage
