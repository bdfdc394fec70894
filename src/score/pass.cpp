#include "score/pass.hpp"

#include <chrono>

#include "semblance/error.hpp"

namespace semblance::scoring {
namespace {

constexpr double kSecondsBetweenReports = 0.25;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

std::uint64_t pair_count(const Side& a, const Side& b, Shape shape) {
  const std::uint64_t n = a.rows();
  if (shape == Shape::all) return n * b.rows();
  return n == 0 ? 0 : n * (n - 1) / 2;
}

void Pace::advance(std::uint64_t pairs, unsigned worker) {
  done_ += pairs;
  if (worker == 0 && progress_ && seconds_now() - told_at_ >= kSecondsBetweenReports) tell();
  if (stop_) throw Error(ErrorCode::interrupted, "score", "", "stopped before every pair was scored");
}

void Pace::tell() {
  if (!progress_(done_, total_)) stop_ = true;
  told_at_ = seconds_now();
}

void Pace::finish() {
  if (progress_) tell();
}

}  // namespace semblance::scoring
