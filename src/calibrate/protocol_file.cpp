#include "calibrate/protocol_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <numeric>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "base/csv.hpp"
#include "semblance/error.hpp"

namespace semblance::calibrate_stage {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, std::size_t line, const std::string& message) {
  throw Error(ErrorCode::input, "calibrate", file.string(),
              line > 0 ? fmt::format("line {}: {}", line, message) : message);
}

template <class Number>
std::optional<Number> number(const std::string& text) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

std::optional<bool> truth(const std::string& text) {
  const std::string word = lower(text);
  if (word == "1" || word == "true") return true;
  if (word == "0" || word == "false") return false;
  return std::nullopt;
}

// Images by id, and by file name without folder and extension where that is unique.
class Images {
 public:
  explicit Images(const EmbeddingSet& set) {
    for (std::size_t row = 0; row < set.ids.size(); ++row) {
      by_id_.emplace(set.ids[row], static_cast<RowIndex>(row));
      const auto [at, fresh] = by_stem_.emplace(stem_of(set.ids[row]), static_cast<RowIndex>(row));
      if (!fresh) at->second = kNoRow;
    }
  }

  [[nodiscard]] RowIndex find(const std::string& id) const {
    if (const auto at = by_id_.find(id); at != by_id_.end()) return at->second;
    const auto at = by_stem_.find(stem_of(id));
    return at == by_stem_.end() ? kNoRow : at->second;
  }

 private:
  // Only the extensions of pictures are cut off: a name may hold a full stop.
  static std::string stem_of(const std::string& id) {
    std::string name = id.substr(id.find_last_of("/\\") + 1);
    const std::string extension = lower(fs::path(name).extension().string());
    for (const char* known : {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".pgm"}) {
      if (extension == known) return name.substr(0, name.size() - extension.size());
    }
    return name;
  }

  std::unordered_map<std::string, RowIndex> by_id_, by_stem_;
};

// Groups of rows that mated pairs tie together.
class Groups {
 public:
  explicit Groups(std::size_t rows) : parent_(rows) { std::iota(parent_.begin(), parent_.end(), RowIndex{0}); }
  RowIndex of(RowIndex row) {
    while (parent_[row] != row) row = parent_[row] = parent_[parent_[row]];
    return row;
  }
  void join(RowIndex a, RowIndex b) { parent_[of(a)] = of(b); }

 private:
  std::vector<RowIndex> parent_;
};

struct ReadPairs {
  std::vector<ListedPair> pairs;
  std::vector<std::size_t> lines;
  std::unordered_map<RowIndex, std::string> names;  // of rows, where the file itself names people
};

constexpr std::uint64_t kMostPairs = std::uint64_t{1} << 31U;  // in a fold, and folds: no product of theirs overflows

RowIndex image(const Images& images, const std::string& id, const fs::path& file, std::size_t line) {
  const RowIndex row = images.find(id);
  if (row == kNoRow) {
    refuse(file, line, fmt::format("the set has no image with the id '{}', or several by that file name", id));
  }
  return row;
}

// "Name n m" and "Name n Other m"; the first line holds the number of folds and of pairs of each kind in a fold, or
// only the latter.
ReadPairs read_lfw(const fs::path& file, const Images& images) {
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file, 0, "cannot be read");
  ReadPairs read;
  std::uint64_t folds = 1;
  std::uint64_t of_a_kind = 0;
  std::string line;
  for (std::size_t at = 1; std::getline(in, line); ++at) {
    std::istringstream words(line);
    std::vector<std::string> fields;
    for (std::string word; words >> word;) fields.push_back(word);
    if (fields.empty()) continue;
    if (at == 1 && fields.size() <= 2) {
      const auto last = number<std::uint64_t>(fields.back());
      const auto first = number<std::uint64_t>(fields.front());
      if (!first || !last || *first == 0 || *last == 0)
        refuse(file, at, "is neither the numbers of folds and pairs nor a pair");
      if (*first > kMostPairs || *last > kMostPairs) refuse(file, at, "counts more pairs than any file lists");
      if (fields.size() == 2) folds = *first;
      of_a_kind = *last;
      continue;
    }
    if (fields.size() != 3 && fields.size() != 4) {
      refuse(file, at, "is not 'Name n m' (same person) or 'Name n Other m' (different people)");
    }
    const bool mated = fields.size() == 3;
    const std::string& other = mated ? fields[0] : fields[2];
    const auto n = number<unsigned>(fields[1]);
    const auto m = number<unsigned>(fields.back());
    if (!n || !m) refuse(file, at, "has an image number that is not a whole number");
    ListedPair pair;
    pair.mated = mated;
    pair.row_a = image(images, fmt::format("{}_{:04}", fields[0], *n), file, at);
    pair.row_b = image(images, fmt::format("{}_{:04}", other, *m), file, at);
    if (folds > 1) pair.fold = static_cast<std::uint32_t>(read.pairs.size() / (2 * of_a_kind) + 1);
    read.names.emplace(pair.row_a, fields[0]);
    read.names.emplace(pair.row_b, other);
    read.pairs.push_back(pair);
    read.lines.push_back(at);
  }
  if (of_a_kind > 0 && read.pairs.size() != 2 * folds * of_a_kind) {
    refuse(file, 0,
           fmt::format("says {} folds of {} mated and {} non-mated pairs, but lists {} pairs", folds, of_a_kind,
                       of_a_kind, read.pairs.size()));
  }
  return read;
}

class Columns {
 public:
  Columns(const std::vector<std::string>& header, const fs::path& file) : file_(file) {
    for (std::size_t k = 0; k < header.size(); ++k) at_.emplace(lower(header[k]), k);
    width_ = header.size();
  }
  [[nodiscard]] bool has(const std::string& name) const { return at_.contains(name); }
  const std::string& operator()(const std::vector<std::string>& fields, const std::string& name,
                                std::size_t line) const {
    if (fields.size() != width_)
      refuse(file_, line, fmt::format("has {} fields, the header {}", fields.size(), width_));
    return fields[at_.at(name)];
  }

 private:
  const fs::path& file_;
  std::unordered_map<std::string, std::size_t> at_;
  std::size_t width_ = 0;
};

std::uint32_t fold_of(const Columns& columns, const std::vector<std::string>& fields, const fs::path& file,
                      std::size_t line) {
  if (!columns.has("fold")) return 0;
  const auto fold = number<std::uint32_t>(columns(fields, "fold", line));
  if (!fold || *fold == 0) refuse(file, line, "its fold is not a whole number from 1");
  return *fold;
}

ReadPairs read_csv_pairs(const fs::path& file, const Images& images) {
  CsvReader reader(file);
  std::vector<std::string> fields;
  if (!reader.next(fields)) refuse(file, 0, "is empty");
  const Columns columns(fields, file);
  for (const char* name : {"id_a", "id_b", "same"}) {
    if (!columns.has(name)) {
      refuse(file, 1,
             fmt::format("has no column '{}'; a CSV of pairs has id_a, id_b, same (0 or 1) and may have fold", name));
    }
  }
  ReadPairs read;
  while (reader.next(fields)) {
    const std::size_t line = reader.line();
    ListedPair pair;
    pair.row_a = image(images, columns(fields, "id_a", line), file, line);
    pair.row_b = image(images, columns(fields, "id_b", line), file, line);
    const auto same = truth(columns(fields, "same", line));
    if (!same) refuse(file, line, fmt::format("its 'same' is '{}', neither 0 nor 1", columns(fields, "same", line)));
    pair.mated = *same;
    pair.fold = fold_of(columns, fields, file, line);
    read.pairs.push_back(pair);
    read.lines.push_back(line);
  }
  return read;
}

bool is_csv(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) refuse(file, 0, "cannot be read");
  std::string line;
  std::getline(in, line);
  return line.find(',') != std::string::npos;
}

// Numbers the people on the listed rows, in the order in which they occur.
template <class KeyOfRow>
void number_people(PairsProtocol& protocol, std::size_t rows, KeyOfRow key_of_row) {
  std::unordered_map<std::string, IdentityIndex> numbers;
  protocol.person.assign(rows, 0);
  for (const ListedPair& pair : protocol.pairs) {
    for (const RowIndex row : {pair.row_a, pair.row_b}) {
      const auto next = static_cast<IdentityIndex>(numbers.size());
      protocol.person[row] = numbers.try_emplace(key_of_row(row), next).first->second;
    }
  }
  protocol.people = numbers.size();
}

}  // namespace

PairsProtocol read_pairs(const fs::path& file, const EmbeddingSet& set) {
  const Images images(set);
  const ReadPairs read = is_csv(file) ? read_csv_pairs(file, images) : read_lfw(file, images);
  if (read.pairs.empty()) refuse(file, 0, "lists no pairs");
  PairsProtocol protocol;
  protocol.pairs = read.pairs;
  if (set.labelled) {
    number_people(protocol, set.matrix.rows, [&](RowIndex row) { return set.identity_names[set.identity[row]]; });
  } else if (!read.names.empty()) {
    number_people(protocol, set.matrix.rows, [&](RowIndex row) { return read.names.at(row); });
  } else {
    Groups groups(set.matrix.rows);
    for (const ListedPair& pair : read.pairs) {
      if (pair.mated) groups.join(pair.row_a, pair.row_b);
    }
    number_people(protocol, set.matrix.rows, [&](RowIndex row) { return std::to_string(groups.of(row)); });
    protocol.note =
        "the set has no identity labels: images that mated pairs tie together count as one person, all others as "
        "people of their own, so intervals may be too narrow";
  }
  for (std::size_t k = 0; k < read.pairs.size(); ++k) {
    const ListedPair& pair = read.pairs[k];
    if (pair.row_a == pair.row_b) refuse(file, read.lines[k], "compares an image with itself");
    if ((protocol.person[pair.row_a] == protocol.person[pair.row_b]) == pair.mated) continue;
    const bool group = !set.labelled && read.names.empty();
    refuse(file, read.lines[k],
           fmt::format("calls '{}' and '{}' {}, but {}", set.ids[pair.row_a], set.ids[pair.row_b],
                       pair.mated ? "the same person" : "different people",
                       group        ? "its mated pairs tie them together"
                       : pair.mated ? "the set gives them different identities"
                                    : "the set gives them the same identity"));
  }
  return protocol;
}

ScoresProtocol read_scores(const fs::path& file) {
  CsvReader reader(file);
  std::vector<std::string> fields;
  if (!reader.next(fields)) refuse(file, 0, "is empty");
  const Columns columns(fields, file);
  for (const char* name : {"score", "mated"}) {
    if (!columns.has(name)) {
      refuse(file, 1,
             fmt::format("has no column '{}'; imported scores have score, mated (0 or 1) and may have identity_a, "
                         "identity_b, fold",
                         name));
    }
  }
  const bool named = columns.has("identity_a") && columns.has("identity_b");
  if (!named && (columns.has("identity_a") || columns.has("identity_b"))) {
    refuse(file, 1, "has one of the columns identity_a and identity_b; give both or none");
  }
  ScoresProtocol protocol;
  std::unordered_map<std::string, IdentityIndex> numbers;
  const auto person = [&numbers](const std::string& name) {
    return numbers.try_emplace(name, static_cast<IdentityIndex>(numbers.size())).first->second;
  };
  while (reader.next(fields)) {
    const std::size_t line = reader.line();
    const auto score = number<double>(columns(fields, "score", line));
    const auto mated = truth(columns(fields, "mated", line));
    if (!score || !std::isfinite(*score)) {
      refuse(file, line, fmt::format("its score is '{}', not a finite number", columns(fields, "score", line)));
    }
    if (!mated) refuse(file, line, fmt::format("its 'mated' is '{}', neither 0 nor 1", columns(fields, "mated", line)));
    LabelledScore entry{.score = *score, .mated = *mated, .fold = fold_of(columns, fields, file, line)};
    if (named) {
      entry.a = person(columns(fields, "identity_a", line));
      entry.b = person(columns(fields, "identity_b", line));
      if ((entry.a == entry.b) != entry.mated) {
        refuse(file, line,
               fmt::format("is {}, but its identities are {}", entry.mated ? "mated" : "non-mated",
                           entry.mated ? "different" : "the same"));
      }
    } else {
      entry.a = static_cast<IdentityIndex>(2 * protocol.scores.size());
      entry.b = entry.mated ? entry.a : entry.a + 1;
    }
    protocol.scores.push_back(entry);
  }
  if (protocol.scores.empty()) refuse(file, 0, "lists no scores");
  protocol.people = named ? numbers.size() : 2 * protocol.scores.size();
  if (!named) {
    protocol.note =
        "the scores name no people: every comparison counts as independent, so where people are in several "
        "comparisons the intervals are too narrow; identity_a and identity_b mend that";
  }
  return protocol;
}

}  // namespace semblance::calibrate_stage
