#pragma once
// NumPy's .npz: .npy files in a zip, stored or deflated.

#include <memory>
#include <string>

#include "store/mapped_file.hpp"
#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// Reads the member `name` (with or without ".npy"), or the only two-dimensional floating-point one. Other members
/// (ids, labels) aren't looked at.
RawArray read_npz(const std::shared_ptr<const MappedFile>& file, const std::string& name);

}  // namespace semblance::store_stage
