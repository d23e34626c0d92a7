// The most common haplotypes of each window of sites, and rows rounded to them.
//
// People share ancestors, so in a short window most rows are one of a few haplotypes, and a row is nearly a list of
// their codes. A row's distance to a rounded row is a sum of table entries, one a window instead of one a site, and
// rounding moves a row by no more than the sites it changes:
//   |distance(x, y) - distance(x, rounded y)| <= distance(y, rounded y)
// The exact distance follows from the sites at which y was rounded: 1 more where x differs from y, 1 less elsewhere.
// The haplotypes only decide how fast the answer comes, so they are chosen from a sample of rows.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <vector>

#include "common/aligned_buffer.h"
#include "hamming/hamming.h"

namespace artgen::hamming {

static_assert(std::endian::native == std::endian::little, "halves of words are read in the order of their sites");

inline std::uint32_t unit_of(const std::uint64_t* words, int at) {
  return static_cast<std::uint32_t>(words[at / 2] >> (32 * (at % 2)));
}

constexpr int kMostWords = (kMostUnits + 1) / 2;

// A row's alleles in one window, in units of 32 sites: the halves of its words. Units that the window lacks are zero.
struct WindowAlleles {
  std::uint64_t words[kMostWords];
};

// Sites that lie side by side, in units.
struct Window {
  std::int32_t first;
  std::int32_t units;
};

// Windows of one width, of which the last may be narrower.
std::vector<Window> even_windows(std::int64_t words, int units);

class CommonHaplotypes {
 public:
  // None: all sites of all pairs are compared.
  CommonHaplotypes() = default;
  // Those of the sampled rows in windows from left to right, without the tables of their distances.
  CommonHaplotypes(const std::vector<const std::uint64_t*>& sample, const std::vector<Window>& windows,
                   const InstructionSet& instructions, int threads);
  void fill_tables(int threads);

  bool none() const { return windows_.empty(); }
  std::int64_t windows() const { return static_cast<std::int64_t>(windows_.size()); }
  std::int64_t size() const { return instructions_->common; }
  Window window(std::int64_t at) const { return windows_[static_cast<std::size_t>(at)]; }

  // Asks for a row's windows [begin, end) before they are read: rows lie too far apart to be foreseen.
  void fetch(const std::uint64_t* row, std::int64_t begin, std::int64_t end) const {
    const auto* units = reinterpret_cast<const std::uint32_t*>(row);
    const std::int32_t last = window(end - 1).first + window(end - 1).units;
    for (std::int32_t unit = window(begin).first; unit < last; unit += kUnitsOfLine) __builtin_prefetch(units + unit);
  }

  WindowAlleles read(const std::uint64_t* row, std::int64_t at) const {
    const auto [first, units] = window(at);
    const char* from = reinterpret_cast<const char*>(row) + 4 * std::int64_t{first};
    // Pieces of a known size, which stay in registers, and no byte more: the next one may lie far away.
    WindowAlleles alleles{};
#pragma GCC unroll 8
    for (int word = 0; word < kMostWords; ++word) {
      if (units >= 2 * word + 2) {
        std::memcpy(&alleles.words[word], from + 8 * word, 8);
      } else if (units == 2 * word + 1) {
        std::memcpy(&alleles.words[word], from + 8 * word, 4);
      }
    }
    return alleles;
  }

  // The code of the haplotype, or -1 if it is not common.
  int code_of(std::int64_t at, const WindowAlleles& alleles) const {
    const std::uint16_t* slots = slots_.data() + at * kSlots;
    const std::uint64_t hashed = hash(alleles);
    for (std::uint64_t place = hashed % kSlots; slots[place] != 0; place = (place + 1) % kSlots) {
      const int code = slots[place] % 256 - 1;
      if (slots[place] == slot_of(code, hashed) && same(at, code, alleles)) return code;
    }
    return -1;
  }

  // Its words, as those of WindowAlleles.
  const std::uint64_t* haplotype(std::int64_t at, int code) const {
    return alleles_.data() + first_words_[static_cast<std::size_t>(at)] + code * words_of(at);
  }
  NearestHaplotype nearest(std::int64_t at, const WindowAlleles& alleles) const {
    const auto [first, units] = window(at);
    return instructions_->nearest_haplotype(alleles.words, units, haplotypes_.data() + size() * first);
  }
  // The distances to all of them, of which those above kMostOfByte count as that; returns the largest.
  int fill_table(std::int64_t at, const std::uint64_t* alleles, std::uint8_t* table) const {
    const auto [first, units] = window(at);
    return instructions_->fill_table(alleles, units, haplotypes_.data() + size() * first, table);
  }
  // The distance to one, however large.
  int distance(std::int64_t at, const WindowAlleles& alleles, int code) const {
    int distance = 0;
    for (int word = 0; word < words_of(at); ++word) {
      distance += std::popcount(alleles.words[word] ^ haplotype(at, code)[word]);
    }
    return distance;
  }
  // The distances of one common haplotype to all.
  const std::uint8_t* table(std::int64_t at, int code) const { return tables_.data() + (at * size() + code) * size(); }
  // No entry of a table is larger: what the common haplotypes need, and a little for others.
  std::uint8_t room(std::int64_t at) const { return room_[static_cast<std::size_t>(at)]; }

 private:
  class Count;
  void choose(Count& count, std::int64_t at);
  int words_of(std::int64_t at) const { return (window(at).units + 1) / 2; }

  bool same(std::int64_t at, int code, const WindowAlleles& alleles) const {
    const std::uint64_t* common = haplotype(at, code);
    const int words = words_of(at);
    std::uint64_t differing = 0;
#pragma GCC unroll 8
    for (int word = 0; word < kMostWords; ++word) {
      if (word < words) differing |= common[word] ^ alleles.words[word];
    }
    return differing == 0;
  }

  // A code + 1 (0 is an empty slot), and a part of the haplotype's hash that the slot's place does not tell.
  static std::uint16_t slot_of(int code, std::uint64_t hashed) {
    return static_cast<std::uint16_t>((hashed / kSlots << 8) | static_cast<std::uint64_t>(code + 1));
  }

  // Products that do not wait for each other.
  static std::uint64_t hash(const WindowAlleles& alleles) {
    constexpr std::uint64_t kFactors[] = {0x9E3779B97F4A7C15U, 0xC2B2AE3D27D4EB4FU, 0x165667B19E3779F9U,
                                          0xFF51AFD7ED558CCDU, 0xC4CEB9FE1A85EC53U, 0xD6E8FEB86659FD93U,
                                          0xA0761D6478BD642FU, 0xE7037ED1A0B428DBU};
    static_assert(std::size(kFactors) == kMostWords);
    std::uint64_t sum = 0;
#pragma GCC unroll 8
    for (int word = 0; word < kMostWords; ++word) sum += alleles.words[word] * kFactors[word];
    return (sum ^ (sum >> 29)) * kFactors[0] >> 32;
  }

  static constexpr std::int32_t kUnitsOfLine = 16;  // of the cache
  static constexpr std::int64_t kSlots = 512;       // of a hash table, at least four for each haplotype

  const InstructionSet* instructions_ = nullptr;
  std::vector<Window> windows_;
  std::vector<std::int64_t> first_words_;    // of each window's haplotypes
  std::vector<std::uint64_t> alleles_;       // [window][code][word]
  AlignedBuffer<std::uint32_t> haplotypes_;  // the same as [unit][code], for vectors
  AlignedBuffer<std::uint8_t> tables_;       // [window][code][code]
  std::vector<std::uint16_t> slots_;
  std::vector<std::uint8_t> room_;
};

}  // namespace artgen::hamming
