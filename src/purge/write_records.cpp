// RecordIO. Kept image records are copied as they lie in the file. InsightFace's first record says where its index of
// people begins and ends, as numbers of records, and each of the index's the numbers of a person's images: these are
// counted anew.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <string>

#include "base/output_folder.hpp"
#include "ingest/record_file.hpp"
#include "purge/writers.hpp"

namespace semblance::purge_stage {
namespace {

using ingest_stage::RecordFile;

constexpr std::size_t kLargestExact = std::size_t{1} << 24U;  ///< labels are float32

struct Record {
  std::uint64_t begin = 0, end = 0;
  bool image = false;
};

struct Layout {
  std::vector<Record> records;
  std::vector<std::vector<std::uint8_t>> bare;  ///< data of the records without an image, in order
};

Layout read_layout(const std::filesystem::path& file) {
  RecordFile in(file);
  Layout layout;
  std::vector<std::uint8_t> data;
  for (;;) {
    const auto outcome = in.next(data);
    if (outcome == RecordFile::Outcome::end) return layout;
    if (outcome == RecordFile::Outcome::cut) refuse(file.string(), "ends within a record: it is cut");
    const auto header = ingest_stage::image_header(data);
    if (!header) refuse(file.string(), fmt::format("record {} is no image record", layout.records.size()));
    const bool image = header->size < data.size();
    layout.records.push_back({in.begin(), in.end(), image});
    if (!image) layout.bare.push_back(data);
  }
}

std::pair<float, float> two_labels(const std::vector<std::uint8_t>& data) {
  const auto header = ingest_stage::image_header(data);
  return {header->labels.front(), header->labels.back()};
}

bool has_two_labels(const std::vector<std::uint8_t>& data) {
  return ingest_stage::image_header(data)->labels.size() == 2;
}

// Without an image only the header and the index of people are understood, and only where they are right.
bool is_insightface(const Layout& layout, const std::string& subject) {
  const std::size_t bare = layout.bare.size();
  if (bare == 0) return false;
  const std::size_t records = layout.records.size();
  const std::size_t first_person = records - bare + 1;
  bool right = !layout.records.front().image && std::ranges::all_of(layout.bare, has_two_labels);
  for (std::size_t k = 1; right && k < records; ++k) right = layout.records[k].image == (k < first_person);
  right =
      right && two_labels(layout.bare[0]) == std::pair(static_cast<float>(first_person), static_cast<float>(records));
  for (std::size_t k = 1; right && k < bare; ++k) {
    const auto [begin, end] = two_labels(layout.bare[k]);
    right = begin >= 1 && begin <= end && end <= static_cast<float>(first_person);
  }
  if (!right) {
    refuse(subject, std::string("holds records without an image that are not InsightFace's header and index of people, "
                                "so they can't be counted anew") +
                        kListInstead);
  }
  if (records > kLargestExact) {
    refuse(subject, fmt::format("numbers {} records in a header that is exact up to {}{}", records, kLargestExact,
                                kListInstead));
  }
  return true;
}

class Writer {
 public:
  Writer(const std::filesystem::path& file)
      : data_(file), index_(std::filesystem::path(file).replace_extension(".idx")) {}

  void add(const std::uint8_t* bytes, std::size_t size) {
    index_.write(fmt::format("{}\t{}\n", number_++, offset_));
    data_.write(bytes, size);
    offset_ += size;
  }

  // A record without an image, its number and its two labels replaced.
  void add_bare(std::vector<std::uint8_t> data, std::size_t old_number, float first, float second) {
    std::uint64_t id = 0;
    std::memcpy(&id, data.data() + 8, sizeof id);
    if (id == old_number) {
      id = number_;
      std::memcpy(data.data() + 8, &id, sizeof id);
    }
    std::memcpy(data.data() + data.size() - 8, &first, sizeof first);
    std::memcpy(data.data() + data.size() - 4, &second, sizeof second);
    std::vector<std::uint8_t> record(8 + data.size());
    const auto length = static_cast<std::uint32_t>(data.size());
    std::memcpy(record.data(), &ingest_stage::kRecordMagic, 4);
    std::memcpy(record.data() + 4, &length, 4);
    std::memcpy(record.data() + 8, data.data(), data.size());
    add(record.data(), record.size());
  }

  void close() {
    data_.close();
    index_.close();
  }

 private:
  OutputFile data_, index_;
  std::size_t number_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace

void write_records(const Job& job) {
  const std::string subject = job.items.location.string();
  const Layout layout = read_layout(job.items.location);
  const bool insightface = is_insightface(layout, subject);
  if (layout.records.size() - layout.bare.size() != job.items.items.size())
    refuse(subject, "changed while it was read");

  // The number of every kept image, and of the next kept one where an image goes.
  std::vector<std::size_t> number = {insightface ? std::size_t{1} : std::size_t{0}};
  for (const bool kept : job.kept) number.push_back(number.back() + (kept ? 1 : 0));
  std::vector<std::size_t> people;  // of the index, those with an image left
  const auto range = [&](std::size_t person) {
    const auto [begin, end] = two_labels(layout.bare[person]);
    return std::pair(number[static_cast<std::size_t>(begin) - 1], number[static_cast<std::size_t>(end) - 1]);
  };
  for (std::size_t k = 1; k < layout.bare.size(); ++k) {
    if (const auto [begin, end] = range(k); begin < end) people.push_back(k);
  }

  Writer out(job.folder / job.items.location.filename());
  if (insightface) {
    out.add_bare(layout.bare[0], 0, static_cast<float>(number.back()),
                 static_cast<float>(number.back() + people.size()));
  }
  std::ifstream in(job.items.location, std::ios::binary);
  std::vector<std::uint8_t> bytes;
  Meter meter(job.progress, job.items.items.size());
  std::size_t image = 0;
  for (const Record& record : layout.records) {
    if (!record.image) continue;
    meter.done();
    if (!job.kept[image++]) continue;
    bytes.resize(record.end - record.begin);
    in.seekg(static_cast<std::streamoff>(record.begin));
    in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    if (!in) refuse(subject, "can't be read to its end");
    out.add(bytes.data(), bytes.size());
  }
  const std::size_t first_person = layout.records.size() - layout.bare.size() + 1;
  for (const std::size_t k : people) {
    const auto [begin, end] = range(k);
    out.add_bare(layout.bare[k], first_person + k - 1, static_cast<float>(begin), static_cast<float>(end));
  }
  out.close();
}

}  // namespace semblance::purge_stage
