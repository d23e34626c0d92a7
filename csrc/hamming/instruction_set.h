// What a Hamming search needs from one instruction set. Each has a file of its own with its own compile flags;
// hamming.cpp holds the table. The functions trust their input and touch no memory but what they are given.
#pragma once

#include <cstdint>

namespace artgen::hamming {

// Chosen sites that lie in one word of a row.
struct SitesOfWord {
  std::uint64_t mask;
  std::int32_t word;
  std::int32_t count;  // set bits of the mask
};

struct RowsToExtract {
  const std::uint64_t* bits;
  std::int64_t stride;
  std::int64_t count;
  std::uint64_t* out;
  std::int64_t out_stride;
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

  // The bits of each row at the chosen sites, close together; the last word is zero-padded.
  void (*extract)(const RowsToExtract& rows, const SitesOfWord* sites, std::int64_t count);

  // out[w % period] ^= row[w] & mask[w] for every word of the row.
  void (*fold)(const std::uint64_t* row, const std::uint64_t* mask, std::int64_t words, std::int64_t period,
               std::uint64_t* out);

  // Writes the positions t with distances[t] <= row_limit or (column_limits given) distances[t] <= column_limits[t],
  // ascending, and returns their number. `positions` has room for count + 16.
  std::int32_t (*select)(const std::int32_t* distances, std::int32_t count, std::int32_t row_limit,
                         const std::int32_t* column_limits, std::int32_t* positions);

  // The position of the smallest distance (of one of them).
  std::int32_t (*smallest)(const std::int32_t* distances, std::int32_t count);

  // distances[t] += offset + offsets[t].
  void (*add_offsets)(std::int32_t* distances, std::int32_t count, std::int32_t offset, const std::int32_t* offsets);
};

extern const InstructionSet portable;
#if defined(ARTGEN_FAST_X86)
extern const InstructionSet avx2;
extern const InstructionSet avx512_vpopcntdq;
extern const InstructionSet amx_int8;
#endif

}  // namespace artgen::hamming
