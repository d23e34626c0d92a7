// Plain loops that each instruction set compiles for itself, with its own flags. Everything here has internal linkage:
// a function shared between object files of different flags could run where its instructions do not exist.
#pragma once

#include <cstdint>
#include <cstring>

#include "hamming/instruction_set.h"

namespace artgen::hamming {
namespace {

inline std::int64_t distance_of_rows(const std::uint64_t* first, const std::uint64_t* second, std::int64_t words) {
  std::int64_t distance = 0;
  for (std::int64_t w = 0; w < words; ++w) distance += __builtin_popcountll(first[w] ^ second[w]);
  return distance;
}

inline void fold_row(const std::uint64_t* row, const std::uint64_t* mask, std::int64_t words, std::int64_t period,
                     std::uint64_t* out) {
  for (std::int64_t base = 0; base < words; base += period) {
    const std::int64_t length = words - base < period ? words - base : period;
    for (std::int64_t w = 0; w < length; ++w) out[w] ^= row[base + w] & mask[base + w];
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

inline std::int32_t position_of_smallest(const std::int32_t* distances, std::int32_t count) {
  std::int32_t least = distances[0];
  for (std::int32_t t = 1; t < count; ++t) least = distances[t] < least ? distances[t] : least;
  std::int32_t at = 0;
  while (distances[at] != least) ++at;
  return at;
}

inline void add_offsets_to_row(std::int32_t* distances, std::int32_t count, std::int32_t offset,
                               const std::int32_t* offsets) {
  for (std::int32_t t = 0; t < count; ++t) distances[t] += offset + offsets[t];
}

// Appends the lowest `bits` (1 … 64) bits of values to a stream of words. Without branches: they could not be
// predicted.
struct BitWriter {
  std::uint64_t* out;
  std::uint64_t pending;
  int filled;

  void append(std::uint64_t value, int bits) {
    pending |= value << filled;
    *out = pending;
    const std::uint64_t spilled = (value >> 1) >> (63 - filled);
    const bool full = filled + bits >= 64;
    pending = full ? spilled : pending;
    out += full;
    filled = (filled + bits) % 64;
  }
  // Writes what the last value spilled into the next word.
  void finish() {
    if (filled > 0) *out = pending;
  }
};

// The chosen sites of several rows. A writer waits for itself from one word to the next, so four rows take turns.
// `take(bits, mask)` brings the bits under the mask together.
template <typename Take>
inline void extract_rows(const RowsToExtract& rows, const SitesOfWord* sites, std::int64_t count, const Take& take) {
  constexpr int kTogether = 4;
  for (std::int64_t first = 0; first < rows.count; first += kTogether) {
    const std::uint64_t* from[kTogether];
    BitWriter writers[kTogether];
    for (int row = 0; row < kTogether; ++row) {
      // The last rows stand in for those that are missing: they write the same once more.
      const std::int64_t at = first + row < rows.count ? first + row : rows.count - 1;
      from[row] = rows.bits + at * rows.stride;
      writers[row] = {rows.out + at * rows.out_stride, 0, 0};
    }
    for (std::int64_t at = 0; at < count; ++at) {
      const SitesOfWord chosen = sites[at];
#pragma GCC unroll 4
      for (int row = 0; row < kTogether; ++row) {
        writers[row].append(take(from[row][chosen.word], chosen.mask), chosen.count);
      }
    }
    for (BitWriter& writer : writers) writer.finish();
  }
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
