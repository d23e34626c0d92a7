// AVX-512 with vector population counts: eight pairs at a time, each with a vector of eight partial counts.
#include <immintrin.h>

#include "pair_counts/instruction_set.h"
#include "pair_counts/loops.h"

namespace artgen::pair_counts {
namespace {

// Sums of the lanes of each of eight vectors, in the lanes of one.
inline __m512i sums_of_lanes(const __m512i* x) {
  __m512i pairs[4];
  for (int i = 0; i < 4; ++i) {
    // Lanes: x[2i], x[2i + 1] by turns, neighbours added.
    pairs[i] =
        _mm512_add_epi64(_mm512_unpacklo_epi64(x[2 * i], x[2 * i + 1]), _mm512_unpackhi_epi64(x[2 * i], x[2 * i + 1]));
  }
  // Then 128-bit quarters: 0 and 2 of one beside 0 and 2 of the other, plus the same of 1 and 3.
  __m512i quads[2];
  for (int i = 0; i < 2; ++i) {
    quads[i] = _mm512_add_epi64(_mm512_shuffle_i64x2(pairs[2 * i], pairs[2 * i + 1], 0b10001000),
                                _mm512_shuffle_i64x2(pairs[2 * i], pairs[2 * i + 1], 0b11011101));
  }
  return _mm512_add_epi64(_mm512_shuffle_i64x2(quads[0], quads[1], 0b10001000),
                          _mm512_shuffle_i64x2(quads[0], quads[1], 0b11011101));
}

// The row of the first site is read once for its eight pairs.
inline void count_one(const std::uint64_t* first, const std::uint64_t* const* seconds, std::int64_t words,
                      std::int32_t* out) {
  __m512i sums[kPairsTogether];
#pragma GCC unroll 8
  for (int pair = 0; pair < kPairsTogether; ++pair) sums[pair] = _mm512_setzero_si512();
  for (std::int64_t w = 0; w < words; w += kLineWords) {
    const __m512i bits = _mm512_loadu_si512(first + w);
#pragma GCC unroll 8
    for (int pair = 0; pair < kPairsTogether; ++pair) {
      const __m512i both = _mm512_and_si512(bits, _mm512_loadu_si512(seconds[pair] + w));
      sums[pair] = _mm512_add_epi64(sums[pair], _mm512_popcnt_epi64(both));
    }
  }
  _mm256_store_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi64_epi32(sums_of_lanes(sums)));
}

inline void count_each(const std::uint64_t* const* firsts, const std::uint64_t* const* seconds, std::int64_t words,
                       std::int32_t* out) {
  __m512i sums[kPairsTogether];
  for (int pair = 0; pair < kPairsTogether; ++pair) {
    sums[pair] = _mm512_setzero_si512();
    for (std::int64_t w = 0; w < words; w += kLineWords) {
      const __m512i both =
          _mm512_and_si512(_mm512_loadu_si512(firsts[pair] + w), _mm512_loadu_si512(seconds[pair] + w));
      sums[pair] = _mm512_add_epi64(sums[pair], _mm512_popcnt_epi64(both));
    }
  }
  _mm256_store_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi64_epi32(sums_of_lanes(sums)));
}

void r2_of_pairs(const PairsOfSites& pairs, double* out) { r2_in_blocks(pairs, out, count_one, count_each); }

}  // namespace

const InstructionSet avx512_vpopcntdq = {
    .name = "avx512_vpopcntdq",
    .distances = &hamming::avx512_vpopcntdq,
    .transpose_tile = transpose_tile_by_words,
    .count_columns = count_columns_by_planes,
    .count = count_words,
    .count_both = count_words_of_both,
    .r2_of_pairs = r2_of_pairs,
    .r2_row = r2_of_row,
    .r2_row_sum = r2_sum_of_row,
};

}  // namespace artgen::pair_counts
