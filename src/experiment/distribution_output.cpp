// What the study of distributions writes as files of numbers.

#include <fmt/format.h>

#include <array>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "experiment/distribution_page.hpp"
#include "experiment/output.hpp"

namespace semblance {
namespace {

using namespace experiment_stage;
using report_stage::JsonWriter;
using Layout = JsonWriter::Layout;
using Study = DistributionStudy;

template <class Of>
using Named = std::pair<const char*, Bounded Of::*>;

constexpr std::array<Named<Study::Distribution>, 7> kOfDistribution = {{{"mean", &Study::Distribution::mean},
                                                                        {"sd", &Study::Distribution::sd},
                                                                        {"q50", &Study::Distribution::q50},
                                                                        {"q90", &Study::Distribution::q90},
                                                                        {"q99", &Study::Distribution::q99},
                                                                        {"q99.9", &Study::Distribution::q999},
                                                                        {"max", &Study::Distribution::max}}};
constexpr std::array<Named<Study::Comparison>, 9> kOfComparison = {{{"ks", &Study::Comparison::ks},
                                                                    {"auc", &Study::Comparison::auc},
                                                                    {"wasserstein", &Study::Comparison::wasserstein},
                                                                    {"d-prime", &Study::Comparison::d_prime},
                                                                    {"shift-q50", &Study::Comparison::shift_q50},
                                                                    {"shift-q90", &Study::Comparison::shift_q90},
                                                                    {"shift-q99", &Study::Comparison::shift_q99},
                                                                    {"shift-q99.9", &Study::Comparison::shift_q999},
                                                                    {"shift-max", &Study::Comparison::shift_max}}};

void write_bounded(JsonWriter& json, const char* name, const Bounded& number) {
  json.open_object(name, Layout::line);
  json.field("value", number.value);
  json.field("low", number.low);
  json.field("high", number.high);
  json.end_object();
}

void write_test(JsonWriter& json, const std::optional<Study::Test>& test) {
  json.key("permutation_test");
  if (!test) {
    json.value(nullptr);
    return;
  }
  json.begin_object();
  json.field("p_min", test->p_min);
  json.field("p_adjusted", test->p_adjusted);
  json.open_object("p", Layout::line);
  for (const Study::PValue& p : test->p) json.field(p.statistic, p.p);
  json.end_object();
  json.field("people_train", test->people_train);
  json.field("people_holdout", test->people_holdout);
  json.field("units", test->units);
  json.field("people_per_unit", test->people_per_unit);
  json.field("fixed_people", test->fixed_people);
  json.end_object();
}

void write_cell(JsonWriter& json, const Study::Cell& cell) {
  json.begin_object();
  json.field("synthetic", cell.synthetic);
  json.open_array("distributions");
  for (const Study::Distribution& d : cell.distributions) {
    json.begin_object();
    json.field("name", d.name);
    json.field("pairs", d.pairs);
    json.field("exact", d.q50.exact());
    json.field("bin_width", (d.histogram.high - d.histogram.low) / static_cast<double>(d.histogram.counts.size()));
    for (const auto& [name, member] : kOfDistribution) write_bounded(json, name, d.*member);
    json.end_object();
  }
  json.end_array();
  json.open_array("comparisons");
  for (const Study::Comparison& c : cell.comparisons) {
    json.begin_object();
    json.field("first", c.first);
    json.field("second", c.second);
    json.field("exact", c.wasserstein.exact());
    for (const auto& [name, member] : kOfComparison) write_bounded(json, name, c.*member);
    json.end_object();
  }
  json.end_array();
  write_test(json, cell.test);
  json.end_object();
}

void write_json(const Study& study, const std::filesystem::path& file) {
  OutputFile out(file);
  JsonWriter json(out);
  begin_study(json, "distribution", study.sets);
  json.field("comparison", study.comparison);
  json.field("permutations", study.permutations);
  json.field("seed", study.seed);
  json.open_array("matchers");
  for (const Study::Matcher& matcher : study.matchers) {
    json.begin_object();
    json.field("name", matcher.name);
    json.open_array("synthetic");
    for (const Study::Cell& cell : matcher.cells) write_cell(json, cell);
    json.end_array();
    json.end_object();
  }
  json.end_array();
  write_texts(json, "notes", study.notes);
  json.end_object();
  out.close();
}

/// Calls body(matcher, cell) for every synthetic set of every matcher.
template <class Body>
void each_cell(const Study& study, const Body& body) {
  for (const Study::Matcher& matcher : study.matchers) {
    for (const Study::Cell& cell : matcher.cells) body(matcher, cell);
  }
}

void write_statistics_csv(const Study& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("matcher,synthetic,first,second,statistic,value,low,high\n");
  each_cell(study, [&](const Study::Matcher& matcher, const Study::Cell& cell) {
    for (const Study::Comparison& c : cell.comparisons) {
      for (const auto& [name, member] : kOfComparison) {
        const Bounded& number = c.*member;
        out.write(fmt::format("{},{},{},{},{},{},{},{}\n", csv_field(matcher.name), csv_field(cell.synthetic), c.first,
                              c.second, name, csv_number(number.value), csv_number(number.low),
                              csv_number(number.high)));
      }
    }
  });
  out.close();
}

void write_p_values_csv(const Study& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("matcher,synthetic,statistic,p\n");
  each_cell(study, [&](const Study::Matcher& matcher, const Study::Cell& cell) {
    if (!cell.test) return;
    const auto line = [&](const std::string& statistic, double p) {
      out.write(
          fmt::format("{},{},{},{}\n", csv_field(matcher.name), csv_field(cell.synthetic), statistic, csv_number(p)));
    };
    for (const Study::PValue& p : cell.test->p) line(p.statistic, p.p);
    line("smallest", cell.test->p_min);
    line("smallest, adjusted", cell.test->p_adjusted);
  });
  out.close();
}

void write_histograms_csv(const Study& study, const std::filesystem::path& file) {
  OutputFile out(file);
  out.write("matcher,synthetic,distribution,low,high,count\n");
  each_cell(study, [&](const Study::Matcher& matcher, const Study::Cell& cell) {
    for (const Study::Distribution& d : cell.distributions) {
      for (std::size_t k = 0; k < d.histogram.counts.size(); ++k) {
        if (d.histogram.counts[k] == 0) continue;
        out.write(fmt::format("{},{},{},{},{},{}\n", csv_field(matcher.name), csv_field(cell.synthetic), d.name,
                              csv_number(d.histogram.edge(k)), csv_number(d.histogram.edge(k + 1)),
                              d.histogram.counts[k]));
      }
    }
  });
  out.close();
}

}  // namespace

void write_study(const DistributionStudy& study, const std::filesystem::path& folder) {
  write_statistics_csv(study, folder / "statistics.csv");
  write_p_values_csv(study, folder / "p_values.csv");
  write_histograms_csv(study, folder / "histograms.csv");
  write_page(distribution_page(study), folder / "page.html");
  write_json(study, folder / "experiment.json");
}

}  // namespace semblance
