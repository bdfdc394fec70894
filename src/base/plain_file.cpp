#include "base/plain_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

namespace semblance {

std::string read_plain_file(const std::filesystem::path& file, std::uint64_t limit, std::vector<std::uint8_t>& bytes) {
  bytes.clear();
  std::error_code failed;
  const auto status = std::filesystem::status(file, failed);
  if (failed || !std::filesystem::exists(status)) return "isn't there";
  if (!std::filesystem::is_regular_file(status)) return "is no file";
  const auto size = std::filesystem::file_size(file, failed);
  if (failed) return "can't be read: " + failed.message();
  if (size == 0) return "is empty";
  if (size > limit) return fmt::format("has {} bytes; more than {} are not read", size, limit);
  std::ifstream in(file, std::ios::binary);
  if (!in) return std::string("can't be read: ") + std::strerror(errno);
  bytes.resize(size);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (static_cast<std::uintmax_t>(in.gcount()) == size) return {};
  bytes.clear();
  return "can't be read to its end";
}

}  // namespace semblance
