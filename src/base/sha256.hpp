#pragma once
// SHA-256 by OpenSSL, streaming.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

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

}  // namespace semblance
