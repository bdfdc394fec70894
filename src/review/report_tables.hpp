#pragma once
// What a pack needs of a finished report.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace semblance::review_stage {

/// A person and their best match among the synthetic images.
struct PersonRow {
  std::string person, real, synthetic;
  double score = 0;
  bool listed = false;
};

struct ReportTables {
  std::string matcher;
  std::string report_sha256;
  std::optional<double> fdr;        ///< the laxest that was asked for; none without a hold-out
  std::vector<PersonRow> training;  ///< strongest evidence first
  std::vector<PersonRow> holdout;   ///< best score first; empty without a hold-out
};

/// Reads them from the folder. `matcher` empty: the first. Throws Error{input} naming the file, Error{usage} for a
/// matcher that the report doesn't have.
ReportTables read_report_tables(const std::filesystem::path& report, const std::string& matcher);

}  // namespace semblance::review_stage
