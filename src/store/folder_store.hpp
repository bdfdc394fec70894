#pragma once
// Reading a folder store.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "semblance/facts.hpp"
#include "semblance/types.hpp"

namespace semblance::store_stage {

/// What store.json says.
struct StoreCard {
  std::string matcher;
  std::uint64_t rows = 0;
  std::uint64_t dim = 0;
  std::string sha256;
  std::optional<Comparison> comparison;
  std::uint64_t rejected = 0;
  Facts made;            ///< as StoreInfo has it; empty where the store doesn't say
  std::string contents;  ///< likewise
};

/// Refuses folders that aren't stores, saying what was expected, and a store.json that isn't ours or isn't whole.
StoreCard read_store_card(const std::filesystem::path& folder);

}  // namespace semblance::store_stage
