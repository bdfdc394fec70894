// What this machine can multiply at most: the ceilings that the roofline page measures kernels against.
// Prints one JSON object: 10^9 multiply-accumulates a second, all threads together, best of five.

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/parallel.hpp"

namespace {

constexpr std::size_t kLoops = 20'000'000;

#if defined(__x86_64__)
// Twelve independent sums hide the latency of every one of these instructions on the CPUs that have them.
#define TWELVE(instruction, wide)                                                                                \
  instruction " %%" wide "12,%%" wide "13,%%" wide "0\n" instruction " %%" wide "12,%%" wide "13,%%" wide        \
              "1\n" instruction " %%" wide "12,%%" wide "13,%%" wide "2\n" instruction " %%" wide "12,%%" wide   \
              "13,%%" wide "3\n" instruction " %%" wide "12,%%" wide "13,%%" wide "4\n" instruction " %%" wide   \
              "12,%%" wide "13,%%" wide "5\n" instruction " %%" wide "12,%%" wide "13,%%" wide "6\n" instruction \
              " %%" wide "12,%%" wide "13,%%" wide "7\n" instruction " %%" wide "12,%%" wide "13,%%" wide        \
              "8\n" instruction " %%" wide "12,%%" wide "13,%%" wide "9\n" instruction " %%" wide "12,%%" wide   \
              "13,%%" wide "10\n" instruction " %%" wide "12,%%" wide "13,%%" wide "11\n"
#define CLOBBERS \
  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13"
#define ZERO_ALL(wide, clear) \
  clear " %%" wide "12,%%" wide "12,%%" wide "12\n" clear " %%" wide "13,%%" wide "13,%%" wide "13\n"

[[gnu::target("avx512f,avx512vnni")]] void vnni(std::size_t loops) {
  __asm__ volatile(ZERO_ALL("zmm", "vpxord")::: CLOBBERS);
  for (std::size_t i = 0; i < loops; ++i) __asm__ volatile(TWELVE("vpdpbusd", "zmm")::: CLOBBERS);
}
[[gnu::target("avx512f")]] void fma512(std::size_t loops) {
  __asm__ volatile(ZERO_ALL("zmm", "vpxord")::: CLOBBERS);
  for (std::size_t i = 0; i < loops; ++i) __asm__ volatile(TWELVE("vfmadd231ps", "zmm")::: CLOBBERS);
}
[[gnu::target("avx2,fma")]] void fma256(std::size_t loops) {
  __asm__ volatile(ZERO_ALL("ymm", "vpxor")::: CLOBBERS);
  for (std::size_t i = 0; i < loops; ++i) __asm__ volatile(TWELVE("vfmadd231ps", "ymm")::: CLOBBERS);
}
[[gnu::target("avx2")]] void madd256(std::size_t loops) {
  __asm__ volatile(ZERO_ALL("ymm", "vpxor")::: CLOBBERS);
  for (std::size_t i = 0; i < loops; ++i) __asm__ volatile(TWELVE("vpmaddwd", "ymm")::: CLOBBERS);
}

struct TileConfiguration {
  std::uint8_t palette = 1;
  std::uint8_t start = 0;
  std::uint8_t reserved[14] = {};
  std::uint16_t bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
constexpr TileConfiguration kTiles;

bool has_amx() {
  unsigned eax = 7, ebx = 0, ecx = 0, edx = 0;
  __asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
  return (edx >> 24U & 3U) == 3U && ::syscall(SYS_arch_prctl, 0x1023, 18L) == 0;
}
[[gnu::target("amx-tile,amx-int8")]] void amx(std::size_t loops) {
  __asm__ volatile("ldtilecfg %0" ::"m"(kTiles));
  __asm__ volatile(
      "tilezero %tmm0\ntilezero %tmm1\ntilezero %tmm2\ntilezero %tmm3\n"
      "tilezero %tmm4\ntilezero %tmm5\ntilezero %tmm6\ntilezero %tmm7");
  for (std::size_t i = 0; i < loops; ++i) {
    __asm__ volatile(
        "tdpbssd %tmm6,%tmm4,%tmm0\ntdpbssd %tmm7,%tmm4,%tmm1\n"
        "tdpbssd %tmm6,%tmm5,%tmm2\ntdpbssd %tmm7,%tmm5,%tmm3");
  }
  __asm__ volatile("tilerelease");
}
#endif

double rate(void (*run)(std::size_t), std::size_t loops, double macs_a_loop, unsigned threads) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const auto begin = std::chrono::steady_clock::now();
    semblance::parallel_for(threads, threads, [&](std::size_t, unsigned) { run(loops); });
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    best = std::max(best, threads * static_cast<double>(loops) * macs_a_loop / seconds / 1e9);
  }
  return best;
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned threads = semblance::thread_count(argc > 1 ? static_cast<unsigned>(std::atoi(argv[1])) : 0);
  std::string json = fmt::format("{{\"threads\": {}", threads);
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    json += fmt::format(", \"avx2_fp32\": {:.1f}", rate(fma256, kLoops, 12 * 8, threads));
    json += fmt::format(", \"avx2_int16\": {:.1f}", rate(madd256, kLoops, 12 * 16, threads));
  }
  if (__builtin_cpu_supports("avx512f"))
    json += fmt::format(", \"avx512_fp32\": {:.1f}", rate(fma512, kLoops, 12 * 16, threads));
  if (__builtin_cpu_supports("avx512vnni"))
    json += fmt::format(", \"avx512_vnni_int8\": {:.1f}", rate(vnni, kLoops, 12 * 64, threads));
  if (has_amx()) json += fmt::format(", \"amx_int8\": {:.1f}", rate(amx, kLoops / 8, 4 * 16384, threads));
#endif
  fmt::print("{}}}\n", json);
}
