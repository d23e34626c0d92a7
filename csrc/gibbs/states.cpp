#include "gibbs/states.h"

#include <algorithm>

namespace artgen::gibbs {
namespace {

constexpr std::int64_t kWordBits = 64;

}  // namespace

States::States(std::int64_t chains, std::int64_t units)
    : chains_(chains), units_(units), words_(words_of(units)), groups_(groups_of(chains)) {
  states_.resize(static_cast<std::size_t>(groups_ * stride()));
}

void States::read(const Rows& rows, std::int64_t group) {
  const std::int64_t first = group * kLanes, count = std::min(kLanes, chains_ - first);
  for (std::int64_t word = 0; word < words_; ++word) {
    const std::uint32_t valid = units_in_word(units_, word);
    for (std::int64_t lane = 0; lane < count; ++lane) {
      const std::uint64_t both = rows.bits[(first + lane) * rows.words + word / 2];
      at(group, word)[lane] = static_cast<std::uint32_t>(both >> (word % 2 * kUnits)) & valid;
    }
  }
}

void States::write(std::uint64_t* bits, std::int64_t row_words, std::int64_t group) {
  const std::int64_t first = group * kLanes, count = std::min(kLanes, chains_ - first);
  for (std::int64_t lane = 0; lane < count; ++lane) {
    std::uint64_t* row = bits + (first + lane) * row_words;
    std::fill_n(row, row_words, 0);
    for (std::int64_t word = 0; word < words_; ++word) {
      row[word / 2] |= static_cast<std::uint64_t>(at(group, word)[lane]) << (word % 2 * kUnits);
    }
  }
}

// Here `chains_` are the visible units and `units_` the rows.
void States::read_transposed(const Rows& rows, std::int64_t word) {
  const std::int64_t first = word * kUnits, count = std::min(kUnits, rows.count - first);
  for (std::int64_t begin = 0; begin < chains_; begin += kWordBits) {
    const std::int64_t width = std::min(kWordBits, chains_ - begin);
    for (std::int64_t lane = 0; lane < width; ++lane) {
      std::uint32_t states = 0;
      for (std::int64_t row = 0; row < count; ++row) {
        const std::uint64_t bits = rows.bits[(first + row) * rows.words + begin / kWordBits];
        states |= static_cast<std::uint32_t>((bits >> lane) & 1) << row;
      }
      const std::int64_t unit = begin + lane;
      at(unit / kLanes, word)[unit % kLanes] = states;
    }
  }
}

}  // namespace artgen::gibbs
