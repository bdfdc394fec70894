// The three protocols: all pairs of a set, a list of pairs, imported scores.

#include "semblance/calibrate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/parallel.hpp"
#include "base/sha256.hpp"
#include "calibrate/analysis.hpp"
#include "calibrate/protocol_file.hpp"
#include "semblance/error.hpp"
#include "semblance/version.hpp"

namespace semblance {

using namespace calibrate_stage;

namespace {

constexpr std::uint64_t kMostMated = 50'000'000;

[[noreturn]] void refuse(const std::string& subject, const std::string& message) {
  throw Error(ErrorCode::input, "calibrate", subject, message);
}

std::vector<std::vector<RowIndex>> rows_of_people(const EmbeddingSet& set) {
  std::vector<std::vector<RowIndex>> rows(set.identity_names.size());
  for (std::size_t row = 0; row < set.identity.size(); ++row)
    rows[set.identity[row]].push_back(static_cast<RowIndex>(row));
  return rows;
}

std::vector<MatedScore> mated_scores(const EmbeddingSet& set, const CalibrateOptions& options) {
  const auto people = rows_of_people(set);
  std::vector<std::size_t> begin(people.size() + 1);
  for (std::size_t p = 0; p < people.size(); ++p)
    begin[p + 1] = begin[p] + people[p].size() * (people[p].size() - 1) / 2;
  if (begin.back() > kMostMated) {
    refuse(set.location, fmt::format("has {} mated pairs; up to {} are kept exactly: take fewer images of each person",
                                     begin.back(), kMostMated));
  }
  std::vector<MatedScore> scores(begin.back());
  parallel_for(people.size(), options.threads, [&](std::size_t p, unsigned) {
    std::size_t at = begin[p];
    for (std::size_t a = 0; a < people[p].size(); ++a) {
      for (std::size_t b = a + 1; b < people[p].size(); ++b) {
        scores[at++] = {reference_score(set.matrix.row(people[p][a]), set.matrix.row(people[p][b]), options.comparison),
                        static_cast<IdentityIndex>(p)};
      }
    }
  });
  return scores;
}

ScoreTable all_pairs(const EmbeddingSet& set, const CalibrateOptions& options) {
  ScoreTable table;
  table.identities = set.identity_names.size();
  SinkRequest request;
  request.top_pairs = options.top_scores;
  request.histogram = true;
  ScoreOptions score_options;
  score_options.comparison = options.comparison;
  score_options.threads = options.threads;
  if (options.progress) score_options.progress = options.progress("scoring all pairs", "pairs");
  SelfScoreResult scored =
      score_self({.matrix = set.matrix, .order = set.order, .identity = set.identity, .identities = table.identities},
                 request, score_options);
  table.non_mated = scored.non_mated_pairs;
  table.top.reserve(scored.top_non_mated.size());
  for (const PairScore& pair : scored.top_non_mated) {
    table.top.push_back({pair.score, set.identity[pair.a], set.identity[pair.b], pair.a, pair.b});
  }
  if (table.top.size() < table.non_mated) table.histogram = std::move(scored.non_mated);
  table.mated = mated_scores(set, options);

  table.images_of.resize(table.identities);
  for (const IdentityIndex person : set.identity) table.images_of[person] += 1;
  const auto rows = static_cast<double>(set.matrix.rows);
  double squares = 0;
  double fourths = 0;
  table.comparisons_of.reserve(table.identities);
  for (const double n : table.images_of) {
    table.comparisons_of.push_back(n * (rows - n));
    squares += n * n;
    fourths += n * n * n * n;
  }
  table.squared_comparisons = (squares * squares - fourths) / 2;
  finish(table);
  return table;
}

Calibration begin(const CalibrateOptions& options, const char* protocol) {
  Calibration result;
  result.version = kVersion;
  result.protocol = protocol;
  result.matcher = options.matcher;
  result.matcher_sha256 = options.matcher_sha256;
  return result;
}

void describe_set(const EmbeddingSet& set, const CalibrateOptions& options, Calibration& result) {
  if (result.matcher.empty()) result.matcher = set.matcher;
  result.comparison = options.comparison;
  result.dimension = set.matrix.cols;
  result.items = set.matrix.rows;
  result.inputs.push_back({"embeddings", set.location, set.sha256});
  if (!set.items_sha256.empty()) result.inputs.push_back({"items", set.location, set.items_sha256});
}

void calibrate_list(std::span<const LabelledScore> scores, std::size_t identities, const CalibrateOptions& options,
                    const std::string& subject, Calibration& result) {
  ScoreTable table;
  table.identities = identities;
  bool folds = false;
  for (const LabelledScore& s : scores) {
    if (!std::isfinite(s.score)) refuse(subject, "has a score that is not a finite number");
    folds = folds || s.fold > 0;
    if (s.mated) {
      table.mated.push_back({s.score, s.a});
    } else {
      table.top.push_back({.score = s.score, .i = s.a, .j = s.b});
    }
  }
  if (table.top.empty()) {
    refuse(subject,
           "has no non-mated comparisons, so no false match rate can be measured; add comparisons of different "
           "people");
  }
  finish(table);
  analyse(table, nullptr, options, result);
  if (result.auc && result.auc->high < 0.5) {
    refuse(
        subject,
        fmt::format("scores different people higher than one person (AUC {:.3f}): larger scores must mean more alike; "
                    "give distances as their negatives",
                    result.auc->value));
  }
  if (!table.mated.empty()) result.accuracy = best_accuracy(scores, result.intervals == "wilson");
}

}  // namespace

namespace calibrate_stage {

void check(const CalibrateOptions& options) {
  const auto usage = [](const char* option, const std::string& message) {
    throw Error(ErrorCode::usage, "calibrate", option, message);
  };
  if (options.fmr.empty()) usage("--fmr", "needs at least one false match rate");
  for (const double target : options.fmr) {
    if (!(target > 0 && target < 1)) usage("--fmr", fmt::format("{} is not between 0 and 1", target));
  }
  for (const double score : options.at) {
    if (!std::isfinite(score)) usage("--at", "needs finite scores");
  }
  if (options.bootstrap < 100) usage("--bootstrap", "needs at least 100 draws for a 95% interval");
  if (options.top_scores < 1 || options.top_scores > 1'000'000) usage("top scores", "are 1 to 1,000,000");
  if (options.direct_rows < 2) usage("direct rows", "are at least 2");
}

}  // namespace calibrate_stage

Calibration calibrate(const EmbeddingSet& set, const CalibrateOptions& options) {
  check(options);
  if (!set.labelled) {
    refuse(set.location,
           "has no identity labels, which calibration needs; give a CSV with id and identity of every row "
           "(--items), or a pairs file (--pairs)");
  }
  if (set.identity_names.size() < 2) {
    refuse(set.location,
           fmt::format("shows one person ('{}'); a false match rate needs at least two", set.identity_names.front()));
  }
  Calibration result = begin(options, "all-pairs");
  describe_set(set, options, result);
  analyse(all_pairs(set, options), &set, options, result);
  return result;
}

Calibration calibrate_pairs(const EmbeddingSet& set, const std::filesystem::path& pairs,
                            const CalibrateOptions& options) {
  check(options);
  const PairsProtocol protocol = read_pairs(pairs, set);
  std::vector<LabelledScore> scores(protocol.pairs.size());
  parallel_for(scores.size(), options.threads, [&](std::size_t k, unsigned) {
    const ListedPair& pair = protocol.pairs[k];
    scores[k] = {.score = reference_score(set.matrix.row(pair.row_a), set.matrix.row(pair.row_b), options.comparison),
                 .mated = pair.mated,
                 .a = protocol.person[pair.row_a],
                 .b = protocol.person[pair.row_b],
                 .fold = pair.fold};
  });
  Calibration result = begin(options, "pairs");
  describe_set(set, options, result);
  result.inputs.push_back({"pairs", pairs.string(), sha256_file(pairs)});
  if (!protocol.note.empty()) result.notes.push_back(protocol.note);
  calibrate_list(scores, protocol.people, options, pairs.string(), result);
  return result;
}

Calibration calibrate_scores(const std::filesystem::path& scores, const CalibrateOptions& options) {
  check(options);
  const ScoresProtocol protocol = read_scores(scores);
  Calibration result = begin(options, "scores");
  result.inputs.push_back({"scores", scores.string(), sha256_file(scores)});
  if (!protocol.note.empty()) result.notes.push_back(protocol.note);
  calibrate_list(protocol.scores, protocol.people, options, scores.string(), result);
  return result;
}

Calibration calibrate_scores(std::span<const LabelledScore> scores, std::size_t identities,
                             const CalibrateOptions& options) {
  check(options);
  for (const LabelledScore& s : scores) {
    if (s.a < identities && s.b < identities && (s.a == s.b) == s.mated) continue;
    throw Error(ErrorCode::usage, "calibrate", "scores", "name people beyond their number, or contradict their labels");
  }
  Calibration result = begin(options, "scores");
  calibrate_list(scores, identities, options, "scores", result);
  return result;
}

}  // namespace semblance
