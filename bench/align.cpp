// bench_align FOLDER LANDMARKS ROUNDS: decodes and aligns every picture of a folder on one thread, as `semblance embed
// --landmarks` does before the network. Prints as JSON the pictures aligned and the CPU seconds of every round.

#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "align/aligner.hpp"
#include "picture/raster.hpp"
#include "semblance/ingest.hpp"

namespace {

struct Round {
  std::size_t pictures = 0;
  unsigned long checksum = 0;  // so that nothing is optimised away
  double seconds = 0;
};

Round measure(const char* folder, const semblance::align_stage::Aligner& aligner) {
  using namespace semblance;
  Round round;
  const std::clock_t begin = std::clock();
  const auto items = open_dataset(folder, {});
  DatasetItem item;
  while (items->next(item)) {
    const auto aligned = aligner.align(item.id, item.bytes);
    if (!aligned.face) continue;
    ++round.pictures;
    round.checksum += aligned.face->pixels[aligned.face->pixels.size() / 2];
  }
  round.seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return round;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: bench_align FOLDER LANDMARKS ROUNDS\n", stderr);
    return 2;
  }
  try {
    semblance::AlignOptions options;
    options.landmarks = arguments[2];
    const auto aligner = semblance::align_stage::make_aligner(options, {});
    Round round;
    std::fputs("{\"seconds\": [", stdout);
    const int rounds = std::atoi(arguments[3]);
    for (int k = 0; k < rounds; ++k) {
      round = measure(arguments[1], *aligner);
      std::printf("%s%.6f", k == 0 ? "" : ", ", round.seconds);
    }
    std::printf("], \"pictures\": %zu, \"checksum\": %lu}\n", round.pictures, round.checksum);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_align: %s\n", error.what());
    return 1;
  }
  return 0;
}
