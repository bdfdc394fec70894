// The command line's entry: subcommands, global options, and the one place where errors become exit codes.

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>

#include "cli/calibrate.hpp"
#include "cli/common.hpp"
#include "cli/score.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace {

using semblance::Error;
using semblance::ErrorCode;

constexpr const char* kFooter = R"(Exit codes:
  0 done   1 a defect of Semblance   2 wrong options   3 unusable input   4 output can't be written
  5 not enough memory or a missing library   6 stopped by the user
  10 a --fail-if holds, or the report can't decide it; the report is written all the same
Without --fail-if what was found never changes the exit code of a run that finished.

Examples:
  semblance simulate --identities 2000 --leak-rate 0.02 --seed 7 --out case/
  semblance audit --train case/train --synthetic case/synthetic --holdout case/holdout --out report/
  semblance score --a r.npy --b g.npy --top 1500 --threshold 0.5 --histogram --out scores/
  semblance info report/)";

int report_failure(const semblance::cli::Context& context, ErrorCode code, const std::string& stage,
                   const std::string& subject, const std::string& message) {
  semblance::cli::clear_progress(context);
  const int exit_code = static_cast<int>(code);
  if (context.json) {
    const nlohmann::ordered_json error = {
        {"error", {{"exit_code", exit_code}, {"stage", stage}, {"subject", subject}, {"message", message}}}};
    fmt::print(stderr, "{}\n", error.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
  } else {
    // Files and cards have any names; a terminal obeys none of them.
    fmt::print(stderr, "semblance: {}{}{}\n", semblance::report_stage::visible_text(subject),
               subject.empty() ? "" : ": ", semblance::report_stage::visible_text(message));
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  semblance::cli::Context context;
  CLI::App app{"Semblance: do the faces that a generative model makes belong to people it was trained on, and to whom?",
               "semblance"};
  app.set_version_flag("--version", std::string("semblance ") + semblance::kVersion);
  app.add_flag("--json", context.json, "Print the result as JSON, errors too");
  app.add_flag("-q,--quiet", context.quiet, "Print nothing but errors");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.fallthrough();
  semblance::cli::add_audit(app, context);
  semblance::cli::add_embed(app, context);
  semblance::cli::add_models(app, context);
  semblance::cli::add_generate(app, context);
  semblance::cli::add_score(app, context);
  semblance::cli::add_calibrate(app, context);
  semblance::cli::add_simulate(app, context);
  semblance::cli::add_experiment(app, context);
  semblance::cli::add_power(app, context);
  semblance::cli::add_review(app, context);
  semblance::cli::add_purge(app, context);
  semblance::cli::add_compare(app, context);
  semblance::cli::add_gate(app, context);
  semblance::cli::add_doctor(app, context);
  semblance::cli::add_info(app, context);

  semblance::cli::install_interrupt_handler();
  try {
    app.parse(argc, argv);
    return context.exit_code;
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return report_failure(context, ErrorCode::usage, "cli", "", std::string(error.what()) + " (see --help)");
  } catch (const Error& error) {
    return report_failure(context, error.code(), error.stage(), error.subject(), error.message());
  } catch (const std::bad_alloc&) {
    return report_failure(context, ErrorCode::resource, "", "", "not enough memory for this run");
  } catch (const std::exception& error) {
    return report_failure(context, ErrorCode::internal, "", "internal error", error.what());
  }
}
