#include "score/score_folder.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "score/sets.hpp"

namespace semblance {
namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

namespace {

class Writer {
 public:
  Writer(fs::path folder, const EmbeddingSet& a, const EmbeddingSet& b) : folder_(std::move(folder)), a_(a), b_(b) {}

  void ranked(const char* name, const std::vector<PairScore>& pairs) {
    OutputFile& out = begin(name, "rank,score,a,a_identity,b,b_identity\n");
    std::size_t rank = 0;
    for (const PairScore& pair : pairs) {
      out.write(fmt::format("{},{},{},{}\n", ++rank, csv_number(pair.score), side(a_, pair.a), side(b_, pair.b)));
    }
    end();
  }

  /// `per_key` slots for each row of A (`of_a`) or of B.
  void bests(const char* name, const std::vector<PairScore>& slots, std::size_t per_key, bool of_a) {
    OutputFile& out =
        begin(name, of_a ? "a,a_identity,rank,score,b,b_identity\n" : "b,b_identity,rank,score,a,a_identity\n");
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      const PairScore& pair = slots[slot];
      if (pair.a == kNoRow) continue;
      const std::string a = side(a_, pair.a);
      const std::string b = side(b_, pair.b);
      out.write(fmt::format("{},{},{},{}\n", of_a ? a : b, slot % per_key + 1, csv_number(pair.score), of_a ? b : a));
    }
    end();
  }

  void identities(const std::vector<PairScore>& of_a, const std::vector<PairScore>& of_b) {
    OutputFile& out = begin("identity_bests.csv", "side,identity,score,a,a_identity,b,b_identity\n");
    auto rows = [&](const char* name, const EmbeddingSet& set, const std::vector<PairScore>& best) {
      for (std::size_t id = 0; id < best.size(); ++id) {
        if (best[id].a == kNoRow) continue;
        out.write(fmt::format("{},{},{},{},{}\n", name, csv_field(identity_name(set, id)), csv_number(best[id].score),
                              side(a_, best[id].a), side(b_, best[id].b)));
      }
    };
    rows("a", a_, of_a);
    rows("b", b_, of_b);
    end();
  }

  void histogram(const Histogram& counts) {
    const bool tail = counts.exact_from > 0;
    OutputFile& out = begin("histogram.csv", tail ? "from,to,pairs,at_least_from,at_most_from\n" : "from,to,pairs\n");
    for (std::size_t k = 0; k < counts.counts.size(); ++k) {
      std::string bounds;
      if (tail) {
        const auto [low, high] = counts.count_from_bounds(k);
        bounds = fmt::format(",{},{}", low, high);
      }
      out.write(fmt::format("{},{},{}{}\n", csv_number(counts.edge(k)), csv_number(counts.edge(k + 1)),
                            counts.counts[k], bounds));
    }
    end();
  }

  void histogram(const Histogram& mated, const Histogram& non_mated) {
    OutputFile& out = begin("histogram.csv", "from,to,mated,non_mated\n");
    for (std::size_t k = 0; k < mated.counts.size(); ++k) {
      out.write(fmt::format("{},{},{},{}\n", csv_number(mated.edge(k)), csv_number(mated.edge(k + 1)), mated.counts[k],
                            non_mated.counts[k]));
    }
    end();
  }

  void json(const char* name, const Json& value) {
    begin(name, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    end();
  }

 private:
  static std::string identity_name(const EmbeddingSet& set, std::size_t identity) {
    return identity < set.identity_names.size() ? set.identity_names[identity] : std::string();
  }
  static std::string side(const EmbeddingSet& set, RowIndex row) {
    const std::string name = set.labelled ? identity_name(set, set.identity[row]) : std::string();
    return fmt::format("{},{}", csv_field(set.ids[row]), csv_field(name));
  }
  OutputFile& begin(const char* name, std::string_view header) {
    file_.emplace(folder_ / name);
    file_->write(header);
    return *file_;
  }
  void end() {
    file_->close();
    file_.reset();
  }

  fs::path folder_;
  const EmbeddingSet& a_;
  const EmbeddingSet& b_;
  std::optional<OutputFile> file_;
};

Json describe(const EmbeddingSet& set) {
  Json json = {{"location", set.location}, {"rows", set.matrix.rows}, {"dimension", set.matrix.cols}};
  json["identities"] = set.labelled ? Json(set.identity_names.size()) : Json(nullptr);
  json["sha256"] = set.sha256;
  json["items_sha256"] = set.items_sha256.empty() ? Json(nullptr) : Json(set.items_sha256);
  return json;
}

Json head(const SinkRequest& request, const ScoreOptions& options, bool self) {
  Json asked = {{"comparison", comparison_text(options.comparison)}, {"self", self}, {"top", request.top_pairs}};
  if (!self) {
    asked["threshold"] = request.threshold ? Json(*request.threshold) : Json(nullptr);
    asked["threshold_cap"] = request.threshold ? Json(request.threshold_cap) : Json(nullptr);
    asked["row_bests"] = request.row_bests;
    asked["column_bests"] = request.column_bests;
    asked["identity_bests"] = request.identity_bests_a || request.identity_bests_b;
  }
  asked["histogram"] = request.histogram;
  if (!self) asked["histogram_tail"] = request.histogram_tail ? Json(*request.histogram_tail) : Json(nullptr);
  return {{"schema", "semblance-scores/1"}, {"options", asked}};
}

Json shape(const Histogram& histogram) {
  Json json = {{"low", histogram.low},
               {"high", histogram.high},
               {"bins", histogram.counts.size()},
               {"pairs", histogram.total()}};
  if (histogram.exact_from > 0) {
    json["exact_from"] = histogram.edge(histogram.exact_from);
    json["blur_below"] = histogram.blur;
  }
  return json;
}

Json run_json(const std::string& kernel, std::uint64_t pairs, const Certificate& certificate,
              const ScoreRunFacts& facts) {
  const Json proof = {{"bound", certificate.bound},
                      {"screened", certificate.screened},
                      {"survived", certificate.survived},
                      {"rescored", certificate.rescored},
                      {"counted_apart", certificate.counted_apart},
                      {"prefix", certificate.prefix},
                      {"largest_half_width", certificate.largest_half_width},
                      {"largest_error", certificate.largest_error},
                      {"largest_share_of_bound", certificate.largest_share_of_bound},
                      {"verified", certificate.verified}};
  return {{"schema", "semblance-score-run/1"},
          {"kernel", kernel},
          {"threads", facts.threads},
          {"seconds_reading", facts.seconds_reading},
          {"seconds_scoring", facts.seconds_scoring},
          {"resident_peak_bytes", facts.resident_peak_bytes},
          {"resumed_pairs", certificate.resumed},
          {"checkpoint_damaged", certificate.checkpoint_damaged},
          {"certificate", proof},
          {"pairs_per_second", facts.seconds_scoring > 0 ? static_cast<double>(pairs) / facts.seconds_scoring : 0.0}};
}

}  // namespace

void write_score_folder(const fs::path& folder, const EmbeddingSet& a, const EmbeddingSet& b,
                        const SinkRequest& request, const ScoreOptions& options, const ScoreResult& result,
                        const ScoreRunFacts& facts) {
  Writer writer(folder, a, b);
  Json json = head(request, options, false);
  json["pairs"] = result.pairs;
  json["inputs"] = {{"a", describe(a)}, {"b", describe(b)}};
  Json& outputs = json["outputs"] = Json::object();
  if (request.top_pairs > 0) {
    writer.ranked("top_pairs.csv", result.top_pairs);
    outputs["top_pairs.csv"] = {{"pairs", result.top_pairs.size()}};
  }
  if (request.threshold) {
    writer.ranked("over_threshold.csv", result.over_threshold);
    outputs["over_threshold.csv"] = {{"listed", result.over_threshold.size()},
                                     {"pairs", result.over_threshold_total},
                                     {"cap_hit", result.threshold_cap_hit}};
  }
  if (request.row_bests > 0) {
    writer.bests("row_bests.csv", result.row_bests, request.row_bests, true);
    outputs["row_bests.csv"] = {{"rows", a.matrix.rows}, {"per_row", request.row_bests}};
  }
  if (request.column_bests > 0) {
    writer.bests("column_bests.csv", result.column_bests, request.column_bests, false);
    outputs["column_bests.csv"] = {{"rows", b.matrix.rows}, {"per_row", request.column_bests}};
  }
  if (request.identity_bests_a || request.identity_bests_b) {
    writer.identities(result.identity_bests_a, result.identity_bests_b);
    outputs["identity_bests.csv"] = {{"a", result.identity_bests_a.size()}, {"b", result.identity_bests_b.size()}};
  }
  if (request.histogram) {
    writer.histogram(result.histogram);
    outputs["histogram.csv"] = shape(result.histogram);
  }
  writer.json("scores.json", json);
  writer.json("run.json", run_json(result.kernel, result.pairs, result.certificate, facts));
}

void write_score_folder(const fs::path& folder, const EmbeddingSet& a, const SinkRequest& request,
                        const ScoreOptions& options, const SelfScoreResult& result, const ScoreRunFacts& facts) {
  Writer writer(folder, a, a);
  Json json = head(request, options, true);
  json["pairs"] = result.mated_pairs + result.non_mated_pairs;
  json["mated_pairs"] = result.mated_pairs;
  json["non_mated_pairs"] = result.non_mated_pairs;
  json["inputs"] = {{"a", describe(a)}};
  Json& outputs = json["outputs"] = Json::object();
  if (request.top_pairs > 0) {
    writer.ranked("top_pairs.csv", result.top_non_mated);
    outputs["top_pairs.csv"] = {{"pairs", result.top_non_mated.size()}, {"kind", "non-mated"}};
  }
  if (request.histogram) {
    writer.histogram(result.mated, result.non_mated);
    outputs["histogram.csv"] = {{"mated", shape(result.mated)}, {"non_mated", shape(result.non_mated)}};
  }
  writer.json("scores.json", json);
  writer.json("run.json",
              run_json(result.kernel, result.mated_pairs + result.non_mated_pairs, result.certificate, facts));
}

}  // namespace semblance
