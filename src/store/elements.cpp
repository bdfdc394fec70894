#include "store/elements.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

#include "base/parallel.hpp"
#include "store/refuse.hpp"

namespace semblance::store_stage {

static_assert(std::endian::native == std::endian::little, "the readers borrow little-endian arrays as they are");

namespace {

constexpr std::size_t kBlockElements = std::size_t{1} << 18U;

// Loaders: the element at an address that need not be aligned.
std::uint16_t swap_bytes(std::uint16_t bits) { return __builtin_bswap16(bits); }
std::uint32_t swap_bytes(std::uint32_t bits) { return __builtin_bswap32(bits); }
std::uint64_t swap_bytes(std::uint64_t bits) { return __builtin_bswap64(bits); }

template <std::unsigned_integral Bits, bool big_endian>
Bits load_bits(const std::byte* at) {
  Bits bits;
  std::memcpy(&bits, at, sizeof bits);
  if constexpr (big_endian) bits = swap_bytes(bits);
  return bits;
}

struct LoadInt8 {
  static constexpr std::size_t kBytes = 1;
  static float load(const std::byte* at) { return static_cast<float>(std::bit_cast<std::int8_t>(*at)); }
};
template <bool big_endian>
struct LoadHalf {
  static constexpr std::size_t kBytes = 2;
  static float load(const std::byte* at) {
    return static_cast<float>(Eigen::numext::bit_cast<Eigen::half>(load_bits<std::uint16_t, big_endian>(at)));
  }
};
template <bool big_endian>
struct LoadBfloat {
  static constexpr std::size_t kBytes = 2;
  static float load(const std::byte* at) {
    return std::bit_cast<float>(std::uint32_t{load_bits<std::uint16_t, big_endian>(at)} << 16U);
  }
};
template <bool big_endian>
struct LoadSingle {
  static constexpr std::size_t kBytes = 4;
  static float load(const std::byte* at) { return std::bit_cast<float>(load_bits<std::uint32_t, big_endian>(at)); }
};
template <bool big_endian>
struct LoadDouble {
  static constexpr std::size_t kBytes = 8;
  static double load(const std::byte* at) { return std::bit_cast<double>(load_bits<std::uint64_t, big_endian>(at)); }
};

void note_overflow(std::optional<Overflow>& noted, std::size_t row, std::size_t col, double value) {
  if (!noted || std::pair(row, col) < std::pair(noted->row, noted->col)) {
    noted = Overflow{row, col, fmt::format("{}", value)};
  }
}

template <class Loader>
void convert(const std::byte* from, bool fortran_order, std::size_t rows, std::size_t cols, float* out,
             std::optional<Overflow>& overflow) {
  const std::size_t block_rows = std::max<std::size_t>(1, kBlockElements / cols);
  const std::size_t row_step = (fortran_order ? 1 : cols) * Loader::kBytes;
  const std::size_t col_step = (fortran_order ? rows : 1) * Loader::kBytes;
  std::mutex noting;
  parallel_for((rows + block_rows - 1) / block_rows, 0, [&](std::size_t block, unsigned) {
    const std::size_t begin = block * block_rows;
    const std::size_t end = std::min(rows, begin + block_rows);
    auto one = [&](std::size_t row, std::size_t col) {
      const auto value = Loader::load(from + row * row_step + col * col_step);
      const auto narrow = static_cast<float>(value);
      out[row * cols + col] = narrow;
      if constexpr (Loader::kBytes == 8) {
        if (std::isinf(narrow) && std::isfinite(value)) {
          const std::lock_guard lock(noting);
          note_overflow(overflow, row, col, value);
        }
      }
    };
    if (fortran_order) {  // along the columns, where neighbours in the file are
      for (std::size_t col = 0; col < cols; ++col) {
        for (std::size_t row = begin; row < end; ++row) one(row, col);
      }
    } else {
      for (std::size_t row = begin; row < end; ++row) {
        for (std::size_t col = 0; col < cols; ++col) one(row, col);
      }
    }
  });
}

template <template <bool> class Loader>
void convert(const std::byte* from, const ElementLayout& layout, std::size_t rows, std::size_t cols, float* out,
             std::optional<Overflow>& overflow) {
  if (layout.big_endian) {
    convert<Loader<true>>(from, layout.fortran_order, rows, cols, out, overflow);
  } else {
    convert<Loader<false>>(from, layout.fortran_order, rows, cols, out, overflow);
  }
}

bool can_borrow(std::span<const std::byte> payload, const ElementLayout& layout, std::size_t rows, std::size_t cols) {
  const bool row_major = !layout.fortran_order || rows == 1 || cols == 1;
  return layout.type == ElementType::f32 && !layout.big_endian && row_major &&
         reinterpret_cast<std::uintptr_t>(payload.data()) % alignof(float) == 0;
}

}  // namespace

std::size_t element_bytes(ElementType type) {
  switch (type) {
    case ElementType::i8:
      return 1;
    case ElementType::f16:
    case ElementType::bf16:
      return 2;
    case ElementType::f32:
      return 4;
    case ElementType::f64:
      return 8;
  }
  return 0;
}

std::uint64_t checked_bytes(std::uint64_t rows, std::uint64_t cols, ElementType type, const std::string& subject) {
  if (rows == 0 || cols == 0) refuse(subject, "holds no embeddings: its shape is ({}, {})", rows, cols);
  if (rows >= kNoRow) refuse(subject, "says it has {} rows; a set can't hold more than {}", rows, kNoRow - 1);
  std::uint64_t bytes = 0;
  if (__builtin_mul_overflow(rows, cols, &bytes) || __builtin_mul_overflow(bytes, element_bytes(type), &bytes)) {
    refuse(subject, "says its shape is ({}, {}), more than any file can hold", rows, cols);
  }
  return bytes;
}

FloatBuffer allocate_matrix(std::size_t rows, std::size_t cols, const std::string& subject) {
  try {
    return std::make_shared_for_overwrite<float[]>(rows * cols);  // NOLINT(modernize-avoid-c-arrays)
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::resource, "store", subject,
                fmt::format("needs {} MB of memory for {} x {} float32, more than there is; save it as float32 .npy, "
                            "which is mapped and not loaded",
                            rows * cols * sizeof(float) / 1'000'000, rows, cols));
  }
}

RawArray make_matrix(std::span<const std::byte> payload, const ElementLayout& layout, std::size_t rows,
                     std::size_t cols, std::shared_ptr<const void> owner, const std::string& subject) {
  RawArray array;
  if (can_borrow(payload, layout, rows, cols)) {
    array.view = {reinterpret_cast<const float*>(payload.data()), rows, cols, cols};
    array.keep = std::move(owner);
    return array;
  }
  const FloatBuffer out = allocate_matrix(rows, cols, subject);
  const std::byte* from = payload.data();
  switch (layout.type) {
    case ElementType::i8:
      convert<LoadInt8>(from, layout.fortran_order, rows, cols, out.get(), array.overflow);
      break;
    case ElementType::f16:
      convert<LoadHalf>(from, layout, rows, cols, out.get(), array.overflow);
      break;
    case ElementType::bf16:
      convert<LoadBfloat>(from, layout, rows, cols, out.get(), array.overflow);
      break;
    case ElementType::f32:
      convert<LoadSingle>(from, layout, rows, cols, out.get(), array.overflow);
      break;
    case ElementType::f64:
      convert<LoadDouble>(from, layout, rows, cols, out.get(), array.overflow);
      break;
  }
  array.view = {out.get(), rows, cols, cols};
  array.keep = out;
  return array;
}

void narrow_rows(const double* values, std::size_t first_row, std::size_t rows, std::size_t cols, float* out,
                 std::optional<Overflow>& overflow) {
  for (std::size_t i = 0; i < rows * cols; ++i) {
    out[i] = static_cast<float>(values[i]);
    if (std::isinf(out[i]) && std::isfinite(values[i])) {
      note_overflow(overflow, first_row + i / cols, i % cols, values[i]);
    }
  }
}

}  // namespace semblance::store_stage
