#pragma once
// A score folder: what a pass found, as CSV with ids and names, and what it was asked, as JSON.

#include <filesystem>
#include <string>

#include "semblance/score.hpp"
#include "semblance/store.hpp"

namespace semblance {

/// What differs between two runs of the same job; goes to run.json.
struct ScoreRunFacts {
  unsigned threads = 0;
  double seconds_reading = 0;
  double seconds_scoring = 0;
  std::uint64_t resident_peak_bytes = 0;  ///< of the process, mapped inputs included
};

/// Writes scores.json (schema semblance-scores/1), run.json and one CSV for every sink asked for into `folder`, which
/// exists. Everything but run.json is the same bytes for the same inputs and request. Throws Error{output}.
void write_score_folder(const std::filesystem::path& folder, const EmbeddingSet& a, const EmbeddingSet& b,
                        const SinkRequest& request, const ScoreOptions& options, const ScoreResult& result,
                        const ScoreRunFacts& facts);

/// The same for a self-comparison.
void write_score_folder(const std::filesystem::path& folder, const EmbeddingSet& a, const SinkRequest& request,
                        const ScoreOptions& options, const SelfScoreResult& result, const ScoreRunFacts& facts);

}  // namespace semblance
