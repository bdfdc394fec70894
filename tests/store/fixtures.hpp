#pragma once
// The files that make_fixtures.py writes, and how a refusal is checked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "semblance/error.hpp"
#include "semblance/store.hpp"

namespace semblance::testing {

/// The folder of the fixtures, made by the first test that asks for it, once for every version of the script.
const std::filesystem::path& fixtures();

/// A location below the folder.
std::string fixture(const std::string& name);

/// Reads; fails the test unless Error{input} names `subject` and gives a message with every one of `fragments`.
void expect_refused(const EmbeddingSource& source, const std::string& subject,
                    const std::vector<std::string>& fragments, const ReadOptions& options = {});

/// The same for a fixture that is itself the subject.
void expect_fixture_refused(const std::string& name, const std::vector<std::string>& fragments);

/// The matrix row by row.
std::vector<float> elements(const MatrixView& matrix);

/// A float32 .npy (version 1.0) made without Semblance's writer.
std::string npy_bytes(const std::vector<float>& values, std::size_t rows, std::size_t cols);

}  // namespace semblance::testing
