// Counts of single sites and of tuples of sites, and the turning of panels between haplotype-major and site-major.
#include <algorithm>
#include <bit>
#include <cstring>

#include "common/aligned_buffer.h"
#include "common/parallel_for.h"
#include "pair_counts/pair_counts.h"

namespace artgen::pair_counts {
namespace {

constexpr std::int64_t kTuplesATask = 4096;
constexpr std::int64_t kSitesATask = 256;
constexpr std::int64_t kRowsATask = 1024;

std::int64_t tasks_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

// A row of one line for each bit of a tile: the words [word, word + 8) of the rows that the bits come from.
void gather_tile(const Rows& rows, const std::int64_t* row_of_bit, std::int64_t word, std::uint64_t* tile) {
  constexpr std::int64_t kAhead = 16;
  const std::int64_t words = std::min(kLineWords, rows.words - word);
  for (std::int64_t bit = 0; bit < kTileSide; ++bit) {
    if (bit + kAhead < kTileSide && row_of_bit[bit + kAhead] >= 0) {
      __builtin_prefetch(rows.row(row_of_bit[bit + kAhead]) + word);
    }
    std::uint64_t* line = tile + bit * kLineWords;
    std::memset(line, 0, kLineWords * sizeof(std::uint64_t));
    if (row_of_bit[bit] >= 0) {
      std::memcpy(line, rows.row(row_of_bit[bit]) + word, static_cast<std::size_t>(words) * sizeof(std::uint64_t));
    }
  }
}

}  // namespace

void transpose(const Rows& rows, std::int64_t columns, const std::int64_t* row_of_bit, std::int64_t out_words,
               std::uint64_t* out, const InstructionSet& instructions, int threads) {
  constexpr std::size_t kTileWords = kTileSide * kLineWords;
  std::vector<AlignedBuffer<std::uint64_t>> tiles(static_cast<std::size_t>(threads));
  // A strip of 512 columns a task, so that the lines of its rows of `out` are written one after the other.
  parallel_for(threads, tasks_of(columns, kTileSide), [&](int thread, std::int64_t strip) {
    AlignedBuffer<std::uint64_t>& scratch = tiles[static_cast<std::size_t>(thread)];
    scratch.resize(2 * kTileWords);
    std::uint64_t* gathered = scratch.data();
    std::uint64_t* turned = gathered + kTileWords;
    const std::int64_t first = strip * kTileSide;
    const std::int64_t length = std::min(kTileSide, columns - first);
    for (std::int64_t line = 0; line < out_words; line += kLineWords) {
      gather_tile(rows, row_of_bit + 64 * line, first / 64, gathered);
      instructions.transpose_tile(gathered, turned);
      for (std::int64_t column = 0; column < length; ++column) {
        std::memcpy(out + (first + column) * out_words + line, turned + column * kLineWords,
                    kLineWords * sizeof(std::uint64_t));
      }
    }
  });
}

void allele_counts(const Rows& rows, std::int64_t* counts, const InstructionSet& instructions, int threads) {
  std::vector<AlignedBuffer<std::uint64_t>> planes(static_cast<std::size_t>(threads));
  const auto n_planes =
      kCarries + std::max<std::int64_t>(kLowPlanes, std::bit_width(static_cast<std::uint64_t>(rows.count)));
  // Where there are fewer strips of columns than threads, rows are shared out as well, and their counts added.
  const std::int64_t strips = tasks_of(rows.words, kCountedWords);
  if (strips == 0) return;
  const std::int64_t parts = std::clamp<std::int64_t>(tasks_of(rows.count, kRowsATask), 1, tasks_of(threads, strips));
  std::vector<AlignedBuffer<std::int64_t>> of_parts(static_cast<std::size_t>(parts > 1 ? strips * parts : 0));
  parallel_for(threads, strips * parts, [&](int thread, std::int64_t task) {
    AlignedBuffer<std::uint64_t>& scratch = planes[static_cast<std::size_t>(thread)];
    scratch.resize(static_cast<std::size_t>(n_planes * kPlaneWords));
    const std::int64_t word = task / parts * kCountedWords, part = task % parts;
    const std::int64_t words = std::min(kCountedWords, rows.words - word);
    const std::int64_t in_lines = words / kLineWords * kLineWords;
    const std::int64_t begin = part * rows.count / parts, end = (part + 1) * rows.count / parts;
    std::int64_t* to = counts + 64 * word;
    if (parts > 1) {
      of_parts[static_cast<std::size_t>(task)].resize(static_cast<std::size_t>(64 * words));
      to = of_parts[static_cast<std::size_t>(task)].data();
    }
    instructions.count_columns(rows.row(begin) + word, rows.words, end - begin, in_lines, scratch.data(), to);
    // Rows of an array need not be whole lines, as those of a panel are.
    std::fill(to + 64 * in_lines, to + 64 * words, 0);
    for (std::int64_t row = begin; row < end; ++row) {
      for (std::int64_t w = in_lines; w < words; ++w) {
        for (int bit = 0; bit < 64; ++bit) to[64 * w + bit] += (rows.row(row)[word + w] >> bit) & 1;
      }
    }
  });
  if (parts == 1) return;
  std::fill_n(counts, 64 * rows.words, 0);
  for (std::int64_t task = 0; task < strips * parts; ++task) {
    const std::int64_t word = task / parts * kCountedWords;
    const std::int64_t* of_part = of_parts[static_cast<std::size_t>(task)].data();
    for (std::int64_t column = 0; column < 64 * std::min(kCountedWords, rows.words - word); ++column) {
      counts[64 * word + column] += of_part[column];
    }
  }
}

void site_counts(const Rows& bits, const Groups& groups, std::int32_t* counts, const InstructionSet& instructions,
                 int threads) {
  parallel_for(threads, tasks_of(bits.count, kSitesATask), [&](int, std::int64_t task) {
    const std::int64_t end = std::min(bits.count, (task + 1) * kSitesATask);
    for (std::int64_t site = task * kSitesATask; site < end; ++site) {
      for (std::int64_t group = 0; group < groups.count; ++group) {
        const std::int64_t word = groups.first_words[group];
        counts[site * groups.count + group] =
            static_cast<std::int32_t>(instructions.count(bits.row(site) + word, groups.first_words[group + 1] - word));
      }
    }
  });
}

void joint_counts(const Rows& bits, const Groups& groups, const SiteTuples& tuples, std::int32_t* counts,
                  const InstructionSet& instructions, int threads) {
  std::vector<std::vector<std::uint64_t>> both(static_cast<std::size_t>(threads));
  parallel_for(threads, tasks_of(tuples.count, kTuplesATask), [&](int thread, std::int64_t task) {
    std::vector<std::uint64_t>& shared = both[static_cast<std::size_t>(thread)];
    if (tuples.third != nullptr) shared.resize(static_cast<std::size_t>(bits.words));
    const std::int64_t end = std::min(tuples.count, (task + 1) * kTuplesATask);
    for (std::int64_t tuple = task * kTuplesATask; tuple < end; ++tuple) {
      const std::uint64_t* first = bits.row(tuples.first[tuple]);
      const std::uint64_t* last = bits.row(tuples.second[tuple]);
      if (tuples.third != nullptr) {
        for (std::int64_t w = 0; w < bits.words; ++w) shared[static_cast<std::size_t>(w)] = first[w] & last[w];
        first = shared.data();
        last = bits.row(tuples.third[tuple]);
      }
      for (std::int64_t group = 0; group < groups.count; ++group) {
        const std::int64_t word = groups.first_words[group];
        counts[tuple * groups.count + group] = static_cast<std::int32_t>(
            instructions.count_both(first + word, last + word, groups.first_words[group + 1] - word));
      }
    }
  });
}

}  // namespace artgen::pair_counts
