// AVX2: a table of 16 sums is two registers, looked up for 8 chains by two VPERMD and a blend, in fixed point and in
// float alike.
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

#include "gibbs/sampling.h"
#include "gibbs/table_sums.h"

namespace artgen::gibbs {
namespace {

struct Registers {
  using States = __m256i;
  static constexpr std::int64_t kRegisterLanes = 8;
  static constexpr std::int64_t kTablesAWord = 8;
  static constexpr int kTileUnits = 2;
  static constexpr int kTileVectors = 4;

  static States load_states(const std::uint32_t* from) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  }
  static States shifted(States states) { return _mm256_srli_epi32(states, kTableInputs); }

  // VPERMD heeds the lowest three bits, VBLENDV the highest one.
  static States index(States states) {
    return _mm256_or_si256(_mm256_and_si256(states, _mm256_set1_epi32(7)), _mm256_slli_epi32(states, 28));
  }

  // Sums of four weights in the order of a table: of those whose bit in the lane's number is 1.
  template <typename Weight, typename Sum>
  static void tabulate(const Weight* weights, Sum* table) {
    const Sum pair[4] = {Sum(0), Sum(weights[0]), Sum(weights[1]), Sum(weights[0]) + Sum(weights[1])};
    const Sum other[4] = {Sum(0), Sum(weights[2]), Sum(weights[3]), Sum(weights[2]) + Sum(weights[3])};
    for (int lane = 0; lane < 16; ++lane) table[lane] = pair[lane & 3] + other[lane >> 2];
  }
};

struct FixedPoint : Registers {
  using Weight = std::int16_t;
  using Sum = std::int32_t;
  using Register = __m256i;
  struct alignas(32) Table {
    Sum sums[16];
  };
  struct Loaded {
    __m256i low, high;
  };

  static Register load(const Sum* from) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)); }
  static void store(Sum* to, Register sum) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sum); }
  static Register zero() { return _mm256_setzero_si256(); }
  static void add(Register& sum, States index, const Loaded& table) {
    const __m256 low = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(table.low, index));
    const __m256 high = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(table.high, index));
    sum = _mm256_add_epi32(sum, _mm256_castps_si256(_mm256_blendv_ps(low, high, _mm256_castsi256_ps(index))));
  }
  static void make_table(const Weight* weights, int number, Table& table) {
    tabulate(weights + kTableInputs * number, table.sums);
  }
  static Loaded load_table(const Table& table) { return {load(table.sums), load(table.sums + 8)}; }
};

struct FloatingPoint : Registers {
  using Weight = float;
  using Sum = float;
  using Register = __m256;
  struct alignas(32) Table {
    Sum sums[16];
  };
  struct Loaded {
    __m256 low, high;
  };

  static Register load(const Sum* from) { return _mm256_loadu_ps(from); }
  static void store(Sum* to, Register sum) { _mm256_storeu_ps(to, sum); }
  static Register zero() { return _mm256_setzero_ps(); }
  static void add(Register& sum, States index, const Loaded& table) {
    const __m256 low = _mm256_permutevar8x32_ps(table.low, index);
    const __m256 high = _mm256_permutevar8x32_ps(table.high, index);
    sum = _mm256_add_ps(sum, _mm256_blendv_ps(low, high, _mm256_castsi256_ps(index)));
  }
  static void make_table(const Weight* weights, int number, Table& table) {
    tabulate(weights + kTableInputs * number, table.sums);
  }
  static Loaded load_table(const Table& table) { return {load(table.sums), load(table.sums + 8)}; }
};

}  // namespace

const InstructionSet avx2 = {
    .name = "avx2",
    .sums_of_fixed_point = sums_by_tables<FixedPoint>,
    .sums_of_floats = sums_by_tables<FloatingPoint>,
    .scratch_bytes = kTableBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
