// Blocks of rows rounded to the common haplotypes of their windows, and tables of the rows as they are.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "common/aligned_buffer.h"
#include "hamming/common_haplotypes.h"
#include "hamming/hamming.h"
#include "hamming/row_lists.h"

namespace artgen::hamming {

enum class Side { query, target };

class RoundedRows {
 public:
  RoundedRows(Side side, const CommonHaplotypes& common) : side_(side), common_(&common) {}

  // Rounds rows [first, first + count) in the place of those before. Returns false where that changes so many sites
  // that all are better compared.
  bool round(const Rows& rows, std::int64_t first, std::int64_t count, int threads);
  // Joins the sites at which rows were rounded, for add_rounded_sites(); returns false as above.
  bool index_rounded_sites();

  std::int64_t first() const { return first_; }
  std::int64_t count() const { return count_; }
  std::int64_t padded() const { return padded_; }
  // [window][code_stride()], whole lines.
  const std::uint8_t* codes() const { return codes_.data(); }
  std::int64_t code_stride() const { return padded_ + kCodesOfLine; }
  // The windows in which a row's haplotype is not common.
  std::span<const std::int32_t> changed_windows(std::int64_t row) const { return changed_windows_.of(row); }
  // Of targets only, as all below: a row's own alleles where it was rounded, as 2 · site + allele, in the sites' order.
  std::span<const std::uint32_t> rounded(std::int64_t row) const { return rounded_.of(row); }
  // What is to be added to the distance to a rounded row for the least that the distance can be.
  const std::int32_t* least_offsets() const { return least_offsets_.data(); }

  // The same for the distance itself, of a row of REF alleles ...
  const std::int32_t* offsets_from_ref() const { return offsets_from_ref_.data(); }
  // ... and for a row: what its ALT alleles add to that. Returns the steps that this took.
  std::int64_t add_rounded_sites(const std::uint64_t* from, std::int32_t* distances) const;

 private:
  // What a task keeps of its rows until all their windows are done.
  struct Task {
    std::vector<std::vector<std::int32_t>> changed_windows;
    std::vector<std::vector<std::uint32_t>> rounded;
  };

  bool fill(std::int64_t begin, std::int64_t end, Task& task);

  Side side_;
  const CommonHaplotypes* common_;
  Rows rows_{};
  std::int64_t first_ = 0, count_ = 0, padded_ = 0;
  AlignedBuffer<std::uint8_t> codes_;
  RowLists<std::int32_t> changed_windows_;
  RowLists<std::uint32_t> rounded_;
  std::vector<std::int32_t> least_offsets_, offsets_from_ref_;
  std::vector<std::uint64_t> sites_;  // a bit for each site at which a row was rounded
  std::vector<std::int32_t> site_begin_;
  std::vector<std::uint16_t> by_site_;  // 2 · row + its allele, for each site's rounded rows
};

// A block of queries: for each window a table of the query's distances to the common haplotypes.
class QueryTables {
 public:
  explicit QueryTables(const CommonHaplotypes& common) : common_(&common) {}

  // Those of the rows [begin, end) of a block.
  void fill(const Rows& rows, const RoundedRows& rounded, std::int64_t begin, std::int64_t end);

  const std::uint8_t* const* of(std::int64_t query) const { return tables_.data() + query * table_stride(); }
  // Entries are cut to the room that a window has. What that took from the query's distance to a haplotype ...
  std::int32_t cut(std::int64_t query, const std::uint8_t* codes, std::int64_t code_stride) const;
  // ... and to each of `count` rows of codes, which it adds to their distances.
  void add_cut(std::int64_t query, const std::uint8_t* codes, std::int64_t code_stride, std::int64_t count,
               std::int32_t* distances) const;

 private:
  // A line more than the windows need: with a power of two, all queries would fall on one cache set.
  std::int64_t table_stride() const { return common_->windows() + 8; }

  const CommonHaplotypes* common_;
  std::vector<const std::uint8_t*> tables_;  // of the common haplotypes, or its own
  AlignedBuffer<std::uint8_t> own_tables_;
  struct Cut {
    std::int64_t window;
    std::uint16_t distances[kMostCommon];  // what was taken from each entry
  };
  std::vector<std::vector<Cut>> cuts_;
};

}  // namespace artgen::hamming
