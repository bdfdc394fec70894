#pragma once
// The one line of Python that makes an .npy of what Semblance doesn't load: pickles can run any code while they are
// read, so converting them is left to the one who trusts them.

#include <string>

namespace semblance::store_stage {

/// `text` as a Python string literal.
std::string python_quoted(const std::string& text);

/// The name that the converted array is given: "a/r.pkl" -> "a/r.float32.npy".
std::string npy_name(const std::string& file);

/// A Python pickle (.pkl).
[[noreturn]] void refuse_pickle(const std::string& file);

/// A PyTorch file (.pt, .pth).
[[noreturn]] void refuse_torch(const std::string& file);

}  // namespace semblance::store_stage
