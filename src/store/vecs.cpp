#include "store/vecs.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "store/refuse.hpp"

namespace semblance::store_stage {
namespace {

std::uint32_t load_u32(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void check_size(std::uint64_t held, std::uint64_t needed, std::uint64_t rows, std::uint64_t cols,
                const std::string& subject) {
  if (held == needed) return;
  refuse(subject, "{}: {} rows of {} dimensions take {} bytes and {} are there",
         held < needed ? "is truncated" : "is longer than its shape", rows, cols, needed, held);
}

}  // namespace

RawArray read_fvecs(const std::shared_ptr<const MappedFile>& file) {
  const std::string subject = file->name();
  const std::span<const std::byte> bytes = file->bytes();
  if (bytes.size() < 4) refuse(subject, "is truncated: it ends within the dimension of its first row");
  const std::uint32_t cols = load_u32(bytes, 0);
  if (cols == 0) refuse(subject, "holds no embeddings: its first row has dimension 0");
  const std::uint64_t row_bytes = 4 + std::uint64_t{cols} * 4;
  if (row_bytes > bytes.size()) {
    refuse(subject, "is truncated: its first row has dimension {}, {} bytes, and {} are there", cols, row_bytes,
           bytes.size());
  }
  // Row by row and before the length, so that a ragged file is told from a truncated one.
  std::uint64_t row = 0;
  for (std::size_t at = 0; bytes.size() - at >= 4; ++row) {
    const std::uint32_t dim = load_u32(bytes, at);
    if (dim != cols) refuse(subject, "row {} has dimension {} but row 0 has {} (rows count from 0)", row, dim, cols);
    if (row_bytes > bytes.size() - at) break;
    at += row_bytes;
  }
  if (bytes.size() % row_bytes != 0) refuse(subject, "is truncated: it ends within row {} (rows count from 0)", row);
  checked_bytes(row, cols, ElementType::f32, subject);
  RawArray array;
  array.view = {reinterpret_cast<const float*>(bytes.data()) + 1, row, cols, std::size_t{cols} + 1};
  array.keep = file;
  return array;
}

RawArray read_fbin(const std::shared_ptr<const MappedFile>& file, ElementType type) {
  constexpr std::size_t kHeader = 8;
  const std::string subject = file->name();
  const std::span<const std::byte> bytes = file->bytes();
  if (bytes.size() < kHeader) refuse(subject, "is truncated: it ends within its header of two int32 (rows, dimension)");
  const std::uint32_t rows = load_u32(bytes, 0);
  const std::uint32_t cols = load_u32(bytes, 4);
  check_size(bytes.size() - kHeader, checked_bytes(rows, cols, type, subject), rows, cols, subject);
  return make_matrix(bytes.subspan(kHeader), {.type = type}, rows, cols, file, subject);
}

RawArray read_raw(const std::shared_ptr<const MappedFile>& file, const std::string& shape) {
  const std::string subject = file->name();
  std::uint64_t rows = 0;
  std::uint64_t cols = 0;
  const char* const end = shape.data() + shape.size();
  const auto first = std::from_chars(shape.data(), end, rows);
  const bool crossed = first.ec == std::errc{} && first.ptr != end && (*first.ptr == 'x' || *first.ptr == 'X');
  const auto second = crossed ? std::from_chars(first.ptr + 1, end, cols) : first;
  if (!crossed || second.ec != std::errc{} || second.ptr != end) {
    refuse(subject, "is raw float32 and needs its shape: {}:ROWSxDIM, for example {}:1000x512", subject, subject);
  }
  check_size(file->bytes().size(), checked_bytes(rows, cols, ElementType::f32, subject), rows, cols, subject);
  return make_matrix(file->bytes(), {}, rows, cols, file, subject);
}

}  // namespace semblance::store_stage
