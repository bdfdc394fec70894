#include "ingest/record_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "ingest/sources.hpp"

namespace semblance::ingest_stage {
namespace {

constexpr std::size_t kImageHeader = 24;

std::uint32_t word(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8U |
         static_cast<std::uint32_t>(at[2]) << 16U | static_cast<std::uint32_t>(at[3]) << 24U;
}

float real(const std::uint8_t* at) {
  const std::uint32_t bits = word(at);
  float value = 0;
  std::memcpy(&value, &bits, sizeof value);
  return value;
}

}  // namespace

std::optional<ImageHeader> image_header(std::span<const std::uint8_t> data) {
  if (data.size() < kImageHeader) return std::nullopt;
  const std::size_t labels = word(data.data());
  ImageHeader header{.labels = {real(data.data() + 4)}, .size = kImageHeader};
  if (labels == 0) return header;
  if (labels > (data.size() - kImageHeader) / 4) return std::nullopt;
  header.labels.clear();
  for (std::size_t k = 0; k < labels; ++k) header.labels.push_back(real(data.data() + kImageHeader + 4 * k));
  header.size += 4 * labels;
  return header;
}

RecordFile::RecordFile(std::filesystem::path file) : file_(std::move(file)), in_(file_, std::ios::binary) {
  if (!in_) refuse(file_, "can't be read");
  size_ = std::filesystem::file_size(file_);
  if (size_ < 8) refuse(file_, "is too short to hold a record");
}

RecordFile::Outcome RecordFile::next(std::vector<std::uint8_t>& data, std::uint64_t most) {
  constexpr std::array<std::uint8_t, 4> kMagic = {0x0a, 0x23, 0xd7, 0xce};
  data.clear();
  begin_ = at_;
  length_ = 0;
  for (bool first = true;; first = false) {
    if (first && at_ == size_) return Outcome::end;
    std::array<std::uint8_t, 8> head{};
    if (!read(head.data(), head.size())) return Outcome::cut;
    if (word(head.data()) != kRecordMagic) {
      refuse(file_, fmt::format("has no record at byte {}: it is no RecordIO file, or is broken there", at_ - 8));
    }
    const std::uint32_t flags = word(head.data() + 4) >> 29U;
    const std::size_t length = word(head.data() + 4) & ((1U << 29U) - 1);
    if (flags > 3 || first != (flags == 0 || flags == 1)) {
      refuse(file_, fmt::format("the record at byte {} continues none", at_ - 8));
    }
    if (!first) {
      length_ += kMagic.size();
      if (data.size() < most) data.insert(data.end(), kMagic.begin(), kMagic.end());
    }
    const std::size_t padded = (length + 3) / 4 * 4;
    if (padded > size_ - at_) return Outcome::cut;
    const std::size_t before = data.size();
    const std::size_t wanted = most > before ? std::min<std::uint64_t>(padded, most - before) : 0;
    data.resize(before + wanted);
    if (!read(data.data() + before, wanted) || !pass_over(padded - wanted)) return Outcome::cut;
    data.resize(before + std::min(wanted, length));
    length_ += length;
    if (flags == 0 || flags == 3) return Outcome::record;
  }
}

bool RecordFile::read(std::uint8_t* into, std::size_t bytes) {
  if (bytes > size_ - at_) return false;
  in_.read(reinterpret_cast<char*>(into), static_cast<std::streamsize>(bytes));
  at_ += bytes;
  return static_cast<std::size_t>(in_.gcount()) == bytes;
}

bool RecordFile::pass_over(std::size_t bytes) {
  if (bytes == 0) return true;
  in_.seekg(static_cast<std::streamoff>(bytes), std::ios::cur);
  at_ += bytes;
  return in_.good();
}

}  // namespace semblance::ingest_stage
