#pragma once
// The bare formats of the nearest-neighbour benchmarks: numbers and next to no header.

#include <memory>
#include <string>

#include "store/elements.hpp"
#include "store/mapped_file.hpp"
#include "store/raw_array.hpp"

namespace semblance::store_stage {

/// .fvecs: each row is an int32 dimension and that many float32. Borrowed with a stride of dimension + 1.
RawArray read_fvecs(const std::shared_ptr<const MappedFile>& file);

/// .fbin, .f16bin, .i8bin: two int32 (rows, dimension), then the elements of `type` row by row.
RawArray read_fbin(const std::shared_ptr<const MappedFile>& file, ElementType type);

/// Float32 and nothing else; `shape` is "ROWSxDIM".
RawArray read_raw(const std::shared_ptr<const MappedFile>& file, const std::string& shape);

}  // namespace semblance::store_stage
