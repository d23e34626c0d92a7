// r² of sampled pairs of sites, of all pairs of a region, and its sums over bins of sites.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "common/aligned_buffer.h"
#include "common/parallel_for.h"
#include "pair_counts/pair_counts.h"

namespace artgen::pair_counts {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kPairsATask = 8192;
constexpr std::int64_t kTargetsTogether = 1024;  // laid out once for all queries
constexpr std::int64_t kTargetsATile = 256;      // a tile of distances stays in the second cache

std::int64_t tasks_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

std::int64_t padded(std::int64_t count, std::int64_t group) { return tasks_of(count, group) * group; }

// Allele counts as doubles, and p(n - p), each site's.
struct Moments {
  std::vector<double> carriers;
  std::vector<double> variances;

  explicit Moments(const AlleleCounts& counts, std::int64_t sites) {
    const auto n = static_cast<std::size_t>(sites);
    carriers.resize(n);
    variances.resize(n);
    for (std::size_t site = 0; site < n; ++site) {
      carriers[site] = static_cast<double>(counts.of_site[site]);
      variances[site] = carriers[site] * (static_cast<double>(counts.haplotypes) - carriers[site]);
    }
  }

  // The same with another value where a site is fixed.
  Moments with_fixed(double variance) && {
    std::replace(variances.begin(), variances.end(), 0.0, variance);
    return std::move(*this);
  }
};

// Calls visit(thread, row) with the distances of site `row.site` from the sites [row.begin, row.end), for all pairs of
// sites; with `later_only`, for those with begin > site alone.
struct TileRow {
  std::int64_t site;
  std::int64_t begin;
  R2Row values;
};

template <typename Visit>
void for_all_pairs(const Rows& bits, const AlleleCounts& counts, const Moments& moments, bool later_only,
                   const hamming::InstructionSet& tiles, int threads, const Visit& visit) {
  const std::int64_t row_bytes = tiles.panel_row_bytes(bits.words);
  AlignedBuffer<char> target_panel(static_cast<std::size_t>(row_bytes * padded(kTargetsTogether, tiles.target_group)));
  struct Scratch {
    AlignedBuffer<char> query_panel;
    AlignedBuffer<char> of_tiles;
    AlignedBuffer<std::int32_t> distances;
  };
  std::vector<Scratch> scratch(static_cast<std::size_t>(threads));
  const std::int64_t queries = padded(tiles.query_block, tiles.query_group);

  for (std::int64_t first_target = 0; first_target < bits.count; first_target += kTargetsTogether) {
    const std::int64_t targets = std::min(kTargetsTogether, bits.count - first_target);
    parallel_for(threads, tasks_of(targets, kTargetsATile), [&](int, std::int64_t task) {
      const std::int64_t begin = task * kTargetsATile;
      tiles.lay_out_targets(bits.row(first_target + begin), bits.words, std::min(kTargetsATile, targets - begin),
                            bits.words, target_panel.data() + begin * row_bytes);
    });
    const std::int64_t query_end = later_only ? first_target + targets : bits.count;
    parallel_for(threads, tasks_of(query_end, tiles.query_block), [&](int thread, std::int64_t task) {
      Scratch& own = scratch[static_cast<std::size_t>(thread)];
      own.query_panel.resize(static_cast<std::size_t>(row_bytes * queries));
      own.of_tiles.resize(static_cast<std::size_t>(tiles.scratch_bytes));
      own.distances.resize(static_cast<std::size_t>(queries * kTargetsATile));
      const std::int64_t first_query = task * tiles.query_block;
      const std::int64_t in_block = std::min<std::int64_t>(tiles.query_block, query_end - first_query);
      tiles.lay_out_queries(bits.row(first_query), bits.words, in_block, bits.words, own.query_panel.data());
      for (std::int64_t begin = 0; begin < targets; begin += kTargetsATile) {
        const std::int64_t in_tile = std::min(kTargetsATile, targets - begin);
        const std::int64_t tile_end = first_target + begin + in_tile;
        if (later_only && tile_end <= first_query + 1) continue;
        tiles.distances(own.query_panel.data(), padded(in_block, tiles.query_group),
                        target_panel.data() + begin * row_bytes, padded(in_tile, tiles.target_group), bits.words,
                        own.distances.data(), kTargetsATile, own.of_tiles.data());
        for (std::int64_t query = 0; query < in_block; ++query) {
          const std::int64_t site = first_query + query;
          const std::int64_t from = later_only ? std::max(first_target + begin, site + 1) : first_target + begin;
          if (from >= tile_end) continue;
          const auto at = static_cast<std::size_t>(site), other = static_cast<std::size_t>(from);
          visit(TileRow{
              .site = site,
              .begin = from,
              .values = {.distances = own.distances.data() + query * kTargetsATile + (from - first_target - begin),
                         .count = tile_end - from,
                         .haplotypes = static_cast<double>(counts.haplotypes),
                         .carriers = moments.carriers[at],
                         .variance = moments.variances[at],
                         .carriers_of = &moments.carriers[other],
                         .variances = &moments.variances[other]}});
        }
      }
    });
  }
}

}  // namespace

void r2(const Rows& bits, const AlleleCounts& counts, const SiteTuples& pairs, double* out,
        const InstructionSet& instructions, int threads) {
  const Moments moments = Moments(counts, bits.count).with_fixed(kNaN);
  parallel_for(threads, tasks_of(pairs.count, kPairsATask), [&](int, std::int64_t task) {
    const std::int64_t begin = task * kPairsATask;
    const std::int64_t count = std::min(kPairsATask, pairs.count - begin);
    // Here the indices are read anyway, so that they need no pass of their own through memory.
    for (const std::int64_t* sites : {pairs.first, pairs.second}) {
      if (count > 0 && instructions.largest(sites + begin, count) >= static_cast<std::uint64_t>(bits.count)) {
        throw std::out_of_range("no such site");
      }
    }
    instructions.r2_of_pairs({.bits = bits.bits,
                              .words = bits.words,
                              .haplotypes = static_cast<double>(counts.haplotypes),
                              .carriers = moments.carriers.data(),
                              .variances = moments.variances.data(),
                              .first = pairs.first + begin,
                              .second = pairs.second + begin,
                              .count = count},
                             out + begin);
  });
}

void r2_matrix(const Rows& bits, const AlleleCounts& counts, double* out, const InstructionSet& instructions,
               int threads) {
  const Moments moments = Moments(counts, bits.count).with_fixed(kNaN);
  for_all_pairs(bits, counts, moments, false, *instructions.distances, threads,
                [&](const TileRow& row) { instructions.r2_row(row.values, out + row.site * bits.count + row.begin); });
}

void r2_sums(const Rows& bits, const AlleleCounts& counts, const std::int64_t* edges, std::int64_t bins,
             std::int64_t* sums, const InstructionSet& instructions, int threads) {
  // Of a fixed site the covariance is 0: then r² counts as 0.
  const Moments moments = Moments(counts, bits.count).with_fixed(1);
  std::vector<std::int64_t> bin_of_site(static_cast<std::size_t>(bits.count));
  for (std::int64_t bin = 0; bin < bins; ++bin) {
    std::fill(bin_of_site.begin() + edges[bin], bin_of_site.begin() + edges[bin + 1], bin);
  }
  std::fill_n(sums, bins * bins, 0);
  for_all_pairs(bits, counts, moments, true, *instructions.distances, threads, [&](const TileRow& row) {
    const std::int64_t bin = bin_of_site[static_cast<std::size_t>(row.site)];
    const std::int64_t end = row.begin + row.values.count;
    R2Row part = row.values;
    for (std::int64_t begin = row.begin; begin < end; begin += part.count) {
      const std::int64_t other = bin_of_site[static_cast<std::size_t>(begin)];
      part.count = std::min(end, edges[other + 1]) - begin;
      const std::int64_t sum = instructions.r2_row_sum(part);
      std::atomic_ref<std::int64_t>(sums[bin * bins + other]).fetch_add(sum, std::memory_order_relaxed);
      part.distances += part.count;
      part.carriers_of += part.count;
      part.variances += part.count;
    }
  });
  for (std::int64_t a = 0; a < bins; ++a) {
    for (std::int64_t b = a + 1; b < bins; ++b) sums[b * bins + a] = sums[a * bins + b];
  }
}

}  // namespace artgen::pair_counts
