// AVX-512: sums in fixed point by tables in registers. Four inputs have 16 combinations of states, and so one of 16
// sums of their weights, which fit 16 bits. A register holds the tables of two times four inputs of a unit; VPERMW
// looks up both for 16 chains, and VPDPWSSD adds both to the 32-bit sums: 128 products by two instructions. VPERMW
// heeds only the lowest bits of an index, so that a word of 32 states is an index, shifted from table to table.
//
// All else is by rows of tables (row_sums.h). Of the features that the name stands for, F, BW and VNNI are used.
#include "gibbs/avx512.h"

namespace artgen::gibbs {
namespace {

constexpr int kTableInputs = 4;
constexpr int kTwinTablesAWord = 4;
// Sums that stay in registers: units share the states, groups of chains share the tables.
constexpr int kTileUnits = 4, kTileGroups = 5;
// Tables that are made at a time: with the states of a tile they share the first cache.
constexpr std::int64_t kTableBytes = std::int64_t{16} << 10;
constexpr std::int64_t kTableWords = kTableBytes / (kTwinTablesAWord * kTileUnits * sizeof(__m512i));

// Tables of a word's inputs 4 t … 4 t + 3 in the lower half, of inputs 16 + 4 t … in the upper. In lane i there is the
// sum of the weights of those inputs whose bit in i is 1.
inline __m512i twin_table(const std::int16_t* weights, int number) {
  const __m512i all = _mm512_loadu_si512(weights);
  const __m512i halves = _mm512_inserti64x4(_mm512_setzero_si512(), _mm256_set1_epi16(16), 1);
  const auto chosen = [&](__mmask32 lanes, int input) {
    const __m512i at = _mm512_add_epi16(halves, _mm512_set1_epi16(static_cast<short>(kTableInputs * number + input)));
    return _mm512_maskz_permutexvar_epi16(lanes, at, all);
  };
  return _mm512_add_epi16(_mm512_add_epi16(chosen(0xaaaaaaaa, 0), chosen(0xcccccccc, 1)),
                          _mm512_add_epi16(chosen(0xf0f0f0f0, 2), chosen(0xff00ff00, 3)));
}

// Even 16-bit lanes look up the lower half of a table, odd ones the upper.
inline __m512i index_of(__m512i states) {
  constexpr int kAndOr = 0xea;
  return _mm512_ternarylogic_epi32(states, _mm512_set1_epi32(0x000f000f), _mm512_set1_epi32(0x00100000), kAndOr);
}

inline void add(__m512i& sum, __m512i index, __m512i table) {
  sum = _mm512_dpwssd_epi32(sum, _mm512_permutexvar_epi16(index, table), _mm512_set1_epi16(1));
  // Else GCC looks up many tables before it adds any, and spills.
  asm volatile("" : "+v"(sum));
}

// Adds the products of `words` words of inputs to the sums of kTileUnits units and `Groups` groups of chains; begins
// with 0 where they are `fresh`. The tables are in the order [word][table of the word][unit].
template <int Groups>
inline void add_tile(const __m512i* tables, const std::uint32_t* states, std::int64_t stride, std::int64_t words,
                     bool fresh, std::int32_t* sums, std::int64_t sums_of_unit) {
  __m512i sum[kTileUnits][Groups];
#pragma GCC unroll 4
  for (int unit = 0; unit < kTileUnits; ++unit) {
#pragma GCC unroll 5
    for (int group = 0; group < Groups; ++group) {
      sum[unit][group] =
          fresh ? _mm512_setzero_si512() : _mm512_loadu_si512(sums + unit * sums_of_unit + group * kLanes);
    }
  }
  for (std::int64_t word = 0; word < words; ++word) {
    __m512i state[Groups];
#pragma GCC unroll 5
    for (int group = 0; group < Groups; ++group) {
      state[group] = _mm512_loadu_si512(states + group * stride + word * kLanes);
    }
#pragma GCC unroll 1
    for (int table = 0; table < kTwinTablesAWord; ++table) {
      __m512i index[Groups];
#pragma GCC unroll 5
      for (int group = 0; group < Groups; ++group) {
        index[group] = index_of(state[group]);
        state[group] = _mm512_srli_epi32(state[group], kTableInputs);
      }
#pragma GCC unroll 4
      for (int unit = 0; unit < kTileUnits; ++unit) {
        const __m512i values = tables[unit];
#pragma GCC unroll 5
        for (int group = 0; group < Groups; ++group) add(sum[unit][group], index[group], values);
      }
      tables += kTileUnits;
    }
  }
#pragma GCC unroll 4
  for (int unit = 0; unit < kTileUnits; ++unit) {
#pragma GCC unroll 5
    for (int group = 0; group < Groups; ++group) {
      _mm512_storeu_si512(sums + unit * sums_of_unit + group * kLanes, sum[unit][group]);
    }
  }
}

// A tile of as many groups as there are, at most `Most`.
template <int Most, typename... Arguments>
inline void add_tile_of(std::int64_t groups, Arguments... arguments) {
  if constexpr (Most > 1) {
    if (groups < Most) return add_tile_of<Most - 1>(groups, arguments...);
  }
  add_tile<Most>(arguments...);
}

void sums_by_tables(const std::int16_t* weights, const Inputs& inputs, std::int32_t* sums, void* scratch) {
  auto* tables = static_cast<__m512i*>(scratch);
  const std::int64_t sums_of_unit = inputs.groups * kLanes;
  for (std::int64_t first = 0; first < inputs.words; first += kTableWords) {
    const std::int64_t words = inputs.words - first < kTableWords ? inputs.words - first : kTableWords;
    for (std::int64_t unit = 0; unit < kUnits; unit += kTileUnits) {
      for (std::int64_t word = 0; word < words; ++word) {
        for (int of = 0; of < kTileUnits; ++of) {
          const std::int16_t* row = weights + (unit + of) * kUnits * inputs.words + kUnits * (first + word);
          for (int table = 0; table < kTwinTablesAWord; ++table) {
            tables[(word * kTwinTablesAWord + table) * kTileUnits + of] = twin_table(row, table);
          }
        }
      }
      for (std::int64_t group = 0; group < inputs.groups; group += kTileGroups) {
        add_tile_of<kTileGroups>(inputs.groups - group, static_cast<const __m512i*>(tables),
                                 inputs.states + group * inputs.stride + first * kLanes, inputs.stride, words,
                                 first == 0, sums + unit * sums_of_unit + group * kLanes, sums_of_unit);
      }
    }
  }
}

}  // namespace

const InstructionSet avx512_vpopcntdq = {
    .name = "avx512_vpopcntdq",
    .sums_of_fixed_point = sums_by_tables,
    .sums_of_floats = RowSums<float, float>::run,
    .scratch_bytes = kRowScratchBytes > kTableBytes ? kRowScratchBytes : kTableBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
