// All pairs through a matcher's process.

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <string_view>
#include <system_error>

#include "base/csv.hpp"
#include "base/output_folder.hpp"
#include "base/whole_file.hpp"
#include "pipe/images.hpp"
#include "pipe/protocol.hpp"
#include "pipe/table_file.hpp"
#include "semblance/error.hpp"
#include "semblance/pipe.hpp"

namespace semblance {
namespace {

namespace fs = std::filesystem;
using namespace pipe_stage;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr const char* kUnscored = "the matcher gave no score for any of its pairs";

struct Set {
  std::string role;
  PipeImages all;
};

struct Table {
  Set* rows = nullptr;
  Set* cols = nullptr;
  std::unique_ptr<TableFile> file;

  [[nodiscard]] bool one_set() const { return rows == cols; }
  [[nodiscard]] std::string name() const { return rows->role + "-" + cols->role; }
  [[nodiscard]] std::size_t first_column(std::size_t row) const { return one_set() ? row + 1 : 0; }
  [[nodiscard]] std::uint64_t pairs_of(std::size_t row) const {
    return cols->all.images.size() - std::min(first_column(row), cols->all.images.size());
  }
};

class PairRun {
 public:
  PairRun(const fs::path& card, const PipeSets& sets, const PipeOptions& options) : options_(options) {
    ProcessCard process = read_process_card(card);
    std::error_code failed;
    fs::create_directories(options_.work, failed);
    if (failed) throw Error(ErrorCode::output, "pipe", options_.work.string(), "can't be made: " + failed.message());
    collect(train_, sets.train, {});
    collect(synthetic_, sets.synthetic, {.labels = FolderLabels::none});
    if (sets.holdout) collect(holdout_, *sets.holdout, {});
    check_key(process, sets);
    add_table(train_, synthetic_);
    if (sets.holdout) add_table(holdout_, synthetic_);
    if (options_.train_pairs) add_table(train_, train_);
    read_rejected();
    progress_ = options_.progress ? options_.progress("comparing", "pairs") : Progress{};
    for (Table& table : tables_) {
      for (std::size_t i = 0; i < table.rows->all.images.size(); ++i) {
        all_pairs_ += table.pairs_of(i);
        if (i < table.file->rows()) done_pairs_ += table.pairs_of(i);
      }
    }
    resumed_ = done_pairs_;
    process_ = std::make_unique<MatcherProcess>(std::move(process), options_.work / "errors.txt",
                                                [this] { return !progress_ || progress_(done_pairs_, all_pairs_); });
    check_same("matcher.txt",
               fmt::format("version {}\ncompares {}\n", process_->version(),
                           process_->distances() ? "distance" : "similarity"),
               "holds scores of another version of the matcher");
  }

  PipeResult run() {
    for (Table& table : tables_) {
      for (std::size_t row = table.file->rows(); row < table.rows->all.images.size(); ++row) score_row(table, row);
    }
    process_->finish();
    return conclude();
  }

 private:
  void collect(Set& set, const fs::path& dataset, const DatasetOptions& options) {
    const Progress progress = options_.progress ? options_.progress("reading " + set.role, "images") : Progress{};
    set.all = collect_images(dataset, options, options_.work / "images" / set.role, progress);
  }

  // What is there belongs to this run, or nothing is there.
  void check_key(const ProcessCard& card, const PipeSets& sets) {
    const std::string key = fmt::format("card {}\ntrain {}\nsynthetic {}\nholdout {}\n", card.sha256, train_.all.sha256,
                                        synthetic_.all.sha256, sets.holdout ? holdout_.all.sha256 : "none");
    check_same("run.txt", key, "holds scores of other pictures or of another card");
  }

  // Writes what the scores depend on, or compares it with what stands there.
  void check_same(const char* name, const std::string& key, const char* otherwise) const {
    const fs::path file = options_.work / name;
    std::ifstream in(file, std::ios::binary);
    if (!in) return write_whole_file(file, key);
    const std::string there{std::istreambuf_iterator<char>(in), {}};
    if (there == key) return;
    throw Error(ErrorCode::input, "pipe", options_.work.string(),
                fmt::format("{}; delete it to begin anew", otherwise));
  }

  void add_table(Set& rows, Set& cols) {
    Table table{.rows = &rows, .cols = &cols, .file = nullptr};
    table.file = std::make_unique<TableFile>(options_.work / (table.name() + ".f64"), cols.all.images.size());
    tables_.push_back(std::move(table));
  }

  Set* set_of(const std::string& role) {
    for (Set* set : {&train_, &synthetic_, &holdout_}) {
      if (set->role == role) return set;
    }
    return nullptr;
  }

  // A line cut by a crash is the last one: it goes, and its picture is sent again.
  void read_rejected() {
    const fs::path file = options_.work / "rejected.csv";
    std::ifstream in(file, std::ios::binary);
    if (!in) return;
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const std::size_t whole = text.rfind('\n') + 1;  // 0 without a line
    if (whole < text.size()) write_whole_file(file, std::string_view(text).substr(0, whole));
    CsvReader csv(file);
    for (std::vector<std::string> fields; csv.next(fields);) {
      Set* set = fields.size() == 3 ? set_of(fields[0]) : nullptr;
      const auto index =
          static_cast<std::size_t>(std::strtoull(fields.size() == 3 ? fields[1].c_str() : "", nullptr, 10));
      if (set != nullptr && index < set->all.images.size()) set->all.images[index].rejection = fields[2];
    }
  }

  void reject(Set& set, std::size_t index, const std::string& why) {
    PipeImage& image = set.all.images[index];
    if (!image.rejection.empty()) return;
    image.rejection = "matcher: " + why;
    std::ranges::replace_if(  // a rejection is a line of the file
        image.rejection, [](char c) { return c == '\n' || c == '\r'; }, ' ');
    std::ofstream out(options_.work / "rejected.csv", std::ios::app);
    out << set.role << ',' << index << ',' << csv_field(image.rejection) << '\n';
  }

  void score_row(Table& table, std::size_t row) {
    std::vector<double> scores(table.cols->all.images.size(), kNone);
    std::size_t column = table.first_column(row);
    while (column < scores.size()) column = score_batch(table, row, column, scores);
    table.file->append(scores);
  }

  // From that column on, as many as a batch holds; the result is the next column.
  std::size_t score_batch(Table& table, std::size_t row, std::size_t column, std::vector<double>& scores) {
    const PipeImage& reference = table.rows->all.images[row];
    std::vector<MatcherProcess::Pair> pairs;
    std::vector<std::size_t> places;
    const std::size_t begin = column;
    for (; column < scores.size() && pairs.size() < process_->card().batch; ++column) {
      const PipeImage& probe = table.cols->all.images[column];
      if (!reference.rejection.empty() || !probe.rejection.empty()) continue;
      pairs.emplace_back(reference.file, probe.file);
      places.push_back(column);
    }
    if (!pairs.empty()) {
      const auto start = std::chrono::steady_clock::now();
      const BatchAnswer answer = process_->score(pairs);
      if (!told_) tell(static_cast<double>(pairs.size()), std::chrono::steady_clock::now() - start);
      for (std::size_t k = 0; k < pairs.size(); ++k) scores[places[k]] = answer.scores[k];
      for (const PairFault& fault : answer.faults) {
        if (fault.whose == PairFault::Whose::first) reject(*table.rows, row, fault.why);
        if (fault.whose == PairFault::Whose::second) reject(*table.cols, places[fault.pair], fault.why);
      }
    }
    done_pairs_ += column - begin;
    return column;
  }

  void tell(double pairs, std::chrono::duration<double> took) {
    told_ = true;
    if (!options_.begin) return;
    options_.begin({.matcher = process_->card().name,
                    .version = process_->version(),
                    .train = train_.all.usable(),
                    .synthetic = synthetic_.all.usable(),
                    .holdout = holdout_.all.usable(),
                    .pairs = all_pairs_,
                    .done = resumed_,
                    .pairs_a_second = pairs / std::max(took.count(), 1e-9)});
  }

  // Pictures that no pair of a table has a score of are rejected; their going may leave others without.
  void reject_unscored() {
    for (bool changed = true; changed;) {
      changed = false;
      for (const Table& table : tables_) {
        std::vector<bool> row_has(table.rows->all.images.size());
        std::vector<bool> column_has(table.cols->all.images.size());
        table.file->each([&](std::size_t i, std::span<const double> row) {
          if (!table.rows->all.images[i].rejection.empty()) return;
          for (std::size_t j = table.first_column(i); j < row.size(); ++j) {
            if (std::isnan(row[j]) || !table.cols->all.images[j].rejection.empty()) continue;
            row_has[i] = column_has[j] = true;
            if (table.one_set()) row_has[j] = column_has[i] = true;
          }
        });
        const auto sweep = [&](Set& set, const std::vector<bool>& has) {
          for (std::size_t k = 0; k < has.size(); ++k) {
            if (has[k] || !set.all.images[k].rejection.empty()) continue;
            set.all.images[k].rejection = kUnscored;
            changed = true;
          }
        };
        sweep(*table.rows, row_has);
        sweep(*table.cols, column_has);
      }
    }
  }

  static std::vector<bool> kept(const Set& set) {
    std::vector<bool> result;
    result.reserve(set.all.images.size());
    for (const PipeImage& image : set.all.images) result.push_back(image.rejection.empty());
    return result;
  }

  fs::path write_items(const Set& set) const {
    std::string text = "id,identity,path,status,rejection\n";
    for (const PipeImage& image : set.all.images) {
      text += fmt::format("{},{},{},{},{}\n", csv_field(image.id), csv_field(image.identity), csv_field(image.path),
                          image.rejection.empty() ? "ok" : "rejected", csv_field(image.rejection));
    }
    fs::path file = options_.work / (set.role + ".csv");
    write_whole_file(file, text);
    return file;
  }

  PipeResult conclude() {
    reject_unscored();
    if (train_.all.usable() == 0 || synthetic_.all.usable() == 0) {
      throw Error(ErrorCode::input, "pipe", process_->card().file.string(),
                  "gave no score for any pair; errors.txt in " + options_.work.string() + " holds what it said");
    }
    PipeResult result{.matcher = process_->card().name,
                      .version = process_->version(),
                      .distances = process_->distances(),
                      .train = write_items(train_),
                      .synthetic = write_items(synthetic_),
                      .holdout = {},
                      .train_synthetic = {},
                      .holdout_synthetic = {},
                      .train_train = {}};
    if (!holdout_.all.images.empty()) result.holdout = write_items(holdout_);
    for (const Table& table : tables_) {
      const std::vector<bool> rows = kept(*table.rows);
      const std::vector<bool> cols = kept(*table.cols);
      table.file->each([&](std::size_t i, std::span<const double> row) {
        for (std::size_t j = table.first_column(i); j < row.size(); ++j) {
          result.failed += rows[i] && cols[j] && std::isnan(row[j]) ? 1 : 0;
        }
      });
      const fs::path file = options_.work / (table.name() + ".npy");
      table.file->write_npy(file, rows, cols);
      (table.one_set()         ? result.train_train
       : table.rows == &train_ ? result.train_synthetic
                               : result.holdout_synthetic) = file;
    }
    return result;
  }

  const PipeOptions& options_;
  Set train_{.role = "train", .all = {}}, synthetic_{.role = "synthetic", .all = {}},
      holdout_{.role = "holdout", .all = {}};
  std::vector<Table> tables_;
  Progress progress_;
  std::uint64_t all_pairs_ = 0, done_pairs_ = 0, resumed_ = 0;
  bool told_ = false;
  std::unique_ptr<MatcherProcess> process_;
};

}  // namespace

PipeResult score_by_process(const fs::path& card, const PipeSets& sets, const PipeOptions& options) {
  return PairRun(card, sets, options).run();
}

}  // namespace semblance
