#pragma once
// A finished report, read back: what gates, comparisons, removal and review start from.

#include <filesystem>

#include "semblance/report.hpp"

namespace semblance {

/// Which CSVs are read beside report.json; each may be as long as the sets that were compared.
struct ReportParts {
  bool removal = true;     ///< removal.csv -> ReportModel::removal
  bool identities = true;  ///< identities.csv -> Matcher::identities
  bool images = false;     ///< images.csv -> Matcher::images
  bool curves = false;     ///< histograms.csv -> Matcher::curves
};

/// Reads the folder that write_report filled. From report.json comes everything of the model but the lists of
/// ReportParts, which stay empty unless asked for, and the ids of Matcher::image_lists, which no file holds in their
/// order (their levels and counts are there; images.csv says of each image where it is listed). Numbers read back as
/// the same float64 (-0 as 0); one that was not finite as NaN, or as none where the model may have none. Strings of
/// report.json are UTF-8: bytes that were not are U+FFFD there, whereas ids from the CSVs come byte for byte as in the
/// input. Fields and columns that this version does not know are ignored; those that an earlier 0.x did not write yet
/// are empty. Throws Error{input}, naming the file and the field, column or line, when the folder is no report,
/// report.json is of another schema version, cut off or lacks a field that the schema requires, or a CSV's rows are not
/// as many as report.json counts. Deterministic; thread-safe. Memory: about ten times report.json while that is read,
/// beyond the model.
ReportModel read_report(const std::filesystem::path& folder, const ReportParts& parts = {});

}  // namespace semblance
