#pragma once
// The pictures of an audit, each found and read once; only fingerprints are kept.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "semblance/ingest.hpp"
#include "semblance/picture.hpp"
#include "semblance/store.hpp"
#include "semblance/types.hpp"

namespace semblance::audit_stage {

class Album {
 public:
  /// `generator`: how to make the pictures of a set that one makes.
  Album(unsigned threads, GeneratorOptions generator)
      : threads_(threads), dataset_{.labels = FolderLabels::none, .generator = std::move(generator)} {}

  /// Reads what it hasn't read yet of the pictures of these rows, in parallel; `progress` may be empty. Throws
  /// Error{interrupted} when that says stop.
  void load(const EmbeddingSet& set, const std::filesystem::path& folder, const std::vector<RowIndex>& rows,
            const Progress& progress);
  /// Of a loaded row; null where the picture is missing or broken.
  [[nodiscard]] const PictureFingerprint* find(const std::filesystem::path& folder, const EmbeddingSet& set,
                                               RowIndex row) const;
  /// Why a loaded row has no fingerprint, with the name of its picture.
  [[nodiscard]] std::string reason(const std::filesystem::path& folder, const EmbeddingSet& set, RowIndex row) const;

 private:
  struct Picture {
    std::optional<PictureFingerprint> fingerprint;
    std::string reason;
  };
  [[nodiscard]] const Picture& at(const std::filesystem::path& folder, const EmbeddingSet& set, RowIndex row) const;

  unsigned threads_;
  DatasetOptions dataset_;
  std::map<std::string, Picture> pictures_;  ///< by folder, path and id, so that matchers share what they share
};

/// How the picture of a row is named.
WantedPicture wanted_picture(const EmbeddingSet& set, RowIndex row);

}  // namespace semblance::audit_stage
