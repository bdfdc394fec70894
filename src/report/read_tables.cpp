#include "report/read_tables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/csv.hpp"
#include "report/text.hpp"
#include "semblance/error.hpp"

namespace semblance::report_stage {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorCode::input, "report", file.string(),
              why + "; was it cut off or edited? Give the folder as `semblance audit` wrote it");
}

/// A CSV with a header line; columns by name.
class TableReader {
 public:
  explicit TableReader(const std::filesystem::path& file) : reader_(file) {
    if (!reader_.next(columns_)) refuse(file, "is empty");
  }

  bool next() {
    if (!reader_.next(fields_)) return false;
    if (fields_.size() == columns_.size()) return true;
    refuse(reader_.file(),
           fmt::format("line {} has {} fields, the header has {}", reader_.line(), fields_.size(), columns_.size()));
  }

  /// Where a column stands; npos for one that may be absent and is.
  [[nodiscard]] std::size_t column(const char* name, bool required = true) const {
    const auto at = std::ranges::find(columns_, name);
    if (at != columns_.end()) return static_cast<std::size_t>(at - columns_.begin());
    if (required) refuse(reader_.file(), fmt::format("has no column '{}'", name));
    return std::string::npos;
  }

  [[nodiscard]] const std::string& text(std::size_t column) const {
    static const std::string absent;
    return column == std::string::npos ? absent : fields_[column];
  }
  [[nodiscard]] std::optional<double> maybe_number(std::size_t column) const {
    const std::string& field = text(column);
    return field.empty() ? std::nullopt : std::optional(parse<double>(field, column, "a number"));
  }
  [[nodiscard]] double number(std::size_t column) const {
    return maybe_number(column).value_or(std::numeric_limits<double>::quiet_NaN());
  }
  [[nodiscard]] std::uint64_t count(std::size_t column) const {
    return parse<std::uint64_t>(text(column), column, "a whole number from 0");
  }
  [[nodiscard]] const std::filesystem::path& file() const { return reader_.file(); }
  [[nodiscard]] std::size_t line() const { return reader_.line(); }

 private:
  template <class T>
  [[nodiscard]] T parse(const std::string& field, std::size_t column, const char* wanted) const {
    T value{};
    const char* const end = field.data() + field.size();
    const auto [stop, error] = std::from_chars(field.data(), end, value);
    if (error == std::errc() && stop == end && !field.empty()) return value;
    refuse(reader_.file(), fmt::format("line {}, column '{}' holds '{}' where {} belongs", reader_.line(),
                                       columns_[column], valid_utf8(field).substr(0, 60), wanted));
  }

  CsvReader reader_;
  std::vector<std::string> columns_, fields_;
};

/// Whose rows are being read: the rows of a matcher stand together, in the model's order. Names come byte for byte
/// here and as UTF-8 from report.json.
class MatcherCursor {
 public:
  explicit MatcherCursor(ReportModel& model) : model_(model) {}

  ReportModel::Matcher& of(const std::string& name, const TableReader& table) {
    if (index_ && name == name_) return model_.matchers[*index_];
    const std::string shown = valid_utf8(name);
    for (std::size_t i = index_ ? *index_ + 1 : 0; i < model_.matchers.size(); ++i) {
      if (model_.matchers[i].name != shown) continue;
      index_ = i;
      name_ = name;
      return model_.matchers[i];
    }
    refuse(table.file(),
           fmt::format("line {} is of matcher '{}', which report.json does not have there", table.line(), shown));
  }
  [[nodiscard]] std::size_t index() const { return index_.value_or(0); }

 private:
  ReportModel& model_;
  std::optional<std::size_t> index_;
  std::string name_;
};

/// Rows of every matcher, as a file gives them.
template <class Row>
class RowLists {
 public:
  explicit RowLists(ReportModel& model) : model_(model), cursor_(model), rows_(model.matchers.size()) {}

  void add(const std::string& matcher, const TableReader& table, Row row) {
    (void)cursor_.of(matcher, table);
    rows_[cursor_.index()].push_back(std::move(row));
  }
  void fill(Rows<Row> ReportModel::Matcher::*table) {
    for (std::size_t m = 0; m < rows_.size(); ++m) model_.matchers[m].*table = std::move(rows_[m]);
  }

 private:
  ReportModel& model_;
  MatcherCursor cursor_;
  std::vector<std::vector<Row>> rows_;
};

void check_rows(const std::filesystem::path& file, const char* unit, const std::string& matcher, std::size_t rows,
                std::size_t counted) {
  if (rows == counted) return;
  refuse(file, fmt::format("holds {} {} of matcher '{}' where report.json counts {}", rows, unit, matcher, counted));
}

}  // namespace

void read_removal_csv(ReportModel& model, const ReportCounts& counts, const std::filesystem::path& file) {
  TableReader table(file);
  const auto id = table.column("synthetic"), reason = table.column("reason"), q = table.column("q"),
             train = table.column("train"), person = table.column("train_identity"), score = table.column("score"),
             matcher = table.column("matcher");
  while (table.next()) {
    model.removal.push_back({.id = table.text(id),
                             .reason = table.text(reason),
                             .q = table.number(q),
                             .train = table.text(train),
                             .train_identity = table.text(person),
                             .score = table.number(score),
                             .matcher = valid_utf8(table.text(matcher))});  // as report.json names it
  }
  if (counts.removal && *counts.removal != model.removal.size()) {
    refuse(file, fmt::format("holds {} rows where report.json counts {}", model.removal.size(), *counts.removal));
  }
}

void read_identities_csv(ReportModel& model, const std::filesystem::path& file) {
  TableReader table(file);
  const auto matcher = table.column("matcher"), id = table.column("identity"), images = table.column("images"),
             used = table.column("images_used"), controls = table.column("controls"), best = table.column("best"),
             best_train = table.column("best_train"), best_synthetic = table.column("best_synthetic"),
             p = table.column("p"), q = table.column("q"), similarity = table.column("similarity", false),
             kind = table.column("kind", false);
  RowLists<ReportModel::IdentityRow> rows(model);
  while (table.next()) {
    rows.add(table.text(matcher), table,
             {.id = table.text(id),
              .images = table.count(images),
              .images_used = table.count(used),
              .controls = table.count(controls),
              .best = table.number(best),
              .best_train = table.text(best_train),
              .best_synthetic = table.text(best_synthetic),
              .p = table.maybe_number(p),
              .q = table.maybe_number(q),
              .similarity = table.maybe_number(similarity),
              .kind = table.text(kind)});
  }
  rows.fill(&ReportModel::Matcher::identities);
  for (const auto& m : model.matchers) check_rows(file, "people", m.name, m.identities.size(), m.identities_tested);
}

void read_images_csv(ReportModel& model, const std::filesystem::path& file) {
  TableReader table(file);
  const auto matcher = table.column("matcher"), id = table.column("synthetic"),
             train_score = table.column("best_train_score"), train = table.column("best_train"),
             person = table.column("best_train_identity"), holdout_score = table.column("best_holdout_score"),
             holdout = table.column("best_holdout"), listed = table.column("listed_at_fdr");
  RowLists<ReportModel::ImageRow> rows(model);
  while (table.next()) {
    rows.add(table.text(matcher), table,
             {.id = table.text(id),
              .best_train_score = table.number(train_score),
              .best_train = table.text(train),
              .best_train_identity = table.text(person),
              .best_holdout_score = table.maybe_number(holdout_score),
              .best_holdout = table.text(holdout),
              .listed_at_fdr = table.maybe_number(listed)});
  }
  rows.fill(&ReportModel::Matcher::images);
  // report.json counts the first matcher's images; another may have rejected others.
  if (model.matchers.empty()) return;
  const auto& first = model.matchers.front();
  check_rows(file, "images", first.name, first.images.size(), model.synthetic.items);
}

void read_control_pairs_csv(ReportModel& model, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return;
  TableReader table(file);
  const auto matcher = table.column("matcher"), rank = table.column("rank"), score = table.column("score"),
             holdout = table.column("holdout"), person = table.column("holdout_identity"),
             synthetic = table.column("synthetic"), fmr = table.column("fmr"), similarity = table.column("similarity"),
             kind = table.column("kind");
  MatcherCursor cursor(model);
  while (table.next()) {
    cursor.of(table.text(matcher), table)
        .holdout_top.push_back({.rank = table.count(rank),
                                .score = table.number(score),
                                .holdout = table.text(holdout),
                                .holdout_identity = table.text(person),
                                .synthetic = table.text(synthetic),
                                .fmr = table.maybe_number(fmr),
                                .similarity = table.maybe_number(similarity),
                                .kind = table.text(kind)});
  }
}

void read_control_people_csv(ReportModel& model, const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return;
  TableReader table(file);
  const auto matcher = table.column("matcher"), id = table.column("identity"), images = table.column("images"),
             best = table.column("best"), holdout = table.column("best_holdout"),
             synthetic = table.column("best_synthetic");
  RowLists<ReportModel::HoldoutPerson> rows(model);
  while (table.next()) {
    rows.add(table.text(matcher), table,
             {.id = table.text(id),
              .images = table.count(images),
              .best = table.number(best),
              .best_holdout = table.text(holdout),
              .best_synthetic = table.text(synthetic)});
  }
  rows.fill(&ReportModel::Matcher::holdout_people);
}

void read_histograms_csv(ReportModel& model, const ReportCounts& counts, const std::filesystem::path& file) {
  TableReader table(file);
  const auto name = table.column("matcher"), curve_name = table.column("curve"), pairs = table.column("pairs");
  // Curves stand one after the other, as report.json describes them, each with all of its bins.
  for (std::size_t i = 0; i < model.matchers.size(); ++i) {
    for (const ReportCounts::Bins& bins : counts.curves[i]) {
      ReportModel::Curve curve{.name = bins.name, .low = bins.low, .high = bins.high, .counts = {}};
      for (std::size_t k = 0; k < bins.bins; ++k) {
        if (!table.next()) refuse(file, "ends before the last bin that report.json counts");
        if (valid_utf8(table.text(curve_name)) != bins.name || valid_utf8(table.text(name)) != model.matchers[i].name) {
          refuse(file, fmt::format("line {} is not of curve '{}' of matcher '{}', as report.json counts the bins",
                                   table.line(), bins.name, model.matchers[i].name));
        }
        curve.counts.push_back(table.count(pairs));
      }
      model.matchers[i].curves.push_back(std::move(curve));
    }
  }
  if (table.next()) refuse(file, fmt::format("goes on at line {} after the last bin", table.line()));
}

}  // namespace semblance::report_stage
