// States of units, chains beside each other: uint32, [group of 16 chains][word of 32 units][lane].
#pragma once

#include <cstdint>

#include "common/aligned_buffer.h"
#include "gibbs/gibbs.h"

namespace artgen::gibbs {

constexpr std::int64_t words_of(std::int64_t units) { return (units + kUnits - 1) / kUnits; }

constexpr std::int64_t groups_of(std::int64_t chains) { return (chains + kLanes - 1) / kLanes; }

// The bits of a word of 32 units that are units.
constexpr std::uint32_t units_in_word(std::int64_t units, std::int64_t word) {
  const std::int64_t left = units - word * kUnits;
  return left >= kUnits ? ~std::uint32_t{0} : (std::uint32_t{1} << left) - 1;
}

// Words of 32 units.
struct Span {
  std::int64_t first;
  std::int64_t words;
};

class States {
 public:
  States(std::int64_t chains, std::int64_t units);

  std::int64_t groups() const { return groups_; }
  std::int64_t stride() const { return words_ * kLanes; }  // from one group of chains to the next
  std::uint32_t* at(std::int64_t group, std::int64_t word) { return states_.data() + group * stride() + word * kLanes; }
  const std::uint32_t* at(std::int64_t group, std::int64_t word) const {
    return states_.data() + group * stride() + word * kLanes;
  }

  Inputs inputs(std::int64_t first_group, std::int64_t groups, Span span) const {
    return {at(first_group, span.first), span.words, stride(), groups};
  }
  Span all() const { return {0, words_}; }

  // Of a group of chains: from rows of bits, and to them.
  void read(const Rows& rows, std::int64_t group);
  void write(std::uint64_t* bits, std::int64_t row_words, std::int64_t group);

  // Reads 32 rows with units and rows in each other's places: lanes are units, words are of rows.
  void read_transposed(const Rows& rows, std::int64_t word);

 private:
  std::int64_t chains_, units_, words_, groups_;
  AlignedBuffer<std::uint32_t> states_;
};

}  // namespace artgen::gibbs
