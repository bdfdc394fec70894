// A user's program: scores two rows, reads, simulates, and runs an audit, so that every stage must link.
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <semblance/audit.hpp>
#include <semblance/error.hpp>
#include <semblance/report.hpp>
#include <semblance/score.hpp>
#include <semblance/simulate.hpp>
#include <semblance/store.hpp>
#include <semblance/version.hpp>

namespace {

double score_two_rows() {
  const std::array<float, 4> rows = {3.0F, 4.0F, 4.0F, 3.0F};
  const semblance::MatrixView matrix{rows.data(), 2, 2, 2};
  semblance::ScoreSide a;
  a.matrix = {matrix.data, 1, 2, 2};
  semblance::ScoreSide b;
  b.matrix = {matrix.data + 2, 1, 2, 2};
  semblance::SinkRequest request;
  request.top_pairs = 1;
  semblance::ScoreOptions options;
  options.comparison = semblance::Comparison::inner_product;
  return semblance::score(a, b, request, options).top_pairs.at(0).score;
}

void write_set(const char* folder, const semblance::SimulatedSet& set, std::size_t dimension) {
  std::vector<semblance::StoreItem> items;
  for (std::size_t row = 0; row < set.ids.size(); ++row) items.push_back({set.ids[row], set.identity[row], ""});
  semblance::write_store(folder, set.view(dimension), items, {});
}

}  // namespace

int main() {
  const double score = score_two_rows();
  if (std::abs(score - 24.0) > 0) return 1;

  semblance::SimulateOptions simulation;
  simulation.identities = 50;
  simulation.images = 2;
  simulation.synthetic = 60;
  simulation.dimension = 32;
  const semblance::SimulatedCase planted = semblance::simulate(simulation);
  write_set("train", planted.train, simulation.dimension);
  write_set("holdout", planted.holdout, simulation.dimension);
  write_set("synthetic", planted.synthetic, simulation.dimension);

  semblance::AuditOptions audit;
  audit.matchers = {{"simulated", {"train", {}}, {"synthetic", {}}, semblance::EmbeddingSource{"holdout", {}}}};
  audit.permutations = 200;
  try {
    const semblance::AuditOutcome outcome = semblance::audit(audit);
    std::filesystem::create_directory("report");
    semblance::write_report(outcome.model, outcome.run, "report");
  } catch (const semblance::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
  std::printf("semblance %s scores 3,4 against 4,3: %g\n", semblance::kVersion, score);
  return 0;
}
