// Any text as a condition of a gate: refused with Error{usage}, or a metric, a level within its bounds, a finite limit.

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "semblance/error.hpp"
#include "semblance/gate.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    const semblance::GateCondition condition = semblance::parse_gate_condition(text);
    if (condition.expression != text || condition.metric.empty()) std::abort();
    if (condition.level != semblance::GateCondition::Level::none && !(condition.at > 0 && condition.at < 1)) {
      std::abort();
    }
    if (const double* limit = std::get_if<double>(&condition.limit); limit != nullptr && !std::isfinite(*limit)) {
      std::abort();
    }
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::usage || error.message().empty()) std::abort();
  }
  return 0;
}
