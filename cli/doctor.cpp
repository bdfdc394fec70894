// semblance doctor: what is there on this machine, what is missing, and how to get it.

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>

#include "base/parallel.hpp"
#include "cli/cache.hpp"
#include "cli/common.hpp"
#include "cli/onnx_runtime.hpp"
#include "semblance/embed.hpp"
#include "semblance/error.hpp"
#include "semblance/models.hpp"
#include "semblance/runtime.hpp"
#include "semblance/score.hpp"
#include "semblance/version.hpp"

namespace semblance::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::string_view kDefaultMatcher = "face_recognition";

struct Library {
  FoundRuntime found;
  std::string version, fault;  ///< one of them
  std::vector<std::string> providers;
  std::string cuda_fault;  ///< why CUDA, which is among them, can't be asked for
};

Library examine_library(const std::string& given) {
  Library library{.found = locate_onnx_runtime(given), .version = {}, .fault = {}, .providers = {}, .cuda_fault = {}};
  try {
    RuntimeFacts facts = examine_runtime(library.found.library);
    library.version = std::move(facts.version);
    library.providers = std::move(facts.providers);
    library.cuda_fault = std::move(facts.cuda_fault);
  } catch (const Error& error) {
    library.fault = error.message();
  }
  return library;
}

std::uint64_t bytes_below(const fs::path& folder) {
  std::uint64_t bytes = 0;
  std::error_code failed;
  for (fs::recursive_directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code gone;
    if (at->is_regular_file(gone)) bytes += at->file_size(gone);
  }
  return bytes;
}

// A line of /proc/meminfo, in bytes; 0 where there is none.
std::uint64_t memory_line(const std::string& name) {
  std::ifstream in("/proc/meminfo");
  constexpr std::uint64_t kKibi = 1024;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name)) return kKibi * std::strtoull(line.c_str() + name.size(), nullptr, 10);
  }
  return 0;
}

struct ExaminedModel {
  Model model;
  std::string fault;  ///< of an installed one
};

struct Missing {
  std::string what, command;
};

struct Findings {
  Library runtime;
  fs::path cache;
  std::uint64_t cache_bytes = 0;
  std::vector<ExaminedModel> models;
  std::vector<std::string> kernels;
  std::uint64_t memory = 0, free_memory = 0;
  unsigned threads = 0;
  std::vector<Missing> missing;
  bool pictures = false;  ///< can be audited
};

// The project's default matcher, else the first that can be fetched.
std::string suggested(const std::vector<ExaminedModel>& models) {
  std::string name = "NAME";
  for (const ExaminedModel& examined : models) {
    const Model& model = examined.model;
    if (model.kind != "matcher" || !model.fetchable) continue;
    if (model.name == kDefaultMatcher) return model.name;
    if (name == "NAME") name = model.name;
  }
  return name;
}

// Installing another one doesn't help where the user names one that can't be loaded: that comes first.
Missing advice_of(const FoundRuntime& found) {
  const std::string library = found.library.string();
  if (found.by == "environment") {
    return {"ONNX Runtime: SEMBLANCE_ONNXRUNTIME names '" + library +
                "', which is none that can be loaded; then this "
                "finds another, or gets one with `semblance models install onnxruntime`",
            "unset SEMBLANCE_ONNXRUNTIME"};
  }
  if (found.by == "flag") {
    return {"ONNX Runtime: --onnxruntime names '" + library +
                "', which is none that can be loaded; leave it out to "
                "see what else is there, or get one",
            "semblance models install onnxruntime"};
  }
  if (found.by == "python") {
    return {"ONNX Runtime: the Python package at '" + library + "' can't be loaded",
            "pip install \"onnxruntime>=1.31\""};
  }
  return {"ONNX Runtime, which runs the networks", "semblance models install onnxruntime"};
}

Findings examine(const std::string& given) {
  Findings findings{.runtime = examine_library(given),
                    .cache = cache_folder(),
                    .models = {},
                    .kernels = score_kernels(),
                    .missing = {}};
  findings.cache_bytes = bytes_below(findings.cache);
  findings.threads = thread_count(0);
  findings.memory = memory_line("MemTotal:");
  findings.free_memory = memory_line("MemAvailable:");
  if (!findings.runtime.fault.empty()) {
    findings.missing.push_back(advice_of(findings.runtime.found));
  }
  bool matcher = false;
  for (Model& model : list_models(findings.cache)) {
    ExaminedModel examined{.model = std::move(model), .fault = {}};
    if (examined.model.state == ModelState::outdated) examined.fault = "was installed with another card";
    if (examined.model.state == ModelState::installed) examined.fault = verify_model(examined.model);
    const bool ready = examined.model.state == ModelState::installed && examined.fault.empty();
    matcher = matcher || (ready && examined.model.kind == "matcher");
    if (!examined.fault.empty()) {
      findings.missing.push_back({examined.model.name + ": " + examined.fault,
                                  fmt::format("semblance models install {}", examined.model.name)});
    }
    findings.models.push_back(std::move(examined));
  }
  if (!matcher) {
    findings.missing.push_back(
        {"a matcher, to turn pictures into embeddings", "semblance models install " + suggested(findings.models)});
  }
  findings.pictures = matcher && findings.runtime.fault.empty();
  return findings;
}

const char* state_word(const ExaminedModel& examined) {
  if (!examined.fault.empty()) return "damaged";
  if (examined.model.state == ModelState::missing) return "not installed";
  if (examined.model.weights.empty()) return "ready";
  return examined.model.promised ? "installed, checksum right"
                                 : "installed, no checksum in the card to hold it against";
}

void print_doctor_json(const Findings& findings) {
  const Library& runtime = findings.runtime;
  Json result = {{"version", kVersion},
                 {"pictures_can_be_audited", findings.pictures},
                 {"onnx_runtime",
                  {{"library", runtime.found.library.string()},
                   {"found_by", runtime.found.by},
                   {"version", runtime.version.empty() ? Json() : Json(runtime.version)},
                   {"providers", runtime.providers},
                   {"cuda_fault", runtime.cuda_fault.empty() ? Json() : Json(runtime.cuda_fault)},
                   {"fault", runtime.fault.empty() ? Json() : Json(runtime.fault)}}},
                 {"cache", {{"folder", findings.cache.string()}, {"bytes", findings.cache_bytes}}},
                 {"kernels", findings.kernels},
                 {"kernel", findings.kernels.front()},
                 {"threads", findings.threads},
                 {"memory_bytes", findings.memory},
                 {"free_memory_bytes", findings.free_memory}};
  result["models"] = Json::array();
  for (const ExaminedModel& examined : findings.models) {
    const bool there = examined.model.state != ModelState::missing;
    result["models"].push_back({{"name", examined.model.name},
                                {"kind", examined.model.kind},
                                {"installed", there},
                                {"checked", there && examined.fault.empty() && !examined.model.sha256.empty()},
                                {"fault", examined.fault.empty() ? Json() : Json(examined.fault)}});
  }
  result["missing"] = Json::array();
  for (const Missing& one : findings.missing) {
    result["missing"].push_back({{"what", one.what}, {"command", one.command}});
  }
  fmt::print("{}\n", result.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_text(const Findings& findings) {
  constexpr double kGibi = 1024.0 * 1024 * 1024;
  const Library& runtime = findings.runtime;
  fmt::print("semblance {}\n", kVersion);
  if (runtime.fault.empty()) {
    fmt::print("ONNX Runtime  {} ({}), found by {}: {}\n", runtime.version, fmt::join(runtime.providers, ", "),
               runtime.found.by, runtime.found.library.string());
    if (!runtime.cuda_fault.empty()) fmt::print("  --device cuda can't be had of it: {}\n", runtime.cuda_fault);
  } else {
    fmt::print("ONNX Runtime  {} ({}): {}\n", runtime.found.library.string(), runtime.found.by, runtime.fault);
  }
  fmt::print("processor     {} threads; scores pairs by {} (has {})\n", findings.threads, findings.kernels.front(),
             fmt::join(findings.kernels, ", "));
  fmt::print("memory        {:.1f} GiB, {:.1f} GiB of them free\n", static_cast<double>(findings.memory) / kGibi,
             static_cast<double>(findings.free_memory) / kGibi);
  fmt::print("cache         {} ({:.1f} MiB)\n", findings.cache.string(),
             static_cast<double>(findings.cache_bytes) / (1024 * 1024));
  for (const ExaminedModel& examined : findings.models) {
    fmt::print("  {:<28} {:<9} {}\n", examined.model.name, examined.model.kind, state_word(examined));
  }
  fmt::print("embeddings can be audited; pictures {}\n", findings.pictures ? "can, too" : "can't yet");
  for (const Missing& one : findings.missing) fmt::print("  {}\n    {}\n", one.what, one.command);
}

}  // namespace

void add_doctor(CLI::App& app, Context& context) {
  auto runtime = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("doctor", "What this machine has for the job, what is missing, and the command that gets it");
  command->add_option("--onnxruntime", *runtime, kRuntimeHelp);
  command->footer(
      R"(ONNX Runtime is looked for, in this order, by flag (--onnxruntime), environment ($SEMBLANCE_ONNXRUNTIME), python (its
package onnxruntime), cache (models install onnxruntime), system.

Exit code: 0 if pictures can be audited, that is, ONNX Runtime loads and a matcher is installed whose checksum is right;
5 if not. Embeddings can be audited either way.

Examples:
  semblance doctor
  semblance doctor --json)");
  command->callback([runtime, &context] {
    const Findings findings = examine(*runtime);
    if (context.json) {
      print_doctor_json(findings);
    } else if (!context.quiet) {
      print_text(findings);
    }
    if (!findings.pictures) context.exit_code = static_cast<int>(ErrorCode::resource);
  });
}

}  // namespace semblance::cli
