// The study of pairs from tables that others published: what their best matches say beside a set that can't leak.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <unordered_map>

#include "base/csv.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "semblance/experiment.hpp"

namespace semblance {
namespace {

constexpr double kControlShare = 0.001;

/// Column of a header, or none.
std::optional<std::size_t> column(const std::vector<std::string>& header, const char* name) {
  const auto at = std::ranges::find(header, name);
  if (at == header.end()) return std::nullopt;
  return static_cast<std::size_t>(at - header.begin());
}

/// Dense indices for names, in order of appearance.
class Names {
 public:
  std::uint32_t index(const std::string& name) {
    return known_.try_emplace(name, static_cast<std::uint32_t>(known_.size())).first->second;
  }

 private:
  std::unordered_map<std::string, std::uint32_t> known_;
};

double parse_score(const CsvReader& reader, const std::string& text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && std::isfinite(value)) return value;
  throw Error(ErrorCode::input, "experiment", reader.file().string(),
              fmt::format("line {}: similarity '{}' is not a finite number", reader.line(), text));
}

BestMatchBins common_bins(const std::vector<BestMatches>& sets) {
  double low = sets.front().score.front();
  double high = low;
  for (const BestMatches& set : sets) {
    const auto [least, most] = std::ranges::minmax_element(set.score);
    low = std::min(low, *least);
    high = std::max(high, *most);
  }
  return best_match_bins(low, high);
}

}  // namespace

BestMatchBins best_match_bins(double low, double high) {
  const double target = std::max(high - low, 1e-9) / 100;
  const double magnitude = std::pow(10.0, std::floor(std::log10(target)));
  double width = magnitude;
  for (const double step : {1.0, 2.0, 5.0, 10.0}) {
    if (step * magnitude >= target) {
      width = step * magnitude;
      break;
    }
  }
  BestMatchBins bins;
  bins.width = width;
  bins.low = std::floor(low / width) * width;
  bins.count = 1 + static_cast<std::size_t>(std::floor((high - bins.low) / width + 1e-9));
  return bins;
}

BestMatches read_best_matches(const std::string& name, const std::filesystem::path& file) {
  CsvReader reader(file);
  std::vector<std::string> fields;
  const auto refuse = [&](const std::string& why) { throw Error(ErrorCode::input, "experiment", file.string(), why); };
  if (!reader.next(fields)) refuse("is empty; a table of best matches has a header and a line a synthetic image");
  const std::size_t columns = fields.size();
  const auto required = [&](const char* column_name) {
    const auto at = column(fields, column_name);
    if (!at) {
      refuse(
          fmt::format("has no column '{}'; needed are sample_identity, best_match_index, best_match_identity and "
                      "similarity",
                      column_name));
    }
    return at.value_or(0);
  };
  const std::size_t identity = required("sample_identity");
  const std::size_t item = required("best_match_index");
  const std::size_t item_identity = required("best_match_identity");
  const std::size_t similarity = required("similarity");
  const auto item_name = column(fields, "best_match_image_name");
  const auto sample = column(fields, "sample_index");

  BestMatches matches;
  matches.name = name;
  Names synthetic, items, people, samples;
  std::vector<std::string> shown;
  while (reader.next(fields)) {
    if (fields.size() != columns) {
      refuse(fmt::format("line {}: has {} fields but the header has {}", reader.line(), fields.size(), columns));
    }
    if (sample && samples.index(fields[*sample]) != matches.score.size()) {
      refuse(fmt::format("line {}: sample_index '{}' stands twice; a table holds one best match a synthetic image",
                         reader.line(), fields[*sample]));
    }
    matches.score.push_back(parse_score(reader, fields[similarity]));
    // An image without an identity is its own.
    matches.synthetic_identity.push_back(
        synthetic.index(fields[identity].empty() ? fmt::format("\n{}", matches.score.size()) : fields[identity]));
    matches.real_item.push_back(items.index(fields[item]));
    matches.real_identity.push_back(people.index(fields[item_identity]));
    if (matches.real_item.back() == shown.size()) {
      shown.push_back(item_name ? fmt::format("{} ({})", fields[*item_name], fields[item_identity]) : fields[item]);
    }
  }
  if (matches.score.empty()) refuse("holds no best matches, only a header");
  matches.real_item_names = std::move(shown);
  return matches;
}

PublishedStudy study_published(const PublishedOptions& options) {
  if (options.sets.empty()) throw Error(ErrorCode::usage, "experiment", "--best-matches", "is missing");
  std::vector<std::pair<std::string, std::filesystem::path>> inputs = {options.control};
  inputs.insert(inputs.end(), options.sets.begin(), options.sets.end());
  PublishedStudy study;
  study.gallery = options.gallery;
  std::vector<BestMatches> tables;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const auto& [name, file] = inputs[k];
    for (const BestMatches& other : tables) {
      if (other.name != name) continue;
      throw Error(ErrorCode::usage, "experiment", k == 0 ? "--control" : "--best-matches",
                  fmt::format("names '{}' twice; give every table a name of its own", name));
    }
    BestMatches& table = tables.emplace_back(read_best_matches(name, file));
    table.gallery = options.gallery;
    study.inputs.push_back({.role = k == 0 ? "control " + name : "best matches " + name,
                            .location = file.string(),
                            .items = table.score.size(),
                            .identities = 1 + *std::ranges::max_element(table.synthetic_identity),
                            .labelled = true,
                            .sha256 = sha256_file(file),
                            .items_sha256 = {}});
  }
  study.control_threshold = upper_score(tables.front().score, kControlShare);
  study.thresholds = {study.control_threshold};
  study.thresholds.insert(study.thresholds.end(), options.thresholds.begin(), options.thresholds.end());
  study.bins = common_bins(tables);
  for (std::size_t k = 0; k < tables.size(); ++k) {
    study.sets.push_back(summarise_best_matches(tables[k], k == 0 ? nullptr : &tables.front(), Pairing::unpaired,
                                                study.thresholds, study.bins));
  }
  return study;
}

}  // namespace semblance
