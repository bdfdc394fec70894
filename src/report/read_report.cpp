#include <fmt/format.h>

#include "base/plain_file.hpp"
#include "report/json_field.hpp"
#include "report/read_tables.hpp"
#include "report/report_fields.hpp"
#include "semblance/error.hpp"
#include "semblance/report_file.hpp"

namespace semblance {

namespace {

namespace fs = std::filesystem;
using report_stage::JsonField;

constexpr const char* kSchema = "semblance-report/1";
constexpr std::uint64_t kLargest = std::uint64_t{1} << 33U;  // a million best pairs are 0.3 GB

[[noreturn]] void refuse(const fs::path& where, const std::string& why) {
  throw Error(ErrorCode::input, "report", where.string(), why);
}

JsonField::Json parse(const fs::path& file) {
  std::vector<std::uint8_t> bytes;
  if (const std::string why = read_plain_file(file, kLargest, bytes); !why.empty()) refuse(file, why);
  try {
    return JsonField::Json::parse(bytes);
  } catch (const JsonField::Json::parse_error& error) {
    refuse(file, fmt::format("is cut off or damaged: no JSON from byte {} of {} on; copy the report again or run the "
                             "audit again",
                             error.byte, bytes.size()));
  } catch (const JsonField::Json::exception& error) {
    refuse(file, std::string("holds a number that no report has; run the audit again (") + error.what() + ")");
  }
}

void check_folder(const fs::path& folder) {
  std::error_code ignored;
  const fs::file_status status = fs::status(folder, ignored);
  if (!fs::exists(status)) refuse(folder, "isn't there; give a folder that `semblance audit --out` wrote");
  if (!fs::is_directory(status)) {
    refuse(folder, "is no folder; give the folder that `semblance audit --out` wrote, not a file in it");
  }
  if (!fs::exists(folder / "report.json", ignored)) {
    refuse(folder, "is no report: it holds no report.json; give a folder that `semblance audit --out` wrote");
  }
}

void check_schema(const JsonField& report, const fs::path& file) {
  const JsonField schema = report.at("schema");
  if (schema.text() == kSchema) return;
  refuse(file, fmt::format("is of schema {}, and this version reads {} alone; use the version of Semblance that "
                           "wrote it",
                           schema.shown(), kSchema));
}

}  // namespace

ReportModel read_report(const fs::path& folder, const ReportParts& parts) {
  using namespace report_stage;
  check_folder(folder);
  const fs::path file = folder / "report.json";
  const std::string name = file.string();
  ReportCounts counts;
  ReportModel model;
  {
    const JsonField::Json json = parse(file);
    const JsonField report(json, name);
    check_schema(report, file);
    model = model_from(report, counts);
  }
  if (parts.removal) read_removal_csv(model, counts, folder / "removal.csv");
  if (parts.identities) read_identities_csv(model, folder / "identities.csv");
  if (parts.images) read_images_csv(model, folder / "images.csv");
  if (parts.control) {
    read_control_pairs_csv(model, folder / "control-pairs.csv");
    read_control_people_csv(model, folder / "control-people.csv");
  }
  if (parts.curves) read_histograms_csv(model, counts, folder / "histograms.csv");
  return model;
}

}  // namespace semblance
