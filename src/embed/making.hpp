#pragma once
// All that a store's embeddings come from, so that two runs can be told to be the same one.

#include <filesystem>
#include <optional>
#include <string>

#include "align/aligner.hpp"
#include "base/sha256.hpp"
#include "embed/matcher_network.hpp"
#include "semblance/embed.hpp"

namespace semblance::embed_stage {

/// What embeddings depend on beside the items: library, device, card, weights, alignment, options (docs/formats.md,
/// "How a store was made").
Facts facts_of(const MatcherNetwork& matcher, const align_stage::Aligner& aligner, const Dataset& items,
               const EmbedOptions& options);

/// A line each: "name value".
std::string lines_of(const Facts& facts);

/// SHA-256 over the items of a dataset: ids, identities, bytes, reasons.
class ContentsDigest {
 public:
  void take(const DatasetItem& item);
  [[nodiscard]] std::string finish() { return sum_.finish(); }

 private:
  Sha256 sum_;
};

/// The summary of a finished store at `out` that `facts` and the dataset's items made, as EmbedOptions::reuse has it;
/// none if it is to be made. Throws Error{output} naming what differs, unless options.overwrite.
std::optional<EmbedSummary> finished_store(const std::filesystem::path& out, const std::filesystem::path& dataset,
                                           const MatcherNetwork& matcher, const Facts& facts,
                                           const EmbedOptions& options);

}  // namespace semblance::embed_stage
