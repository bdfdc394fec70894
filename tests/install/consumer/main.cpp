// A user's program: every public header, and one call into each stage whose symbols must link.
#include <array>
#include <cmath>
#include <cstdio>
#include <semblance/assess.hpp>
#include <semblance/calibrate.hpp>
#include <semblance/error.hpp>
#include <semblance/report.hpp>
#include <semblance/score.hpp>
#include <semblance/simulate.hpp>
#include <semblance/store.hpp>
#include <semblance/types.hpp>
#include <semblance/version.hpp>

int main() {
  const std::array<float, 4> rows = {3.0F, 4.0F, 4.0F, 3.0F};
  const semblance::MatrixView matrix{rows.data(), 2, 2, 2};
  const double score = semblance::reference_score(matrix.row(0), matrix.row(1), semblance::Comparison::inner_product);
  if (std::abs(score - 24.0) > 0) return 1;

  semblance::ScoreSide side;
  side.matrix = matrix;
  semblance::SinkRequest request;
  request.top_pairs = 1;
  const semblance::ScoreResult result = semblance::score(side, side, request, {});
  if (result.pairs != 4 || result.top_pairs.size() != 1) return 2;

  try {
    (void)semblance::read_embeddings({"nothing-here.npy", {}});
    return 3;
  } catch (const semblance::Error&) {
  }
  semblance::SimulateOptions options;
  options.identities = 4;
  options.synthetic = 8;
  options.leak_rate = 0;
  if (semblance::simulate(options).synthetic.ids.size() != 8) return 4;

  std::printf("semblance %s scores 3,4 against 4,3: %g\n", semblance::kVersion, score);
  return 0;
}
