#pragma once
// The folder store on disk: embeddings.npy, items.csv, store.json.

#include <filesystem>
#include <string>
#include <vector>

#include "semblance/store.hpp"

namespace semblance::store_stage {

inline constexpr const char* kEmbeddingsFile = "embeddings.npy";
inline constexpr const char* kItemsFile = "items.csv";
inline constexpr const char* kStoreFile = "store.json";
inline constexpr const char* kStoreSchema = "semblance-store/1";

/// Writes the three files into a folder that exists, for callers who stage a folder of their own. Not atomic by
/// itself. Refuses (Error{usage}) what read_embeddings would refuse to read back: another number of items than rows,
/// empty or repeated ids, identities on some items only, values that aren't finite. Throws Error{output}.
void write_store_files(const std::filesystem::path& folder, const MatrixView& matrix,
                       const std::vector<StoreItem>& items, const StoreInfo& info);

}  // namespace semblance::store_stage
