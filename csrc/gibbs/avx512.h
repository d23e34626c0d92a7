// What the two instruction sets with AVX-512 share: the products of Philox, the registers of 16 chains, and sums of
// floats: a table of 16 floats is a register, and VPERMPS looks it up for 16 chains: 64 products by a lookup and an
// addition, where a multiply-add does 16.
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

#include "gibbs/sampling.h"
#include "gibbs/table_sums.h"

namespace artgen::gibbs {
namespace {

struct Registers {
  using States = __m512i;
  static constexpr std::int64_t kRegisterLanes = 16;
  static constexpr int kTileUnits = 4;
  static constexpr int kTileVectors = 5;

  static States load_states(const std::uint32_t* from) { return _mm512_loadu_si512(from); }
  static States shifted(States states) { return _mm512_srli_epi32(states, kTableInputs); }
};

struct FloatingPoint : Registers {
  using Weight = float;
  using Sum = float;
  using Register = __m512;
  using Table = __m512;
  static constexpr std::int64_t kTablesAWord = 8;

  static Register load(const Sum* from) { return _mm512_loadu_ps(from); }
  static void store(Sum* to, Register sum) { _mm512_storeu_ps(to, sum); }
  static Register zero() { return _mm512_setzero_ps(); }
  static States index(States states) { return states; }  // VPERMPS heeds only the lowest four bits
  static void add(Register& sum, States index, Table table) {
    sum = _mm512_add_ps(sum, _mm512_permutexvar_ps(index, table));
    // Else GCC looks up many tables before it adds any, and spills.
    asm volatile("" : "+v"(sum));
  }
  static void make_table(const Weight* weights, int number, Table& table) {
    const float* of = weights + kTableInputs * number;
    const auto chosen = [&](__mmask16 lanes, int input) {
      return _mm512_maskz_mov_ps(lanes, _mm512_set1_ps(of[input]));
    };
    table = _mm512_add_ps(_mm512_add_ps(chosen(0xaaaa, 0), chosen(0xcccc, 1)),
                          _mm512_add_ps(chosen(0xf0f0, 2), chosen(0xff00, 3)));
  }
  static Table load_table(const Table& table) { return table; }
};

}  // namespace
}  // namespace artgen::gibbs
