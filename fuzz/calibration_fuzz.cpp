// Any bytes as a calibration: refused with Error{input}, or it answers for every score and every rate.

#include <cstdint>
#include <cstdlib>

#include "scratch_file.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("input") + SEMBLANCE_FUZZ_EXTENSION);
  file.write(data, size);
  try {
    const semblance::Calibration calibration = semblance::read_calibration(file.path());
    for (const double score : {-2.0, 0.0, 0.5, 2.0}) (void)semblance::calibrated_fmr(calibration, score);
    for (const double rate : {1e-2, 1e-9}) (void)semblance::calibrated_score(calibration, rate);
    if (semblance::calibration_json(calibration).empty()) std::abort();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
