// What a Hamming search needs from one instruction set. Each has a file of its own with its own compile flags;
// hamming.cpp holds the table. The functions trust their input and touch no memory but what they are given.
#pragma once

#include <cstdint>

namespace artgen::hamming {

// Of a window of sites, in units of 32.
constexpr int kMostUnits = 16;
// Haplotypes that a window keeps, at most: entries of a table.
constexpr std::int64_t kMostCommon = 128;
// Windows whose tables are looked up in one go, at most.
constexpr int kWindowsTogether = 6;
// Targets that are looked up side by side: their codes are padded to a multiple.
constexpr std::int64_t kCodesOfLine = 64;

constexpr int kMostOfByte = 255;

// What two queries add to their sums for each target: the entries of their tables at the target's codes, one for each
// window. A sum of a query's entries fits a byte, whatever the codes.
struct LookUp {
  const std::uint8_t* codes;  // [window][code_stride]
  std::int64_t code_stride;
  std::int64_t targets;                  // a multiple of kCodesOfLine
  int windows;                           // 1 ... kWindowsTogether
  const std::uint8_t* const* tables[2];  // [window]
  std::uint16_t* sums[2];                // in a form of the instruction set's own
};

struct NearestHaplotype {
  int code;  // the lowest of the nearest haplotypes'
  int distance;
};

// Panels: rows laid out so that a tile of distances needs no horizontal sums. Targets lie side by side in vector
// lanes, queries are broadcast against them. Rows are padded to whole groups, words to whole steps, with zero bits.
struct InstructionSet {
  const char* name;

  std::int32_t query_group;   // rows of a query panel are padded to a multiple of this
  std::int32_t target_group;  // and of a target panel to a multiple of this
  std::int32_t query_block;   // rows of queries that one task compares with a block of targets
  // Rough dense speed in pairs of bits per ns and thread, on Zen 4; only used to decide whether pruning pays.
  double bits_per_ns;

  // Bytes of a panel row of `words` 64-bit words.
  std::int64_t (*panel_row_bytes)(std::int64_t words);

  // Lays out `count` rows (`stride` words apart) as whole groups into `panel`; missing rows of the last group are zero.
  void (*lay_out_queries)(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                          void* panel);
  void (*lay_out_targets)(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                          void* panel);

  // distances[q * stride + t] of `queries` and `targets` rows (whole groups), panels of `words` words a row.
  // `scratch` holds scratch_bytes.
  void (*distances)(const void* query_panel, std::int64_t queries, const void* target_panel, std::int64_t targets,
                    std::int64_t words, std::int32_t* distances, std::int64_t stride, void* scratch);
  std::int64_t scratch_bytes;

  // Distance of two rows.
  std::int64_t (*distance)(const std::uint64_t* first, const std::uint64_t* second, std::int64_t words);

  // Haplotypes that a window keeps, at most kMostCommon.
  std::int64_t common;
  // Windows to choose from, in units of 32 sites, the narrowest first.
  int window_units[3];
  // For histograms, where every rounded site is a step for many pairs: narrow windows have fewer.
  int histogram_window_units[3];
  // Rough cost of one entry, in ns; only used to decide which windows to take, and whether they pay.
  double look_up_ns;

  void (*look_up)(const LookUp& look_up);

  // distances[t] = before[t] + sums[t], and sums[t] = 0, for a multiple of kCodesOfLine targets.
  void (*take_sums)(std::uint16_t* sums, std::int64_t targets, const std::int32_t* before, std::int32_t* distances);

  // table[code] = the distance of a window's alleles to each of its common haplotypes ([unit][code]), at most
  // kMostOfByte; returns the largest entry.
  int (*fill_table)(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes, std::uint8_t* table);
  NearestHaplotype (*nearest_haplotype)(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes);

  // How many of the listed alleles (2 · site + allele) a row does not have; above `most`, any number above it.
  std::int32_t (*differing)(const std::uint64_t* row, const std::uint32_t* alleles, std::int64_t count,
                            std::int32_t most);

  // Writes the positions t with distances[t] <= row_limit or (column_limits given) distances[t] <= column_limits[t],
  // ascending, and returns their number. `positions` has room for count + 16.
  std::int32_t (*select)(const std::int32_t* distances, std::int32_t count, std::int32_t row_limit,
                         const std::int32_t* column_limits, std::int32_t* positions);

  // least[t] = the smaller of least[t] and distances[t].
  void (*take_least)(const std::int32_t* distances, std::int64_t count, std::int32_t* least);

  // The position of the smallest distance (of one of them).
  std::int32_t (*smallest)(const std::int32_t* distances, std::int32_t count);
};

extern const InstructionSet portable;
#if defined(ARTGEN_FAST_X86)
extern const InstructionSet avx2;
extern const InstructionSet avx512_vpopcntdq;
extern const InstructionSet amx_int8;
#endif

}  // namespace artgen::hamming
