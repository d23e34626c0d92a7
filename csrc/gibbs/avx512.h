// What the two instruction sets with AVX-512 share: the products of Philox, sampling, and sums of floats.
//
// Everything here has internal linkage: a function shared between object files of different flags could run where its
// instructions do not exist.
#pragma once

#include <immintrin.h>

#include "gibbs/instruction_set.h"
#include "gibbs/vectors.h"

namespace artgen::gibbs {
namespace {

inline void multiply_wide(const Words& x, std::uint32_t factor, Words& high, Words& low) {
  const __m512i value = (__m512i)x, by = _mm512_set1_epi32(static_cast<int>(factor));
  const __m512i even = _mm512_mul_epu32(value, by);
  const __m512i odd = _mm512_mul_epu32(_mm512_srli_epi64(value, 32), by);
  constexpr __mmask16 kOdd = 0xaaaa;
  low = (Words)_mm512_mask_blend_epi32(kOdd, even, _mm512_slli_epi64(odd, 32));
  high = (Words)_mm512_mask_blend_epi32(kOdd, _mm512_srli_epi64(even, 32), odd);
}

}  // namespace
}  // namespace artgen::gibbs

#include "gibbs/row_sums.h"
#include "gibbs/sampling.h"
