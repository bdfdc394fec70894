#pragma once
// The beginning of a file that is being downloaded.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace semblance::models_stage {

/// `file`.part, locked against other processes as long as this lives, and `file`.part.json, which says of what it is a
/// part.
class PartFile {
 public:
  /// Takes up what was left of `url`; a part of anything else is thrown away. Throws Error{input} if another process
  /// has it, Error{output} if it can't be made.
  PartFile(std::filesystem::path file, std::string url);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::string& mark() const { return mark_; }  ///< the server's, of the version; may be empty
  [[nodiscard]] const std::filesystem::path& path() const { return part_; }

  /// What follows is from this place on, of that version. Throws Error{output}.
  void begin(std::uint64_t from, const std::string& mark);
  void write(std::span<const char> bytes);
  /// Deletes both files.
  void discard();
  /// It is whole: takes its final name.
  void finish();

 private:
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path file_, part_, state_;
  std::string url_, mark_;
  std::uint64_t size_ = 0;
  int descriptor_ = -1;
};

}  // namespace semblance::models_stage
