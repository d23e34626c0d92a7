// What counting needs from one instruction set. Each has a file of its own with its own compile flags; levels.cpp holds
// the table. The functions trust their input and touch no memory but what they are given.
#pragma once

#include <cstdint>

#include "hamming/instruction_set.h"

namespace artgen::pair_counts {

constexpr std::int64_t kLineWords = 8;               // 64-bit words of a cache line
constexpr std::int64_t kTileSide = 64 * kLineWords;  // bits of a cache line
constexpr int kPairsTogether = 8;

struct PairsOfSites {
  const std::uint64_t* bits;  // site-major, rows of whole cache lines
  std::int64_t words;
  double haplotypes;
  const double* carriers;   // of each site
  const double* variances;  // carriers · (haplotypes - carriers); NaN where that is 0, and so is then r²
  const std::int64_t* first;
  const std::int64_t* second;
  std::int64_t count;
};

// Sites [begin, end) of the row of a tile of distances, and where their r² goes.
struct R2Row {
  const std::int32_t* distances;  // of one site from each of the others
  std::int64_t count;
  double haplotypes;
  double carriers;            // of the one site
  double variance;            // carriers · (haplotypes - carriers), or 1 where that is 0
  const double* carriers_of;  // of the others
  const double* variances;
};

struct InstructionSet {
  const char* name;
  const hamming::InstructionSet* distances;  // for all pairs of many sites

  // Transposes a tile of 512 × 512 bits, 512 rows of 8 words each.
  void (*transpose_tile)(std::uint64_t* rows, std::uint64_t* out);

  // counts[j] is the number of rows whose bit j is set, of the 64 · words columns that begin at `rows`. `words`, whole
  // lines, is at most kCountedWords; `scratch` has room for kCarries planes, kLowPlanes, and what counts need beyond.
  void (*count_columns)(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                        std::uint64_t* scratch, std::int64_t* counts);

  std::int64_t (*count)(const std::uint64_t* row, std::int64_t words);
  std::int64_t (*count_both)(const std::uint64_t* first, const std::uint64_t* second, std::int64_t words);

  // Of indices of sites, as unsigned numbers: a negative one is larger than any site.
  std::uint64_t (*largest)(const std::int64_t* sites, std::int64_t count);

  // out[i] = r² of sites first[i] and second[i]. Fastest where pairs of one first site follow each other.
  void (*r2_of_pairs)(const PairsOfSites& pairs, double* out);

  // r² of one site and each of the others from their distances.
  void (*r2_row)(const R2Row& row, double* out);
  // The sum of the same in units of 2^-30, each rounded to nearest even.
  std::int64_t (*r2_row_sum)(const R2Row& row);
};

constexpr std::int64_t kCountedWords = 1024;
constexpr int kLowPlanes = 6;  // 2^6 rows are added at a time
constexpr int kCarries = kLowPlanes - 2;
// Rows of a panel may be kCountedWords apart and then fall on one set of the first cache. Planes do not.
constexpr std::int64_t kPlaneWords = kCountedWords + 9 * kLineWords;

extern const InstructionSet portable;
#if defined(ARTGEN_FAST_X86)
extern const InstructionSet avx2;
extern const InstructionSet avx512_vpopcntdq;
#endif

}  // namespace artgen::pair_counts
