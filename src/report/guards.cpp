// The guards: what was looked for that makes scores mislead, in report.json and on the page.

#include <fmt/format.h>

#include <algorithm>

#include "report/json_writer.hpp"
#include "report/numbers.hpp"
#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Guards = ReportModel::Guards;
using Layout = JsonWriter::Layout;

constexpr std::size_t kMostRows = 200;

void hubs_json(JsonWriter& json, const Guards::Hubs& hubs) {
  json.begin_object(Layout::line);
  json.field("top_item", hubs.top_item);
  json.field("top_ten", hubs.top_ten);
  json.field("top_percent", hubs.top_percent);
  json.field("top_identity", hubs.top_identity);
  json.field("item", hubs.item);
  json.field("fires", hubs.fires);
  json.end_object();
}

void correlation_json(JsonWriter& json, const char* name, const std::optional<Guards::Correlation>& correlation) {
  json.key(name);
  if (!correlation) {
    json.value(nullptr);
    return;
  }
  json.begin_object(Layout::line);
  json.field("rho", correlation->rho);
  json.open_array("ci95");
  json.value(correlation->low);
  json.value(correlation->high);
  json.end_array();
  json.field("people", correlation->people);
  json.end_object();
}

void control_json(JsonWriter& json, const std::optional<Guards::Control>& control) {
  json.key("control");
  if (!control) {
    json.value(nullptr);
    return;
  }
  json.begin_object(Layout::line);
  json.field("p", control->p);
  json.field("p_location", control->p_location);
  json.field("p_spread", control->p_spread);
  json.field("auc", control->auc);
  json.field("train_people", control->train_people);
  json.field("holdout_people", control->holdout_people);
  json.field("fires", control->fires);
  json.end_object();
}

void matcher_bias_json(JsonWriter& json, const std::optional<Guards::MatcherBias>& bias) {
  json.key("matcher_bias");
  if (!bias) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  json.open_array("training_sets");
  for (const std::string& set : bias->training_sets) json.value(set);
  json.end_array();
  json.field("train_dataset", bias->train_dataset);
  json.field("fires", bias->fires);
  json.end_object();
}

void matcher_bias_line(Html& html, const std::optional<Guards::MatcherBias>& bias) {
  if (!bias) return;
  std::string sets;
  for (const std::string& set : bias->training_sets) sets += (sets.empty() ? "" : ", ") + set;
  html.raw("<p>The matcher was trained on ").text(sets.empty() ? "a set that its card doesn't name" : sets);
  if (bias->train_dataset.empty()) {
    html.raw("; where the training images come from was not said (--train-dataset).</p>\n");
    return;
  }
  html.raw("; the training images come from ").text(bias->train_dataset);
  html.raw(bias->fires ? ": <strong>the matcher has learnt these faces</strong>.</p>\n" : ".</p>\n");
}

void control_line(Html& html, const std::optional<Guards::Control>& control) {
  if (!control) return;
  html.raw(
      "<p>Is the hold-out a fair control? Before the synthetic images are looked at, training and held-out people ");
  html.raw(control->fires ? "<strong>differ</strong>" : "can&rsquo;t be told apart");
  html.raw(fmt::format(
      " (p = {}, a linear rule tells their images apart with AUC {:.3f}, where 0.5 is chance; {} and "
      "{} people looked at).</p>\n",
      small_text(control->p), control->auc, count_text(control->train_people), count_text(control->holdout_people)));
}

void count_json(JsonWriter& json, const char* checked, const char* near_copies,
                const std::optional<Guards::NearCopies::Count>& count) {
  json.field(checked, count ? std::optional(count->checked) : std::nullopt);
  json.field(near_copies, count ? std::optional(count->near_copies) : std::nullopt);
}

void near_copies_json(JsonWriter& json, const std::optional<Guards::NearCopies>& found) {
  json.key("near_copies");
  if (!found) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  count_json(json, "checked", "near_copies", found->pairs);
  count_json(json, "holdout_checked", "holdout_near_copies", found->holdout);
  count_json(json, "people_checked", "people_near_copies", found->people);
  count_json(json, "holdout_people_checked", "holdout_people_near_copies", found->holdout_people);
  json.field("threshold", found->threshold);
  json.field("rests_on", found->rests_on);
  json.field("duplicates", found->duplicates);
  json.field("assumed", found->assumed);
  json.field("unreadable", found->unreadable);
  json.open_array("unreadable_first");
  for (const std::string& name : found->unreadable_names) json.value(name);
  json.end_array();
  json.end_object();
}

void hubs_table(Html& html, const Guards& guards) {
  HtmlTable table{.caption = "Hubs: the share of all synthetic images whose best match is among the most-matched items",
                  .columns = {{"set"},
                              {"top item", true},
                              {"top ten", true},
                              {"top 1%", true},
                              {"top person", true},
                              {"top item is"},
                              {"guard"}},
                  .rows = {}};
  const auto add = [&](const char* set, const Guards::Hubs& hubs) {
    table.rows.push_back({set, percent_text(hubs.top_item), percent_text(hubs.top_ten), percent_text(hubs.top_percent),
                          percent_text(hubs.top_identity), id_cell(hubs.item), hubs.fires ? "fires" : "quiet"});
  };
  add("training", guards.train);
  if (guards.holdout) add("hold-out", *guards.holdout);
  table.write(html);
}

void overlap_table(Html& html, const Guards& guards) {
  if (!guards.overlap_threshold) {
    html.raw("<p>Overlap of training and held-out people was not looked for.</p>\n");
    return;
  }
  html.raw("<p>Held-out people who also seem to be in the training set (a score of ");
  html.raw(score_text(*guards.overlap_threshold))
      .raw(" or more against a training image) are left out of the control: ");
  html.raw(count_text(guards.overlaps.size())).raw(" found.</p>\n");
  if (guards.overlaps.empty()) return;
  const std::size_t shown = std::min(kMostRows, guards.overlaps.size());
  HtmlTable table{
      .caption = shown == guards.overlaps.size()
                     ? "Held-out people left out of the control"
                     : fmt::format("The first {} of {} held-out people left out of the control (report.json "
                                   "has all)",
                                   shown, count_text(guards.overlaps.size())),
      .columns = {{"held-out person"}, {"image"}, {"training person"}, {"image"}, {"score", true}},
      .rows = {},
      .tall = true};
  for (std::size_t i = 0; i < shown; ++i) {
    const Guards::Overlap& overlap = guards.overlaps[i];
    table.rows.push_back({id_cell(overlap.holdout_identity), id_cell(overlap.holdout), id_cell(overlap.train_identity),
                          id_cell(overlap.train), score_text(overlap.score)});
  }
  table.write(html);
}

void correlation_table(Html& html, const Guards& guards) {
  if (!guards.images_train && !guards.images_holdout) return;
  HtmlTable table{.caption = "Do people with more images score higher? Rank correlation of images and best score",
                  .columns = {{"set"}, {"Spearman&rsquo;s &rho;", true}, {"95% interval", true}, {"people", true}},
                  .rows = {}};
  const auto add = [&](const char* set, const std::optional<Guards::Correlation>& correlation) {
    if (!correlation) return;
    table.rows.push_back({set, signed_text(correlation->rho),
                          signed_text(correlation->low) + " to " + signed_text(correlation->high),
                          count_text(correlation->people)});
  };
  add("training", guards.images_train);
  add("hold-out", guards.images_holdout);
  table.write(html);
}

std::string what_threshold_rests_on(const Guards::NearCopies& found) {
  std::string text = found.assumed ? fmt::format(
                                         "a fixed threshold, since only {} pairs of photographs of one training person "
                                         "could be compared",
                                         count_text(found.rests_on))
                                   : fmt::format(
                                         "what at most 1 in 1,000 of {} pairs of different photographs of one training "
                                         "person exceed",
                                         count_text(found.rests_on));
  if (found.duplicates > 0) {
    text += fmt::format("; {} more were one photograph twice and left out", count_text(found.duplicates));
  }
  return text;
}

void near_copies_part(Html& html, const std::optional<Guards::NearCopies>& found) {
  if (!found) {
    html.raw("<p>Near-copies were not looked for: no pictures were given.</p>\n");
    return;
  }
  html.raw("<p>A near-copy is a synthetic image that is the same photograph as a training image: more alike, as ");
  html.raw("pictures, than ").raw(score_text(found->threshold)).raw(" (").raw(what_threshold_rests_on(*found));
  html.raw(").");
  if (found->unreadable > 0) {
    html.raw(fmt::format(" {} pictures are missing or broken, first: ", count_text(found->unreadable)));
    html.raw(id_cell(found->unreadable_names.front())).raw(".");
  }
  html.raw("</p>\n");
  HtmlTable table{.caption = "Near-copies among the pairs whose pictures could be compared",
                  .columns = {{"pairs"}, {"compared", true}, {"near-copies", true}},
                  .rows = {}};
  const auto add = [&](const char* pairs, const std::optional<Guards::NearCopies::Count>& count) {
    if (!count) return;
    table.rows.push_back({pairs, count_text(count->checked), count_text(count->near_copies)});
  };
  add("best pairs, training", found->pairs);
  add("as many of the hold-out: chance", found->holdout);
  add("best pair of every person listed", found->people);
  add("as many held-out people: chance", found->holdout_people);
  table.write(html);
}

}  // namespace

void write_guards(JsonWriter& json, const Guards& guards) {
  json.open_object("guards");
  control_json(json, guards.control);
  matcher_bias_json(json, guards.matcher_bias);
  json.open_object("hubs");
  json.key("train");
  hubs_json(json, guards.train);
  json.key("holdout");
  if (guards.holdout) {
    hubs_json(json, *guards.holdout);
  } else {
    json.value(nullptr);
  }
  json.end_object();
  json.open_object("overlap");
  json.field("threshold", guards.overlap_threshold);
  json.open_array("people");
  for (const Guards::Overlap& overlap : guards.overlaps) {
    json.begin_object(Layout::line);
    json.field("holdout_identity", overlap.holdout_identity);
    json.field("holdout", overlap.holdout);
    json.field("train_identity", overlap.train_identity);
    json.field("train", overlap.train);
    json.field("score", overlap.score);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  json.open_object("images_and_score");
  correlation_json(json, "train", guards.images_train);
  correlation_json(json, "holdout", guards.images_holdout);
  json.end_object();
  near_copies_json(json, guards.near_copies);
  json.end_object();
}

void write_guards(Html& html, const Guards& guards) {
  html.raw("<h3>Guards: what makes scores mislead</h3>\n");
  control_line(html, guards.control);
  matcher_bias_line(html, guards.matcher_bias);
  hubs_table(html, guards);
  overlap_table(html, guards);
  correlation_table(html, guards);
  near_copies_part(html, guards.near_copies);
}

}  // namespace semblance::report_stage
