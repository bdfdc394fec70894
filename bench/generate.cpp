// Embeddings for the benchmarks: bench_generate ROWS DIM SEED HALVING OUT.npy [LIKE.npy]
// Rows are normal along the axes of a random rotation; what HALVING axes leave of the variance is half of what there
// was before them (0: all axes alike). With LIKE every 1000th row is a row of that file with noise, so that thresholds
// and bests have something to find.

#include <fmt/format.h>

#include <Eigen/Dense>
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

using Rows = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// Axis k, scaled to its standard deviation, in row k. The same for every file of a dimension.
Rows axes(std::size_t dim, double halving) {
  const auto d = static_cast<Eigen::Index>(dim);
  if (halving <= 0) return Rows::Identity(d, d);
  semblance::Rng rng(semblance::derive_seed(1, "bench axes"));
  boost::random::normal_distribution<float> normal;
  Eigen::MatrixXf random(d, d);
  for (Eigen::Index c = 0; c < d; ++c) {
    for (Eigen::Index r = 0; r < d; ++r) random(r, c) = normal(rng);
  }
  Rows scaled = Eigen::HouseholderQR<Eigen::MatrixXf>(random).householderQ();
  for (Eigen::Index k = 0; k < d; ++k)
    scaled.row(k) *= std::exp2(-0.5F * static_cast<float>(k) / static_cast<float>(halving));
  return scaled;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    fmt::print(stderr, "bench_generate ROWS DIM SEED HALVING OUT.npy [LIKE.npy]\n");
    return 2;
  }
  const std::size_t rows = std::stoull(argv[1]);
  const std::size_t dim = std::stoull(argv[2]);
  const std::uint64_t seed = std::stoull(argv[3]);
  const double halving = std::stod(argv[4]);
  const Rows along = axes(dim, halving);
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
      const std::size_t end = std::min(count, (task + 1) * kRowsPerTask);
      for (std::size_t k = task * kRowsPerTask * dim; k < end * dim; ++k) block[k] = normal(rng);
      if (halving > 0) {
        Eigen::Map<Rows> drawn(block.data() + task * kRowsPerTask * dim,
                               static_cast<Eigen::Index>(end - task * kRowsPerTask), static_cast<Eigen::Index>(dim));
        drawn = (drawn * along).eval();
      }
      for (std::size_t r = task * kRowsPerTask; r < end; ++r) {
        float* row = block.data() + r * dim;
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
