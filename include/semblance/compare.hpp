#pragma once
// Finished reports side by side: checkpoints of a generator, datasets, matchers. Nothing is audited anew.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "semblance/report.hpp"

namespace semblance {

struct ComparedReport {
  std::string name;      ///< shown; unique
  std::string location;  ///< the folder, as the user named it
  std::string sha256;    ///< of its report.json
  ReportModel model;     ///< with identities, without images and curves
};

/// Two reports by the same matcher: what can be said of their leak rates.
struct RateDifference {
  std::string matcher;
  std::string first, second;  ///< reports' names
  double difference = 0;      ///< first - second, of the estimates
  double low = -1, high = 1;  ///< 95%, by MOVER from the two intervals as if they were independent (Zou, Donner 2008)
  bool overlap = true;        ///< of the two 95% intervals: then neither is said to leak more
  bool unnamed = false;       ///< neither report names its matcher, and they may be two: nothing is said either
  bool same_train = false, same_holdout = false;  ///< the same embeddings, by their hashes
  std::string sentence;
};

/// Two reports whose training people carry the same labels: who is listed in which.
struct ListedPeople {
  std::string matcher;
  std::string first, second;
  double q = 0;
  std::size_t both = 0, only_first = 0, only_second = 0;
};

/// One person of a report that is listed in any of them.
struct ListedPerson {
  std::string person, report, matcher;
  std::optional<double> listed_at_fdr;  ///< the smallest level; none: not listed here
  std::optional<double> p, q;
  double best = 0;
};

struct ReportComparison {
  std::vector<ComparedReport> reports;
  std::vector<RateDifference> differences;  ///< every pair of reports with a matcher and a control in common
  std::vector<ListedPeople> people;         ///< at every level that both have
  std::vector<ListedPerson> persons;        ///< people listed anywhere, by id, then report, then matcher
  std::vector<std::string> notes;           ///< why reports may not be comparable, a sentence each
};

/// Reads two or more reports. `names` are theirs, or empty: then the folders' last parts, or the whole locations where
/// those are alike. Throws Error{usage} on fewer than two reports, a folder given twice, names that are not unique or
/// not as many; Error{input} as read_report does.
std::vector<ComparedReport> read_compared(const std::vector<std::filesystem::path>& folders,
                                          const std::vector<std::string>& names);

/// Compares. Throws Error{input} when nothing connects any two reports: neither a matcher of the same name nor the
/// same training set (by hash or by the people's labels). Deterministic; the order of reports is kept.
ReportComparison compare_reports(std::vector<ComparedReport> reports);

/// The comparison as JSON, schema semblance-compare/1.
std::string compare_json(const ReportComparison& comparison);

/// Writes compare.html, compare.csv, compare.json and, where people can be compared, compare-people.csv into `folder`,
/// which exists and is empty. Throws Error{output}.
void write_comparison(const ReportComparison& comparison, const std::filesystem::path& folder);

}  // namespace semblance
