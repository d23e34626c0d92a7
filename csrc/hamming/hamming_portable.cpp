// Any 64-bit CPU with a population count instruction.
#include "hamming/instruction_set.h"
#include "hamming/loops.h"

namespace artgen::hamming {
namespace {

constexpr int kTargets = 4;

std::int64_t panel_row_bytes(std::int64_t words) { return 8 * words; }

void copy_rows(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words, int group,
               void* panel) {
  auto* out = static_cast<std::uint64_t*>(panel);
  const std::int64_t padded = (count + group - 1) / group * group;
  for (std::int64_t row = 0; row < padded; ++row, out += words) {
    if (row < count) {
      std::memcpy(out, rows + row * stride, 8 * static_cast<std::size_t>(words));
    } else {
      std::memset(out, 0, 8 * static_cast<std::size_t>(words));
    }
  }
}

void lay_out_queries(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                     void* panel) {
  copy_rows(rows, stride, count, words, 1, panel);
}

void lay_out_targets(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                     void* panel) {
  copy_rows(rows, stride, count, words, kTargets, panel);
}

void distances(const void* query_panel, std::int64_t queries, const void* target_panel, std::int64_t targets,
               std::int64_t words, std::int32_t* out, std::int64_t stride, void*) {
  constexpr std::int64_t kChunk = 128;  // words: four target chunks and a query chunk fit the first cache
  const auto* query_rows = static_cast<const std::uint64_t*>(query_panel);
  const auto* target_rows = static_cast<const std::uint64_t*>(target_panel);
  for (std::int64_t begin = 0; begin < words; begin += kChunk) {
    const std::int64_t length = words - begin < kChunk ? words - begin : kChunk;
    for (std::int64_t t = 0; t < targets; t += kTargets) {
      const std::uint64_t* target = target_rows + t * words + begin;
      for (std::int64_t q = 0; q < queries; ++q) {
        const std::uint64_t* query = query_rows + q * words + begin;
        std::int32_t* row = out + q * stride + t;
        std::int64_t sums[kTargets] = {};
        for (std::int64_t w = 0; w < length; ++w) {
          for (int lane = 0; lane < kTargets; ++lane) {
            sums[lane] += __builtin_popcountll(query[w] ^ target[lane * words + w]);
          }
        }
        for (int lane = 0; lane < kTargets; ++lane) {
          row[lane] = (begin == 0 ? 0 : row[lane]) + static_cast<std::int32_t>(sums[lane]);
        }
      }
    }
  }
}

void look_up(const LookUp& task) {
  with_constant_windows(task.windows, [&](auto windows) { look_up_windows<windows>(task); });
}

}  // namespace

const InstructionSet portable = {
    .name = "portable",
    .query_group = 1,
    .target_group = kTargets,
    .query_block = 64,
    .bits_per_ns = 200,
    .panel_row_bytes = panel_row_bytes,
    .lay_out_queries = lay_out_queries,
    .lay_out_targets = lay_out_targets,
    .distances = distances,
    .scratch_bytes = 0,
    .distance = distance_of_rows,
    .common = 128,
    .window_units = {4, 8, 16},
    .histogram_window_units = {2, 4, 8},
    .look_up_ns = 0.7,
    .look_up = look_up,
    .take_sums = take_ordered_sums,
    .fill_table = fill_table<128>,
    .nearest_haplotype = nearest_haplotype<128>,
    .differing = count_differing,
    .select = select_within_limits,
    .take_least = take_least_of_rows,
    .smallest = position_of_smallest,
};

}  // namespace artgen::hamming
