// Runs the studies and writes what came out, a study an object: `semblance_proof out.json --scale 0.1 --only hubs`.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/parallel.hpp"
#include "proof/study.hpp"

namespace {

using namespace semblance;
using namespace semblance::proof;

nlohmann::ordered_json describe(const Study& study, const std::vector<Audit>& audits) {
  const auto column = [&](auto member) {
    auto values = nlohmann::ordered_json::array();
    for (const Audit& audit : audits) values.push_back(audit.*member);
    return values;
  };
  const SimulateOptions& world = study.world;
  return {{"name", study.name},
          {"words", study.words},
          {"train_people", world.identities},
          {"holdout_people", world.holdout_identities},
          {"images", world.images},
          {"synthetic", world.synthetic},
          {"dimension", world.dimension},
          {"leak_rate", world.leak_rate},
          {"p", column(&Audit::p)},
          {"control_p", column(&Audit::control_p)},
          {"leaked", column(&Audit::leaked)},
          {"named", column(&Audit::named)},
          {"named_wrong", column(&Audit::named_wrong)},
          {"images_right", column(&Audit::images)},
          {"images_wrong", column(&Audit::images_wrong)},
          {"rate", column(&Audit::rate)},
          {"low", column(&Audit::low)},
          {"high", column(&Audit::high)},
          {"upper95", column(&Audit::upper95)}};
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Repeated audits of worlds of known truth");
  std::string out;
  double scale = 1;
  std::vector<std::string> only;
  app.add_option("out", out, "where the results go (JSON)")->required();
  app.add_option("--scale", scale, "times the repetitions of every study (1: the full proof)");
  app.add_option("--only", only, "studies whose names begin so");
  CLI11_PARSE(app, argc, argv);

  auto results = nlohmann::ordered_json::array();
  for (const Study& study : all_studies(scale)) {
    const auto begins = [&](const std::string& start) { return study.name.starts_with(start); };
    if (!only.empty() && std::ranges::none_of(only, begins)) continue;
    std::vector<Audit> audits(study.repetitions);
    parallel_for(audits.size(), 0,
                 [&](std::size_t r, unsigned) { audits[r] = audit_once(study, static_cast<unsigned>(r)); });
    results.push_back(describe(study, audits));
    std::fprintf(stderr, "%s: %u repetitions\n", study.name.c_str(), study.repetitions);
  }
  std::ofstream(out) << results.dump() << '\n';
}
