// The peer: FAISS IndexFlatIP, top 1 of B for every row of A, cosine. bench_faiss A.npy B.npy [QUERIES]
// Reads 128-byte-header float32 .npy files as bench_generate writes them. Prints JSON;
// `seconds` is the search alone, the inputs read and normalised.

#include <faiss/IndexFlat.h>
#include <faiss/utils/distances.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

namespace {

struct Matrix {
  std::size_t rows = 0;
  std::size_t dim = 0;
  std::vector<float> data;
};

Matrix read(const char* file, std::size_t most) {
  std::ifstream in(file, std::ios::binary);
  char header[129] = {};
  in.read(header, 128);
  Matrix matrix;
  const char* shape = std::strstr(header + 10, "'shape': (");
  if (shape == nullptr || std::sscanf(shape, "'shape': (%zu, %zu)", &matrix.rows, &matrix.dim) != 2) std::exit(3);
  if (most > 0 && most < matrix.rows) matrix.rows = most;
  matrix.data.resize(matrix.rows * matrix.dim);
  in.read(reinterpret_cast<char*>(matrix.data.data()),
          static_cast<std::streamsize>(matrix.data.size() * sizeof(float)));
  return matrix;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const auto begin = std::chrono::steady_clock::now();
  auto seconds = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  Matrix a = read(argv[1], argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 0);
  Matrix b = read(argv[2], 0);
  faiss::fvec_renorm_L2(a.dim, a.rows, a.data.data());
  faiss::fvec_renorm_L2(b.dim, b.rows, b.data.data());
  faiss::IndexFlatIP index(static_cast<faiss::Index::idx_t>(b.dim));
  index.add(static_cast<faiss::Index::idx_t>(b.rows), b.data.data());
  const double ready = seconds();
  std::vector<float> scores(a.rows);
  std::vector<faiss::Index::idx_t> best(a.rows);
  index.search(static_cast<faiss::Index::idx_t>(a.rows), a.data.data(), 1, scores.data(), best.data());
  const double searching = seconds() - ready;
  long long sum = 0;
  for (const auto index : best) sum += index;
  std::printf("{\"queries\": %zu, \"rows\": %zu, \"seconds\": %.3f, \"sum\": %lld}\n", a.rows, b.rows, searching, sum);
}
