#pragma once
// Embeddings as text: CSV and JSON lines.

#include <filesystem>

#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// .csv: one embedding a line. With a header, columns called id, path, filename, identity, label, ... (ItemColumns)
/// say who, and every other column is a component, in order. Without one, up to two leading fields that aren't
/// numbers are id and identity. docs/formats.md has the rule in full.
RawArray read_csv_embeddings(const std::filesystem::path& file);

/// .jsonl: a line is an array of numbers, or an object with "embedding" and, on all lines or none, "id", "identity"
/// and "path".
RawArray read_jsonl_embeddings(const std::filesystem::path& file);

}  // namespace semblance::store_stage
