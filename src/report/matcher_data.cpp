// What the page's scripts know of a matcher.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/sections.hpp"

namespace semblance::report_stage {

namespace {

using Curve = ReportModel::Curve;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostStops = 1000;  // of the slider

/// Bins between the lowest and the highest that any curve reaches, joined so that the slider has few enough stops.
struct Stops {
  std::size_t first = 0, last = 0, join = 1;

  explicit Stops(const std::vector<Curve>& curves) {
    const std::size_t bins = curves.front().counts.size();
    first = bins;
    for (const Curve& curve : curves) {
      for (std::size_t k = 0; k < bins; ++k) {
        if (curve.counts[k] == 0) continue;
        first = std::min(first, k);
        last = std::max(last, k + 1);
      }
    }
    first = std::min(first, last);
    join = std::max<std::size_t>(1, (last - first + kMostStops - 1) / kMostStops);
  }

  /// How many lie at or over every stop.
  [[nodiscard]] Json over(const Curve& curve) const {
    std::vector<std::uint64_t> counts;
    std::uint64_t sum = 0;
    std::uint64_t beyond = 0;
    for (std::size_t k = last; k < curve.counts.size(); ++k) beyond += curve.counts[k];
    sum = beyond;
    for (std::size_t k = last; k-- > first;) {
      sum += curve.counts[k];
      if ((k - first) % join == 0) counts.push_back(sum);
    }
    std::reverse(counts.begin(), counts.end());
    return counts;
  }
};

const Curve* named(const std::vector<Curve>& curves, std::string_view name) {
  const auto at = std::find_if(curves.begin(), curves.end(), [&](const Curve& curve) { return curve.name == name; });
  return at == curves.end() ? nullptr : &*at;
}

/// All in the same bins, or the slider can't hold them against each other.
bool comparable(const std::vector<const Curve*>& curves) {
  return std::all_of(curves.begin(), curves.end(), [&](const Curve* curve) {
    return curve->low == curves.front()->low && curve->high == curves.front()->high &&
           curve->counts.size() == curves.front()->counts.size();
  });
}

/// None where there is nothing to slide over.
Json over_thresholds(const ReportModel::Matcher& matcher) {
  const std::vector<std::pair<const char*, const Curve*>> wanted = {
      {"pairs", named(matcher.curves, "R-G")},
      {"chance", named(matcher.curves, "R-R non-mated")},
      {"holdout", named(matcher.curves, "H-G")},
      {"people", named(matcher.people_curves, "R")},
      {"holdoutPeople", named(matcher.people_curves, "H")}};
  if (wanted[0].second == nullptr || wanted[1].second == nullptr) return nullptr;
  std::vector<const Curve*> there;
  for (const auto& [name, curve] : wanted) {
    if (curve != nullptr) there.push_back(curve);
  }
  if (!comparable(there)) return nullptr;
  const Curve& bins = *wanted[0].second;
  const Stops stops({*wanted[0].second, *wanted[1].second});
  if (stops.first == stops.last) return nullptr;
  const double width = (bins.high - bins.low) / static_cast<double>(bins.counts.size());
  Json data = {{"low", bins.low + width * static_cast<double>(stops.first)},
               {"step", width * static_cast<double>(stops.join)}};
  for (const auto& [name, curve] : wanted) data[name] = curve != nullptr ? stops.over(*curve) : Json(nullptr);
  return data;
}

double ratio(std::size_t part, std::size_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::uint64_t total(const Curve* curve) {
  std::uint64_t sum = 0;
  if (curve != nullptr) {
    for (const std::uint64_t count : curve->counts) sum += count;
  }
  return sum;
}

}  // namespace

bool has_slider(const ReportModel::Matcher& matcher) { return !over_thresholds(matcher).is_null(); }

Json matcher_data(const ReportModel& model, const ReportModel::Matcher& matcher) {
  Json data = distribution_data(matcher);
  data["name"] = matcher.name;
  data["scored"] = matcher.pairs_scored;
  data["who"] = people_word(model);
  const Curve* chance = named(matcher.curves, "R-R non-mated");
  data["nonMated"] = total(chance);
  data["fmrRests"] = matcher.non_mated;  // on the calibration's scores, where there is one
  data["holdoutPairsScale"] = model.holdout ? ratio(model.train.items, model.holdout->items) : 0.0;
  data["holdoutPeopleScale"] =
      ratio(total(named(matcher.people_curves, "R")), total(named(matcher.people_curves, "H")));
  // Begins at the strictest threshold that real pairs resolve.
  double start = matcher.top.empty() ? 0 : matcher.top.back().score;
  for (const ReportModel::Threshold& threshold : matcher.thresholds) {
    if (threshold.resolved) start = threshold.score;
  }
  data["start"] = start;
  data["over"] = over_thresholds(matcher);
  data["pairs"] = best_pairs_data(matcher);
  return data;
}

}  // namespace semblance::report_stage
