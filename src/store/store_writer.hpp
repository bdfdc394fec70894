#pragma once
// The folder store on disk: embeddings.npy, items.csv, store.json.

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/output_folder.hpp"
#include "semblance/store.hpp"
#include "store/id_set.hpp"

namespace semblance::store_stage {

inline constexpr const char* kEmbeddingsFile = "embeddings.npy";
inline constexpr const char* kItemsFile = "items.csv";
inline constexpr const char* kStoreFile = "store.json";
inline constexpr const char* kStoreSchema = "semblance-store/1";

/// The three files, written row by row into a folder that exists: memory grows by some 32 bytes a row. Refuses
/// (Error{usage}) what read_embeddings would refuse to read back: empty or repeated ids, identities on some embedded
/// items only, values that aren't finite, no embedding at all. Throws Error{output}.
class StoreWriter {
 public:
  /// `dim` > 0. `name` is the folder that errors speak of.
  StoreWriter(const std::filesystem::path& folder, std::size_t dim, std::filesystem::path name);
  /// Shape (dim).
  void add(const StoreItem& item, std::span<const float> embedding);
  /// An item that has no embedding, and why.
  void reject(const StoreItem& item, const std::string& why);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t rejected() const { return ids_.size() - rows_; }
  /// Completes the files.
  void finish(const StoreInfo& info);

 private:
  void take_id(const StoreItem& item);
  [[noreturn]] void refuse_store(const std::string& why) const;

  std::filesystem::path folder_, name_;
  std::size_t dim_;
  std::size_t rows_ = 0;
  StoreItem first_;
  IdSet ids_;
  OutputFile embeddings_, items_;
};

/// Writes the three files into a folder that exists, for callers who stage a folder of their own. Not atomic by
/// itself. Refuses (Error{usage}) what read_embeddings would refuse to read back: another number of items than rows,
/// empty or repeated ids, identities on some items only, values that aren't finite. Throws Error{output}.
void write_store_files(const std::filesystem::path& folder, const MatrixView& matrix,
                       const std::vector<StoreItem>& items, const StoreInfo& info);

}  // namespace semblance::store_stage
