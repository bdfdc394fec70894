#include "purge/folder_sync.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "semblance/error.hpp"

namespace semblance::purge_stage {
namespace fs = std::filesystem;
void make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error(ErrorCode::output, "purge", folder.string(), "cannot be made: " + failed.message());
}

void sync_files(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // some file systems don't let folders be opened
  const int failed = ::syncfs(descriptor) != 0 ? errno : 0;
  ::close(descriptor);
  if (failed != 0)
    throw Error(ErrorCode::output, "purge", folder.string(),
                std::string("can't be synced to disk: ") + std::strerror(failed));
}

}  // namespace semblance::purge_stage
