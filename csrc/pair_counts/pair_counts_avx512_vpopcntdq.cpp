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

// Haplotypes that have both alleles of each of eight pairs.
inline __m512i count_each(const std::uint64_t* const* firsts, const std::uint64_t* const* seconds, std::int64_t words) {
  __m512i sums[kPairsTogether];
#pragma GCC unroll 8
  for (int pair = 0; pair < kPairsTogether; ++pair) sums[pair] = _mm512_setzero_si512();
  for (std::int64_t w = 0; w < words; w += kLineWords) {
#pragma GCC unroll 8
    for (int pair = 0; pair < kPairsTogether; ++pair) {
      const __m512i both =
          _mm512_and_si512(_mm512_loadu_si512(firsts[pair] + w), _mm512_loadu_si512(seconds[pair] + w));
      sums[pair] = _mm512_add_epi64(sums[pair], _mm512_popcnt_epi64(both));
    }
  }
  return sums_of_lanes(sums);
}

// The same where all have one first site, whose row is read once.
inline __m512i count_one(const std::uint64_t* first, const std::uint64_t* const* seconds, std::int64_t words) {
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
  return sums_of_lanes(sums);
}

// Eight pairs at a time from counting to quotient, which alone is not exact.
void r2_of_pairs(const PairsOfSites& pairs, double* out) {
  const __m512d haplotypes = _mm512_set1_pd(pairs.haplotypes);
  const __m512i row_bytes = _mm512_set1_epi64(8 * pairs.words);
  const __m512i bits = _mm512_set1_epi64(reinterpret_cast<std::int64_t>(pairs.bits));
  for (std::int64_t begin = 0; begin < pairs.count; begin += kPairsTogether) {
    prefetch_far_pairs(pairs, begin);
    // In the place of missing pairs stands the one of site 0 with itself.
    const std::int64_t left = pairs.count - begin;
    const auto there = static_cast<__mmask8>(left < kPairsTogether ? (1 << left) - 1 : 0xff);
    const __m512i first = _mm512_maskz_loadu_epi64(there, pairs.first + begin);
    const __m512i second = _mm512_maskz_loadu_epi64(there, pairs.second + begin);
    alignas(64) const std::uint64_t* seconds[kPairsTogether];
    _mm512_store_si512(seconds, _mm512_add_epi64(bits, _mm512_mul_epu32(second, row_bytes)));
    __m512i both;
    __m512d p;
    const std::int64_t one = pairs.first[begin];
    if (_mm512_cmpneq_epi64_mask(first, _mm512_set1_epi64(one)) == 0) {
      both = count_one(pairs.bits + one * pairs.words, seconds, pairs.words);
      p = _mm512_set1_pd(pairs.carriers[one]);
    } else {
      alignas(64) const std::uint64_t* firsts[kPairsTogether];
      _mm512_store_si512(firsts, _mm512_add_epi64(bits, _mm512_mul_epu32(first, row_bytes)));
      both = count_each(firsts, seconds, pairs.words);
      p = _mm512_i64gather_pd(first, pairs.carriers, 8);
    }
    const __m512d q = _mm512_i64gather_pd(second, pairs.carriers, 8);
    const __m512d covariance =
        _mm512_sub_pd(_mm512_mul_pd(haplotypes, _mm512_cvtepi32_pd(_mm512_cvtepi64_epi32(both))), _mm512_mul_pd(p, q));
    const __m512d variances =
        _mm512_mul_pd(_mm512_mul_pd(p, _mm512_sub_pd(haplotypes, p)), _mm512_mul_pd(q, _mm512_sub_pd(haplotypes, q)));
    // Of a fixed site it is 0 / 0.
    _mm512_mask_storeu_pd(out + begin, there, _mm512_div_pd(_mm512_mul_pd(covariance, covariance), variances));
  }
}

}  // namespace

const InstructionSet avx512_vpopcntdq = {
    .name = "avx512_vpopcntdq",
    .distances = &hamming::avx512_vpopcntdq,
    .transpose_tile = transpose_tile_by_words,
    .count_columns = count_columns_by_planes,
    .count = count_words,
    .count_both = count_words_of_both,
    .largest = largest_of,
    .r2_of_pairs = r2_of_pairs,
    .r2_row = r2_of_row,
    .r2_row_sum = r2_sum_of_row,
};

}  // namespace artgen::pair_counts
