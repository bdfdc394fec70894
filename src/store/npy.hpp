#pragma once
// NumPy's .npy (NEP 1): versions 1, 2 and 3.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "store/elements.hpp"
#include "store/mapped_file.hpp"
#include "store/raw_array.hpp"

namespace semblance::store_stage {

struct NpyHeader {
  std::string descr;  ///< as the file has it: '<f4'; the text of the whole list for structured arrays
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::size_t payload_at = 0;  ///< bytes from the start of the array's file
};

/// Most bytes that a header of the versions we read can take up in practice; enough to hand to parse_npy_header.
inline constexpr std::size_t kNpyHeaderBytes = std::size_t{1} << 16U;

/// `bytes` is the beginning of the file. `subject` is named in errors. Throws Error{input} when the header isn't
/// whole or isn't NumPy's.
NpyHeader parse_npy_header(std::span<const std::byte> bytes, const std::string& subject);

/// How the elements lie; none when they aren't float16, float32 or float64.
std::optional<ElementLayout> npy_layout(const NpyHeader& header);

/// Refuses, with the way out, arrays that aren't two-dimensional floating-point; gives the layout of the others.
/// `member` is the array's name within an .npz, or empty. `subject` is the file.
ElementLayout require_npy_matrix(const NpyHeader& header, const std::string& member, const std::string& subject);

/// Reads a whole .npy. Errors name the file.
RawArray read_npy(const std::shared_ptr<const MappedFile>& file);

/// The header that numpy.save writes for a C-order float32 matrix (version 1.0, padded to 64 bytes).
std::string npy_header(std::size_t rows, std::size_t cols);

}  // namespace semblance::store_stage
