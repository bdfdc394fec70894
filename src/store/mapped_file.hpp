#pragma once
// A whole file as read-only bytes, mapped and not copied.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace semblance::store_stage {

/// The mapping lives as long as the object; the file must not shrink meanwhile. Only regular files that hold at
/// least one byte can be mapped.
class MappedFile {
 public:
  /// Throws Error{input} naming the file and the reason.
  static std::shared_ptr<const MappedFile> open(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// The path as errors name it.
  [[nodiscard]] std::string name() const { return path_.string(); }
  /// SHA-256 of the bytes, hexadecimal.
  [[nodiscard]] std::string sha256() const;

 private:
  MappedFile(std::filesystem::path path, std::span<const std::byte> bytes);
  std::filesystem::path path_;
  std::span<const std::byte> bytes_;
};

}  // namespace semblance::store_stage
