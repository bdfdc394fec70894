#include "store/mapped_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/sha256.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::size_t kHashBlockBytes = std::size_t{1} << 22U;

struct Descriptor {
  explicit Descriptor(int opened) : value(opened) {}
  ~Descriptor() {
    if (value >= 0) ::close(value);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int value;
};

}  // namespace

std::shared_ptr<const MappedFile> MappedFile::open(const std::filesystem::path& file) {
  // Non-blocking, so that a named pipe is refused below and not waited for.
  const Descriptor descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (descriptor.value < 0) refuse(file.string(), "cannot be read: {}", std::strerror(errno));
  struct stat status {};
  if (::fstat(descriptor.value, &status) != 0) refuse(file.string(), "cannot be read: {}", std::strerror(errno));
  if (S_ISDIR(status.st_mode)) refuse(file.string(), "is a folder, not a file");
  if (!S_ISREG(status.st_mode)) refuse(file.string(), "is not a regular file; save the stream to a file first");
  if (status.st_size == 0) refuse(file.string(), "is an empty file; it holds no embeddings");
  const auto size = static_cast<std::size_t>(status.st_size);
  void* address = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor.value, 0);
  if (address == MAP_FAILED) refuse(file.string(), "cannot be mapped: {}", std::strerror(errno));
  return std::shared_ptr<const MappedFile>(new MappedFile(file, {static_cast<const std::byte*>(address), size}));
}

MappedFile::MappedFile(std::filesystem::path path, std::span<const std::byte> bytes)
    : path_(std::move(path)), bytes_(bytes) {}

MappedFile::~MappedFile() {
  ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());  // NOLINT(*-const-cast): munmap writes nothing
}

std::string MappedFile::sha256() const {
  Sha256 hash;
  for (std::size_t at = 0; at < bytes_.size(); at += kHashBlockBytes) {
    const auto block = bytes_.subspan(at, std::min(kHashBlockBytes, bytes_.size() - at));
    hash.update(block.data(), block.size());
  }
  return hash.finish();
}

}  // namespace semblance::store_stage
