#pragma once
// SHA-256 by OpenSSL, streaming.

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace semblance {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(const void* data, std::size_t bytes);
  /// Hexadecimal digest; the object is spent afterwards.
  std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Digest of a file's bytes. Throws Error{input}.
std::string sha256_file(const std::filesystem::path& file);

/// The first 128 bits of a text's digest.
std::array<std::uint64_t, 2> sha256_prefix(std::string_view text);

}  // namespace semblance
