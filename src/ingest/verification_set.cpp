// InsightFace's verification sets (lfw.bin, cfp_fp.bin, agedb_30.bin): aligned faces, two a pair.

#include <fmt/format.h>

#include <fstream>

#include "ingest/pickle_list.hpp"
#include "ingest/sources.hpp"

namespace semblance {
namespace ingest_stage {
namespace {

std::string image_id(std::size_t image) { return fmt::format("{}{}", image / 2 + 1, image % 2 == 0 ? 'a' : 'b'); }

class VerificationSet : public Dataset {
 public:
  VerificationSet(const std::filesystem::path& file, std::uint64_t limit)
      : in_(file, std::ios::binary), images_(read_pickled_pairs(file).images), limit_(limit) {}

  bool next(DatasetItem& item) override {
    if (at_ == images_.size()) return false;
    const PickledPairs::Bytes& image = images_[at_];
    item = {.id = image_id(at_), .identity = {}, .path = {}, .bytes = {}, .rejection = {}};
    ++at_;
    if (image.size == 0) {
      item.rejection = "is empty";
    } else if (image.size > limit_) {
      item.rejection = fmt::format("has {} bytes; more than {} are not read", image.size, limit_);
    } else {
      item.bytes.resize(image.size);
      in_.seekg(static_cast<std::streamoff>(image.offset));
      in_.read(reinterpret_cast<char*>(item.bytes.data()), static_cast<std::streamsize>(image.size));
      if (!in_) {
        in_.clear();  // the next one may be readable
        item.bytes.clear();
        item.rejection = "can't be read";
      }
    }
    return true;
  }
  [[nodiscard]] std::optional<std::size_t> count() const override { return images_.size(); }

 private:
  std::ifstream in_;
  std::vector<PickledPairs::Bytes> images_;
  std::uint64_t limit_;
  std::size_t at_ = 0;
};

}  // namespace

std::unique_ptr<Dataset> open_verification_set(const std::filesystem::path& file, const DatasetOptions& options) {
  return std::make_unique<VerificationSet>(file, options.item_bytes);
}

}  // namespace ingest_stage

std::vector<VerificationPair> verification_pairs(const std::filesystem::path& file) {
  using namespace ingest_stage;
  const std::vector<bool> same = read_pickled_pairs(file).same;
  std::vector<VerificationPair> pairs;
  pairs.reserve(same.size());
  for (std::size_t k = 0; k < same.size(); ++k) {
    pairs.push_back({.id_a = image_id(2 * k),
                     .id_b = image_id(2 * k + 1),
                     .same = same[k],
                     .fold = static_cast<unsigned>(k * kVerificationFolds / same.size() + 1)});
  }
  return pairs;
}

}  // namespace semblance
