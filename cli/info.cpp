// semblance info: what a store, a score folder, a report, a simulated case or an embedding file holds.

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/common.hpp"
#include "semblance/error.hpp"
#include "semblance/store.hpp"

namespace semblance::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json read_json(const fs::path& file) {
  std::ifstream in(file);
  if (!in) throw Error(ErrorCode::input, "info", file.string(), "cannot be read");
  Json json = Json::parse(in, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    throw Error(ErrorCode::input, "info", file.string(), "is damaged: it is not a JSON object");
  }
  return json;
}

Json describe_embeddings(const std::string& location) {
  const EmbeddingSet set = read_embeddings({.location = location, .items = std::nullopt}, {.allow_zero_rows = true});
  Json json = {{"kind", "embeddings"},
               {"rows", set.matrix.rows},
               {"dimension", set.matrix.cols},
               {"labelled", set.labelled},
               {"identities", set.labelled ? Json(set.identity_names.size()) : Json(nullptr)},
               {"rejected", set.rejected},
               {"matcher", set.matcher.empty() ? Json(nullptr) : Json(set.matcher)},
               {"sha256", set.sha256}};
  return json;
}

Json describe_report(const Json& report) {
  Json json = {{"kind", "report"},
               {"schema", report.at("schema")},
               {"verdict", report.at("verdict")},
               {"sets", report.at("sets")}};
  Json matchers = Json::array();
  for (const Json& matcher : report.at("matchers")) {
    Json counts = Json::object();
    for (const Json& list : matcher.at("identities").at("fdr"))
      counts[fmt::format("{:g}", list.at("q").get<double>())] = list.at("count");
    matchers.push_back({{"name", matcher.at("name")},
                        {"pairs", matcher.at("pairs").at("scored")},
                        {"identities_at_fdr", counts},
                        {"leak_rate", matcher.at("leak_rate")}});
  }
  json["matchers"] = matchers;
  return json;
}

Json describe_marked(const char* kind, const Json& content) {
  Json json = {{"kind", kind}};
  json.update(content);
  return json;
}

Json describe(const fs::path& where) {
  if (fs::exists(where / "report.json")) return describe_report(read_json(where / "report.json"));
  if (fs::exists(where / "scores.json")) return describe_marked("scores", read_json(where / "scores.json"));
  if (fs::exists(where / "case.json")) return describe_marked("simulated case", read_json(where / "case.json"));
  if (fs::exists(where / "purge.json")) return describe_marked("purged dataset", read_json(where / "purge.json"));
  return describe_embeddings(where.string());
}

std::string scalar_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return "none";
  if (value.is_number_unsigned()) return grouped(value.get<std::uint64_t>());
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.dump();
}

// Indented "key  value" lines; long lists are counted, not printed.
void print(const Json& json, int depth) {
  constexpr std::size_t kShown = 8;
  for (const auto& [key, value] : json.items()) {
    const std::string indent(static_cast<std::size_t>(depth) * 2, ' ');
    if (value.is_object()) {
      fmt::print("{}{}\n", indent, key);
      print(value, depth + 1);
    } else if (value.is_array()) {
      const bool scalars = std::none_of(value.begin(), value.end(), [](const Json& v) { return v.is_structured(); });
      if (scalars && value.size() <= kShown) {
        std::string line;
        for (const Json& v : value) line += (line.empty() ? "" : ", ") + scalar_text(v);
        fmt::print("{}{:<20} {}\n", indent, key, line);
      } else if (scalars || value.size() > kShown) {
        fmt::print("{}{:<20} {} entries\n", indent, key, grouped(value.size()));
      } else {
        fmt::print("{}{}\n", indent, key);
        for (const Json& v : value) print(v, depth + 1);
      }
    } else {
      fmt::print("{}{:<20} {}\n", indent, key, scalar_text(value));
    }
  }
}

void run_info(const std::string& where, const Context& context) {
  try {
    const Json json = describe(where);
    if (context.json) {
      fmt::print("{}\n", json.dump(2));
    } else {
      print(json, 0);
    }
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::input, "info", where,
                std::string("lacks a field it should have; was it edited? (") + error.what() + ")");
  }
}

}  // namespace

void add_info(CLI::App& app, Context& context) {
  auto where = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("info", "Show what a store, a score folder, a report or an embedding file holds");
  command->add_option("path", *where, "Folder or file")->required();
  command->footer("Examples:\n  semblance info report/\n  semblance info r.npy --json");
  command->callback([where, &context] { run_info(*where, context); });
}

}  // namespace semblance::cli
