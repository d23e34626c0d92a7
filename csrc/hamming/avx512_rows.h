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

constexpr int kTableVectors = 8;  // of the distances of a window's alleles to 16 of its 128 common haplotypes each

inline void distances_to_common_avx512(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes,
                                       __m512i (&distances)[kTableVectors]) {
#pragma GCC unroll 8
  for (__m512i& vector : distances) vector = _mm512_setzero_si512();
  for (int unit = 0; unit < units; ++unit) {
    const auto own = static_cast<int>(alleles[unit / 2] >> (32 * (unit % 2)));
#pragma GCC unroll 8
    for (int at = 0; at < kTableVectors; ++at) {
      const __m512i common = _mm512_load_si512(haplotypes + (unit * kTableVectors + at) * 16);
      const __m512i differing = _mm512_popcnt_epi32(_mm512_xor_si512(_mm512_set1_epi32(own), common));
      distances[at] = _mm512_add_epi32(distances[at], differing);
    }
  }
}

inline int fill_table_avx512(const std::uint64_t* alleles, int units, const std::uint32_t* haplotypes,
                             std::uint8_t* table) {
  __m512i distances[kTableVectors];
  distances_to_common_avx512(alleles, units, haplotypes, distances);
  // Two packings take turns with the vectors' quarters; a permutation puts them in order.
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  __m512i entries[2];
#pragma GCC unroll 2
  for (int half = 0; half < 2; ++half) {
    const __m512i* of_half = distances + 4 * half;
    const __m512i packed =
        _mm512_packus_epi16(_mm512_packus_epi32(of_half[0], of_half[1]), _mm512_packus_epi32(of_half[2], of_half[3]));
    entries[half] = _mm512_permutexvar_epi32(order, packed);
    _mm512_storeu_si512(table + 64 * half, entries[half]);
  }
  const __m512i larger = _mm512_max_epu8(entries[0], entries[1]);
  const __m256i of_32 = _mm256_max_epu8(_mm512_castsi512_si256(larger), _mm512_extracti64x4_epi64(larger, 1));
  const __m128i of_16 = _mm_max_epu8(_mm256_castsi256_si128(of_32), _mm256_extracti128_si256(of_32, 1));
  const __m128i of_8 = _mm_max_epu8(of_16, _mm_srli_epi16(of_16, 8));  // in the lower byte of each two
  // There is an instruction for the least of eight numbers.
  const __m128i lacking = _mm_sub_epi16(_mm_set1_epi16(255), _mm_and_si128(of_8, _mm_set1_epi16(255)));
  return 255 - _mm_extract_epi16(_mm_minpos_epu16(lacking), 0);
}

inline NearestHaplotype nearest_haplotype_avx512(const std::uint64_t* alleles, int units,
                                                 const std::uint32_t* haplotypes) {
  __m512i distances[kTableVectors];
  distances_to_common_avx512(alleles, units, haplotypes, distances);
  const __m512i codes = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  __m512i least = _mm512_set1_epi32(-1);
#pragma GCC unroll 8
  for (int at = 0; at < kTableVectors; ++at) {
    // A distance above its code: the least of these is the nearest haplotype, of several the lowest code.
    const __m512i keys =
        _mm512_or_si512(_mm512_slli_epi32(distances[at], 8), _mm512_add_epi32(codes, _mm512_set1_epi32(16 * at)));
    least = _mm512_min_epu32(least, keys);
  }
  const auto key = static_cast<int>(_mm512_reduce_min_epu32(least));
  return {key & 255, key >> 8};
}

// Sixty-four targets at a time: two registers hold the 128 entries of a table.
template <int kWindows>
inline void look_up_permuted(const LookUp& task) {
  __m512i lower[2][kWindows], upper[2][kWindows];
  for (int query = 0; query < 2; ++query) {
    for (int window = 0; window < kWindows; ++window) {
      lower[query][window] = _mm512_load_si512(task.tables[query][window]);
      upper[query][window] = _mm512_load_si512(task.tables[query][window] + 64);
    }
  }
  const std::uint8_t* codes = task.codes;
  const std::int64_t code_stride = task.code_stride;
  std::uint16_t* first_sums = task.sums[0];
  std::uint16_t* second_sums = task.sums[1];
  // An even target's byte with the odd one's after it as if they were one number, then the odd one's alone: what is
  // over, modulo 2^16, take_sums_avx512() takes away.
  const auto add = [](std::uint16_t* out, __m512i bytes) {
    _mm512_store_si512(out, _mm512_add_epi16(_mm512_load_si512(out), bytes));
    _mm512_store_si512(out + 32, _mm512_add_epi16(_mm512_load_si512(out + 32), _mm512_srli_epi16(bytes, 8)));
  };
  for (std::int64_t left = task.targets; left > 0; left -= 64) {
    __m512i first = _mm512_setzero_si512(), second = _mm512_setzero_si512();
#pragma GCC unroll 6
    for (int window = 0; window < kWindows; ++window) {
      const __m512i of_window = _mm512_load_si512(codes + window * code_stride);
      // A permutation overwrites its codes. A copy in a register is free; a second load, which the compiler would
      // choose, is not.
      __m512i copy = of_window;
      asm("" : "+v"(copy));
      first = _mm512_add_epi8(first, _mm512_permutex2var_epi8(lower[0][window], of_window, upper[0][window]));
      second = _mm512_add_epi8(second, _mm512_permutex2var_epi8(lower[1][window], copy, upper[1][window]));
      // Window by window: with the codes of all of them loaded first, there are too few registers for the tables.
      asm("" : "+v"(first), "+v"(second));
    }
    add(first_sums, first);
    add(second_sums, second);
    codes += 64;
    first_sums += 64;
    second_sums += 64;
  }
}

inline void look_up_avx512(const LookUp& task) {
  with_constant_windows(task.windows, [&](auto windows) { look_up_permuted<windows>(task); });
}

inline void take_sums_avx512(std::uint16_t* sums, std::int64_t targets, const std::int32_t* before,
                             std::int32_t* distances) {
  // Lanes of 32 bits: an even target's sum and the odd one's after it, in turn.
  const __m512i first = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const __m512i second = _mm512_setr_epi32(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const auto add = [before, distances](std::int64_t t, __m512i values) {
    _mm512_storeu_si512(distances + t, _mm512_add_epi32(_mm512_loadu_si512(before + t), values));
  };
  for (std::int64_t t = 0; t < targets; t += 64) {
    const __m512i odds = _mm512_load_si512(sums + t + 32);
    const __m512i evens = _mm512_sub_epi16(_mm512_load_si512(sums + t), _mm512_slli_epi16(odds, 8));
    const auto add_half = [&](std::int64_t out, __m256i even_half, __m256i odd_half) {
      const __m512i even = _mm512_cvtepu16_epi32(even_half), odd = _mm512_cvtepu16_epi32(odd_half);
      add(out, _mm512_permutex2var_epi32(even, first, odd));
      add(out + 16, _mm512_permutex2var_epi32(even, second, odd));
    };
    add_half(t, _mm512_castsi512_si256(evens), _mm512_castsi512_si256(odds));
    add_half(t + 32, _mm512_extracti64x4_epi64(evens, 1), _mm512_extracti64x4_epi64(odds, 1));
    _mm512_store_si512(sums + t, _mm512_setzero_si512());
    _mm512_store_si512(sums + t + 32, _mm512_setzero_si512());
  }
}

inline std::int32_t count_differing_avx512(const std::uint64_t* row, const std::uint32_t* alleles, std::int64_t count,
                                           std::int32_t most) {
  std::int32_t differing = 0;
  for (std::int64_t at = 0; at < count && differing <= most; at += 16) {
    const auto present = static_cast<__mmask16>(count - at >= 16 ? 0xffff : (1U << (count - at)) - 1U);
    const __m512i listed = _mm512_maskz_loadu_epi32(present, alleles + at);
    // The half word of the site, and the allele in it. Half words are 32 bits in a row's order of bytes.
    const __m512i half_words =
        _mm512_mask_i32gather_epi32(_mm512_setzero_si512(), present, _mm512_srli_epi32(listed, 6), row, 4);
    const __m512i own =
        _mm512_srlv_epi32(half_words, _mm512_and_si512(_mm512_srli_epi32(listed, 1), _mm512_set1_epi32(31)));
    const __mmask16 odd = _mm512_test_epi32_mask(_mm512_xor_si512(own, listed), _mm512_set1_epi32(1));
    differing += __builtin_popcount(odd & present);
  }
  return differing;
}

}  // namespace
}  // namespace artgen::hamming
