// semblance compare: finished reports side by side.

#include "semblance/compare.hpp"

#include <fmt/format.h>

#include <memory>

#include "base/output_folder.hpp"
#include "base/places.hpp"
#include "cli/common.hpp"
#include "report/text.hpp"

namespace semblance::cli {
namespace {

struct CompareArguments {
  std::vector<std::string> reports, names;
  std::string out;
  bool overwrite = false;
};

std::string leak_rate_text(double share) { return fmt::format("{:.3g}%", 100 * share); }

void print_compare_summary(const ReportComparison& comparison, const std::string& out) {
  for (const ComparedReport& report : comparison.reports) {
    fmt::print("{}: leakage {}\n", report_stage::visible_text(report.name), report.model.verdict.leakage);
    for (const auto& matcher : report.model.matchers) {
      std::string line =
          matcher.leak_rate
              ? fmt::format("leak rate {} (95% interval {} to {})", leak_rate_text(matcher.leak_rate->estimate),
                            leak_rate_text(matcher.leak_rate->low), leak_rate_text(matcher.leak_rate->high))
              : std::string("no leak rate: no hold-out set");
      for (const auto& list : matcher.identity_lists) {
        line += fmt::format("; {} people at FDR {}", grouped(list.count), leak_rate_text(list.q));
      }
      fmt::print("  {:<12} {}\n", report_stage::visible_text(matcher.name), line);
    }
  }
  constexpr std::size_t kMostSentences = 10;
  if (comparison.differences.size() <= kMostSentences) {
    for (const RateDifference& d : comparison.differences) fmt::print("{}\n", report_stage::visible_text(d.sentence));
  } else {
    fmt::print("{} pairs of leak rates: see the page\n", comparison.differences.size());
  }
  for (const std::string& note : comparison.notes) fmt::print("note: {}\n", report_stage::visible_text(note));
  fmt::print("page: {}\n", (std::filesystem::path(out) / "compare.html").string());
}

void run_compare(const CompareArguments& arguments, const Context& context) {
  const std::vector<std::filesystem::path> folders(arguments.reports.begin(), arguments.reports.end());
  for (const std::filesystem::path& report : folders) check_apart(arguments.out, report, "a report to compare");
  OutputFolder folder(arguments.out, arguments.overwrite);
  const ReportComparison comparison = compare_reports(read_compared(folders, arguments.names));
  write_comparison(comparison, folder.staging());
  folder.commit();
  if (context.json) {
    fmt::print("{}", compare_json(comparison));
  } else if (!context.quiet) {
    print_compare_summary(comparison, arguments.out);
  }
}

}  // namespace

void add_compare(CLI::App& app, Context& context) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App* command = app.add_subcommand(
      "compare", "Two or more finished reports (checkpoints, datasets, matchers) in one table and figure");
  command->add_option("reports", arguments->reports, "Folders that `semblance audit --out` wrote")->required();
  command->add_option("--name", arguments->names, "What a report is called, in their order; default: its folder's name")
      ->allow_extra_args(false);
  add_output_options(*command, arguments->out, arguments->overwrite);
  command->footer(
      R"(Writes compare.html, compare.csv, compare.json and compare-people.csv; docs/compare.md says what they may claim.

Examples:
  semblance compare report-10k/ report-50k/ report-100k/ --out compare/
  semblance compare a/ b/ --name "with dropout" --name without --out compare/ --json)");
  command->callback([arguments, &context] { run_compare(*arguments, context); });
}

}  // namespace semblance::cli
