#pragma once
// How studies are written: one file a study and kind, the same parts in all.

#include <string>

#include "report/json_writer.hpp"
#include "semblance/experiment.hpp"
#include "semblance/page.hpp"

namespace semblance::experiment_stage {

/// {"schema": ..., "study": name, then sets and version}; the caller goes on in the same object.
void begin_study(report_stage::JsonWriter& json, const std::string& study, const std::vector<StudySet>& sets);
void write_interval(report_stage::JsonWriter& json, const std::string& name, const std::optional<Interval>& interval);
void write_best_summary(report_stage::JsonWriter& json, const BestMatchSummary& summary);
void write_texts(report_stage::JsonWriter& json, const std::string& name, const std::vector<std::string>& texts);

// Numbers on a page.
std::string count_text(std::uint64_t count);                                              ///< 1,234,567
std::string expected_text(double count);                                                  ///< 12.3; large ones grouped
std::string score_text(double score);                                                     ///< 0.4321
std::string share_text(double share);                                                     ///< 8.72%
std::string difference_text(double difference, const std::optional<Interval>& interval);  ///< +8.6% (6.1% to 11.4%)
std::string rate_text(double rate);                                                       ///< 1e-06
std::string p_text(double p);

/// A histogram joined to at most `bins` bins over the scores that `reference` histograms reach, as densities.
Page::Series density(const std::string& name, const Histogram& histogram, const std::vector<const Histogram*>& range,
                     std::size_t bins);
/// Share of scores at or over each edge; ends where no score is left.
Page::Series survival(const std::string& name, const Histogram& histogram, std::size_t points);

/// Best matches as shares a bin, and as the share at or over each score.
Page::Chart best_match_chart(const std::string& title, const BestMatchBins& bins,
                             const std::vector<const BestMatchSummary*>& sets, const std::vector<Page::Marker>& markers,
                             const std::string& control);
Page::Chart best_match_tail_chart(const std::string& title, const BestMatchBins& bins,
                                  const std::vector<const BestMatchSummary*>& sets,
                                  const std::vector<Page::Marker>& markers, const std::string& control);

Page::Section sets_section(const std::vector<StudySet>& sets);

}  // namespace semblance::experiment_stage
