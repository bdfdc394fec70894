// What the study of published tables writes.

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "experiment/output.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;
using report_stage::JsonWriter;

void write_json(const PublishedStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  JsonWriter json(out);
  begin_study(json, "best-matches", study.inputs);
  json.field("control", study.sets.front().name);
  json.field("control_threshold", study.control_threshold);
  json.key("gallery");
  if (study.gallery > 0) {
    json.value(study.gallery);
  } else {
    json.value(nullptr);
  }
  json.open_array("best_matches");
  for (const BestMatchSummary& set : study.sets) write_best_summary(json, set);
  json.end_array();
  json.end_object();
  out.close();
}

void write_sets_csv(const PublishedStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write(
      "set,images,synthetic_identities,real_items,real_identities,median,q90,q99,q99.9,max,ks,auc,hub_top1,"
      "hub_top10,hub_top_percent\n");
  for (const BestMatchSummary& s : study.sets) {
    out.write(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(s.name), s.images,
                          s.synthetic_identities, s.real_items, s.real_identities, csv_number(s.median),
                          csv_number(s.q90), csv_number(s.q99), csv_number(s.q999), csv_number(s.max), csv_number(s.ks),
                          csv_number(s.auc), csv_number(s.hubs.top1), csv_number(s.hubs.top10),
                          csv_number(s.hubs.top_percent)));
  }
  out.close();
}

void write_shares_csv(const PublishedStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write(
      "set,threshold,images,share,low95,high95,synthetic_identities,real_items,real_identities,excess,"
      "excess_low95,excess_high95\n");
  for (const BestMatchSummary& set : study.sets) {
    for (const BestMatchShare& s : set.shares) {
      const auto low = s.excess_interval ? std::optional(s.excess_interval->low) : std::nullopt;
      const auto high = s.excess_interval ? std::optional(s.excess_interval->high) : std::nullopt;
      out.write(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_field(set.name), csv_number(s.threshold),
                            s.images, csv_number(s.share), csv_number(s.interval.low), csv_number(s.interval.high),
                            s.synthetic_identities, s.real_items, s.real_identities, csv_number(s.excess),
                            csv_number(low), csv_number(high)));
    }
  }
  out.close();
}

void write_histograms_csv(const PublishedStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("set,low,high,count\n");
  for (const BestMatchSummary& set : study.sets) {
    for (std::size_t k = 0; k < study.bins.count; ++k) {
      const double low = study.bins.low + study.bins.width * static_cast<double>(k);
      out.write(fmt::format("{},{},{},{}\n", csv_field(set.name), csv_number(low), csv_number(low + study.bins.width),
                            set.counts[k]));
    }
  }
  out.close();
}

Page::Table scores_table(const PublishedStudy& study) {
  Page::Table table{.caption = "Best score of every synthetic image",
                    .columns = {"set", "images", "synthetic people", "median", "q99", "q99.9", "max", "KS", "AUC"},
                    .rows = {}};
  for (const BestMatchSummary& s : study.sets) {
    table.rows.push_back({s.name, count_text(s.images), count_text(s.synthetic_identities), score_text(s.median),
                          score_text(s.q99), score_text(s.q999), score_text(s.max),
                          s.ks ? score_text(*s.ks) : "control", s.auc ? score_text(*s.auc) : "control"});
  }
  return table;
}

Page::Table shares_table(const PublishedStudy& study, std::size_t t) {
  Page::Table table{.caption = fmt::format("At or over {:.3f}{}", study.thresholds[t],
                                           t == 0 ? " (0.1% of the control's images lie there)" : ""),
                    .columns = {"set", "images", "share", "excess over the control (95% interval)", "synthetic people",
                                "real people"},
                    .rows = {}};
  for (const BestMatchSummary& set : study.sets) {
    const BestMatchShare& s = set.shares[t];
    table.rows.push_back({set.name, count_text(s.images), share_text(s.share),
                          s.excess ? difference_text(*s.excess, s.excess_interval) : "control",
                          count_text(s.synthetic_identities), count_text(s.real_identities)});
  }
  return table;
}

Page::Table hubs_table(const PublishedStudy& study) {
  Page::Table table{.caption = "Share of all best matches that fall on few real images",
                    .columns = {"set", "on one image", "on ten images",
                                study.gallery > 0 ? "on 1% of the gallery" : "on 1% of the gallery (size not given)",
                                "real images chosen", "most chosen"},
                    .rows = {}};
  for (const BestMatchSummary& s : study.sets) {
    table.rows.push_back({s.name, share_text(s.hubs.top1), share_text(s.hubs.top10),
                          s.hubs.top_percent ? share_text(*s.hubs.top_percent) : "–", count_text(s.hubs.distinct),
                          s.hubs.top_item});
  }
  return table;
}

std::string lead(const PublishedStudy& study) {
  const BestMatchSummary* worst = &study.sets.front();
  for (std::size_t k = 1; k < study.sets.size(); ++k) {
    if (k == 1 || study.sets[k].shares[0].share > worst->shares[0].share) worst = &study.sets[k];
  }
  const BestMatchShare& share = worst->shares[0];
  return fmt::format(
      "Best matches of {} sets of synthetic faces beside {}, which stands for a set that can't leak. At or over "
      "{:.3f}, "
      "where 0.1% of its images have their best match, {} goes furthest: {} of its images, {} more than the control, "
      "showing {} synthetic and {} real people.",
      study.sets.size() - 1, study.sets.front().name, study.control_threshold, worst->name, share_text(share.share),
      difference_text(share.excess.value_or(0), share.excess_interval), count_text(share.synthetic_identities),
      count_text(share.real_identities));
}

Page page_of(const PublishedStudy& study) {
  std::vector<const BestMatchSummary*> sets;
  sets.reserve(study.sets.size());
  for (const BestMatchSummary& set : study.sets) sets.push_back(&set);
  std::vector<Page::Marker> markers = {{"control's upper 0.1%", study.control_threshold}};
  for (std::size_t t = 1; t < study.thresholds.size(); ++t) {
    markers.push_back({fmt::format("{:g}", study.thresholds[t]), study.thresholds[t]});
  }
  const std::string& control = study.sets.front().name;
  Page page;
  page.title = "Best matches of published sets";
  page.lead = lead(study);
  Page::Section& scores = page.sections.emplace_back();
  scores.heading = "How close synthetic faces come";
  scores.charts = {
      best_match_tail_chart("All sets together: the tail tells them apart", study.bins, sets, markers, control),
      best_match_chart("The bulk: how all images lie", study.bins, sets, markers, control)};
  scores.tables = {scores_table(study)};
  scores.paragraphs = {
      "What counts is the excess over the control in the tail. KS and AUC compare whole distributions with the "
      "control's: a set can lie far from it in bulk without leaking, and leak a few people without "
      "moving its bulk."};
  Page::Section& counts = page.sections.emplace_back();
  counts.heading = "Beyond the control";
  counts.paragraphs = {
      "Near-copies come in clusters, so count people, not images. Intervals treat the images of one "
      "synthetic person as one cluster; they are about other images of the same generator and the same real people."};
  for (std::size_t t = 0; t < study.thresholds.size(); ++t) counts.tables.push_back(shares_table(study, t));
  Page::Section& hubs = page.sections.emplace_back();
  hubs.heading = "Hubs";
  hubs.paragraphs = {
      "A real image that is the best match of very many synthetic ones is close to everybody; its matches "
      "say little about leakage."};
  hubs.tables = {hubs_table(study)};
  page.sections.push_back(sets_section(study.inputs));
  return page;
}

}  // namespace

void write_study(const PublishedStudy& study, const std::filesystem::path& folder) {
  write_sets_csv(study, folder / "sets.csv");
  write_shares_csv(study, folder / "shares.csv");
  write_histograms_csv(study, folder / "histograms.csv");
  write_page(page_of(study), folder / "page.html");
  write_json(study, folder / "experiment.json");
}

}  // namespace semblance
