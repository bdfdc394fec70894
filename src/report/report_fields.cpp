#include "report/report_fields.hpp"

#include <fmt/format.h>

#include <limits>

namespace semblance::report_stage {

namespace {

template <class T, class Make>
std::vector<T> list_from(const JsonField& array, Make make) {
  std::vector<T> list;
  const std::size_t size = array.size();
  list.reserve(size);
  for (std::size_t i = 0; i < size; ++i) list.push_back(make(array[i]));
  return list;
}

std::vector<std::string> texts_from(const JsonField& array) {
  return list_from<std::string>(array, [](const JsonField& text) { return text.text(); });
}

std::string text_or_empty(const std::optional<JsonField>& field) { return field ? field->text() : std::string(); }
bool truth_or_false(const std::optional<JsonField>& field) { return field && field->truth(); }
std::uint64_t count_or_none(const std::optional<JsonField>& field) { return field ? field->count() : 0; }
std::optional<double> number_or_none(const std::optional<JsonField>& field) {
  return field ? field->maybe_number() : std::nullopt;
}

ReportModel::Verdict verdict_from(const JsonField& json) {
  ReportModel::Verdict verdict;
  verdict.leakage = json.at("leakage").text();
  if (verdict.leakage != "found" && verdict.leakage != "not-found" && verdict.leakage != "no-control") {
    json.at("leakage").fail("is " + json.at("leakage").shown() + ", none of found, not-found and no-control");
  }
  verdict.p = json.at("p").maybe_number();
  verdict.alpha = json.at("alpha").number();
  verdict.text = json.at("text").text();
  return verdict;
}

std::vector<std::pair<std::string, std::size_t>> rejections_from(const std::optional<JsonField>& json) {
  if (!json) return {};
  return list_from<std::pair<std::string, std::size_t>>(*json, [](const JsonField& one) {
    return std::pair(one.at("why").text(), static_cast<std::size_t>(one.at("items").count()));
  });
}

ReportModel::View view_from(const JsonField& json) {
  return {.location = json.at("location").text(),
          .rejected = json.at("rejected").count(),
          .rejections = rejections_from(json.find("rejections")),
          .left_out = list_from<ReportModel::View::LeftOut>(json.at("left_out"), [](const JsonField& one) {
            return ReportModel::View::LeftOut{
                .matcher = one.at("matcher").text(), .why = one.at("why").text(), .items = one.at("items").count()};
          })};
}

ReportModel::Views views_from(const JsonField& json) {
  ReportModel::Views views{
      .train = view_from(json.at("train")), .synthetic = view_from(json.at("synthetic")), .holdout = std::nullopt};
  if (const JsonField holdout = json.at("holdout"); !holdout.is_null()) views.holdout = view_from(holdout);
  return views;
}

ReportModel::Set set_from(const JsonField& json) {
  const auto lost = json.find("lost_people");
  return {.location = text_or_empty(json.find("location")),
          .items = json.at("items").count(),
          .identities = json.at("identities").count(),
          .rejected = json.at("rejected").count(),
          .labelled = truth_or_false(json.find("labelled")),
          .rejections = rejections_from(json.find("rejections")),
          .lost_people = lost ? texts_from(*lost) : std::vector<std::string>()};
}

ReportModel::Pair pair_from(const JsonField& json) {
  return {.rank = json.at("rank").count(),
          .score = json.at("score").number(),
          .train = json.at("train").text(),
          .train_identity = json.at("train_identity").text(),
          .synthetic = json.at("synthetic").text(),
          .fmr = json.at("fmr").maybe_number(),
          .similarity = number_or_none(json.find("similarity")),
          .kind = text_or_empty(json.find("kind"))};
}

ReportModel::Threshold threshold_from(const JsonField& json) {
  return {.fmr = json.at("fmr").number(),
          .score = json.at("score").number(),
          .pairs = json.at("pairs").count(),
          .expected_by_chance = json.at("expected_by_chance").number(),
          .holdout_pairs = json.at("holdout_pairs").maybe_count(),
          .expected_from_holdout = number_or_none(json.find("expected_from_holdout")),
          .false_matches = count_or_none(json.find("false_matches")),
          .resolved = truth_or_false(json.find("resolved")),
          .rule_of_30 = truth_or_false(json.find("rule_of_30")),
          .extrapolated = truth_or_false(json.find("extrapolated"))};
}

ReportModel::List sized_list_from(const JsonField& json) {
  return {.q = json.at("q").number(), .count = json.at("count").count(), .ids = {}};
}

ReportModel::List named_list_from(const JsonField& json) {
  ReportModel::List list = sized_list_from(json);
  list.ids = texts_from(json.at("ids"));
  if (list.ids.size() != list.count) {
    json.at("count").fail(fmt::format("is {}, yet {} ids are listed", list.count, list.ids.size()));
  }
  return list;
}

ReportModel::PowerPoint power_from(const JsonField& json) {
  const JsonField interval = json.at("ci95");
  if (interval.size() != 2) interval.fail("does not hold two numbers");
  return {.leak_rate = json.at("leak_rate").number(),
          .power = json.at("power").number(),
          .low = interval[0].number(),
          .high = interval[1].number()};
}

ReportModel::ErrorPoint error_point_from(const JsonField& json) {
  return {.score = json.at("score").number(),
          .fmr = json.at("fmr").number(),
          .fmr_low = json.at("fmr_low").maybe_number(),
          .fmr_high = json.at("fmr_high").maybe_number(),
          .fnmr = json.at("fnmr").maybe_number(),
          .fnmr_low = json.at("fnmr_low").maybe_number(),
          .fnmr_high = json.at("fnmr_high").maybe_number()};
}

// Without a control every member is null; with one the interval never is.
std::optional<ReportModel::LeakRate> leak_rate_from(const JsonField& json) {
  const JsonField interval = json.at("ci95");
  const JsonField estimate = json.at("estimate"), upper = json.at("upper95"), least = json.at("minimum_detectable");
  if (interval.is_null()) return std::nullopt;
  if (interval.size() != 2) interval.fail("does not hold two numbers");
  const auto number = [&](const char* name) {
    return number_or_none(json.find(name)).value_or(std::numeric_limits<double>::quiet_NaN());
  };
  const auto power = json.find("power");
  return ReportModel::LeakRate{
      .estimate = estimate.number(),
      .low = interval[0].number(),
      .high = interval[1].number(),
      .upper95 = upper.number(),
      .minimum_detectable = least.maybe_number(),
      .threshold = number("threshold"),
      .share_train = number("share_train"),
      .share_holdout = number("share_holdout"),
      .sensitivity = number("sensitivity"),
      .sensitivity_assumed = truth_or_false(json.find("sensitivity_assumed")),
      .power = power ? list_from<ReportModel::PowerPoint>(*power, power_from) : std::vector<ReportModel::PowerPoint>()};
}

void add_identities(const JsonField& json, ReportModel::Matcher& matcher) {
  matcher.identities_tested = json.at("tested").count();
  matcher.smallest_p = json.at("smallest_p").maybe_number();
  matcher.smallest_possible_p = number_or_none(json.find("smallest_possible_p"));
  const JsonField lists = json.at("fdr");
  for (std::size_t i = 0; i < lists.size(); ++i) {
    matcher.identity_lists.push_back(named_list_from(lists[i]));
    const auto fewest = lists[i].find("fewest_listable");
    if (fewest && matcher.fewest_listable.size() == i) matcher.fewest_listable.push_back(fewest->count());
  }
}

void add_images(const JsonField& json, ReportModel::Matcher& matcher) {
  const auto count = [&](const char* name) -> std::optional<std::size_t> {
    const auto field = json.find(name);
    return field ? std::optional<std::size_t>(field->count()) : std::nullopt;
  };
  matcher.targets = count("targets");
  matcher.decoys = count("decoys");
  matcher.image_lists = list_from<ReportModel::List>(json.at("fdr"), sized_list_from);
}

void add_global_test(const JsonField& json, ReportModel::Matcher& matcher) {
  matcher.global_p = json.at("p").number();
  matcher.auc = json.at("auc").maybe_number();
  matcher.components = list_from<ReportModel::Component>(json.at("components"), [](const JsonField& c) {
    return ReportModel::Component{c.at("name").text(), c.at("statistic").number(), c.at("p").number()};
  });
  matcher.strata = list_from<ReportModel::Stratum>(json.at("strata"), [](const JsonField& s) {
    return ReportModel::Stratum{s.at("images").count(), s.at("train").count(), s.at("holdout").count()};
  });
}

ReportCounts::Bins bins_from(const JsonField& json) {
  return {.name = json.at("name").text(),
          .low = json.at("low").number(),
          .high = json.at("high").number(),
          .bins = json.at("bins").count()};
}

ReportModel::Matcher matcher_from(const JsonField& json, ReportCounts& counts) {
  ReportModel::Matcher matcher;
  matcher.name = json.at("name").text();
  matcher.comparison = text_or_empty(json.find("comparison"));
  if (const auto views = json.find("sets"); views && !views->is_null()) matcher.views = views_from(*views);
  const JsonField pairs = json.at("pairs");
  matcher.pairs_scored = pairs.at("scored").count();
  matcher.top = list_from<ReportModel::Pair>(pairs.at("top"), pair_from);
  matcher.thresholds = list_from<ReportModel::Threshold>(json.at("thresholds"), threshold_from);
  if (const auto calibration = json.find("calibration")) {
    matcher.fmr_source = text_or_empty(calibration->find("source"));
    matcher.mated = count_or_none(calibration->find("mated"));
    matcher.non_mated = count_or_none(calibration->find("non_mated"));
  }
  add_identities(json.at("identities"), matcher);
  add_images(json.at("images"), matcher);
  matcher.leak_rate = leak_rate_from(json.at("leak_rate"));
  if (const auto test = json.find("global_test")) add_global_test(*test, matcher);
  if (const auto rates = json.find("error_rates")) {
    matcher.error_rates = list_from<ReportModel::ErrorPoint>(*rates, error_point_from);
  }
  const auto curves = json.find("distributions");
  counts.curves.push_back(curves ? list_from<ReportCounts::Bins>(*curves, bins_from)
                                 : std::vector<ReportCounts::Bins>());
  if (const auto guards = json.find("guards")) matcher.guards = guards_from(*guards);
  if (const auto notes = json.find("notes")) matcher.notes = texts_from(*notes);
  return matcher;
}

void add_provenance(const JsonField& json, ReportModel& model) {
  model.version = json.at("version").text();
  model.seed = json.at("seed").count();
  if (const auto options = json.find("options")) {
    options->members(
        [&](const std::string& name, const JsonField& value) { model.options.emplace_back(name, value.text()); });
  }
  model.inputs = list_from<ReportModel::Input>(json.at("inputs"), [](const JsonField& input) {
    return ReportModel::Input{text_or_empty(input.find("role")), input.at("path").text(), input.at("sha256").text()};
  });
  if (const auto made = json.find("made")) {
    model.made = list_from<ReportModel::Making>(*made, [](const JsonField& one) {
      ReportModel::Making making{.matcher = one.at("matcher").text(), .set = one.at("set").text(), .facts = {}};
      one.at("facts").members(
          [&](const std::string& name, const JsonField& value) { making.facts.emplace_back(name, value.text()); });
      return making;
    });
  }
}

}  // namespace

ReportModel model_from(const JsonField& report, ReportCounts& counts) {
  ReportModel model;
  model.verdict = verdict_from(report.at("verdict"));
  const JsonField sets = report.at("sets");
  model.train = set_from(sets.at("train"));
  model.synthetic = set_from(sets.at("synthetic"));
  if (const JsonField holdout = sets.at("holdout"); !holdout.is_null()) model.holdout = set_from(holdout);
  const JsonField matchers = report.at("matchers");
  for (std::size_t i = 0; i < matchers.size(); ++i) model.matchers.push_back(matcher_from(matchers[i], counts));
  if (model.matchers.empty()) matchers.fail("is empty");
  if (const JsonField consensus = report.at("consensus"); !consensus.is_null()) {
    model.consensus = ReportModel::Consensus{.at_least = consensus.at("at_least").count(),
                                             .fdr = list_from<ReportModel::List>(consensus.at("fdr"), named_list_from)};
  }
  if (const auto removal = report.find("removal")) counts.removal = removal->at("count").count();
  if (const auto limits = report.find("limits")) model.limits = texts_from(*limits);
  add_provenance(report.at("provenance"), model);
  return model;
}

}  // namespace semblance::report_stage
