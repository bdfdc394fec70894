// report.json and run.json. The names, nesting and nulls of report.json are fixed by its schema version
// (docs/schema/semblance-report-1.schema.json); fields may be added, never changed.

#include "report/files.hpp"
#include "report/json_writer.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Layout = JsonWriter::Layout;

void write_pairs(JsonWriter& json, const ReportModel::Matcher& matcher) {
  json.open_object("pairs");
  json.field("scored", matcher.pairs_scored);
  json.open_array("top");
  for (const ReportModel::Pair& pair : matcher.top) {
    json.begin_object(Layout::line);
    json.field("rank", pair.rank);
    json.field("score", pair.score);
    json.field("train", pair.train);
    json.field("train_identity", pair.train_identity);
    json.field("synthetic", pair.synthetic);
    json.field("fmr", pair.fmr);
    json.field("similarity", pair.similarity);
    json.key("kind");
    if (pair.kind.empty()) {
      json.value(nullptr);
    } else {
      json.value(pair.kind);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_thresholds(JsonWriter& json, const ReportModel::Matcher& matcher) {
  json.open_array("thresholds");
  for (const ReportModel::Threshold& threshold : matcher.thresholds) {
    json.begin_object();
    json.field("fmr", threshold.fmr);
    json.field("score", threshold.score);
    json.field("pairs", threshold.pairs);
    json.field("expected_by_chance", threshold.expected_by_chance);
    json.field("holdout_pairs", threshold.holdout_pairs);
    json.field("expected_from_holdout", threshold.expected_from_holdout);
    json.field("false_matches", threshold.false_matches);
    json.field("resolved", threshold.resolved);
    json.field("rule_of_30", threshold.rule_of_30);
    json.field("extrapolated", threshold.extrapolated);
    json.end_object();
  }
  json.end_array();
}

void write_list(JsonWriter& json, const ReportModel::List& list) {
  json.field("q", list.q);
  json.field("count", list.count);
  json.open_array("ids");
  for (const std::string& id : list.ids) json.value(id);
  json.end_array();
}

void write_identities(JsonWriter& json, const ReportModel::Matcher& matcher) {
  json.open_object("identities");
  json.field("tested", matcher.identities_tested);
  json.field("smallest_p", matcher.smallest_p);
  json.field("smallest_possible_p", matcher.smallest_possible_p);
  json.open_array("fdr");
  for (std::size_t i = 0; i < matcher.identity_lists.size(); ++i) {
    json.begin_object();
    write_list(json, matcher.identity_lists[i]);
    json.key("fewest_listable");
    if (i < matcher.fewest_listable.size()) {
      json.value(matcher.fewest_listable[i]);
    } else {
      json.value(nullptr);
    }
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_images(JsonWriter& json, const ReportModel::Matcher& matcher) {
  json.open_object("images");
  json.field("targets", matcher.targets);
  json.field("decoys", matcher.decoys);
  json.open_array("fdr");
  for (const ReportModel::List& list : matcher.image_lists) {
    json.begin_object(Layout::line);
    json.field("q", list.q);
    json.field("count", list.count);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_power(JsonWriter& json, const std::optional<ReportModel::LeakRate>& rate) {
  json.key("power");
  if (!rate) {
    json.value(nullptr);
    return;
  }
  json.begin_array();
  for (const ReportModel::PowerPoint& at : rate->power) {
    json.begin_object(Layout::line);
    json.field("leak_rate", at.leak_rate);
    json.field("power", at.power);
    json.open_array("ci95", Layout::line);
    json.value(at.low);
    json.value(at.high);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

/// Without a control the same members, all null, so that a reader finds one nesting.
void write_leak_rate(JsonWriter& json, const std::optional<ReportModel::LeakRate>& rate) {
  const auto field = [&](const char* name, auto member) {
    json.key(name);
    if (rate) {
      json.value((*rate).*member);
    } else {
      json.value(nullptr);
    }
  };
  using Rate = ReportModel::LeakRate;
  json.open_object("leak_rate");
  field("estimate", &Rate::estimate);
  json.key("ci95");
  if (rate) {
    json.begin_array(Layout::line);
    json.value(rate->low);
    json.value(rate->high);
    json.end_array();
  } else {
    json.value(nullptr);
  }
  field("upper95", &Rate::upper95);
  field("minimum_detectable", &Rate::minimum_detectable);
  field("threshold", &Rate::threshold);
  field("share_train", &Rate::share_train);
  field("share_holdout", &Rate::share_holdout);
  field("sensitivity", &Rate::sensitivity);
  field("sensitivity_assumed", &Rate::sensitivity_assumed);
  write_power(json, rate);
  json.end_object();
}

void write_error_rates(JsonWriter& json, const std::vector<ReportModel::ErrorPoint>& points) {
  json.open_array("error_rates");
  for (const ReportModel::ErrorPoint& at : points) {
    json.begin_object(Layout::line);
    json.field("score", at.score);
    json.field("fmr", at.fmr);
    json.field("fmr_low", at.fmr_low);
    json.field("fmr_high", at.fmr_high);
    json.field("fnmr", at.fnmr);
    json.field("fnmr_low", at.fnmr_low);
    json.field("fnmr_high", at.fnmr_high);
    json.end_object();
  }
  json.end_array();
}

void write_global_test(JsonWriter& json, const ReportModel::Matcher& matcher) {
  json.key("global_test");
  if (!matcher.global_p) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  json.field("p", matcher.global_p);
  json.field("auc", matcher.auc);
  json.open_array("components");
  for (const ReportModel::Component& component : matcher.components) {
    json.begin_object(Layout::line);
    json.field("name", component.name);
    json.field("statistic", component.statistic);
    json.field("p", component.p);
    json.end_object();
  }
  json.end_array();
  json.open_array("strata");
  for (const ReportModel::Stratum& stratum : matcher.strata) {
    json.begin_object(Layout::line);
    json.field("images", stratum.images);
    json.field("train", stratum.train);
    json.field("holdout", stratum.holdout);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_texts(JsonWriter& json, const char* name, const std::vector<std::string>& texts) {
  json.open_array(name);
  for (const std::string& text : texts) json.value(text);
  json.end_array();
}

void write_matcher(JsonWriter& json, const ReportModel::Matcher& matcher) {
  json.begin_object();
  json.field("name", matcher.name);
  json.field("comparison", matcher.comparison);
  write_views(json, matcher.views);
  write_pairs(json, matcher);
  write_thresholds(json, matcher);
  json.open_object("calibration");
  json.field("source", matcher.fmr_source);
  json.field("mated", matcher.mated);
  json.field("non_mated", matcher.non_mated);
  json.end_object();
  write_identities(json, matcher);
  write_images(json, matcher);
  write_leak_rate(json, matcher.leak_rate);
  write_global_test(json, matcher);
  write_error_rates(json, matcher.error_rates);
  json.open_array("distributions");
  for (const ReportModel::Curve& curve : matcher.curves) {
    json.begin_object(Layout::line);
    json.field("name", curve.name);
    json.field("low", curve.low);
    json.field("high", curve.high);
    json.field("bins", curve.counts.size());
    json.end_object();
  }
  json.end_array();
  write_guards(json, matcher.guards);
  write_texts(json, "notes", matcher.notes);
  json.end_object();
}

void write_consensus(JsonWriter& json, const std::optional<ReportModel::Consensus>& consensus) {
  json.key("consensus");
  if (!consensus) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  json.field("at_least", consensus->at_least);
  json.open_array("fdr");
  for (const ReportModel::List& list : consensus->fdr) {
    json.begin_object();
    write_list(json, list);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

void write_provenance(JsonWriter& json, const ReportModel& model) {
  json.open_object("provenance");
  json.field("version", model.version);
  json.field("seed", model.seed);
  json.open_object("options");
  for (const auto& [name, value] : model.options) json.field(name, value);
  json.end_object();
  json.open_array("inputs");
  for (const ReportModel::Input& input : model.inputs) {
    json.begin_object(Layout::line);
    json.field("role", input.role);
    json.field("path", input.path);
    json.field("sha256", input.sha256);
    json.end_object();
  }
  json.end_array();
  json.open_array("made");
  for (const ReportModel::Making& making : model.made) {
    json.begin_object();
    json.field("matcher", making.matcher);
    json.field("set", making.set);
    json.open_object("facts");
    for (const auto& [name, value] : making.facts) json.field(name, value);
    json.end_object();
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

void write_report_json(const ReportModel& model, const std::filesystem::path& file) {
  OutputFile out(file);
  JsonWriter json(out);
  json.begin_object();
  json.field("schema", "semblance-report/1");
  json.open_object("verdict");
  json.field("leakage", model.verdict.leakage);
  json.field("p", model.verdict.p);
  json.field("alpha", model.verdict.alpha);
  json.field("text", model.verdict.text);
  json.end_object();
  write_sets(json, model);
  json.open_array("matchers");
  for (const ReportModel::Matcher& matcher : model.matchers) write_matcher(json, matcher);
  json.end_array();
  write_consensus(json, model.consensus);
  json.open_object("removal");
  json.field("count", model.removal.size());
  json.end_object();
  write_texts(json, "limits", model.limits);
  write_provenance(json, model);
  json.end_object();
  out.close();
}

void write_run_json(const RunFacts& run, const std::filesystem::path& file) {
  OutputFile out(file);
  JsonWriter json(out);
  json.begin_object();
  json.field("schema", "semblance-run/1");
  json.open_object("facts");
  for (const auto& [name, value] : run.facts) json.field(name, value);
  json.end_object();
  json.open_object("seconds");
  for (const auto& [stage, seconds] : run.seconds) json.field(stage, seconds);
  json.end_object();
  json.end_object();
  out.close();
}

}  // namespace semblance::report_stage
