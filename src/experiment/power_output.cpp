// The power study as files.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "experiment/output.hpp"
#include "semblance/page.hpp"
#include "semblance/power.hpp"
#include "semblance/version.hpp"

namespace semblance {

using namespace experiment_stage;
using Json = nlohmann::ordered_json;

namespace {

std::string strength_text(const PowerPoint& point) {
  return point.strength ? power_leak_name(*point.strength) : "none";
}

Page::Chart chart_of(const PowerStudy& study, const std::string& title, double PowerPoint::*value, bool intervals,
                     const std::string& caption) {
  Page::Chart chart{.title = title,
                    .x_label = "training people who leak",
                    .y_label = "share",
                    .x_axis = Page::Axis::logarithmic,
                    .caption = caption};
  for (const PowerLeak strength : {PowerLeak::same_person, PowerLeak::near_copy}) {
    Page::Series line{.name = power_leak_name(strength), .x = {}, .y = {}};
    Page::Series band{.name = line.name + ", 95% interval", .x = {}, .y = {}, .style = Page::Style::band};
    for (const PowerPoint& point : study.points) {
      if (point.strength != strength) continue;
      line.x.push_back(static_cast<double>(point.leaked));
      line.y.push_back(point.*value);
      band.x.push_back(static_cast<double>(point.leaked));
      band.y.push_back(point.interval.low);
      band.upper.push_back(point.interval.high);
    }
    if (line.x.empty()) continue;
    chart.series.push_back(std::move(line));
    if (intervals) chart.series.push_back(std::move(band));
  }
  return chart;
}

Page page_of(const PowerStudy& study) {
  Page page;
  page.title = "What an audit would find";
  page.lead = fmt::format(
      "{} repetitions: in each, {} training and {} held-out people were dealt anew, leaks were planted among {} "
      "background images ({}), and the verdict was found at level {:g}, the list of people at FDR {:g}.",
      study.repetitions, count_text(study.train_people), count_text(study.holdout_people),
      count_text(study.background_images), study.background, study.alpha, study.fdr);
  Page::Table table{.caption = "One synthetic image a leaked person",
                    .columns = {"leaks", "rate", "leaked people", "verdict “found”", "95% interval",
                                "leaked people named", "wrong among the named"},
                    .rows = {}};
  for (const PowerPoint& point : study.points) {
    const bool none = !point.strength;
    table.rows.push_back({strength_text(point), none ? "0" : share_text(point.rate), count_text(point.leaked),
                          share_text(point.power),
                          share_text(point.interval.low) + " to " + share_text(point.interval.high),
                          none ? "–" : share_text(point.named), share_text(point.wrong)});
  }
  page.sections.push_back({.heading = "Power",
                           .paragraphs = {},
                           .tables = {std::move(table)},
                           .charts = {chart_of(study, "Is there leakage?", &PowerPoint::power, true,
                                               "Share of repetitions whose verdict was “found”."),
                                      chart_of(study, "Who leaked?", &PowerPoint::named, false,
                                               "Mean share of the leaked people who were named.")}});
  page.sections.push_back(
      {.heading = "What this says",
       .paragraphs = {"Every person with two images gave one of them up, at random. A same-person leak is that "
                      "photograph, among the synthetic images; a near-copy is one of the person's training images with "
                      "noise, at cosine " +
                          fmt::format("{:g}", study.near_copy_cosine) +
                          ". Real leaks are as strong as one of these or weaker; what is missed here is missed there. "
                          "The row without leaks counts false alarms, which the level bounds.",
                      "People are dealt anew between training and hold-out in every repetition, so leaks that the "
                      "synthetic set already has are spread over both sides and make the figures lower, not higher."},
       .tables = {},
       .charts = {}});
  page.sections.push_back(sets_section(study.sets));
  return page;
}

}  // namespace

std::string power_json(const PowerStudy& study) {
  Json json = {{"schema", "semblance-power/1"}, {"version", kVersion}};
  json["sets"] = Json::array();
  for (const StudySet& set : study.sets) {
    json["sets"].push_back({{"role", set.role},
                            {"location", set.location},
                            {"items", set.items},
                            {"identities", set.identities},
                            {"sha256", set.sha256},
                            {"items_sha256", set.items_sha256}});
  }
  json["train_people"] = study.train_people;
  json["holdout_people"] = study.holdout_people;
  json["background"] = study.background;
  json["background_images"] = study.background_images;
  json["repetitions"] = study.repetitions;
  json["alpha"] = study.alpha;
  json["fdr"] = study.fdr;
  json["near_copy_cosine"] = study.near_copy_cosine;
  json["points"] = Json::array();
  for (const PowerPoint& point : study.points) {
    json["points"].push_back({{"strength", strength_text(point)},
                              {"rate", point.rate},
                              {"leaked", point.leaked},
                              {"found", point.found},
                              {"power", point.power},
                              {"power_low", point.interval.low},
                              {"power_high", point.interval.high},
                              {"named", point.strength ? Json(point.named) : Json(nullptr)},
                              {"wrong_among_named", point.wrong}});
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_power(const PowerStudy& study, const std::filesystem::path& folder) {
  OutputFile json(folder / "power.json");
  json.write(power_json(study));
  json.close();
  OutputFile csv(folder / "power.csv");
  csv.write("strength,rate,leaked,found,power,power_low,power_high,named,wrong_among_named\n");
  for (const PowerPoint& point : study.points) {
    csv.write(fmt::format("{},{},{},{},{},{},{},{},{}\n", strength_text(point), csv_number(point.rate), point.leaked,
                          point.found, csv_number(point.power), csv_number(point.interval.low),
                          csv_number(point.interval.high), point.strength ? csv_number(point.named) : "",
                          csv_number(point.wrong)));
  }
  csv.close();
  write_page(page_of(study), folder / "page.html");
}

}  // namespace semblance
