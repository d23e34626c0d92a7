// AMX: distance = |x| + |y| - 2⟨x, y⟩, the inner products as 8-bit integer tile products of bits expanded on the fly.
//
// A tile product takes 16 queries × 16 targets × 64 sites in 16 cycles. Bits become bytes in two ways: a query's 64
// sites are one word, moved under its own mask (one 64-byte row of tile A); a target's nibble of four sites is looked
// up in a table of sixteen 32-bit values, for sixteen targets at a time (one row of tile B, which wants four sites of
// each column together). Both are expanded into chunks that stay in the caches and are used many times over.
#include "common/amx_tiles.h"
#include "hamming/avx512_rows.h"
#include "hamming/instruction_set.h"

namespace artgen::hamming {
namespace {

constexpr int kTileRows = 16;
constexpr int kGroup = 2 * kTileRows;  // rows of a group: two tiles, for products of 2 × 2 tiles
constexpr int kChunkWords = 8;         // sites of a chunk: 512, eight tiles deep
constexpr int kTileBytes = 1024;
constexpr std::int64_t kQueryBlock = 256;
constexpr std::int64_t kTargetChunkBytes = 2 * kChunkWords * kTileBytes;                       // 16 KB
constexpr std::int64_t kQueryChunkBytes = kQueryBlock / kTileRows * kChunkWords * kTileBytes;  // 128 KB

// Panel of a side: [group of 32 rows] of [words][32] words, then the 32 bit counts of the rows as 64-bit words. Word w
// of the rows lies side by side.
std::int64_t panel_row_bytes(std::int64_t words) { return 8 * (words + 1); }

void lay_out(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words, void* panel) {
  auto* out = static_cast<std::uint64_t*>(panel);
  for (std::int64_t first = 0; first < count; first += kGroup, out += kGroup * (words + 1)) {
    for (int row = 0; row < kGroup; ++row) {
      const bool present = first + row < count;
      const std::uint64_t* from = rows + (first + row) * stride;
      for (std::int64_t w = 0; w < words; ++w) out[w * kGroup + row] = present ? from[w] : 0;
      out[words * kGroup + row] = present ? static_cast<std::uint64_t>(count_avx512(from, words)) : 0;
    }
  }
}

// Tiles A of one group and chunk: [2][kChunkWords][16 rows][64 sites].
inline void expand_queries(const std::uint64_t* group, std::int64_t chunk_words, std::uint8_t* tiles) {
  const __m512i one = _mm512_set1_epi8(1);
  for (int half = 0; half < 2; ++half) {
    for (std::int64_t w = 0; w < chunk_words; ++w) {
      const std::uint64_t* word = group + w * kGroup + half * kTileRows;
      std::uint8_t* tile = tiles + (half * kChunkWords + w) * kTileBytes;
      for (int row = 0; row < kTileRows; ++row) {
        _mm512_store_si512(tile + 64 * row, _mm512_maskz_mov_epi8(static_cast<__mmask64>(word[row]), one));
      }
    }
  }
}

// Tiles B of one group and chunk: [2][kChunkWords][16 nibbles of a word][16 targets][4 sites].
inline void expand_targets(const std::uint64_t* group, std::int64_t chunk_words, std::uint8_t* tiles) {
  const __m512i table = _mm512_setr_epi32(0x00000000, 0x00000001, 0x00000100, 0x00000101,  //
                                          0x00010000, 0x00010001, 0x00010100, 0x00010101,  //
                                          0x01000000, 0x01000001, 0x01000100, 0x01000101,  //
                                          0x01010000, 0x01010001, 0x01010100, 0x01010101);
  const __m512i low_halves = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i high_halves = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  for (int half = 0; half < 2; ++half) {
    for (std::int64_t w = 0; w < chunk_words; ++w) {
      const std::uint64_t* word = group + w * kGroup + half * kTileRows;
      std::uint8_t* tile = tiles + (half * kChunkWords + w) * kTileBytes;
      const __m512i first = _mm512_loadu_si512(word), second = _mm512_loadu_si512(word + 8);
      __m512i low = _mm512_permutex2var_epi32(first, low_halves, second);
      __m512i high = _mm512_permutex2var_epi32(first, high_halves, second);
      for (int nibble = 0; nibble < 8; ++nibble) {
        // The look-up reads only the lowest four bits of each lane.
        _mm512_store_si512(tile + 64 * nibble, _mm512_permutexvar_epi32(low, table));
        _mm512_store_si512(tile + 64 * (nibble + 8), _mm512_permutexvar_epi32(high, table));
        low = _mm512_srli_epi32(low, 4);
        high = _mm512_srli_epi32(high, 4);
      }
    }
  }
}

// Adds the inner products of 32 queries and 32 targets over one chunk to `products`.
inline void multiply(const std::uint8_t* queries, const std::uint8_t* targets, std::int64_t chunk_words, bool from_zero,
                     std::int32_t* products, std::int64_t stride) {
  finish_writes();
  const std::int64_t row_bytes = 4 * stride;
  std::int32_t* lower = products + kTileRows * stride;
  if (from_zero) {
    ARTGEN_TILE_ZERO(0);
    ARTGEN_TILE_ZERO(1);
    ARTGEN_TILE_ZERO(2);
    ARTGEN_TILE_ZERO(3);
  } else {
    ARTGEN_TILE_LOAD(0, products, row_bytes);
    ARTGEN_TILE_LOAD(1, products + kTileRows, row_bytes);
    ARTGEN_TILE_LOAD(2, lower, row_bytes);
    ARTGEN_TILE_LOAD(3, lower + kTileRows, row_bytes);
  }
  for (std::int64_t w = 0; w < chunk_words; ++w) {
    ARTGEN_TILE_LOAD(4, queries + w * kTileBytes, 64);
    ARTGEN_TILE_LOAD(6, targets + w * kTileBytes, 64);
    ARTGEN_TILE_LOAD(7, targets + (kChunkWords + w) * kTileBytes, 64);
    ARTGEN_TILE_LOAD(5, queries + (kChunkWords + w) * kTileBytes, 64);
    ARTGEN_TILE_DOT(0, 4, 6);
    ARTGEN_TILE_DOT(1, 4, 7);
    ARTGEN_TILE_DOT(2, 5, 6);
    ARTGEN_TILE_DOT(3, 5, 7);
  }
  ARTGEN_TILE_STORE(0, products, row_bytes);
  ARTGEN_TILE_STORE(1, products + kTileRows, row_bytes);
  ARTGEN_TILE_STORE(2, lower, row_bytes);
  ARTGEN_TILE_STORE(3, lower + kTileRows, row_bytes);
}

void distances(const void* query_panel, std::int64_t queries, const void* target_panel, std::int64_t targets,
               std::int64_t words, std::int32_t* out, std::int64_t stride, void* scratch) {
  [[maybe_unused]] const TileSession tiles;
  auto* query_tiles = static_cast<std::uint8_t*>(scratch);
  std::uint8_t* target_tiles = query_tiles + kQueryChunkBytes;
  const auto* query_rows = static_cast<const std::uint64_t*>(query_panel);
  const auto* target_rows = static_cast<const std::uint64_t*>(target_panel);
  const std::int64_t group_words = kGroup * (words + 1);
  for (std::int64_t begin = 0; begin < words; begin += kChunkWords) {
    const std::int64_t length = words - begin < kChunkWords ? words - begin : kChunkWords;
    for (std::int64_t q = 0; q < queries; q += kGroup) {
      expand_queries(query_rows + q / kGroup * group_words + begin * kGroup, length,
                     query_tiles + q / kGroup * 2 * kChunkWords * kTileBytes);
    }
    for (std::int64_t t = 0; t < targets; t += kGroup) {
      expand_targets(target_rows + t / kGroup * group_words + begin * kGroup, length, target_tiles);
      for (std::int64_t q = 0; q < queries; q += kGroup) {
        multiply(query_tiles + q / kGroup * 2 * kChunkWords * kTileBytes, target_tiles, length, begin == 0,
                 out + q * stride + t, stride);
      }
    }
  }
  for (std::int64_t q = 0; q < queries; ++q) {
    const std::uint64_t* query_counts = query_rows + q / kGroup * group_words + kGroup * words;
    const auto query_count = static_cast<std::int32_t>(query_counts[q % kGroup]);
    for (std::int64_t t = 0; t < targets; t += kGroup) {
      const std::uint64_t* target_counts = target_rows + t / kGroup * group_words + kGroup * words;
      std::int32_t* row = out + q * stride + t;
      for (int lane = 0; lane < kGroup; ++lane) {
        row[lane] = query_count + static_cast<std::int32_t>(target_counts[lane]) - 2 * row[lane];
      }
    }
  }
}

}  // namespace

const InstructionSet amx_int8 = {
    .name = "amx_int8",
    .query_group = kGroup,
    .target_group = kGroup,
    .query_block = kQueryBlock,
    .bits_per_ns = 1700,  // a prototype's; this code has not been timed on a CPU with AMX
    .panel_row_bytes = panel_row_bytes,
    .lay_out_queries = lay_out,
    .lay_out_targets = lay_out,
    .distances = distances,
    .scratch_bytes = kQueryChunkBytes + kTargetChunkBytes,
    .distance = distance_avx512,
    .common = 128,
    .window_units = {4, 8, 16},
    .histogram_window_units = {2, 4, 8},
    .look_up_ns = 0.009,
    .look_up = look_up_avx512,
    .take_sums = take_sums_avx512,
    .fill_table = fill_table_avx512,
    .nearest_haplotype = nearest_haplotype_avx512,
    .differing = count_differing_avx512,
    .select = select_avx512,
    .take_least = take_least_of_rows,
    .smallest = position_of_smallest,
};

}  // namespace artgen::hamming
