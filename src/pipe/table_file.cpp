#include "pipe/table_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/output_folder.hpp"
#include "semblance/error.hpp"

namespace semblance::pipe_stage {
namespace {

// As numpy.save writes it: version 1.0, padded to 64 bytes.
std::string header(std::size_t rows, std::size_t cols) {
  std::string text = fmt::format("{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, {}), }}", rows, cols);
  constexpr std::size_t kPrefix = 10;
  constexpr std::size_t kAlign = 64;
  text.append(kAlign - (kPrefix + text.size() + 1) % kAlign, ' ');
  text += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(text.size() & 0xFFU);
  bytes += static_cast<char>(text.size() >> 8U);
  return bytes + text;
}

}  // namespace

TableFile::TableFile(std::filesystem::path file, std::size_t cols) : file_(std::move(file)), cols_(cols) {
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  struct stat status {};
  if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) fail("can't be opened for writing");
  const std::size_t bytes = cols_ * sizeof(double);
  rows_ = static_cast<std::size_t>(status.st_size) / bytes;
  if (::ftruncate(descriptor_, static_cast<off_t>(rows_ * bytes)) != 0) fail("can't be cut");
}

TableFile::~TableFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void TableFile::append(std::span<const double> row) {
  const auto* data = reinterpret_cast<const char*>(row.data());
  const std::size_t bytes = row.size_bytes();
  std::size_t done = 0;
  while (done < bytes) {
    const ssize_t wrote =
        ::pwrite(descriptor_, data + done, bytes - done, static_cast<off_t>(rows_ * cols_ * sizeof(double) + done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) fail("can't be written");
    done += static_cast<std::size_t>(wrote);
  }
  ++rows_;
}

void TableFile::each(const std::function<void(std::size_t, std::span<const double>)>& use) const {
  std::vector<double> row(cols_);
  const std::size_t bytes = cols_ * sizeof(double);
  for (std::size_t i = 0; i < rows_; ++i) {
    std::size_t done = 0;
    while (done < bytes) {
      const ssize_t got = ::pread(descriptor_, reinterpret_cast<char*>(row.data()) + done, bytes - done,
                                  static_cast<off_t>(i * bytes + done));
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) fail("can't be read back");
      done += static_cast<std::size_t>(got);
    }
    use(i, row);
  }
}

void TableFile::write_npy(const std::filesystem::path& file, const std::vector<bool>& kept_rows,
                          const std::vector<bool>& kept_cols) const {
  OutputFile out(file);
  const auto count = [](const std::vector<bool>& kept) {
    return static_cast<std::size_t>(std::ranges::count(kept, true));
  };
  out.write(header(count(kept_rows), count(kept_cols)));
  std::vector<double> part;
  each([&](std::size_t i, std::span<const double> row) {
    if (!kept_rows[i]) return;
    part.clear();
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (kept_cols[j]) part.push_back(row[j]);
    }
    out.write(part.data(), part.size() * sizeof(double));
  });
  out.close();
}

void TableFile::fail(const char* doing) const {
  throw Error(ErrorCode::output, "pipe", file_.string(), fmt::format("{}: {}", doing, std::strerror(errno)));
}

}  // namespace semblance::pipe_stage
