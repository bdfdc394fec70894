// What the study of pairs writes as files of numbers.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "experiment/output.hpp"
#include "experiment/pairs_page.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;
using report_stage::JsonWriter;
using Layout = JsonWriter::Layout;

void write_count(JsonWriter& json, const std::string& name, const PairsStudy::Count& count) {
  json.open_object(name, Layout::line);
  json.field("pairs", count.pairs);
  json.field("real_items", count.real_items);
  json.field("real_identities", count.real_identities);
  json.field("synthetic_items", count.synthetic_items);
  json.field("synthetic_identities", count.synthetic_identities);
  json.end_object();
}

void write_thresholds(JsonWriter& json, const PairsStudy& study) {
  json.open_array("thresholds");
  for (const PairsStudy::Threshold& row : study.thresholds) {
    json.begin_object();
    json.field("fmr", row.fmr);
    json.field("score", row.score);
    json.field("false_matches", row.false_matches);
    json.field("resolved", row.resolved);
    json.field("rule_of_30", row.rule_of_30);
    write_count(json, "train", row.train);
    json.field("expected_by_chance", row.expected_by_chance);
    if (row.holdout) {
      write_count(json, "holdout", *row.holdout);
    } else {
      json.field("holdout", nullptr);
    }
    json.field("expected_from_holdout", row.expected_from_holdout);
    json.end_object();
  }
  json.end_array();
}

void write_top(JsonWriter& json, const std::string& name, const PairsStudy::Top& top) {
  json.open_object(name);
  write_count(json, "count", top.count);
  json.field("lowest_score", top.pairs.back().score);
  json.field("lowest_fmr", top.pairs.back().fmr);
  json.field("real_clusters", top.real_clusters);
  json.field("synthetic_clusters", top.synthetic_clusters);
  json.field("largest_real_cluster", top.largest_real_cluster);
  json.field("largest_synthetic_cluster", top.largest_synthetic_cluster);
  json.end_object();
}

void write_json(const PairsStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  JsonWriter json(out);
  begin_study(json, "pairs", study.sets);
  json.field("matcher", study.matcher);
  json.field("comparison", study.comparison);
  json.field("seed", study.seed);
  json.field("pairs", study.pairs);
  json.field("holdout_pairs", study.holdout_pairs);
  json.field("non_mated_pairs", study.non_mated);
  write_thresholds(json, study);
  write_top(json, "top", study.top);
  if (study.holdout_top) {
    write_top(json, "holdout_top", *study.holdout_top);
  } else {
    json.field("holdout_top", nullptr);
  }
  json.field("top_expected_by_chance", study.top_expected_by_chance);
  json.field("top_expected_from_holdout", study.top_expected_from_holdout);
  json.field("near_duplicate", study.near_duplicate);
  json.key("best_matches");
  write_best_summary(json, study.best);
  json.key("equal_sets");
  if (study.equal_train) {
    json.begin_object();
    json.field("train_items", study.equal_train_items);
    json.field("holdout_items", study.equal_holdout_items);
    json.key("train");
    write_best_summary(json, *study.equal_train);
    json.key("holdout");
    write_best_summary(json, *study.equal_holdout);
    json.end_object();
  } else {
    json.value(nullptr);
  }
  write_texts(json, "notes", study.notes);
  json.end_object();
  out.close();
}

void write_pairs_csv(const PairsStudy::Top& top, const char* real, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write(fmt::format("rank,score,{0},{0}_identity,synthetic,synthetic_identity,fmr\n", real));
  std::size_t rank = 0;
  for (const PairsStudy::Pair& pair : top.pairs) {
    out.write(fmt::format("{},{},{},{},{},{},{}\n", ++rank, csv_number(pair.score), csv_field(pair.real),
                          csv_field(pair.real_identity), csv_field(pair.synthetic), csv_field(pair.synthetic_identity),
                          csv_number(pair.fmr)));
  }
  out.close();
}

void write_thresholds_csv(const PairsStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write(
      "fmr,score,pairs,train_items,train_identities,synthetic_items,synthetic_identities,expected_by_chance,"
      "holdout_pairs,holdout_items,holdout_identities,expected_from_holdout\n");
  for (const PairsStudy::Threshold& row : study.thresholds) {
    const auto& h = row.holdout;
    out.write(fmt::format("{},{},{},{},{},{},{},{},{},{},{},{}\n", csv_number(row.fmr), csv_number(row.score),
                          row.train.pairs, row.train.real_items, row.train.real_identities, row.train.synthetic_items,
                          row.train.synthetic_identities, csv_number(row.expected_by_chance),
                          h ? std::to_string(h->pairs) : "", h ? std::to_string(h->real_items) : "",
                          h ? std::to_string(h->real_identities) : "", csv_number(row.expected_from_holdout)));
  }
  out.close();
}

void write_images_csv(const PairsStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write(
      "synthetic,synthetic_identity,best_train_score,best_train,best_train_identity,best_holdout_score,"
      "best_holdout,best_holdout_identity\n");
  for (const PairsStudy::Image& image : study.images) {
    out.write(fmt::format("{},{},{},{},{},{},{},{}\n", csv_field(image.id), csv_field(image.identity),
                          csv_number(image.train_score), csv_field(image.train), csv_field(image.train_identity),
                          csv_number(image.holdout_score), csv_field(image.holdout),
                          csv_field(image.holdout_identity)));
  }
  out.close();
}

void write_clusters_csv(const PairsStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("cluster,side,item,identities_in_cluster\n");
  std::size_t number = 0;
  for (const PairsStudy::Cluster& cluster : study.clusters) {
    ++number;
    for (const std::string& item : cluster.items) {
      out.write(fmt::format("{},{},{},{}\n", number, csv_field(cluster.side), csv_field(item),
                            csv_field(fmt::format("{}", fmt::join(cluster.identities, "; ")))));
    }
  }
  out.close();
}

void write_histograms_csv(const PairsStudy& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("curve,low,high,count\n");
  for (const auto& [name, histogram] : study.curves) {
    for (std::size_t k = 0; k < histogram.counts.size(); ++k) {
      if (histogram.counts[k] == 0) continue;
      out.write(fmt::format("{},{},{},{}\n", name, csv_number(histogram.edge(k)), csv_number(histogram.edge(k + 1)),
                            histogram.counts[k]));
    }
  }
  out.close();
}

}  // namespace

void write_study(const PairsStudy& study, const std::filesystem::path& folder) {
  write_pairs_csv(study.top, "train", folder / "pairs.csv");
  if (study.holdout_top) write_pairs_csv(*study.holdout_top, "holdout", folder / "holdout_pairs.csv");
  write_thresholds_csv(study, folder / "thresholds.csv");
  write_images_csv(study, folder / "images.csv");
  write_clusters_csv(study, folder / "clusters.csv");
  write_histograms_csv(study, folder / "histograms.csv");
  write_page(pairs_page(study), folder / "page.html");
  write_json(study, folder / "experiment.json");
}

}  // namespace semblance
