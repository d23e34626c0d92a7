// AVX2 and BMI2: eight targets in lanes, nibble look-ups behind a carry-save adder of seven words.
#include <immintrin.h>

#include "hamming/instruction_set.h"
#include "hamming/loops.h"

namespace artgen::hamming {
namespace {

constexpr int kLanes = 8;
constexpr int kQueries = 4;
constexpr int kByteSteps = 4;  // a group adds at most 8 · (1 + 2 + 4) = 56 to a byte: four groups fit 255

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
// then the complement of the new sum.
inline __m256i carry_of(__m256i sum, __m256i x, __m256i new_sum) {
  const __m256i differ = _mm256_xor_si256(sum, x);
  return _mm256_xor_si256(sum, _mm256_andnot_si256(_mm256_xor_si256(sum, new_sum), differ));
}

inline __m256i count_bytes(__m256i bits) {
  const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,  //
                                         0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, nibble));
  const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), nibble));
  return _mm256_add_epi8(low, high);
}

inline __m256i xor_broadcast(std::uint32_t x, __m256i y) {
  return _mm256_xor_si256(_mm256_set1_epi32(static_cast<int>(x)), y);
}

// Set bits of seven words of the query against those of eight targets, as counts in bytes (at most 56).
inline __m256i count_group(const std::uint32_t* x, const __m256i* y) {
  const __m256i first = xor_broadcast(x[0], y[0]);
  const __m256i sum3 = xor_broadcast(x[2], y[2]);
  // sum of the first two is first ^ second, so the carry of three words starts from `first` itself.
  const __m256i carry1 = carry_of(first, xor_broadcast(x[1], y[1]), sum3);
  const __m256i sum5 = xor_broadcast(x[4], y[4]);
  const __m256i carry2 = carry_of(sum3, xor_broadcast(x[3], y[3]), sum5);
  const __m256i sum7 = xor_broadcast(x[6], y[6]);
  const __m256i carry3 = carry_of(sum5, xor_broadcast(x[5], y[5]), sum7);
  const __m256i half = _mm256_xor_si256(carry1, carry2);
  const __m256i twos = _mm256_xor_si256(half, carry3);
  const __m256i fours = _mm256_or_si256(_mm256_and_si256(carry1, carry2), _mm256_and_si256(half, carry3));
  const __m256i high = _mm256_add_epi8(count_bytes(twos), _mm256_slli_epi16(count_bytes(fours), 1));
  return _mm256_add_epi8(count_bytes(sum7), _mm256_slli_epi16(high, 1));
}

void distances(const void* query_panel, std::int64_t queries, const void* target_panel, std::int64_t targets,
               std::int64_t words, std::int32_t* out, std::int64_t stride, void*) {
  constexpr std::int64_t kChunk = 32;  // groups: a target chunk of 7 KB stays in the first cache
  const std::int64_t groups = groups_of(words);
  const auto* query_words = static_cast<const std::uint32_t*>(query_panel);
  const auto* target_words = static_cast<const std::uint32_t*>(target_panel);
  const __m256i ones8 = _mm256_set1_epi8(1);
  const __m256i ones16 = _mm256_set1_epi16(1);
  for (std::int64_t begin = 0; begin < groups; begin += kChunk) {
    const std::int64_t end = groups - begin < kChunk ? groups : begin + kChunk;
    for (std::int64_t t = 0; t < targets; t += kLanes) {
      const std::uint32_t* target = target_words + t * kGroupWords * groups;
      for (std::int64_t q = 0; q < queries; q += kQueries) {
        const std::uint32_t* query = query_words + q * kGroupWords * groups;
        __m256i sums[kQueries];
        for (int row = 0; row < kQueries; ++row) {
          sums[row] = begin == 0 ? _mm256_setzero_si256()
                                 : _mm256_loadu_si256(reinterpret_cast<const __m256i*>(out + (q + row) * stride + t));
        }
        for (std::int64_t step = begin; step < end; step += kByteSteps) {
          const std::int64_t step_end = end - step < kByteSteps ? end : step + kByteSteps;
          __m256i bytes[kQueries] = {};
          for (std::int64_t group = step; group < step_end; ++group) {
            __m256i y[kGroupWords];
            for (int w = 0; w < kGroupWords; ++w) {
              y[w] = _mm256_load_si256(reinterpret_cast<const __m256i*>(target + (group * kGroupWords + w) * kLanes));
            }
            for (int row = 0; row < kQueries; ++row) {
              const std::uint32_t* x = query + (group * kQueries + row) * kGroupWords;
              bytes[row] = _mm256_add_epi8(bytes[row], count_group(x, y));
            }
          }
          for (int row = 0; row < kQueries; ++row) {
            const __m256i pairs = _mm256_maddubs_epi16(bytes[row], ones8);
            sums[row] = _mm256_add_epi32(sums[row], _mm256_madd_epi16(pairs, ones16));
          }
        }
        for (int row = 0; row < kQueries; ++row) {
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + (q + row) * stride + t), sums[row]);
        }
      }
    }
  }
}

// Thirty-two targets at a time: sixteen entries fit a shuffle.
template <int kWindows>
void look_up_shuffled(const LookUp& task) {
  const __m256i low = _mm256_set1_epi16(255);
  __m256i tables[2][kWindows];
  for (int query = 0; query < 2; ++query) {
    for (int window = 0; window < kWindows; ++window) {
      const auto* table = reinterpret_cast<const __m128i*>(task.tables[query][window]);
      tables[query][window] = _mm256_broadcastsi128_si256(_mm_loadu_si128(table));
    }
  }
  for (std::int64_t t = 0; t < task.targets; t += 32) {
    __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
#pragma GCC unroll 6
    for (int window = 0; window < kWindows; ++window) {
      const __m256i codes =
          _mm256_load_si256(reinterpret_cast<const __m256i*>(task.codes + window * task.code_stride + t));
      sums[0] = _mm256_add_epi8(sums[0], _mm256_shuffle_epi8(tables[0][window], codes));
      sums[1] = _mm256_add_epi8(sums[1], _mm256_shuffle_epi8(tables[1][window], codes));
    }
    // Even targets, then odd ones: two cheap operations where the targets' order would take shuffles.
    for (int query = 0; query < 2; ++query) {
      auto* out = reinterpret_cast<__m256i*>(task.sums[query] + t);
      _mm256_store_si256(out, _mm256_add_epi16(_mm256_load_si256(out), _mm256_and_si256(sums[query], low)));
      _mm256_store_si256(out + 1, _mm256_add_epi16(_mm256_load_si256(out + 1), _mm256_srli_epi16(sums[query], 8)));
    }
  }
}

void look_up(const LookUp& task) {
  with_constant_windows(task.windows, [&](auto windows) { look_up_shuffled<windows>(task); });
}

void take_sums(std::uint16_t* sums, std::int64_t targets, const std::int32_t* before, std::int32_t* distances) {
  for (std::int64_t t = 0; t < targets; t += 32) {
    for (int lane = 0; lane < 16; ++lane) {
      distances[t + 2 * lane] = before[t + 2 * lane] + sums[t + lane];
      distances[t + 2 * lane + 1] = before[t + 2 * lane + 1] + sums[t + 16 + lane];
    }
    std::memset(sums + t, 0, 32 * sizeof(std::uint16_t));
  }
}

}  // namespace

const InstructionSet avx2 = {
    .name = "avx2",
    .query_group = kQueries,
    .target_group = kLanes,
    .query_block = 64,
    .bits_per_ns = 400,
    .panel_row_bytes = panel_row_bytes,
    .lay_out_queries = lay_out_queries,
    .lay_out_targets = lay_out_targets,
    .distances = distances,
    .scratch_bytes = 0,
    .distance = distance_of_rows,
    .common = 16,
    .window_units = {1, 2, 3},
    .histogram_window_units = {1, 2, 3},
    .look_up_ns = 0.008,
    .look_up = look_up,
    .take_sums = take_sums,
    .fill_table = fill_table<16>,
    .nearest_haplotype = nearest_haplotype<16>,
    .differing = count_differing,
    .select = select_within_limits,
    .take_least = take_least_of_rows,
    .smallest = position_of_smallest,
};

}  // namespace artgen::hamming
