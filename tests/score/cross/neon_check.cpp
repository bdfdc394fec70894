// The NEON kernel on an emulated CPU: every depth of the sweep against sums in plain integers, an unreadable page
// right after the columns. A program of its own, for the cross compiler has no GoogleTest.

#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "score/kernels/kernel.hpp"

using namespace semblance::scoring;

namespace {

constexpr std::size_t kDims[] = {1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 512, 513};

int next_value() {
  static std::uint32_t state = 12345;
  state = state * 1664525U + 1013904223U;
  return static_cast<int>((state >> 16U) % 255U) - 127;
}

bool exact(const TileKernel& kernel, std::size_t dim) {
  const std::size_t depth = (dim + kernel.depth_multiple - 1) / kernel.depth_multiple * kernel.depth_multiple;
  const std::size_t stride = (depth + 63) / 64 * 64;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  const std::size_t bytes = depth * kGroup;
  const std::size_t mapped = (bytes + page - 1) / page * page + page;
  auto* base =
      static_cast<std::int8_t*>(::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::mprotect(base + mapped - page, page, PROT_NONE);
  std::int8_t* columns = base + mapped - page - bytes;
  std::vector<std::int8_t> rows(kernel.row_tile * stride);
  std::vector<std::int32_t> sums(kernel.row_tile);
  std::vector<std::int32_t> out(kernel.row_tile * kGroup);
  for (std::size_t r = 0; r < kernel.row_tile; ++r) {
    for (std::size_t k = 0; k < dim; ++k) rows[r * stride + k] = static_cast<std::int8_t>(r == 0 ? 127 : next_value());
  }
  std::memset(columns, 0, bytes);
  for (std::size_t c = 0; c < kGroup; ++c) {
    for (std::size_t k = 0; k < dim; ++k) {
      columns[(k / 4 * kGroup + c) * 4 + k % 4] = static_cast<std::int8_t>(c == 0 ? -127 : next_value());
    }
  }
  const Factor factors[] = {{rows.data(), sums.data(), columns}, {rows.data(), sums.data(), columns}};
  std::vector<std::uint16_t> bins(out.size());
  std::vector<std::uint32_t> counts(kCountCopies * kCountStride), tallied(kCountStride);
  for (std::uint16_t& bin : bins) {
    bin = static_cast<std::uint16_t>(128 + next_value());
    ++tallied[bin];
  }
  const Beside beside{[](void*, std::size_t, std::size_t) {}, nullptr, {bins.data(), counts.data()}};
  kernel.products(factors, 2, stride, depth, out.data(), beside);
  bool good = true;
  for (std::size_t k = 0; k < kCountStride; ++k) {
    std::uint32_t count = 0;
    for (std::size_t copy = 0; copy < kCountCopies; ++copy) count += counts[copy * kCountStride + k];
    good = good && count == tallied[k];
  }
  for (std::size_t r = 0; r < kernel.row_tile; ++r) {
    for (std::size_t c = 0; c < kGroup; ++c) {
      std::int32_t want = 0;
      for (std::size_t k = 0; k < dim; ++k)
        want += 2 * rows[r * stride + k] * columns[(k / 4 * kGroup + c) * 4 + k % 4];
      good = good && out[r * kGroup + c] == want;
    }
  }
  ::munmap(base, mapped);
  return good;
}

}  // namespace

int main() {
  const TileKernel& kernel = *tile_kernels()[0];
  bool good = std::strcmp(kernel.name, "neon_dotprod") == 0;
  for (const std::size_t dim : kDims) good = good && exact(kernel, dim);
  std::printf("%s: %s\n", kernel.name, good ? "exact" : "WRONG");
  return good ? 0 : 1;
}
