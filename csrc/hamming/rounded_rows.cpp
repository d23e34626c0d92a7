#include "hamming/rounded_rows.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <limits>

#include "common/parallel_for.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kWindowsOfTile = 8;       // whose haplotypes stay in the nearer caches
constexpr std::int64_t kRowsAhead = 8;           // of the one that is read
constexpr std::int64_t kMostRoundedOfAWord = 8;  // an eighth of the sites
// Rows of a task, which reads the haplotypes of all windows.
constexpr std::int64_t kFewestRows = 64;
constexpr std::int64_t kMostRows = 1024;

// The alleles of `alleles` that the common haplotype has not, as 2 · site + allele.
void list_rounded(const CommonHaplotypes& common, std::int64_t window, int code, const WindowAlleles& alleles,
                  std::vector<std::uint32_t>& out) {
  for (int unit = 0; unit < common.window(window).units; ++unit) {
    const std::uint32_t own = unit_of(alleles.words, unit);
    const auto first = 32 * static_cast<std::uint32_t>(common.window(window).first + unit);
    for (std::uint32_t left = own ^ unit_of(common.haplotype(window, code), unit); left != 0; left &= left - 1) {
      const int bit = std::countr_zero(left);
      out.push_back(2 * (first + static_cast<std::uint32_t>(bit)) + ((own >> bit) & 1));
    }
  }
}

}  // namespace

bool RoundedRows::round(const Rows& rows, std::int64_t first, std::int64_t count, int threads) {
  rows_ = rows;
  first_ = first;
  count_ = count;
  padded_ = (count + kCodesOfLine - 1) / kCodesOfLine * kCodesOfLine;
  codes_.resize(static_cast<std::size_t>(common_->windows() * code_stride()));
  least_offsets_.assign(static_cast<std::size_t>(padded_), 0);

  const std::int64_t of_task = std::clamp(count / (2 * threads), kFewestRows, kMostRows);
  const std::int64_t tasks = (count + of_task - 1) / of_task;
  changed_windows_.begin(count, tasks);
  rounded_.begin(count, tasks);
  std::vector<Task> of_threads(static_cast<std::size_t>(threads));
  std::atomic<bool> few{true};
  parallel_for(threads, tasks, [&](int thread, std::int64_t at) {
    if (!few.load(std::memory_order_relaxed)) return;
    const std::int64_t begin = at * of_task, end = std::min(count, begin + of_task);
    Task& task = of_threads[static_cast<std::size_t>(thread)];
    if (!fill(begin, end, task)) few.store(false, std::memory_order_relaxed);
    const auto filled = static_cast<std::size_t>(end - begin);
    changed_windows_.take(at, begin, std::span(task.changed_windows).first(filled));
    rounded_.take(at, begin, std::span(task.rounded).first(filled));
  });
  for (std::int64_t row = 0; row < count; ++row) {
    least_offsets_[static_cast<std::size_t>(row)] = -static_cast<std::int32_t>(rounded(row).size());
  }
  return few.load(std::memory_order_relaxed);
}

bool RoundedRows::fill(std::int64_t begin, std::int64_t end, Task& task) {
  task.changed_windows.resize(static_cast<std::size_t>(kMostRows));
  task.rounded.resize(static_cast<std::size_t>(kMostRows));
  for (auto& list : task.changed_windows) list.clear();
  for (auto& list : task.rounded) list.clear();
  std::int64_t changed = 0;
  const std::int64_t most_changed = (end - begin) * rows_.words * kMostRoundedOfAWord;
  for (std::int64_t tile = 0; tile < common_->windows(); tile += kWindowsOfTile) {
    // At once: a list of sites takes many times as much memory as their bits.
    if (changed > most_changed) return false;
    const std::int64_t tile_end = std::min(common_->windows(), tile + kWindowsOfTile);
    for (std::int64_t row = begin; row < end; ++row) {
      const std::uint64_t* bits = rows_.row(first_ + row);
      if (row + kRowsAhead < end) common_->fetch(bits + kRowsAhead * rows_.words, tile, tile_end);
      for (std::int64_t window = tile; window < tile_end; ++window) {
        const WindowAlleles alleles = common_->read(bits, window);
        int code = common_->code_of(window, alleles);
        if (code < 0) {
          const auto of_task = static_cast<std::size_t>(row - begin);
          task.changed_windows[of_task].push_back(static_cast<std::int32_t>(window));
          code = 0;
          if (side_ == Side::target) {
            const NearestHaplotype nearest = common_->nearest(window, alleles);
            code = nearest.code;
            changed += nearest.distance;
            list_rounded(*common_, window, code, alleles, task.rounded[of_task]);
          }
        }
        codes_[static_cast<std::size_t>(window * code_stride() + row)] = static_cast<std::uint8_t>(code);
      }
    }
  }
  return changed <= most_changed;
}

bool RoundedRows::index_rounded_sites() {
  std::int64_t all = 0;
  for (std::int64_t row = 0; row < count_; ++row) all += static_cast<std::int64_t>(rounded(row).size());
  if (all > std::numeric_limits<std::int32_t>::max()) return false;
  sites_.assign(static_cast<std::size_t>(rows_.words), 0);
  site_begin_.assign(static_cast<std::size_t>(64 * rows_.words + 1), 0);
  offsets_from_ref_.assign(static_cast<std::size_t>(padded_), 0);
  for (std::int64_t row = 0; row < count_; ++row) {
    for (const std::uint32_t allele : rounded(row)) {
      const std::uint32_t site = allele / 2;
      ++site_begin_[site];
      sites_[site / 64] |= std::uint64_t{1} << (site % 64);
      offsets_from_ref_[static_cast<std::size_t>(row)] += (allele & 1) != 0 ? 1 : -1;
    }
  }
  // Counts become ends, and filling from the last row down turns ends into beginnings.
  std::int32_t end = 0;
  for (std::int32_t& entry : site_begin_) entry = end += entry;
  by_site_.resize(static_cast<std::size_t>(end));
  for (std::int64_t row = count_ - 1; row >= 0; --row) {
    for (const std::uint32_t allele : rounded(row)) {
      by_site_[static_cast<std::size_t>(--site_begin_[allele / 2])] =
          static_cast<std::uint16_t>(2 * row + static_cast<std::int64_t>(allele & 1));
    }
  }
  return true;
}

std::int64_t RoundedRows::add_rounded_sites(const std::uint64_t* from, std::int32_t* distances) const {
  std::int64_t steps = 0;
  for (std::int64_t word = 0; word < rows_.words; ++word) {
    for (std::uint64_t left = from[word] & sites_[static_cast<std::size_t>(word)]; left != 0; left &= left - 1) {
      const auto site = static_cast<std::size_t>(64 * word + std::countr_zero(left));
      const std::uint16_t* at = by_site_.data() + site_begin_[site];
      const std::uint16_t* end = by_site_.data() + site_begin_[site + 1];
      steps += end - at;
      do {  // at least one
        distances[*at / 2] += 2 - 4 * (*at & 1);
      } while (++at != end);
    }
  }
  return steps;
}

void QueryTables::fill(const Rows& rows, const RoundedRows& rounded, std::int64_t begin, std::int64_t end) {
  const std::int64_t windows = common_->windows(), count = end - begin;
  tables_.resize(static_cast<std::size_t>(count * table_stride()));
  own_tables_.resize(static_cast<std::size_t>(count * windows * common_->size()));
  if (cuts_.size() < static_cast<std::size_t>(count)) cuts_.resize(static_cast<std::size_t>(count));
  for (std::int64_t window = 0; window < windows; ++window) {
    const std::uint8_t* codes = rounded.codes() + window * rounded.code_stride() + begin;
    for (std::int64_t query = 0; query < count; ++query) {
      tables_[static_cast<std::size_t>(query * table_stride() + window)] = common_->table(window, codes[query]);
    }
  }
  std::uint8_t* own = own_tables_.data();
  for (std::int64_t query = 0; query < count; ++query) {
    const std::uint64_t* row = rows.row(rounded.first() + begin + query);
    std::vector<Cut>& cuts = cuts_[static_cast<std::size_t>(query)];
    cuts.clear();
    for (const std::int32_t window : rounded.changed_windows(begin + query)) {
      const WindowAlleles alleles = common_->read(row, window);
      const int largest = common_->fill_table(window, alleles.words, own);
      if (const std::uint8_t room = common_->room(window); largest > room || largest == kMostOfByte) {
        Cut& cut = cuts.emplace_back(Cut{window, {}});
        for (int code = 0; code < common_->size(); ++code) {
          own[code] = std::min(own[code], room);
          cut.distances[code] = static_cast<std::uint16_t>(common_->distance(window, alleles, code) - own[code]);
        }
      }
      tables_[static_cast<std::size_t>(query * table_stride() + window)] = own;
      own += common_->size();
    }
  }
}

std::int32_t QueryTables::cut(std::int64_t query, const std::uint8_t* codes, std::int64_t code_stride) const {
  std::int32_t distance = 0;
  for (const Cut& cut : cuts_[static_cast<std::size_t>(query)])
    distance += cut.distances[codes[cut.window * code_stride]];
  return distance;
}

void QueryTables::add_cut(std::int64_t query, const std::uint8_t* codes, std::int64_t code_stride, std::int64_t count,
                          std::int32_t* distances) const {
  for (const Cut& cut : cuts_[static_cast<std::size_t>(query)]) {
    const std::uint8_t* of_window = codes + cut.window * code_stride;
    for (std::int64_t row = 0; row < count; ++row) distances[row] += cut.distances[of_window[row]];
  }
}

}  // namespace artgen::hamming
