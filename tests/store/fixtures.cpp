#include "store/fixtures.hpp"

#include <unistd.h>

#include <cstdlib>
#include <stdexcept>

#include "base/sha256.hpp"

namespace semblance::testing {
namespace fs = std::filesystem;
namespace {

fs::path make() {
  const std::string version = sha256_file(SEMBLANCE_TEST_SCRIPT).substr(0, 12);
  const fs::path folder = std::string(SEMBLANCE_TEST_FIXTURES) + "-" + version;
  if (fs::exists(folder)) return folder;
  // Tests run at the same time: each makes a folder of its own, and the first to finish gives it the name.
  const fs::path own = folder.string() + "." + std::to_string(::getpid());
  const std::string command =
      std::string(SEMBLANCE_TEST_PYTHON) + " -B '" + SEMBLANCE_TEST_SCRIPT + "' '" + own.string() + "'";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("the fixtures can't be made: " + command);
  std::error_code error;
  fs::rename(own, folder, error);
  if (error) fs::remove_all(own);
  return folder;
}

}  // namespace

const fs::path& fixtures() {
  static const fs::path folder = make();
  return folder;
}

std::string fixture(const std::string& name) { return (fixtures() / name).string(); }

void expect_refused(const EmbeddingSource& source, const std::string& subject,
                    const std::vector<std::string>& fragments, const ReadOptions& options) {
  SCOPED_TRACE(source.location);
  try {
    read_embeddings(source, options);
    ADD_FAILURE() << "was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::input) << error.what();
    EXPECT_EQ(error.subject(), subject) << error.what();
    for (const std::string& fragment : fragments) EXPECT_THAT(error.message(), ::testing::HasSubstr(fragment));
    EXPECT_EQ(error.message().find('\n'), std::string::npos) << "one line, please: " << error.message();
  }
}

void expect_fixture_refused(const std::string& name, const std::vector<std::string>& fragments) {
  expect_refused({.location = fixture(name), .items = {}}, fixture(name), fragments);
}

std::vector<float> elements(const MatrixView& matrix) {
  std::vector<float> all;
  for (std::size_t row = 0; row < matrix.rows; ++row) {
    const auto values = matrix.row(row);
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

std::string npy_bytes(const std::vector<float>& values, std::size_t rows, std::size_t cols) {
  std::string literal = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + std::to_string(rows) + ", " +
                        std::to_string(cols) + "), }";
  literal.resize(117, ' ');
  literal += '\n';
  std::string bytes("\x93NUMPY\x01\x00", 8);
  bytes += static_cast<char>(literal.size());
  bytes += '\0';
  bytes += literal;
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float));
  return bytes;
}

}  // namespace semblance::testing
