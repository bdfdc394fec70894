#include "experiment/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "semblance/version.hpp"

namespace semblance::experiment_stage {

using report_stage::JsonWriter;
using Layout = JsonWriter::Layout;

void begin_study(JsonWriter& json, const std::string& study, const std::vector<StudySet>& sets) {
  json.begin_object();
  json.field("schema", "semblance-experiment/1");
  json.field("study", study);
  json.field("version", kVersion);
  json.open_array("sets");
  for (const StudySet& set : sets) {
    json.begin_object(Layout::line);
    json.field("role", set.role);
    json.field("location", set.location);
    json.field("items", set.items);
    json.field("identities", set.identities);
    json.field("labelled", set.labelled);
    json.field("sha256", set.sha256);
    json.field("items_sha256", set.items_sha256);
    json.end_object();
  }
  json.end_array();
}

void write_interval(JsonWriter& json, const std::string& name, const std::optional<Interval>& interval) {
  json.key(name);
  if (!interval) {
    json.value(nullptr);
    return;
  }
  json.begin_array(Layout::line);
  json.value(interval->low);
  json.value(interval->high);
  json.end_array();
}

void write_best_summary(JsonWriter& json, const BestMatchSummary& summary) {
  json.begin_object();
  json.field("name", summary.name);
  json.field("images", summary.images);
  json.field("synthetic_identities", summary.synthetic_identities);
  json.field("real_items", summary.real_items);
  json.field("real_identities", summary.real_identities);
  json.field("median", summary.median);
  json.field("q90", summary.q90);
  json.field("q99", summary.q99);
  json.field("q99.9", summary.q999);
  json.field("max", summary.max);
  json.field("ks", summary.ks);
  json.field("auc", summary.auc);
  json.open_object("hubs", Layout::line);
  json.field("top1", summary.hubs.top1);
  json.field("top10", summary.hubs.top10);
  json.field("top_percent", summary.hubs.top_percent);
  json.field("percent_items", summary.hubs.percent_items);
  json.field("distinct", summary.hubs.distinct);
  json.field("top_item", summary.hubs.top_item);
  json.end_object();
  json.open_array("shares");
  for (const BestMatchShare& share : summary.shares) {
    json.begin_object();
    json.field("threshold", share.threshold);
    json.field("images", share.images);
    json.field("share", share.share);
    write_interval(json, "ci95", share.interval);
    json.field("synthetic_identities", share.synthetic_identities);
    json.field("real_items", share.real_items);
    json.field("real_identities", share.real_identities);
    json.field("excess", share.excess);
    write_interval(json, "excess_ci95", share.excess_interval);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_texts(JsonWriter& json, const std::string& name, const std::vector<std::string>& texts) {
  json.open_array(name);
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

std::string count_text(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string expected_text(double count) {
  if (count >= 100) return count_text(static_cast<std::uint64_t>(std::llround(count)));
  return count >= 0.1 || count == 0 ? fmt::format("{:.1f}", count) : fmt::format("{:.1g}", count);
}

std::string score_text(double score) { return fmt::format("{:.4f}", score); }

std::string share_text(double share) {
  const double percent = 100 * share;
  if (percent == 0) return "0%";
  if (std::abs(percent) >= 10) return fmt::format("{:.1f}%", percent);
  return std::abs(percent) >= 0.01 ? fmt::format("{:.2f}%", percent) : fmt::format("{:.1g}%", percent);
}

std::string difference_text(double difference, const std::optional<Interval>& interval) {
  const auto with_sign = [](double value) { return fmt::format("{}{}", value > 0 ? "+" : "", share_text(value)); };
  std::string text = with_sign(difference);
  if (interval) text += fmt::format(" ({} to {})", with_sign(interval->low), with_sign(interval->high));
  return text;
}

std::string rate_text(double rate) { return fmt::format("{:.2g}", rate); }

std::string p_text(double p) { return fmt::format("{:.3g}", p); }

namespace {

/// First and one past the last bin that any of the histograms fills.
std::pair<std::size_t, std::size_t> reached(const std::vector<const Histogram*>& histograms) {
  std::size_t first = histograms.front()->counts.size();
  std::size_t end = 0;
  for (const Histogram* histogram : histograms) {
    for (std::size_t k = 0; k < histogram->counts.size(); ++k) {
      if (histogram->counts[k] == 0) continue;
      first = std::min(first, k);
      end = std::max(end, k + 1);
    }
  }
  return {std::min(first, end), end};
}

std::string name_of(const BestMatchSummary& set, const std::string& control) {
  return set.name == control ? set.name + " (control)" : set.name;
}

}  // namespace

Page::Series density(const std::string& name, const Histogram& histogram, const std::vector<const Histogram*>& range,
                     std::size_t bins) {
  const auto [first, end] = reached(range);
  const std::size_t join = std::max<std::size_t>(1, (end - first + bins - 1) / bins);
  const auto total = static_cast<double>(histogram.total());
  Page::Series series{.name = name, .x = {}, .y = {}};
  for (std::size_t k = first; k < end; k += join) {
    const std::size_t stop = std::min(k + join, end);
    double count = 0;
    for (std::size_t j = k; j < stop; ++j) count += static_cast<double>(histogram.counts[j]);
    const double width = histogram.edge(stop) - histogram.edge(k);
    series.x.push_back((histogram.edge(k) + histogram.edge(stop)) / 2);
    series.y.push_back(count / total / width);
  }
  return series;
}

Page::Series survival(const std::string& name, const Histogram& histogram, std::size_t points) {
  const auto [first, end] = reached({&histogram});
  const std::size_t join = std::max<std::size_t>(1, (end - first + points - 1) / points);
  const auto total = static_cast<double>(histogram.total());
  std::uint64_t left = histogram.count_from(first);
  Page::Series series{.name = name, .x = {}, .y = {}};
  for (std::size_t k = first; k < end; ++k) {
    if ((k - first) % join == 0) {
      series.x.push_back(histogram.edge(k));
      series.y.push_back(static_cast<double>(left) / total);
    }
    left -= histogram.counts[k];
  }
  return series;
}

Page::Chart best_match_chart(const std::string& title, const BestMatchBins& bins,
                             const std::vector<const BestMatchSummary*>& sets, const std::vector<Page::Marker>& markers,
                             const std::string& control) {
  Page::Chart chart{
      .title = title, .x_label = "best score of a synthetic image", .y_label = "share of synthetic images"};
  for (const BestMatchSummary* set : sets) {
    Page::Series series{.name = name_of(*set, control), .x = {}, .y = {}};
    series.style = sets.size() <= 3 ? Page::Style::steps : Page::Style::line;
    series.dashed = set->name == control;
    for (std::size_t k = 0; k < bins.count; ++k) {
      const double place = static_cast<double>(k) + (series.style == Page::Style::steps ? 0.0 : 0.5);
      series.x.push_back(bins.low + bins.width * place);
      series.y.push_back(static_cast<double>(set->counts[k]) / static_cast<double>(set->images));
    }
    if (series.style == Page::Style::steps) {
      series.x.push_back(bins.low + bins.width * static_cast<double>(bins.count));
      series.y.push_back(0);
    }
    chart.series.push_back(std::move(series));
  }
  chart.markers = markers;
  return chart;
}

Page::Chart best_match_tail_chart(const std::string& title, const BestMatchBins& bins,
                                  const std::vector<const BestMatchSummary*>& sets,
                                  const std::vector<Page::Marker>& markers, const std::string& control) {
  Page::Chart chart{.title = title,
                    .x_label = "score t",
                    .y_label = "share of synthetic images with a best match ≥ t",
                    .y_axis = Page::Axis::logarithmic};
  for (const BestMatchSummary* set : sets) {
    Page::Series series{.name = name_of(*set, control), .x = {}, .y = {}};
    series.dashed = set->name == control;
    std::uint64_t left = set->images;
    for (std::size_t k = 0; k < bins.count && left > 0; ++k) {
      series.x.push_back(bins.low + bins.width * static_cast<double>(k));
      series.y.push_back(static_cast<double>(left) / static_cast<double>(set->images));
      left -= set->counts[k];
    }
    chart.series.push_back(std::move(series));
  }
  chart.markers = markers;
  return chart;
}

Page::Section sets_section(const std::vector<StudySet>& sets) {
  Page::Table table{.caption = "Files that this page rests on",
                    .columns = {"set", "file", "images", "people", "SHA-256"},
                    .rows = {}};
  for (const StudySet& set : sets) {
    table.rows.push_back({set.role, set.location, count_text(set.items),
                          set.labelled ? count_text(set.identities) : "not labelled", set.sha256});
  }
  return {.heading = "Inputs", .paragraphs = {}, .tables = {std::move(table)}, .charts = {}};
}

}  // namespace semblance::experiment_stage
