// Loops over single rows with AVX-512, shared by the AVX-512 and the AMX file. Internal linkage, as in loops.h.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "hamming/instruction_set.h"
#include "hamming/loops.h"

namespace artgen::hamming {
namespace {

inline __mmask8 mask_of_words(std::int64_t left) { return static_cast<__mmask8>(left >= 8 ? 0xff : (1U << left) - 1U); }

inline std::int64_t distance_avx512(const std::uint64_t* first, const std::uint64_t* second, std::int64_t words) {
  __m512i sum = _mm512_setzero_si512();
  for (std::int64_t w = 0; w < words; w += 8) {
    const __mmask8 mask = mask_of_words(words - w);
    const __m512i differ =
        _mm512_xor_si512(_mm512_maskz_loadu_epi64(mask, first + w), _mm512_maskz_loadu_epi64(mask, second + w));
    sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(differ));
  }
  return _mm512_reduce_add_epi64(sum);
}

inline std::int64_t count_avx512(const std::uint64_t* row, std::int64_t words) {
  __m512i sum = _mm512_setzero_si512();
  for (std::int64_t w = 0; w < words; w += 8) {
    const __m512i bits = _mm512_maskz_loadu_epi64(mask_of_words(words - w), row + w);
    sum = _mm512_add_epi64(sum, _mm512_popcnt_epi64(bits));
  }
  return _mm512_reduce_add_epi64(sum);
}

inline std::int32_t select_avx512(const std::int32_t* distances, std::int32_t count, std::int32_t row_limit,
                                  const std::int32_t* column_limits, std::int32_t* positions) {
  std::int32_t found = 0;
  const __m512i limit = _mm512_set1_epi32(row_limit);
  const __m512i lanes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  for (std::int32_t t = 0; t < count; t += 16) {
    const auto present = static_cast<__mmask16>(count - t >= 16 ? 0xffff : (1U << (count - t)) - 1U);
    const __m512i row = _mm512_maskz_loadu_epi32(present, distances + t);
    __m512i threshold = limit;
    if (column_limits != nullptr) {
      threshold = _mm512_max_epi32(threshold, _mm512_maskz_loadu_epi32(present, column_limits + t));
    }
    const __mmask16 chosen = _mm512_mask_cmple_epi32_mask(present, row, threshold);
    if (chosen != 0) {
      // A register compress and a full store: the compressing store is microcoded on Zen 4.
      const __m512i at = _mm512_add_epi32(lanes, _mm512_set1_epi32(t));
      _mm512_storeu_si512(positions + found, _mm512_maskz_compress_epi32(chosen, at));
      found += __builtin_popcount(chosen);
    }
  }
  return found;
}

inline void extract_avx512(const RowsToExtract& rows, const SitesOfWord* sites, std::int64_t count) {
  extract_rows(rows, sites, count, [](std::uint64_t bits, std::uint64_t mask) { return _pext_u64(bits, mask); });
}

}  // namespace
}  // namespace artgen::hamming
