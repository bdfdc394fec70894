#pragma once
// What in an archive is a picture, and how it is called.

#include <optional>
#include <string>

struct archive_entry;

namespace semblance::ingest_stage {

/// The id of the picture that the entry holds, as open_archive gives it; none where it holds none.
std::optional<std::string> picture_of_entry(::archive_entry* entry);

}  // namespace semblance::ingest_stage
