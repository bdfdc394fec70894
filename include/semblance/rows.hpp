#pragma once
// A table whose rows are made when they are asked for: a report names every image without holding a copy of the names.

#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <utility>
#include <vector>

namespace semblance {

/// An immutable table of `size()` rows. Copies share what stands behind them. Thread-safe if `make` is.
template <class Row>
class Rows {
 public:
  /// Row `index`, below `size()`; the same row whenever it is asked for.
  using Make = std::function<Row(std::size_t index)>;

  /// An input iterator: it hands out rows by value.
  class Iterator {
   public:
    using value_type = Row;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    Iterator(const Rows* rows, std::size_t index) : rows_(rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    Iterator operator++(int) { return std::exchange(*this, Iterator(rows_, index_ + 1)); }
    bool operator==(const Iterator& other) const { return index_ == other.index_; }

   private:
    const Rows* rows_ = nullptr;
    std::size_t index_ = 0;
  };

  Rows() = default;
  Rows(std::size_t size, Make make) : size_(size), make_(std::move(make)) {}
  // A vector of rows is such a table.
  Rows(std::vector<Row> rows) : size_(rows.size()) {  // NOLINT(google-explicit-constructor)
    make_ = [held = std::make_shared<const std::vector<Row>>(std::move(rows))](std::size_t index) {
      return (*held)[index];
    };
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] Row operator[](std::size_t index) const { return make_(index); }
  [[nodiscard]] Iterator begin() const { return {this, 0}; }
  [[nodiscard]] Iterator end() const { return {this, size_}; }
  /// All rows at once.
  [[nodiscard]] std::vector<Row> collect() const {
    std::vector<Row> rows;
    rows.reserve(size_);
    for (std::size_t i = 0; i < size_; ++i) rows.push_back(make_(i));
    return rows;
  }

 private:
  std::size_t size_ = 0;
  Make make_;
};

}  // namespace semblance
