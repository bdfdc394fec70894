// Embeddings for the benchmarks: bench_generate ROWS DIM SEED SPECTRUM OUT.npy [LIKE.npy]
// Rows are normal with the variance of dimension k falling as k^-SPECTRUM (0: flat). With LIKE every 1000th row is a
// row of that file with noise, so that thresholds and bests have something to find.

#include <fmt/format.h>

#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include "base/parallel.hpp"
#include "base/rng.hpp"

namespace {

constexpr std::size_t kRowsPerTask = 1024;
constexpr std::size_t kTasksAtOnce = 16;
constexpr std::size_t kHeader = 128;

std::string header(std::size_t rows, std::size_t dim) {
  std::string text = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, dim);
  text.resize(kHeader - 11, ' ');
  return std::string("\x93NUMPY\x01\x00", 8) + static_cast<char>(kHeader - 10) + '\0' + text + '\n';
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    fmt::print(stderr, "bench_generate ROWS DIM SEED SPECTRUM OUT.npy [LIKE.npy]\n");
    return 2;
  }
  const std::size_t rows = std::stoull(argv[1]);
  const std::size_t dim = std::stoull(argv[2]);
  const std::uint64_t seed = std::stoull(argv[3]);
  const double spectrum = std::stod(argv[4]);
  std::vector<float> scale(dim);
  for (std::size_t k = 0; k < dim; ++k)
    scale[k] = static_cast<float>(std::pow(static_cast<double>(k + 1), -spectrum / 2));
  std::ofstream out(argv[5], std::ios::binary);
  out << header(rows, dim);
  std::vector<float> like(dim * kRowsPerTask);
  if (argc > 6) {
    std::ifstream in(argv[6], std::ios::binary);
    in.seekg(kHeader);
    in.read(reinterpret_cast<char*>(like.data()), static_cast<std::streamsize>(like.size() * sizeof(float)));
  }
  std::vector<float> block(kTasksAtOnce * kRowsPerTask * dim);
  for (std::size_t first = 0; first < rows; first += kTasksAtOnce * kRowsPerTask) {
    const std::size_t count = std::min(rows - first, kTasksAtOnce * kRowsPerTask);
    semblance::parallel_for((count + kRowsPerTask - 1) / kRowsPerTask, 0, [&](std::size_t task, unsigned) {
      semblance::Rng rng(semblance::derive_seed(seed, "bench", first / kRowsPerTask + task));
      boost::random::normal_distribution<float> normal;
      for (std::size_t r = task * kRowsPerTask; r < std::min(count, (task + 1) * kRowsPerTask); ++r) {
        float* row = block.data() + r * dim;
        for (std::size_t k = 0; k < dim; ++k) row[k] = scale[k] * normal(rng);
        if (argc < 7 || (first + r) % 1000 != 0) continue;
        const float* from = like.data() + (first + r) / 1000 % kRowsPerTask * dim;
        for (std::size_t k = 0; k < dim; ++k) row[k] = from[k] + 0.5F * row[k];
      }
    });
    out.write(reinterpret_cast<const char*>(block.data()), static_cast<std::streamsize>(count * dim * sizeof(float)));
  }
  out.close();
  return out ? 0 : 4;
}
