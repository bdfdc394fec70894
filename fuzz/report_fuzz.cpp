// Any files as a finished report: refused with Error{input}, or a model that whatever starts from a report can take.
// The input is report.json and the CSVs beside it, one after the other, each ended by a form feed.

#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "scratch_file.hpp"
#include "semblance/compare.hpp"
#include "semblance/error.hpp"
#include "semblance/gate.hpp"
#include "semblance/report_file.hpp"

namespace {

using semblance::ReportModel;
using semblance::fuzz::ScratchFile;

constexpr semblance::ReportParts kAll = {
    .removal = true, .identities = true, .images = true, .curves = true, .control = true};

// What stands for a file that isn't there any more leaves it out.
void write_files(const std::uint8_t* data, std::size_t size) {
  static const std::array<ScratchFile, 7> files = {ScratchFile("report.json"),       ScratchFile("removal.csv"),
                                                   ScratchFile("identities.csv"),    ScratchFile("images.csv"),
                                                   ScratchFile("control-pairs.csv"), ScratchFile("control-people.csv"),
                                                   ScratchFile("histograms.csv")};
  std::size_t at = 0;
  for (const ScratchFile& file : files) {
    if (at >= size) {
      std::error_code ignored;
      std::filesystem::remove(file.path(), ignored);
      continue;
    }
    const void* feed = std::memchr(data + at, '\f', size - at);
    const std::size_t end =
        feed == nullptr ? size : static_cast<std::size_t>(static_cast<const std::uint8_t*>(feed) - data);
    file.write(data + at, end - at);
    at = end + 1;
  }
}

void check(const ReportModel& model) {
  if (model.matchers.empty()) std::abort();
  for (const auto& matcher : model.matchers) {
    if (matcher.identities.size() != matcher.identities_tested) std::abort();
    for (const auto& list : matcher.identity_lists) {
      if (list.ids.size() != list.count) std::abort();
    }
  }
  if (model.matchers.front().images.size() != model.synthetic.items) std::abort();
}

void use(const ReportModel& model) {
  if (semblance::gate_metrics(model).empty()) std::abort();
  const auto comparison = semblance::compare_reports({{.name = "a", .location = "a", .sha256 = "0", .model = model},
                                                      {.name = "b", .location = "b", .sha256 = "1", .model = model}});
  if (semblance::compare_json(comparison).empty()) std::abort();
  static const std::vector<semblance::GateCondition> conditions = {
      semblance::parse_gate_condition("verdict == found"), semblance::parse_gate_condition("leak_rate_upper95 > 1%")};
  const auto result = semblance::evaluate_gate(model, conditions, false);
  for (const auto format : {semblance::GateFormat::json, semblance::GateFormat::junit, semblance::GateFormat::sarif}) {
    if (semblance::gate_summary(result, {.location = "a", .sha256 = "0"}, format).empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path folder = ScratchFile("report.json").path().parent_path();
  std::filesystem::create_directories(folder);
  write_files(data, size);
  try {
    const ReportModel model = semblance::read_report(folder, kAll);
    check(model);
    use(model);
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
  return 0;
}
