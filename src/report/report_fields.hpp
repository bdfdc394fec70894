#pragma once
// report.json read back, the mirror of report_json.cpp.

#include <vector>

#include "report/json_field.hpp"
#include "semblance/report.hpp"

namespace semblance::report_stage {

/// What report.json says that the model has no place for: how long the CSVs are.
struct ReportCounts {
  struct Bins {
    std::string name;
    double low = 0, high = 0;
    std::size_t bins = 0;
  };
  std::optional<std::size_t> removal;     ///< none: not counted yet by the version that wrote it
  std::vector<std::vector<Bins>> curves;  ///< of each matcher
};

/// Fills the model from the root of report.json. Throws Error{input} naming the field at fault.
ReportModel model_from(const JsonField& report, ReportCounts& counts);

ReportModel::Guards guards_from(const JsonField& guards);

}  // namespace semblance::report_stage
