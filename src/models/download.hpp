#pragma once
// A file from the net that is believed only once it is whole and keeps its promise.

#include <cstdint>
#include <filesystem>
#include <string>

#include "models/integrity.hpp"
#include "semblance/types.hpp"

namespace semblance::models_stage {

struct DownloadOptions {
  Promise promise;                                ///< of what is given back; may be empty
  std::uint64_t limit = std::uint64_t{4} << 30U;  ///< bytes; more is refused
  std::string ca_file;                            ///< certificates to trust; empty: the system's
  std::string proxy;                              ///< empty: as libcurl finds it
  Progress progress;                              ///< bytes so far, bytes in all
};

struct Download {
  bool absent = false;        ///< the server has no such file (404, 410); nothing was written
  std::uint64_t bytes = 0;    ///< that came over the line
  std::uint64_t resumed = 0;  ///< that were there from before
};

/// Fetches `url` to `file`, whose folder is there. Until it is whole and keeps its promise it lies at `file`.part,
/// beside it `file`.part.json with the server's mark of its version; both stay when the line is cut, and the next call
/// asks for the rest (Range, If-Range). A server that ignores the question sends all of it. What was put together in
/// two calls and breaks the promise is fetched once more from its beginning.
///
/// Throws Error: input (not to be reached, refused by the server, cut off, too large, another checksum, being
/// downloaded by another process), output (the disk), interrupted (progress said stop; what has come stays).
Download download(const std::string& url, const std::filesystem::path& file, const DownloadOptions& options);

/// A short text; empty where the server has none (404, 410). Throws as download.
std::string download_text(const std::string& url, const DownloadOptions& options);

}  // namespace semblance::models_stage
