#include "base/whole_file.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

#include "base/output_folder.hpp"
#include "semblance/error.hpp"

namespace semblance {

namespace fs = std::filesystem;

void write_whole_file(const fs::path& file, std::string_view text) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file);
  fs::create_directories(absolute.parent_path(), error);
  const fs::path staged =
      absolute.parent_path() / fmt::format(".{}.partial-{}", absolute.filename().string(), ::getpid());
  try {
    OutputFile out(staged);
    out.write(text);
    out.close();
  } catch (...) {
    fs::remove(staged, error);
    throw;
  }
  fs::rename(staged, absolute, error);
  if (!error) return;
  std::error_code ignored;
  fs::remove(staged, ignored);
  throw Error(ErrorCode::output, "output", file.string(), "cannot be written: " + error.message());
}

}  // namespace semblance
