#include "base/places.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "semblance/error.hpp"

namespace semblance {

namespace fs = std::filesystem;

namespace {

fs::path resolved(const fs::path& path) {
  std::error_code failed;
  fs::path whole = fs::weakly_canonical(fs::absolute(path), failed);
  if (failed) whole = fs::absolute(path).lexically_normal();
  return whole.filename().empty() ? whole.parent_path() : whole;
}

}  // namespace

bool lies_within(const fs::path& inner, const fs::path& outer) {
  const fs::path in = resolved(inner);
  const fs::path out = resolved(outer);
  return std::mismatch(out.begin(), out.end(), in.begin(), in.end()).first == out.end();
}

void check_not_inside(const fs::path& input, const fs::path& out, const std::string& what) {
  if (!lies_within(input, out)) return;
  throw Error(ErrorCode::usage, "output", "--out",
              fmt::format("is a folder that holds '{}', {}; inputs are never written to: choose another --out",
                          input.string(), what));
}

void check_apart(const fs::path& out, const fs::path& input, const std::string& what) {
  check_not_inside(input, out, what);
  if (!lies_within(out, input)) return;
  throw Error(ErrorCode::usage, "output", "--out",
              fmt::format("lies in '{}', {}; inputs are never written to: choose another --out", input.string(), what));
}

}  // namespace semblance
