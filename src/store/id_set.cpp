#include "store/id_set.hpp"

#include <utility>

#include "base/sha256.hpp"

namespace semblance::store_stage {
namespace {

constexpr std::size_t kFirstPlaces = 1024;
constexpr std::array<std::uint64_t, 2> kEmpty = {0, 0};

}  // namespace

bool IdSet::insert(std::string_view id) {
  if (4 * (size_ + 1) > 3 * places_.size()) grow();
  const Key key = sha256_prefix(id);
  Key& place = places_[place_of(key)];
  if (place == key) return false;
  place = key;
  ++size_;
  return true;
}

// Where the key is, or the empty place where it belongs.
std::size_t IdSet::place_of(const Key& key) const {
  const std::size_t mask = places_.size() - 1;
  std::size_t at = key[0] & mask;
  while (places_[at] != kEmpty && places_[at] != key) at = (at + 1) & mask;
  return at;
}

void IdSet::grow() {
  const std::vector<Key> old =
      std::exchange(places_, std::vector<Key>(places_.empty() ? kFirstPlaces : 2 * places_.size(), kEmpty));
  for (const Key& key : old) {
    if (key != kEmpty) places_[place_of(key)] = key;
  }
}

}  // namespace semblance::store_stage
