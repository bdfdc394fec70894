#pragma once
// A table of scores while it grows row by row, and when it is done.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace semblance::pipe_stage {

/// Rows of float64 in a file. What follows the last whole row of a run that was killed is as if it had never been
/// written.
class TableFile {
 public:
  /// Takes up what is there. Throws Error{output}.
  TableFile(std::filesystem::path file, std::size_t cols);
  ~TableFile();
  TableFile(const TableFile&) = delete;
  TableFile& operator=(const TableFile&) = delete;

  [[nodiscard]] std::size_t rows() const { return rows_; }
  void append(std::span<const double> row);
  /// Calls use(row number, row) for every row.
  void each(const std::function<void(std::size_t, std::span<const double>)>& use) const;
  /// Writes the rows and columns that are kept as a NumPy file.
  void write_npy(const std::filesystem::path& file, const std::vector<bool>& kept_rows,
                 const std::vector<bool>& kept_cols) const;
  [[nodiscard]] const std::filesystem::path& path() const { return file_; }

 private:
  [[noreturn]] void fail(const char* doing) const;
  std::filesystem::path file_;
  std::size_t cols_;
  std::size_t rows_ = 0;
  int descriptor_ = -1;
};

}  // namespace semblance::pipe_stage
