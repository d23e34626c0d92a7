// AVX-512 with vector population counts: sixteen targets in lanes, eight queries broadcast against them.
//
// The plain loop takes three operations a vector (XOR, count, add). Seven words go through a carry-save adder first:
// 7 XOR + 3 carries + 2 (sum and carry of the carries) + 3 counts + 3 weighted adds = 18 operations for 7 words, 2.57
// a word, and only three of them on the port that counts.
#include "hamming/avx512_rows.h"
#include "hamming/instruction_set.h"

namespace artgen::hamming {
namespace {

constexpr int kLanes = 16;
constexpr int kQueries = 8;

std::int64_t panel_row_bytes(std::int64_t words) { return 4 * kGroupWords * groups_of(words); }

void lay_out_queries(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                     void* panel) {
  lay_out_broadcast(rows, stride, count, words, kQueries, static_cast<std::uint32_t*>(panel));
}

void lay_out_targets(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                     void* panel) {
  lay_out_lanes(rows, stride, count, words, kLanes, static_cast<std::uint32_t*>(panel));
}

// Carry of sum + x + y, given sum, x and the new sum: where sum and x agree it is their value, else it is y, which is
// then the complement of the new sum. Truth table over (sum, x, new_sum).
inline __m512i carry_of(__m512i sum, __m512i x, __m512i new_sum) {
  return _mm512_ternarylogic_epi32(sum, x, new_sum, 0b11010100);
}

inline __m512i xor_broadcast(std::uint32_t x, __m512i y) {
  return _mm512_xor_si512(_mm512_set1_epi32(static_cast<int>(x)), y);
}

// Compares the word groups [begin, end) of one group of queries with one group of targets.
inline void add_tile(const std::uint32_t* query, const std::uint32_t* target, std::int64_t word_groups, bool from_zero,
                     std::int32_t* out, std::int64_t stride) {
  const __m512i ones = _mm512_set1_epi8(1), twos = _mm512_set1_epi8(2), fours = _mm512_set1_epi8(4);
  __m512i sums[kQueries];
#pragma GCC unroll 8
  for (int row = 0; row < kQueries; ++row) {
    sums[row] = from_zero ? _mm512_setzero_si512() : _mm512_loadu_si512(out + row * stride);
  }
  for (std::int64_t group = 0; group < word_groups; ++group) {
    __m512i y[kGroupWords];
#pragma GCC unroll 7
    for (int w = 0; w < kGroupWords; ++w) y[w] = _mm512_load_si512(target + w * kLanes);
#pragma GCC unroll 8
    for (int row = 0; row < kQueries; ++row) {
      const std::uint32_t* x = query + row * kGroupWords;
      const __m512i sum1 = xor_broadcast(x[0], y[0]);
      const __m512i sum3 = xor_broadcast(x[2], y[2]);
      const __m512i carry1 = carry_of(sum1, xor_broadcast(x[1], y[1]), sum3);
      const __m512i sum5 = xor_broadcast(x[4], y[4]);
      const __m512i carry2 = carry_of(sum3, xor_broadcast(x[3], y[3]), sum5);
      const __m512i sum7 = xor_broadcast(x[6], y[6]);
      const __m512i carry3 = carry_of(sum5, xor_broadcast(x[5], y[5]), sum7);
      const __m512i carry_sum = _mm512_ternarylogic_epi32(carry1, carry2, carry3, 0x96);
      const __m512i carry_carry = _mm512_ternarylogic_epi32(carry1, carry2, carry3, 0xe8);
      sums[row] = _mm512_dpbusd_epi32(sums[row], _mm512_popcnt_epi8(sum7), ones);
      sums[row] = _mm512_dpbusd_epi32(sums[row], _mm512_popcnt_epi8(carry_sum), twos);
      sums[row] = _mm512_dpbusd_epi32(sums[row], _mm512_popcnt_epi8(carry_carry), fours);
    }
    query += kGroupWords * kQueries;
    target += kGroupWords * kLanes;
  }
#pragma GCC unroll 8
  for (int row = 0; row < kQueries; ++row) _mm512_storeu_si512(out + row * stride, sums[row]);
}

void distances(const void* query_panel, std::int64_t queries, const void* target_panel, std::int64_t targets,
               std::int64_t words, std::int32_t* out, std::int64_t stride, void*) {
  // Word groups compared at a time: a chunk of sixteen targets (10.5 KB) stays in the first cache while the queries'
  // chunks (42 KB for a block of 64) come from the second. Targets are read once for all queries.
  constexpr std::int64_t kChunk = 24;
  const std::int64_t groups = groups_of(words);
  const auto* query_words = static_cast<const std::uint32_t*>(query_panel);
  const auto* target_words = static_cast<const std::uint32_t*>(target_panel);
  for (std::int64_t begin = 0; begin < groups; begin += kChunk) {
    const std::int64_t length = groups - begin < kChunk ? groups - begin : kChunk;
    for (std::int64_t t = 0; t < targets; t += kLanes) {
      const std::uint32_t* target = target_words + (t * groups + begin * kLanes) * kGroupWords;
      for (std::int64_t q = 0; q < queries; q += kQueries) {
        const std::uint32_t* query = query_words + (q * groups + begin * kQueries) * kGroupWords;
        add_tile(query, target, length, begin == 0, out + q * stride + t, stride);
      }
    }
  }
}

}  // namespace

const InstructionSet avx512_vpopcntdq = {
    .name = "avx512_vpopcntdq",
    .query_group = kQueries,
    .target_group = kLanes,
    .query_block = 64,
    .bits_per_ns = 1200,
    .panel_row_bytes = panel_row_bytes,
    .lay_out_queries = lay_out_queries,
    .lay_out_targets = lay_out_targets,
    .distances = distances,
    .scratch_bytes = 0,
    .distance = distance_avx512,
    .common = 128,
    .window_units = {4, 8, 16},
    .histogram_window_units = {2, 4, 8},
    .look_up_ns = 0.009,
    .look_up = look_up_avx512,
    .take_sums = take_sums_avx512,
    .fill_table = fill_table_avx512,
    .nearest_haplotype = nearest_haplotype_avx512,
    .differing = count_differing_avx512,
    .select = select_avx512,
    .take_least = take_least_of_rows,
    .smallest = position_of_smallest,
};

}  // namespace artgen::hamming
