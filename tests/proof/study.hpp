#pragma once
// One world of known truth, audited over and over: what the stages claim beside what was planted.

#include <cstdint>
#include <string>
#include <vector>

#include "semblance/simulate.hpp"

namespace semblance::proof {

struct Study {
  std::string name;
  std::string words;
  SimulateOptions world;  ///< leak_rate is the chance of each training person to leak
  unsigned repetitions = 1000;
};

/// One audit of one draw of the world.
struct Audit {
  double p = 1;                  ///< global test
  double control_p = 1;          ///< the guard: can R be told from H without G?
  std::size_t leaked = 0;        ///< people who leaked
  std::size_t named = 0;         ///< of them listed at FDR 5%
  std::size_t named_wrong = 0;   ///< listed, but did not leak
  std::size_t images = 0;        ///< leaked images listed at FDR 5%
  std::size_t images_wrong = 0;  ///< listed images that are no leak, or of another person than their best match
  double rate = 0, low = 0, high = 1, upper95 = 1;
};

/// Deterministic in (study, repetition), whatever the threads.
Audit audit_once(const Study& study, unsigned repetition);

/// Every study, `scale` times its repetitions.
std::vector<Study> all_studies(double scale);

}  // namespace semblance::proof
