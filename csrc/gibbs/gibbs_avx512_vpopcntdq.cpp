// AVX-512: in fixed point a register holds the tables of two times four inputs; VPERMW looks up both for 16 chains, and
// VPDPWSSD adds both to the 32-bit sums: 128 products by two instructions. VPERM* heeds only the lowest bits of an
// index, so that a word of 32 states is an index, shifted from table to table. Floats are in avx512.h.
//
// Of the features that the name stands for, F, BW and VNNI are used.
#include "gibbs/avx512.h"

namespace artgen::gibbs {
namespace {

struct FixedPoint : Registers {
  using Weight = std::int16_t;
  using Sum = std::int32_t;
  using Register = __m512i;
  using Table = __m512i;
  static constexpr std::int64_t kTablesAWord = 4;

  static Register load(const Sum* from) { return _mm512_loadu_si512(from); }
  static void store(Sum* to, Register sum) { _mm512_storeu_si512(to, sum); }
  static Register zero() { return _mm512_setzero_si512(); }

  // Even 16-bit lanes look up the lower half of a table, odd ones the upper.
  static States index(States states) {
    constexpr int kAndOr = 0xea;
    return _mm512_ternarylogic_epi32(states, _mm512_set1_epi32(0x000f000f), _mm512_set1_epi32(0x00100000), kAndOr);
  }
  static void add(Register& sum, States index, Table table) {
    sum = _mm512_dpwssd_epi32(sum, _mm512_permutexvar_epi16(index, table), _mm512_set1_epi16(1));
    // Else GCC looks up many tables before it adds any, and spills.
    asm volatile("" : "+v"(sum));
  }

  // Table t of a word: of inputs 4 t … 4 t + 3 in its lower half, of inputs 16 + 4 t … in its upper. In lane i there is
  // the sum of the weights of those inputs whose bit in i is 1.
  static void make_table(const Weight* weights, int number, Table& table) {
    const __m512i all = _mm512_loadu_si512(weights);
    const __m512i halves = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(16), 1);
    const auto chosen = [&](__mmask32 lanes, int input) {
      const __m512i at = _mm512_add_epi16(halves, _mm512_set1_epi16(static_cast<short>(kTableInputs * number + input)));
      return _mm512_maskz_permutexvar_epi16(lanes, at, all);
    };
    table = _mm512_add_epi16(_mm512_add_epi16(chosen(0xaaaaaaaa, 0), chosen(0xcccccccc, 1)),
                             _mm512_add_epi16(chosen(0xf0f0f0f0, 2), chosen(0xff00ff00, 3)));
  }
  static Table load_table(const Table& table) { return table; }
};

}  // namespace

const InstructionSet avx512_vpopcntdq = {
    .name = "avx512_vpopcntdq",
    .sums_of_fixed_point = sums_by_tables<FixedPoint>,
    .sums_of_floats = sums_by_tables<FloatingPoint>,
    .scratch_bytes = kTableBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
