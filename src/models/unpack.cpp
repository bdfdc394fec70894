#include "models/unpack.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include <array>
#include <memory>

#include "base/output_folder.hpp"
#include "semblance/error.hpp"

namespace semblance::models_stage {
namespace {

struct Free {
  void operator()(::archive* open) const { archive_read_free(open); }
};
using Reader = std::unique_ptr<::archive, Free>;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "models", file.string(), why);
}

[[noreturn]] void broken(const std::filesystem::path& file, ::archive* reader) {
  const char* why = archive_error_string(reader);
  refuse(file, fmt::format("is no archive, or is cut or broken ({})", why != nullptr ? why : "unknown fault"));
}

bool is_member(::archive_entry* entry, const std::string& member) {
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG) return false;
  std::string path = name;
  while (path.starts_with("./")) path.erase(0, 2);
  const bool anywhere = member.find('/') == std::string::npos;
  return path == member || (anywhere && path.ends_with("/" + member));
}

void unpack(const std::filesystem::path& file, ::archive* reader, const std::string& member,
            const std::filesystem::path& to, std::uint64_t limit) {
  OutputFile out(to);
  std::array<char, std::size_t{1} << 16U> block{};
  std::uint64_t all = 0;
  for (;;) {
    const la_ssize_t got = archive_read_data(reader, block.data(), block.size());
    if (got < 0) broken(file, reader);
    if (got == 0) break;
    all += static_cast<std::uint64_t>(got);
    if (all > limit) refuse(file, fmt::format("its '{}' unpacks to more than {} bytes", member, limit));
    out.write(block.data(), static_cast<std::size_t>(got));
  }
  if (all == 0) refuse(file, fmt::format("its '{}' is empty", member));
  out.close();
}

}  // namespace

void unpack_member(const std::filesystem::path& archive, const std::string& member, const std::filesystem::path& to,
                   std::uint64_t limit) {
  const Reader reader(archive_read_new());
  if (!reader) throw Error(ErrorCode::resource, "models", archive.string(), "libarchive has no memory");
  archive_read_support_format_zip_seekable(reader.get());
  archive_read_support_format_tar(reader.get());
  archive_read_support_filter_all(reader.get());
  constexpr std::size_t kBlock = 1U << 18U;
  if (archive_read_open_filename(reader.get(), archive.c_str(), kBlock) != ARCHIVE_OK) broken(archive, reader.get());
  bool found = false;
  for (;;) {
    ::archive_entry* entry = nullptr;
    const int result = archive_read_next_header(reader.get(), &entry);
    if (result == ARCHIVE_EOF) break;
    if (result == ARCHIVE_RETRY) continue;
    if (result == ARCHIVE_FATAL) broken(archive, reader.get());
    if (!is_member(entry, member)) continue;
    if (found) refuse(archive, fmt::format("holds '{}' twice; the card must name its folder, too", member));
    unpack(archive, reader.get(), member, to, limit);
    found = true;
  }
  if (!found) refuse(archive, fmt::format("holds no file '{}'", member));
}

}  // namespace semblance::models_stage
