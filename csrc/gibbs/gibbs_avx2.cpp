// AVX2: rows of tables, chain by chain; a row of 32 units is four registers.
#include <immintrin.h>

#include "gibbs/instruction_set.h"
#include "gibbs/vectors.h"

namespace artgen::gibbs {
namespace {

inline void multiply_wide(const Words& x, std::uint32_t factor, Words& high, Words& low) {
  const __m256i value = (__m256i)x, by = _mm256_set1_epi32(static_cast<int>(factor));
  const __m256i even = _mm256_mul_epu32(value, by);
  const __m256i odd = _mm256_mul_epu32(_mm256_srli_epi64(value, 32), by);
  constexpr int kOdd = 0xaa;
  low = (Words)_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), kOdd);
  high = (Words)_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, kOdd);
}

}  // namespace
}  // namespace artgen::gibbs

#include "gibbs/row_sums.h"
#include "gibbs/sampling.h"

namespace artgen::gibbs {

const InstructionSet avx2 = {
    .name = "avx2",
    .sums_of_fixed_point = RowSums<std::int16_t, std::int32_t>::run,
    .sums_of_floats = RowSums<float, float>::run,
    .scratch_bytes = kRowScratchBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
