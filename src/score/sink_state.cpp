// Sinks as bytes, for checkpoints. The bytes are read by the same build on the same kind of machine or not at all: the
// checkpoint that holds them carries a version and a checksum.

#include <cstring>

#include "score/sinks.hpp"

namespace semblance::scoring {
namespace {

struct PackedPair {
  double score;
  RowIndex a;
  RowIndex b;
};
static_assert(sizeof(PairScore) == sizeof(PackedPair), "PairScore has no padding to leak");

using Write = std::function<void(const void* data, std::size_t bytes)>;

template <class T>
void put(const Write& write, const T& value) {
  write(&value, sizeof value);
}

template <class T>
void put_all(const Write& write, const std::vector<T>& values) {
  put(write, std::uint64_t{values.size()});
  if (!values.empty()) write(values.data(), values.size() * sizeof(T));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  bool get(T& value) {
    if (bytes_.size() < sizeof value) return false;
    std::memcpy(&value, bytes_.data(), sizeof value);
    bytes_.remove_prefix(sizeof value);
    return true;
  }
  template <class T>
  bool get_all(std::vector<T>& values) {
    std::uint64_t count = 0;
    if (!get(count) || count > bytes_.size() / sizeof(T)) return false;
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), bytes_.data(), count * sizeof(T));
    bytes_.remove_prefix(count * sizeof(T));
    return true;
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace

void Sinks::save(const Write& write) const {
  const std::lock_guard lock(global_);
  put_all(write, top_.held());
  put_all(write, over_.held());
  put(write, over_total_);
  for (const BestLists* lists : {&row_bests_, &column_bests_, &identity_bests_a_, &identity_bests_b_}) {
    put_all(write, lists->slots());
    put_all(write, lists->counts());
  }
  for (const auto& counts : counts_) put_all(write, counts);
  put(write, blur_);
}

bool Sinks::load(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<PairScore> top;
  std::vector<PairScore> over;
  std::uint64_t over_total = 0;
  if (!reader.get_all(top) || !reader.get_all(over) || !reader.get(over_total)) return false;
  BestLists* const all[] = {&row_bests_, &column_bests_, &identity_bests_a_, &identity_bests_b_};
  std::vector<PairScore> slots[4];
  std::vector<std::uint32_t> held[4];
  for (std::size_t k = 0; k < 4; ++k) {
    if (!reader.get_all(slots[k]) || !reader.get_all(held[k])) return false;
    if (slots[k].size() != all[k]->slots().size() || held[k].size() != all[k]->counts().size()) return false;
  }
  std::vector<std::uint64_t> counts[2];
  for (std::size_t k = 0; k < 2; ++k) {
    if (!reader.get_all(counts[k]) || counts[k].size() != counts_[k].size()) return false;
  }
  double blur = 0;
  if (!reader.get(blur) || !reader.at_end()) return false;
  const std::lock_guard lock(global_);
  top_.restore(std::move(top));
  over_.restore(std::move(over));
  over_total_ = over_total;
  blur_ = blur;
  for (std::size_t k = 0; k < 4; ++k) all[k]->restore(std::move(slots[k]), std::move(held[k]));
  for (std::size_t k = 0; k < 2; ++k) counts_[k] = std::move(counts[k]);
  raise_global_bar();
  return true;
}

}  // namespace semblance::scoring
