#pragma once
// Embedding sets: what users already hold, read into one shape; and the folder store that Semblance writes.

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "semblance/facts.hpp"
#include "semblance/types.hpp"

namespace semblance {

/// Where a set of embeddings lies.
struct EmbeddingSource {
  /// A folder store, or a file: .npy .npz .fvecs .fbin .f16bin .i8bin .safetensors .h5/.hdf5 .csv .jsonl, or raw
  /// little-endian float32 as "file.f32:ROWSxDIM". For .npz, .h5 and .safetensors "file.npz:NAME" picks an array;
  /// without a name the only two-dimensional array is taken.
  std::string location;
  /// CSV with a header and one line a row: id (or path), identity, path, ... ; optional.
  std::optional<std::filesystem::path> items;
  /// What reports and errors call the set; empty: its location.
  std::string name = {};
};

/// A set of embeddings in memory or mapped from its file. Immutable after reading; copies share the matrix.
struct EmbeddingSet {
  std::string location;  ///< as the user named it
  MatrixView matrix;     ///< (rows, dim) float32, every element finite, exactly as in the input (not normalised)
  std::shared_ptr<const void> keep;  ///< owns what `matrix` borrows

  std::vector<std::string> ids;    ///< one a row, unique; "0", "1", ... where the input names none
  std::vector<RowIndex> order;     ///< rank of each row's id in the tie order (lexicographic; row order if unnamed)
  std::vector<std::string> paths;  ///< one a row, or empty
  bool labelled = false;           ///< false: no identity labels; then every row is an identity of its own
  std::vector<IdentityIndex> identity;      ///< one a row, index into `identity_names`
  std::vector<std::string> identity_names;  ///< sorted, unique

  std::size_t rejected = 0;                       ///< items that the store names without an embedding (failed images)
  std::map<std::string, std::size_t> rejections;  ///< of those, by the kind of reason: its text up to a colon
  /// An item without an embedding; `id` and `identity` empty where the items file doesn't say.
  struct Rejection {
    std::string id, identity, why;  ///< `why`: the kind of reason
  };
  std::vector<Rejection> rejected_items;  ///< all of them, in the items file's order
  std::string sha256;                     ///< of the embedding file's bytes, hexadecimal
  std::string items_sha256;               ///< of the items file's bytes, or empty
  std::string matcher;                    ///< from store.json, or empty
  std::optional<Comparison> comparison;   ///< that the matcher's embeddings are made for, from store.json
  Facts made;                             ///< how the embeddings were made, from store.json; or empty
};

/// Reads a set. Refuses, naming file and row: NaN and infinity, a zero row (it has no direction; `allow_zero_rows`
/// for inner product and L2, or a store whose embeddings are made for these), no rows, ragged rows, duplicate ids, an
/// items file of another length, pickled or truncated arrays, unknown formats. Big-endian, Fortran-order and float16/64
/// arrays are converted; float64 values beyond float32's range are refused. A float32 C-order .npy (also a folder
/// store's) is memory-mapped. Throws Error{input}. Deterministic; thread-safe for distinct sources.
struct ReadOptions {
  bool allow_zero_rows = false;
};
EmbeddingSet read_embeddings(const EmbeddingSource& source, const ReadOptions& options = {});

/// The comparison that a folder store's embeddings are made for; none where nothing is said, or for other sources.
/// Throws Error{input} if the store can't be read.
std::optional<Comparison> stored_comparison(const std::string& location);

/// A set of which only its items file is known, as where scores are imported: ids, identities and paths of the items
/// that weren't rejected; the matrix has a row each and one column of zeros. Throws Error{input} as read_embeddings
/// does.
EmbeddingSet read_people(const std::filesystem::path& items, const std::string& name = {});

/// What a folder store says of itself (store.json).
struct StoreInfo {
  std::string matcher;
  std::string note;
  std::string card_sha256 = {};               ///< of the matcher's card, where one was used; written if not empty
  std::string dataset = {};                   ///< what the embeddings were made from; written if not empty
  std::optional<Comparison> comparison = {};  ///< that the matcher's card says; written if given
  /// All that the embeddings depend on but the items themselves (docs/formats.md, "How a store was made"); written if
  /// not empty.
  Facts made = {};
  std::string contents = {};  ///< SHA-256 of the items that were read; written if not empty
};

/// One line of items.csv. Rows with status "ok" have an embedding, in order; others carry a rejection reason.
struct StoreItem {
  std::string id;
  std::string identity;
  std::string path;
};

/// Writes `folder` (embeddings.npy float32 C-order, items.csv, store.json) atomically: the folder appears whole or
/// not at all. `items.size() == matrix.rows`. Throws Error{output} if it exists, is not writable or the disk is full.
void write_store(const std::filesystem::path& folder, const MatrixView& matrix, const std::vector<StoreItem>& items,
                 const StoreInfo& info);

}  // namespace semblance
