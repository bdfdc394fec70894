#pragma once
// HDF5 datasets.

#include <filesystem>
#include <string>

#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// Reads the dataset `name` ("embeddings", "/group/embeddings"), or the only two-dimensional floating-point one.
/// Integers, virtual and externally stored datasets are refused. One file at a time: HDF5 has global state.
RawArray read_hdf5(const std::filesystem::path& path, const std::string& name);

}  // namespace semblance::store_stage
