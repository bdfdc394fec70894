#include "review/report_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/csv.hpp"
#include "base/plain_file.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"

namespace semblance::review_stage {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kLargestReport = 4ULL << 30U;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "review", file.string(), why);
}

// A CSV whose columns are asked for by name.
class Columns {
 public:
  Columns(const fs::path& file, const std::vector<std::string_view>& names) : csv_(checked(file)) {
    std::vector<std::string> header;
    if (!csv_.next(header)) refuse(file, "is empty");
    for (const std::string_view name : names) {
      const auto at = std::find(header.begin(), header.end(), name);
      if (at == header.end()) refuse(file, fmt::format("has no column '{}'", name));
      columns_.push_back(static_cast<std::size_t>(at - header.begin()));
    }
    width_ = header.size();
  }

  bool next() {
    if (!csv_.next(fields_)) return false;
    if (fields_.size() != width_) fail(fmt::format("has {} fields, not {}", fields_.size(), width_));
    return true;
  }
  [[nodiscard]] const std::string& text(std::size_t column) const { return fields_[columns_[column]]; }
  /// None for an empty field.
  [[nodiscard]] std::optional<double> number(std::size_t column) const {
    const std::string& field = text(column);
    if (field.empty()) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
    if (error != std::errc() || end != field.data() + field.size()) fail(fmt::format("'{}' is no number", field));
    return value;
  }

 private:
  static const fs::path& checked(const fs::path& file) {
    if (!fs::is_regular_file(file)) {
      refuse(file, "isn't there; the report was made by an older version or isn't whole: run the audit again");
    }
    return file;
  }
  [[noreturn]] void fail(const std::string& why) const {
    refuse(csv_.file(), fmt::format("line {}: {}", csv_.line(), why));
  }

  CsvReader csv_;
  std::vector<std::size_t> columns_;
  std::size_t width_ = 0;
  std::vector<std::string> fields_;
};

// The laxest false discovery rate that a report's lists were made at.
std::optional<double> laxest_fdr(const fs::path& file) {
  std::vector<std::uint8_t> bytes;
  if (const std::string why = read_plain_file(file, kLargestReport, bytes); !why.empty()) {
    refuse(file, why + "; give the folder that `semblance audit` wrote");
  }
  std::optional<double> laxest;
  try {
    const Json report = Json::parse(bytes);
    if (report.at("schema") != "semblance-report/1") refuse(file, "is no report of this version of `semblance audit`");
    if (report.at("sets").at("holdout").is_null()) return std::nullopt;
    for (const Json& list : report.at("matchers").at(0).at("identities").at("fdr")) {
      laxest = std::max(laxest.value_or(0), list.at("q").get<double>());
    }
  } catch (const Json::exception&) {
    refuse(file, "is damaged, or no report of `semblance audit`");
  }
  return laxest;
}

}  // namespace

ReportTables read_report_tables(const fs::path& report, const std::string& matcher) {
  ReportTables tables;
  tables.fdr = laxest_fdr(report / "report.json");
  tables.report_sha256 = sha256_file(report / "report.json");
  tables.matcher = matcher;
  std::vector<std::string> matchers;
  Columns training(report / "identities.csv", {"matcher", "identity", "best_train", "best_synthetic", "best", "q"});
  while (training.next()) {
    const std::string& name = training.text(0);
    if (matchers.empty() || matchers.back() != name) matchers.push_back(name);
    if (matcher.empty()) tables.matcher = matchers.front();
    const auto score = training.number(4);
    if (name != tables.matcher || !score || !std::isfinite(*score)) continue;
    const auto q = training.number(5);
    tables.training.push_back({.person = training.text(1),
                               .real = training.text(2),
                               .synthetic = training.text(3),
                               .score = *score,
                               .listed = tables.fdr && q && *q <= *tables.fdr});
  }
  if (tables.training.empty()) {
    if (matchers.empty()) refuse(report / "identities.csv", "names nobody");
    throw Error(ErrorCode::usage, "review", "--matcher",
                fmt::format("'{}' isn't in the report; its matchers are {}", matcher, fmt::join(matchers, ", ")));
  }
  Columns holdout(report / "control-people.csv", {"matcher", "identity", "best_holdout", "best_synthetic", "best"});
  while (holdout.next()) {
    const auto score = holdout.number(4);
    if (holdout.text(0) != tables.matcher || !score || !std::isfinite(*score)) continue;
    tables.holdout.push_back({.person = holdout.text(1),
                              .real = holdout.text(2),
                              .synthetic = holdout.text(3),
                              .score = *score,
                              .listed = false});
  }
  return tables;
}

}  // namespace semblance::review_stage
