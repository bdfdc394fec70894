#pragma once
// The pictures of a dataset as files that another process can open.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "semblance/ingest.hpp"

namespace semblance::pipe_stage {

struct PipeImage {
  std::string id, identity, path;
  std::string file;       ///< absolute
  std::string rejection;  ///< why it can't be compared; empty where it can
};

struct PipeImages {
  std::vector<PipeImage> images;
  std::string sha256;  ///< of ids, identities and contents

  [[nodiscard]] std::size_t usable() const;
};

/// Every item of the dataset, in its order. Pictures that lie in files stay there; others are written to `folder`. Each
/// is decoded once, so that a broken one is rejected here and not by the process.
PipeImages collect_images(const std::filesystem::path& dataset, const DatasetOptions& options,
                          const std::filesystem::path& folder, const Progress& progress);

}  // namespace semblance::pipe_stage
