// The k best neighbours of each row, as keys that order by distance, then index.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace artgen::hamming {

class KeyTable {
 public:
  static constexpr std::int32_t kNoLimit = std::numeric_limits<std::int32_t>::max();

  KeyTable() = default;
  KeyTable(std::int64_t rows, int k) : k_(k), keys_(static_cast<std::size_t>(rows * k), kEmpty) {}

  int k() const { return k_; }

  // The largest distance that can still enter the row.
  std::int32_t limit(std::int64_t row) const { return static_cast<std::int32_t>(of(row)[k_ - 1] >> 32); }

  void insert(std::int64_t row, std::int32_t distance, std::int64_t index) {
    insert_key(row, (static_cast<std::uint64_t>(distance) << 32) | static_cast<std::uint64_t>(index));
  }

  // Takes the best of another table's row.
  void merge(std::int64_t row, const KeyTable& other, std::int64_t other_row) {
    for (int at = 0; at < k_; ++at) insert_key(row, other.of(other_row)[at]);
  }

  void clear(std::int64_t rows) { std::fill_n(keys_.begin(), static_cast<std::size_t>(rows * k_), kEmpty); }

  const std::uint64_t* of(std::int64_t row) const { return keys_.data() + row * k_; }

 private:
  static constexpr std::uint64_t kEmpty = (static_cast<std::uint64_t>(kNoLimit) << 32) | 0xffffffffU;

  void insert_key(std::int64_t row, std::uint64_t key) {
    std::uint64_t* keys = keys_.data() + row * k_;
    if (key >= keys[k_ - 1]) return;
    int at = k_ - 1;
    for (; at > 0 && keys[at - 1] > key; --at) keys[at] = keys[at - 1];
    keys[at] = key;
  }

  int k_ = 0;
  std::vector<std::uint64_t> keys_;
};

}  // namespace artgen::hamming
