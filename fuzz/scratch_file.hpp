#pragma once
// A file for one input: the readers take files, and libFuzzer hands out bytes.

#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace semblance::fuzz {

/// A folder of this process, removed at its end.
class ScratchFile {
 public:
  explicit ScratchFile(const std::string& name)
      : folder_(std::filesystem::temp_directory_path() / ("semblance-fuzz-" + std::to_string(::getpid()))),
        file_(folder_ / name) {
    std::filesystem::create_directories(folder_);
  }
  ~ScratchFile() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// Replaces the content; a machine that cannot write its temporary folder ends the run.
  void write(const void* data, std::size_t size) const {
    std::FILE* out = std::fopen(file_.c_str(), "wb");
    if (out == nullptr || std::fwrite(data, 1, size, out) != size || std::fclose(out) != 0) {
      std::perror(file_.c_str());
      std::abort();
    }
  }
  [[nodiscard]] const std::filesystem::path& path() const { return file_; }

 private:
  std::filesystem::path folder_;
  std::filesystem::path file_;
};

}  // namespace semblance::fuzz
