// Any bytes as the manifest of a network's weights, and behind a zero byte its shard.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "convert/weights.hpp"
#include "semblance/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace semblance::convert_stage;
  const std::uint8_t* end = data + size;
  const std::uint8_t* middle = std::find(data, end, std::uint8_t{0});
  const PackageFiles files = {{"model/m.json", {data, middle}},
                              {"model/m.bin", {middle == end ? end : middle + 1, end}}};
  try {
    const Weights weights("fuzz", files, "model/m.json");
    const Tensor& taken = weights.get("a", {2});
    if (taken.values.size() != 2 || !std::isfinite(taken.values[0] + taken.values[1] / 2)) std::abort();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
