// Motifs of windows of sites. Bound by one read-modify-write a row and window, which no instruction set makes faster.
#include <algorithm>

#include "common/parallel_for.h"
#include "pair_counts/pair_counts.h"

namespace artgen::pair_counts {

void motif_counts(const Rows& rows, const Windows& windows, const std::int64_t* rows_by_group,
                  const std::int64_t* group_ends, std::int64_t groups, std::int32_t* counts, int threads) {
  const int k = windows.sites;
  const std::uint64_t mask = (std::uint64_t{1} << k) - 1;
  const std::int64_t motifs = std::int64_t{1} << k;
  // As many windows a task as keep their tables of one group in the second cache, but at least a word's.
  const std::int64_t windows_a_task = std::max<std::int64_t>(64 / k, (std::int64_t{1} << 17) / motifs);
  const std::int64_t tasks = (windows.count + windows_a_task - 1) / windows_a_task;
  std::fill_n(counts, windows.count * groups * motifs, 0);
  parallel_for(threads, tasks, [&](int, std::int64_t task) {
    const std::int64_t begin = task * windows_a_task;
    const std::int64_t end = std::min(windows.count, begin + windows_a_task);
    std::int64_t at = 0;
    for (std::int64_t group = 0; group < groups; ++group) {
      for (; at < group_ends[group]; ++at) {
        const std::uint64_t* row = rows.row(rows_by_group[at]);
        std::int32_t* table = counts + ((begin * groups + group) << k);
        auto bit = static_cast<std::uint64_t>((windows.first + begin) * k);
        for (std::int64_t window = begin; window < end; ++window, bit += static_cast<std::uint64_t>(k)) {
          const auto shift = static_cast<unsigned>(bit % 64);
          std::uint64_t motif = row[bit / 64] >> shift;
          if (shift + static_cast<unsigned>(k) > 64) motif |= row[bit / 64 + 1] << (64 - shift);
          ++table[motif & mask];
          table += groups << k;
        }
      }
    }
  });
}

}  // namespace artgen::pair_counts
