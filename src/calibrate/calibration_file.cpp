// cal.json and the curve's CSV.

#include <fmt/format.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/csv.hpp"
#include "base/whole_file.hpp"
#include "score/sets.hpp"
#include "semblance/calibrate.hpp"
#include "semblance/error.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr const char* kSchema = "semblance-calibration/1";

std::optional<Comparison> comparison_of(const Json& json) {
  if (json.is_null()) return std::nullopt;
  for (const Comparison c : {Comparison::cosine, Comparison::inner_product, Comparison::negative_squared_l2}) {
    if (json.get<std::string>() == comparison_text(c)) return c;
  }
  throw std::invalid_argument("has the unknown comparison '" + json.get<std::string>() + "'");
}

const char* name_of(Evidence evidence) { return evidence == Evidence::measured ? "measured" : "extrapolated"; }

Evidence evidence_of(const Json& json) {
  const auto name = json.get<std::string>();
  if (name == "measured") return Evidence::measured;
  if (name == "extrapolated") return Evidence::extrapolated;
  throw std::invalid_argument("has the unknown label '" + name + "'");
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
std::string text_of(const Json& json) { return json.is_null() ? std::string() : json.get<std::string>(); }

Json to_json(const Estimate& e) { return {{"value", e.value}, {"ci95", {e.low, e.high}}}; }
Json to_json(const ErrorRate& r) {
  return {{"errors", r.errors},
          {"trials", r.trials},
          {"rate", r.rate},
          {"ci95", {r.low, r.high}},
          {"independent_errors", r.independent_errors},
          {"rule_of_30", r.rule_of_30}};
}
Json to_json(double value) { return value; }

void from(const Json& json, double& value) { value = json.get<double>(); }
// get() alone would make something of -1, true and 1e300.
std::uint64_t count_from(const Json& json) {
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  throw std::invalid_argument("is damaged: no whole number stands where a count belongs");
}
void from(const Json& json, Estimate& e) {
  e = {json.at("value").get<double>(), json.at("ci95").at(0).get<double>(), json.at("ci95").at(1).get<double>()};
}
void from(const Json& json, ErrorRate& r) {
  r.errors = count_from(json.at("errors"));
  r.trials = count_from(json.at("trials"));
  r.rate = json.at("rate").get<double>();
  r.low = json.at("ci95").at(0).get<double>();
  r.high = json.at("ci95").at(1).get<double>();
  r.independent_errors = json.at("independent_errors").get<double>();
  r.rule_of_30 = json.at("rule_of_30").get<bool>();
}

Json to_json(const Accuracy& a) {
  return {{"threshold", a.threshold},
          {"error", to_json(a.error)},
          {"folds", a.folds},
          {"fold_mean", a.folds > 0 ? Json(a.fold_mean) : Json(nullptr)},
          {"fold_standard_error", a.folds > 0 ? Json(a.fold_standard_error) : Json(nullptr)}};
}
void from(const Json& json, Accuracy& a) {
  from(json.at("threshold"), a.threshold);
  from(json.at("error"), a.error);
  a.folds = count_from(json.at("folds"));
  if (a.folds == 0) return;
  from(json.at("fold_mean"), a.fold_mean);
  from(json.at("fold_standard_error"), a.fold_standard_error);
}

Json to_json(const ParetoTail& t) {
  return {{"law", "generalised Pareto"},
          {"threshold", t.threshold},
          {"share", t.share},
          {"exceedances", t.exceedances},
          {"shape", t.shape},
          {"shape_ci95", {t.shape_low, t.shape_high}},
          {"scale", t.scale},
          {"scale_ci95", {t.scale_low, t.scale_high}},
          {"log_likelihood", t.log_likelihood},
          {"anderson_darling", t.anderson_darling},
          {"anderson_darling_p", t.anderson_darling_p},
          {"fits", t.fits}};
}
void from(const Json& json, ParetoTail& t) {
  from(json.at("threshold"), t.threshold);
  from(json.at("share"), t.share);
  t.exceedances = count_from(json.at("exceedances"));
  from(json.at("shape"), t.shape);
  from(json.at("shape_ci95").at(0), t.shape_low);
  from(json.at("shape_ci95").at(1), t.shape_high);
  from(json.at("scale"), t.scale);
  from(json.at("scale_ci95").at(0), t.scale_low);
  from(json.at("scale_ci95").at(1), t.scale_high);
  from(json.at("log_likelihood"), t.log_likelihood);
  from(json.at("anderson_darling"), t.anderson_darling);
  from(json.at("anderson_darling_p"), t.anderson_darling_p);
  t.fits = json.at("fits").get<bool>();
}

template <class T>
Json maybe(const std::optional<T>& value) {
  return value ? to_json(*value) : Json(nullptr);
}
template <class T>
void from(const Json& json, std::optional<T>& value) {
  value.reset();
  if (!json.is_null()) from(json, value.emplace());
}

Json to_json(const CalibratedThreshold& t) {
  Json fpir = Json::array();
  for (const FalseIdentification& f : t.fpir) {
    fpir.push_back({{"gallery", f.gallery}, {"independent", f.independent}, {"measured", maybe(f.measured)}});
  }
  return {{"fmr_target", t.fmr_target},
          {"evidence", name_of(t.evidence)},
          {"score", to_json(t.score)},
          {"fmr", maybe(t.fmr)},
          {"fnmr", maybe(t.fnmr)},
          {"tar", maybe(t.tar)},
          {"extrapolated", maybe(t.extrapolated)},
          {"fpir", fpir}};
}
CalibratedThreshold threshold_from(const Json& json) {
  CalibratedThreshold t;
  from(json.at("fmr_target"), t.fmr_target);
  t.evidence = evidence_of(json.at("evidence"));
  from(json.at("score"), t.score);
  from(json.at("fmr"), t.fmr);
  from(json.at("fnmr"), t.fnmr);
  from(json.at("tar"), t.tar);
  from(json.at("extrapolated"), t.extrapolated);
  for (const Json& f : json.at("fpir")) {
    FalseIdentification entry;
    entry.gallery = count_from(f.at("gallery"));
    from(f.at("independent"), entry.independent);
    from(f.at("measured"), entry.measured);
    t.fpir.push_back(entry);
  }
  return t;
}

// A file that appears whole or not at all.
void write_whole(const fs::path& file, std::string_view text, bool may_replace, const std::string& why_not) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (fs::is_directory(status)) throw Error(ErrorCode::output, "calibrate", file.string(), "is a folder; name a file");
  if (fs::exists(status) && !may_replace) throw Error(ErrorCode::output, "calibrate", file.string(), why_not);
  write_whole_file(file, text);
}

bool is_calibration(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const Json json = Json::parse(in, nullptr, false);
  return json.is_object() && json.value("schema", Json()) == Json(kSchema);
}

}  // namespace

std::string calibration_json(const Calibration& c) {
  Json inputs = Json::array();
  for (const CalibrationInput& i : c.inputs)
    inputs.push_back({{"role", i.role}, {"path", i.path}, {"sha256", i.sha256}});
  Json thresholds = Json::array();
  for (const CalibratedThreshold& t : c.thresholds) thresholds.push_back(to_json(t));
  Json curve = Json::array();
  for (const CurvePoint& p : c.curve) {
    curve.push_back({{"score", p.score}, {"fmr", to_json(p.fmr)}, {"fnmr", maybe(p.fnmr)}});
  }
  const Json json = {
      {"schema", kSchema},
      {"version", c.version},
      {"matcher",
       {{"name", text_or_null(c.matcher)}, {"sha256", text_or_null(c.matcher_sha256)}, {"dimension", c.dimension}}},
      {"comparison", c.comparison ? Json(comparison_text(*c.comparison)) : Json(nullptr)},
      {"protocol", c.protocol},
      {"inputs", inputs},
      {"intervals", {{"method", c.intervals}, {"level", 0.95}, {"draws", c.bootstrap}, {"seed", c.seed}}},
      {"counts",
       {{"items", c.items},
        {"identities", c.identities},
        {"mated_identities", c.mated_identities},
        {"mated", c.mated},
        {"non_mated", c.non_mated}}},
      {"mated_mean", maybe(c.mated_mean)},
      {"non_mated_mean", maybe(c.non_mated_mean)},
      {"d_prime", maybe(c.d_prime)},
      {"auc", maybe(c.auc)},
      {"eer", maybe(c.eer)},
      {"eer_threshold", maybe(c.eer_threshold)},
      {"accuracy", maybe(c.accuracy)},
      {"thresholds", thresholds},
      {"tail", maybe(c.tail)},
      {"notes", c.notes},
      {"curve", curve}};
  return json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void write_calibration(const Calibration& calibration, const fs::path& file, bool overwrite) {
  write_whole(file, calibration_json(calibration), overwrite && fs::is_regular_file(file) && is_calibration(file),
              overwrite
                  ? "holds something else than a calibration, so --overwrite leaves it alone; choose another --out"
                  : "exists; choose another --out or pass --overwrite");
}

Calibration read_calibration(const fs::path& file) {
  const auto refuse = [&file](const std::string& message) {
    throw Error(ErrorCode::input, "calibrate", file.string(), message);
  };
  std::ifstream in(file, std::ios::binary);
  if (!in || fs::is_directory(file)) refuse("cannot be read");
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) refuse("is not a calibration: it is not a JSON object");
  if (json.value("schema", Json()) != Json(kSchema)) {
    refuse(std::string("is not a calibration that this version reads (schema ") + kSchema + ")");
  }
  Calibration c;
  try {
    c.version = json.at("version").get<std::string>();
    c.matcher = text_of(json.at("matcher").at("name"));
    c.matcher_sha256 = text_of(json.at("matcher").at("sha256"));
    c.dimension = count_from(json.at("matcher").at("dimension"));
    c.comparison = comparison_of(json.at("comparison"));
    c.protocol = json.at("protocol").get<std::string>();
    for (const Json& i : json.at("inputs")) {
      c.inputs.push_back(
          {i.at("role").get<std::string>(), i.at("path").get<std::string>(), i.at("sha256").get<std::string>()});
    }
    c.intervals = json.at("intervals").at("method").get<std::string>();
    c.bootstrap = static_cast<unsigned>(count_from(json.at("intervals").at("draws")));
    c.seed = count_from(json.at("intervals").at("seed"));
    const Json& counts = json.at("counts");
    c.items = count_from(counts.at("items"));
    c.identities = count_from(counts.at("identities"));
    c.mated_identities = count_from(counts.at("mated_identities"));
    c.mated = count_from(counts.at("mated"));
    c.non_mated = count_from(counts.at("non_mated"));
    from(json.at("mated_mean"), c.mated_mean);
    from(json.at("non_mated_mean"), c.non_mated_mean);
    from(json.at("d_prime"), c.d_prime);
    from(json.at("auc"), c.auc);
    from(json.at("eer"), c.eer);
    from(json.at("eer_threshold"), c.eer_threshold);
    from(json.at("accuracy"), c.accuracy);
    for (const Json& t : json.at("thresholds")) c.thresholds.push_back(threshold_from(t));
    from(json.at("tail"), c.tail);
    c.notes = json.at("notes").get<std::vector<std::string>>();
    for (const Json& p : json.at("curve")) {
      CurvePoint point;
      from(p.at("score"), point.score);
      from(p.at("fmr"), point.fmr);
      from(p.at("fnmr"), point.fnmr);
      c.curve.push_back(point);
    }
  } catch (const Json::exception& error) {
    refuse(std::string("is damaged: ") + error.what());
  } catch (const std::invalid_argument& error) {
    refuse(error.what());
  }
  return c;
}

void write_calibration_curve(const Calibration& calibration, const fs::path& file, bool overwrite) {
  std::string text =
      "score,false_matches,fmr,fmr_low,fmr_high,fmr_rule_of_30,false_non_matches,fnmr,fnmr_low,fnmr_high,fnmr_rule_of_"
      "30\n";
  for (const CurvePoint& p : calibration.curve) {
    const auto rate = [](const ErrorRate& r) {
      return fmt::format(",{},{},{},{},{}", r.errors, csv_number(r.rate), csv_number(r.low), csv_number(r.high),
                         r.rule_of_30 ? 1 : 0);
    };
    text += csv_number(p.score) + rate(p.fmr) + (p.fnmr ? rate(*p.fnmr) : std::string(",,,,,")) + "\n";
  }
  write_whole(file, text, overwrite, "exists; choose another --csv or pass --overwrite");
}

}  // namespace semblance
