#pragma once
// Float64 geometry for the tests, sharing no code with the library.

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "semblance/simulate.hpp"

namespace semblance::geometry {

inline double dot(const SimulatedSet& x, std::size_t i, const SimulatedSet& y, std::size_t j) {
  const std::size_t dimension = x.values.size() / x.ids.size();
  double sum = 0;
  for (std::size_t k = 0; k < dimension; ++k) {
    sum += static_cast<double>(x.values[i * dimension + k]) * static_cast<double>(y.values[j * dimension + k]);
  }
  return sum;
}

inline double cosine(const SimulatedSet& x, std::size_t i, const SimulatedSet& y, std::size_t j) {
  return dot(x, i, y, j) / std::sqrt(dot(x, i, x, i) * dot(y, j, y, j));
}

inline double mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

inline double deviation(const std::vector<double>& values) {
  const double m = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - m) * (v - m);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

inline std::size_t row_of(const SimulatedSet& set, const std::string& id) {
  return static_cast<std::size_t>(std::find(set.ids.begin(), set.ids.end(), id) - set.ids.begin());
}

inline std::set<std::string> planted_ids(const SimulatedCase& c) {
  std::set<std::string> ids;
  for (const PlantedLeak& leak : c.truth) ids.insert(leak.synthetic_id);
  return ids;
}

/// Scores of all pairs of rows of x and y.
inline std::vector<double> cross_scores(const SimulatedSet& x, const SimulatedSet& y) {
  std::vector<double> scores;
  scores.reserve(x.ids.size() * y.ids.size());
  for (std::size_t i = 0; i < x.ids.size(); ++i) {
    for (std::size_t j = 0; j < y.ids.size(); ++j) scores.push_back(dot(x, i, y, j));
  }
  return scores;
}

/// Scores of all pairs of different rows of one person.
inline std::vector<double> mated_scores(const SimulatedSet& x) {
  std::vector<double> scores;
  for (std::size_t i = 0; i < x.ids.size(); ++i) {
    for (std::size_t j = i + 1; j < x.ids.size(); ++j) {
      if (x.identity[i] == x.identity[j]) scores.push_back(dot(x, i, x, j));
    }
  }
  return scores;
}

}  // namespace semblance::geometry
