#pragma once
// .safetensors: a JSON header and the tensors' bytes.

#include <memory>
#include <string>

#include "store/mapped_file.hpp"
#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// Reads the tensor `name`, or the only two-dimensional floating-point one. F32 is borrowed where it is aligned.
RawArray read_safetensors(const std::shared_ptr<const MappedFile>& file, const std::string& name);

}  // namespace semblance::store_stage
