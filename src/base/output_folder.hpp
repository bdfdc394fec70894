#pragma once
// An output folder that appears whole or not at all.

#include <filesystem>
#include <string>
#include <string_view>

namespace semblance {

/// Files are written into a hidden sibling ("<name>.partial-<pid>") that `commit` renames to the final name; without
/// commit the destructor removes it. A folder that exists and holds anything is refused unless `overwrite` is set
/// and it carries a file that Semblance wrote (so that --overwrite never deletes somebody's home). Such siblings of
/// processes that are no more are removed.
class OutputFolder {
 public:
  OutputFolder(std::filesystem::path target, bool overwrite);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Where to write until commit.
  [[nodiscard]] const std::filesystem::path& staging() const { return staging_; }
  /// Syncs every file and renames. Throws Error{output}.
  void commit();

 private:
  std::filesystem::path target_;
  std::filesystem::path staging_;
  bool committed_ = false;
};

/// Buffered file for output; every failure (a full disk, too) throws Error{output} naming the file.
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path file);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  void write(const void* data, std::size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  /// Writes over what was written at `offset`, as a header that only the end completes.
  void rewrite(std::size_t offset, std::string_view text);
  /// Flushes, syncs to disk and closes.
  void close();

 private:
  void flush();
  [[noreturn]] void fail(const char* doing) const;
  std::filesystem::path file_;
  std::string buffer_;
  int descriptor_ = -1;
};

}  // namespace semblance
