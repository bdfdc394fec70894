#pragma once
// Which ids have come by already, in some 32 bytes an id however long they are.

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

namespace semblance::store_stage {

/// Keeps the first 128 bits of every id's SHA-256: of ten million ids two are taken for one with a chance of 1e-25, and
/// nobody can make such a pair.
class IdSet {
 public:
  /// False if the id has been here before.
  bool insert(std::string_view id);
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  using Key = std::array<std::uint64_t, 2>;  ///< all zeros: an empty place

  [[nodiscard]] std::size_t place_of(const Key& key) const;
  void grow();

  std::vector<Key> places_;  ///< open addressing; a power of two of them, at most three quarters taken
  std::size_t size_ = 0;
};

}  // namespace semblance::store_stage
