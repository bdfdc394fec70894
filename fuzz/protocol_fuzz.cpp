// Any bytes as a list of pairs (LFW's or a CSV) over a small set, and as imported scores.

#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "calibrate/protocol_file.hpp"
#include "scratch_file.hpp"
#include "semblance/error.hpp"
#include "semblance/store.hpp"

namespace {

constexpr const char* kIds[] = {"Ann_0001", "Ann_0002", "Bo_0001", "Bo_0002"};

semblance::EmbeddingSet small_set(bool labelled) {
  semblance::EmbeddingSet set;
  set.matrix.rows = std::size(kIds);
  for (std::size_t row = 0; row < std::size(kIds); ++row) {
    set.ids.emplace_back(kIds[row]);
    set.identity.push_back(labelled ? static_cast<semblance::IdentityIndex>(row / 2) : 0);
  }
  set.labelled = labelled;
  if (labelled) set.identity_names = {"Ann", "Bo"};
  return set;
}

void check_pairs(const std::filesystem::path& file, const semblance::EmbeddingSet& set) {
  const auto protocol = semblance::calibrate_stage::read_pairs(file, set);
  if (protocol.pairs.empty() || protocol.person.size() != set.ids.size()) std::abort();
  for (const auto& pair : protocol.pairs) {
    if (pair.row_a >= set.ids.size() || pair.row_b >= set.ids.size()) std::abort();
    if (protocol.person[pair.row_a] >= protocol.people) std::abort();
  }
}

void check_scores(const std::filesystem::path& file) {
  const auto protocol = semblance::calibrate_stage::read_scores(file);
  if (protocol.scores.empty()) std::abort();
  for (const auto& score : protocol.scores) {
    if (!std::isfinite(score.score) || score.a >= protocol.people || score.b >= protocol.people) std::abort();
  }
}

template <class Read>
void try_to(const Read& read) {
  try {
    read();
  } catch (const semblance::Error& error) {
    if (error.code() != semblance::ErrorCode::input || error.message().empty()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const semblance::fuzz::ScratchFile file(std::string("protocol") + SEMBLANCE_FUZZ_EXTENSION);
  static const semblance::EmbeddingSet labelled = small_set(true);
  static const semblance::EmbeddingSet bare = small_set(false);
  file.write(data, size);
  try_to([] { check_pairs(file.path(), labelled); });
  try_to([] { check_pairs(file.path(), bare); });
  try_to([] { check_scores(file.path()); });
  return 0;
}
