// The sets in report.json: of the whole report, and as each of several matchers saw them.

#include "report/json_writer.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Layout = JsonWriter::Layout;

void write_rejections(JsonWriter& json, const std::vector<std::pair<std::string, std::size_t>>& rejections) {
  json.open_array("rejections", Layout::line);
  for (const auto& [why, items] : rejections) {
    json.begin_object(Layout::line);
    json.field("why", why);
    json.field("items", items);
    json.end_object();
  }
  json.end_array();
}

void write_set(JsonWriter& json, const ReportModel::Set& set) {
  json.begin_object(Layout::line);
  json.field("items", set.items);
  json.field("identities", set.identities);
  json.field("rejected", set.rejected);
  json.field("labelled", set.labelled);
  json.field("location", set.location);
  write_rejections(json, set.rejections);
  json.open_array("lost_people", Layout::line);
  for (const std::string& name : set.lost_people) json.value(name);
  json.end_array();
  json.end_object();
}

void write_view(JsonWriter& json, const char* name, const ReportModel::View& view) {
  json.key(name);
  json.begin_object(Layout::line);
  json.field("location", view.location);
  json.field("rejected", view.rejected);
  write_rejections(json, view.rejections);
  json.open_array("left_out", Layout::line);
  for (const ReportModel::View::LeftOut& one : view.left_out) {
    json.begin_object(Layout::line);
    json.field("matcher", one.matcher);
    json.field("why", one.why);
    json.field("items", one.items);
    json.end_object();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

void write_sets(JsonWriter& json, const ReportModel& model) {
  json.open_object("sets");
  json.key("train");
  write_set(json, model.train);
  json.key("synthetic");
  write_set(json, model.synthetic);
  json.key("holdout");
  if (model.holdout) {
    write_set(json, *model.holdout);
  } else {
    json.value(nullptr);
  }
  json.end_object();
}

void write_views(JsonWriter& json, const std::optional<ReportModel::Views>& views) {
  json.key("sets");
  if (!views) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  write_view(json, "train", views->train);
  write_view(json, "synthetic", views->synthetic);
  if (views->holdout) {
    write_view(json, "holdout", *views->holdout);
  } else {
    json.field("holdout", nullptr);
  }
  json.end_object();
}

}  // namespace semblance::report_stage
