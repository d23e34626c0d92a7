// Plain loops that each instruction set compiles for itself, with its own flags. Everything here has internal linkage:
// a function shared between object files of different flags could run where its instructions do not exist.
#pragma once

#include <cstdint>
#include <cstring>
#include <type_traits>

#include "hamming/instruction_set.h"

namespace artgen::hamming {
namespace {

inline std::int64_t distance_of_rows(const std::uint64_t* first, const std::uint64_t* second, std::int64_t words) {
  std::int64_t distance = 0;
  for (std::int64_t w = 0; w < words; ++w) distance += __builtin_popcountll(first[w] ^ second[w]);
  return distance;
}

// Of a window's alleles to its common haplotypes.
template <int kCommon>
inline void distances_to_common(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes,
                                int (&distances)[kCommon]) {
  for (int code = 0; code < kCommon; ++code) distances[code] = 0;
  for (int unit = 0; unit < units; ++unit) {
    const auto own = static_cast<std::uint32_t>(alleles[unit / 2] >> (32 * (unit % 2)));
    for (int code = 0; code < kCommon; ++code) {
      distances[code] += __builtin_popcount(own ^ haplotypes[unit * kCommon + code]);
    }
  }
}

template <int kCommon>
inline int fill_table(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes, std::uint8_t* table) {
  int distances[kCommon], largest = 0;
  distances_to_common(alleles, units, haplotypes, distances);
  for (int code = 0; code < kCommon; ++code) {
    const int entry = distances[code] < kMostOfByte ? distances[code] : kMostOfByte;
    table[code] = static_cast<std::uint8_t>(entry);
    largest = entry > largest ? entry : largest;
  }
  return largest;
}

template <int kCommon>
inline NearestHaplotype nearest_haplotype(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes) {
  int distances[kCommon];
  distances_to_common(alleles, units, haplotypes, distances);
  int least = distances[0];
  for (int code = 1; code < kCommon; ++code) least = distances[code] < least ? distances[code] : least;
  int code = 0;
  while (distances[code] != least) ++code;
  return {code, least};
}

inline std::int32_t count_differing(const std::uint64_t* row, const std::uint32_t* alleles, std::int64_t count,
                                    std::int32_t most) {
  constexpr std::int64_t kBetweenLooks = 16;
  std::int32_t differing = 0;
  for (std::int64_t begin = 0; begin < count && differing <= most; begin += kBetweenLooks) {
    const std::int64_t end = begin + kBetweenLooks < count ? begin + kBetweenLooks : count;
    for (std::int64_t at = begin; at < end; ++at) {
      const std::uint32_t site = alleles[at] >> 1;
      differing += static_cast<std::int32_t>(((row[site / 64] >> (site % 64)) ^ alleles[at]) & 1);
    }
  }
  return differing;
}

// Calls look_up with the number of windows as a constant: tables are held in registers.
template <typename LookUpWindows>
inline void with_constant_windows(int windows, const LookUpWindows& look_up) {
  static_assert(kWindowsTogether == 6);
  switch (windows) {
    case 1:
      return look_up(std::integral_constant<int, 1>{});
    case 2:
      return look_up(std::integral_constant<int, 2>{});
    case 3:
      return look_up(std::integral_constant<int, 3>{});
    case 4:
      return look_up(std::integral_constant<int, 4>{});
    case 5:
      return look_up(std::integral_constant<int, 5>{});
    default:
      return look_up(std::integral_constant<int, 6>{});
  }
}

// Sums in the targets' order.
template <int kWindows>
inline void look_up_windows(const LookUp& task) {
  for (int query = 0; query < 2; ++query) {
    const std::uint8_t* const* tables = task.tables[query];
    std::uint16_t* sums = task.sums[query];
    for (std::int64_t t = 0; t < task.targets; ++t) {
      unsigned sum = 0;
      for (int window = 0; window < kWindows; ++window) {
        sum += tables[window][task.codes[window * task.code_stride + t]];
      }
      sums[t] = static_cast<std::uint16_t>(sums[t] + sum);
    }
  }
}

inline void take_ordered_sums(std::uint16_t* sums, std::int64_t targets, const std::int32_t* before,
                              std::int32_t* distances) {
  for (std::int64_t t = 0; t < targets; ++t) {
    distances[t] = before[t] + sums[t];
    sums[t] = 0;
  }
}

inline std::int32_t select_within_limits(const std::int32_t* distances, std::int32_t count, std::int32_t row_limit,
                                         const std::int32_t* column_limits, std::int32_t* positions) {
  std::int32_t found = 0;
  for (std::int32_t t = 0; t < count; ++t) {
    positions[found] = t;
    found += distances[t] <= row_limit || (column_limits != nullptr && distances[t] <= column_limits[t]);
  }
  return found;
}

inline void take_least_of_rows(const std::int32_t* distances, std::int64_t count, std::int32_t* least) {
  for (std::int64_t t = 0; t < count; ++t) least[t] = distances[t] < least[t] ? distances[t] : least[t];
}

inline std::int32_t position_of_smallest(const std::int32_t* distances, std::int32_t count) {
  std::int32_t least = distances[0];
  for (std::int32_t t = 1; t < count; ++t) least = distances[t] < least ? distances[t] : least;
  // A piece at a time: a loop that may end at every distance would not be vectorised.
  constexpr std::int32_t kPiece = 64;
  std::int32_t at = 0;
  for (; at + kPiece <= count; at += kPiece) {
    std::int32_t found = 0;
    for (std::int32_t t = 0; t < kPiece; ++t) found |= distances[at + t] == least ? 1 : 0;
    if (found != 0) break;
  }
  while (distances[at] != least) ++at;
  return at;
}

// The 32-bit words of a row in groups of seven, each group as x1, x2, x1^x2^x3, x4, x1^…^x5, x6, x1^…^x7. With a and b
// so stored, a carry-save adder needs three operations where it would need five: sums of two rows' words are single
// XORs of stored words, and the carry follows from the sums (see carry_of in the files that use it).
constexpr int kGroupWords = 7;

inline std::int64_t groups_of(std::int64_t words) { return (2 * words + kGroupWords - 1) / kGroupWords; }

inline void load_group(const std::uint64_t* row, std::int64_t words, std::int64_t group, std::uint32_t* x) {
  const std::int64_t first = group * kGroupWords;
  const std::int64_t available = 2 * words - first;
  const char* from = reinterpret_cast<const char*>(row) + 4 * first;
  if (available >= kGroupWords) {
    std::memcpy(x, from, kGroupWords * sizeof(std::uint32_t));  // of a known size, which needs no call
  } else {
    std::memset(x, 0, kGroupWords * sizeof(std::uint32_t));
    std::memcpy(x, from, 4 * static_cast<std::size_t>(available));
  }
  x[2] ^= x[0] ^ x[1];
  x[4] ^= x[2] ^ x[3];
  x[6] ^= x[4] ^ x[5];
}

// Panel of groups: [row group][word group][7][lanes] with the rows of a group side by side in lanes.
inline void lay_out_lanes(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                          int lanes, std::uint32_t* panel) {
  const std::int64_t groups = groups_of(words);
  std::uint32_t x[kGroupWords];
  for (std::int64_t first = 0; first < count; first += lanes) {
    for (std::int64_t group = 0; group < groups; ++group) {
      for (int lane = 0; lane < lanes; ++lane) {
        if (first + lane < count) {
          load_group(rows + (first + lane) * stride, words, group, x);
        } else {
          std::memset(x, 0, sizeof(x));
        }
        for (int w = 0; w < kGroupWords; ++w) panel[w * lanes + lane] = x[w];
      }
      panel += kGroupWords * lanes;
    }
  }
}

// Panel of queries: [row group][word group][rows of the group][7].
inline void lay_out_broadcast(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                              int rows_of_group, std::uint32_t* panel) {
  const std::int64_t groups = groups_of(words);
  for (std::int64_t first = 0; first < count; first += rows_of_group) {
    for (std::int64_t group = 0; group < groups; ++group) {
      for (int row = 0; row < rows_of_group; ++row) {
        if (first + row < count) {
          load_group(rows + (first + row) * stride, words, group, panel);
        } else {
          std::memset(panel, 0, kGroupWords * sizeof(std::uint32_t));
        }
        panel += kGroupWords;
      }
    }
  }
}

}  // namespace
}  // namespace artgen::hamming
