// Imported scores: a matrix or a list of pairs.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/csv.hpp"
#include "base/sha256.hpp"
#include "semblance/error.hpp"
#include "semblance/pair_table.hpp"
#include "store/mapped_file.hpp"
#include "store/npy.hpp"

namespace semblance {
namespace {

using namespace store_stage;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "score", file.string(), why);
}

void read_matrix(PairTable& table, const std::filesystem::path& path, std::size_t rows, std::size_t cols) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  const NpyHeader header = parse_npy_header(file->bytes(), file->name());
  if (header.descr != "<f4" && header.descr != "<f8") {
    refuse(path, fmt::format("holds '{}'; scores are float32 or float64, little-endian: "
                             "numpy.save(file, scores.astype('float64'))",
                             header.descr));
  }
  if (header.fortran_order) refuse(path, "is stored by columns; numpy.save(file, numpy.ascontiguousarray(scores))");
  if (header.shape != std::vector<std::uint64_t>{rows, cols}) {
    refuse(path, fmt::format("has the shape ({}), the items make it ({}, {}): a row for every reference, a column for "
                             "every probe",
                             fmt::join(header.shape, ", "), rows, cols));
  }
  table.doubles = header.descr == "<f8";
  const std::size_t bytes = rows * cols * (table.doubles ? sizeof(double) : sizeof(float));
  if (file->bytes().size() != header.payload_at + bytes) refuse(path, "is shorter or longer than its header says");
  table.data = file->bytes().data() + header.payload_at;
  table.sha256 = file->sha256();
  table.keep = file;
}

class PairList {
 public:
  PairList(const std::filesystem::path& file, std::span<const std::string> references,
           std::span<const std::string> probes, bool one_set)
      : reader_(file),
        cols_(probes.size()),
        one_set_(one_set),
        scores_(references.size() * probes.size(), kNone),
        seen_(scores_.size()) {
    number(references, rows_of_);
    number(probes, columns_of_);
  }

  std::vector<double> read() {
    std::vector<std::string> fields;
    if (!reader_.next(fields)) refuse(reader_.file(), "is empty");
    const auto column = [&](const char* name) {
      const auto at = std::ranges::find(fields, name);
      if (at == fields.end()) refuse(reader_.file(), "needs a header with the columns reference, probe and score");
      return static_cast<std::size_t>(at - fields.begin());
    };
    const std::size_t reference = column("reference");
    const std::size_t probe = column("probe");
    const std::size_t score = column("score");
    const std::size_t width = fields.size();
    while (reader_.next(fields)) {
      if (fields.size() != width) fail(fmt::format("has {} fields, the header {}", fields.size(), width));
      const std::size_t i = place(rows_of_, fields[reference], "reference");
      const std::size_t j = place(columns_of_, fields[probe], "probe");
      take(i, j, value(fields[score]));
    }
    return std::move(scores_);
  }

  // The first pair that has no line.
  [[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> absent() const {
    for (std::size_t k = 0; k < seen_.size(); ++k) {
      const std::size_t i = k / cols_;
      const std::size_t j = k % cols_;
      if (seen_[k] || (one_set_ && (i == j || seen_[j * cols_ + i]))) continue;
      return std::pair(i, j);
    }
    return std::nullopt;
  }

 private:
  using Places = std::unordered_map<std::string_view, std::size_t>;

  static void number(std::span<const std::string> ids, Places& places) {
    for (std::size_t k = 0; k < ids.size(); ++k) places.emplace(ids[k], k);
  }

  [[noreturn]] void fail(const std::string& why) const {
    refuse(reader_.file(), fmt::format("line {}: {}", reader_.line(), why));
  }

  std::size_t place(const Places& places, const std::string& id, const char* what) const {
    const auto at = places.find(id);
    if (at == places.end()) fail(fmt::format("the {} '{}' is none of the items", what, id));
    return at->second;
  }

  double value(const std::string& text) const {
    if (text.empty()) return kNone;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) {
      fail(fmt::format("'{}' is no finite number", text));
    }
    return number;
  }

  void take(std::size_t i, std::size_t j, double score) {
    const auto set = [&](std::size_t k) {
      if (seen_[k]) fail("gives a pair a second time");
      seen_[k] = true;
      scores_[k] = score;
    };
    if (!one_set_) return set(i * cols_ + j);
    if (i == j) return;
    const std::size_t k = std::min(i, j) * cols_ + std::max(i, j);
    const bool same = seen_[k] && (scores_[k] == score || (std::isnan(scores_[k]) && std::isnan(score)));
    if (!same) set(k);
  }

  CsvReader reader_;
  std::size_t cols_;
  bool one_set_;
  std::vector<double> scores_;
  std::vector<bool> seen_;
  Places rows_of_, columns_of_;
};

void read_list(PairTable& table, const std::filesystem::path& file, std::span<const std::string> references,
               std::span<const std::string> probes, bool one_set) {
  PairList list(file, references, probes, one_set);
  const auto scores = std::make_shared<const std::vector<double>>(list.read());
  if (const auto absent = list.absent()) {
    refuse(file,
           fmt::format("has no line for the reference '{}' and the probe '{}'; every pair is needed, with an empty "
                       "score where the matcher gave none",
                       references[absent->first], probes[absent->second]));
  }
  table.doubles = true;
  table.data = reinterpret_cast<const std::byte*>(scores->data());
  table.keep = scores;
  table.sha256 = sha256_file(file);
}

// Counts, the range, and what no table may hold.
void examine(PairTable& table, const std::filesystem::path& file, std::span<const std::string> references,
             std::span<const std::string> probes, bool one_set) {
  std::vector<bool> row_has(table.rows);
  std::vector<bool> column_has(table.cols);
  table.low = std::numeric_limits<double>::infinity();
  table.high = -table.low;
  for (std::size_t i = 0; i < table.rows; ++i) {
    for (std::size_t j = one_set ? i + 1 : 0; j < table.cols; ++j) {
      const double score = table.at(i, j);
      if (std::isnan(score)) {
        ++table.missing;
        continue;
      }
      if (std::isinf(score)) {
        refuse(file, fmt::format("row {}, column {} ('{}', '{}') is infinite; leave it out (NaN) if there's no score",
                                 i, j, references[i], probes[j]));
      }
      row_has[i] = column_has[j] = true;
      if (one_set) row_has[j] = column_has[i] = true;
      table.low = std::min(table.low, score);
      table.high = std::max(table.high, score);
    }
  }
  const auto check = [&](const std::vector<bool>& has, std::span<const std::string> ids, const char* what) {
    const auto at = std::ranges::find(has, false);
    if (at == has.end()) return;
    refuse(file,
           fmt::format("holds no score at all for the {} '{}'; give it another status than ok in the items file, so "
                       "that it counts as rejected",
                       what, ids[static_cast<std::size_t>(at - has.begin())]));
  };
  check(row_has, references, "reference");
  check(column_has, probes, "probe");
  if (!(table.low < table.high)) refuse(file, fmt::format("holds the same score, {}, for every pair", table.low));
}

}  // namespace

double PairTable::at(std::size_t i, std::size_t j) const {
  const std::size_t place = (row_of ? (*row_of)[i] : i) * stride + (column_of ? (*column_of)[j] : j);
  double number = 0;
  if (doubles) {
    std::memcpy(&number, data + place * sizeof(double), sizeof(double));
  } else {
    float narrow = 0;
    std::memcpy(&narrow, data + place * sizeof(float), sizeof(float));
    number = narrow;
  }
  return distances ? -number : number;
}

PairTable read_pair_table(const std::filesystem::path& file, std::span<const std::string> reference_ids,
                          std::span<const std::string> probe_ids, const PairTableOptions& options) {
  PairTable table{.location = file.string(),
                  .sha256 = {},
                  .rows = reference_ids.size(),
                  .cols = probe_ids.size(),
                  .distances = options.distances,
                  .keep = {},
                  .stride = probe_ids.size()};
  if (file.extension() == ".npy") {
    read_matrix(table, file, table.rows, table.cols);
  } else if (file.extension() == ".csv") {
    read_list(table, file, reference_ids, probe_ids, options.one_set);
  } else {
    refuse(file, "is no table of scores: .npy (a matrix) and .csv (reference,probe,score) are read");
  }
  examine(table, file, reference_ids, probe_ids, options.one_set);
  return table;
}

PairTable only_pairs(const PairTable& table, const std::vector<RowIndex>& rows, const std::vector<RowIndex>& columns,
                     std::span<const std::string> reference_ids, std::span<const std::string> probe_ids, bool one_set) {
  const auto places = [](const auto& before, const std::vector<RowIndex>& kept) {
    auto result = std::make_shared<std::vector<RowIndex>>(kept);
    if (before) std::ranges::transform(kept, result->begin(), [&](RowIndex k) { return (*before)[k]; });
    return result;
  };
  PairTable part = table;
  part.row_of = places(table.row_of, rows);
  part.column_of = places(table.column_of, columns);
  part.rows = rows.size();
  part.cols = columns.size();
  part.missing = 0;
  examine(part, table.location, reference_ids, probe_ids, one_set);
  return part;
}

}  // namespace semblance
