#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <system_error>

#include "base/whole_file.hpp"
#include "gate/summary.hpp"
#include "semblance/error.hpp"

namespace semblance {

using namespace gate_stage;
namespace fs = std::filesystem;

namespace {

bool is_summary(const fs::path& file) {
  constexpr std::size_t kLooked = std::size_t{1} << 20U;
  std::string text(kLooked, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text.find(kGateSchema) != std::string::npos;
}

}  // namespace

GateFormat gate_format(const fs::path& file) {
  std::string extension = file.extension().string();
  std::ranges::transform(extension, extension.begin(), [](unsigned char c) { return std::tolower(c); });
  if (extension == ".json") return GateFormat::json;
  if (extension == ".xml") return GateFormat::junit;
  if (extension == ".sarif") return GateFormat::sarif;
  throw Error(
      ErrorCode::usage, "gate", "--summary",
      "'" + file.string() + "' ends in none of .json (semblance-gate/1), .xml (JUnit) and .sarif (SARIF 2.1.0)");
}

std::string gate_summary(const GateResult& result, const GateSubject& subject, GateFormat format) {
  if (format == GateFormat::junit) return junit_summary(result, subject);
  return format == GateFormat::sarif ? sarif_summary(result, subject) : json_summary(result, subject);
}

void check_gate_summary_file(const fs::path& file, bool overwrite) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (!fs::exists(status)) return;
  const auto refuse = [&](const char* why) { throw Error(ErrorCode::output, "gate", file.string(), why); };
  if (!fs::is_regular_file(status)) refuse("is no plain file; name another with --summary");
  if (!overwrite) refuse("is there already; name another with --summary or pass --overwrite");
  if (!is_summary(file)) {
    refuse("holds something else than a gate's summary, so --overwrite leaves it alone; name another with --summary");
  }
}

void write_gate_summary(const GateResult& result, const GateSubject& subject, const fs::path& file, bool overwrite) {
  const std::string text = gate_summary(result, subject, gate_format(file));
  check_gate_summary_file(file, overwrite);
  write_whole_file(file, text);
}

}  // namespace semblance
