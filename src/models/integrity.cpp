#include "models/integrity.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>
#include <vector>

#include "base/base64.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"

namespace semblance::models_stage {
namespace {

// The strongest of the sums: its algorithm and the whole text, or nothing.
std::pair<std::string, std::string> strongest(const std::string& integrity) {
  for (const char* algorithm : {"sha512", "sha384", "sha256"}) {
    std::istringstream words(integrity);
    for (std::string word; words >> word;) {
      if (word.starts_with(std::string(algorithm) + "-")) return {algorithm, word.substr(0, word.find('?'))};
    }
  }
  return {};
}

std::string integrity_of(const std::filesystem::path& file, const std::string& algorithm) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!context || EVP_DigestInit_ex(context.get(), EVP_get_digestbyname(algorithm.c_str()), nullptr) != 1) {
    throw Error(ErrorCode::resource, "models", algorithm, "OpenSSL could not start a digest");
  }
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Error(ErrorCode::input, "models", file.string(), "cannot be read");
  std::vector<char> buffer(std::size_t{1} << 20U);
  while (in) {
    in.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
    EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) throw Error(ErrorCode::input, "models", file.string(), "reading failed half-way");
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(context.get(), digest.data(), &length);
  return algorithm + "-" + base64(std::span<const std::uint8_t>(digest.data(), length));
}

}  // namespace

std::string broken_promise(const std::filesystem::path& file, const Promise& promise) {
  if (!promise.sha256.empty()) {
    const std::string is = sha256_file(file);
    if (is != promise.sha256) return fmt::format("its SHA-256 is {}, {} was promised", is, promise.sha256);
  }
  if (const auto [algorithm, sum] = strongest(promise.integrity); !sum.empty()) {
    const std::string is = integrity_of(file, algorithm);
    if (is != sum) return fmt::format("its integrity is {}, {} was promised", is, sum);
  }
  return {};
}

std::string integrity_fault(const std::string& text) {
  if (text.empty() || !strongest(text).second.empty()) return {};
  return "holds no sha512-, sha384- or sha256- sum in base64";
}

}  // namespace semblance::models_stage
