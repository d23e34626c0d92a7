// A block of rows ready to be compared: its panel, its details and its rare alleles.
#pragma once

#include <cstdint>
#include <vector>

#include "common/aligned_buffer.h"
#include "hamming/hamming.h"
#include "hamming/site_classes.h"

namespace artgen::hamming {

enum class Side { query, target };

class RowBlock {
 public:
  RowBlock(Side side, const SiteClasses& classes, const InstructionSet& instructions)
      : side_(side), classes_(&classes), instructions_(&instructions) {}

  // Makes room for rows [first, first + count); fill() then prepares them, in any order and from any thread.
  void begin(const Rows& rows, std::int64_t first, std::int64_t count);
  // Prepares the rows [begin, end) of the block; begin is a multiple of the side's group.
  void fill(std::int64_t begin, std::int64_t end);
  // Joins the rare alleles of all rows into carriers by site. For targets only, after every fill(). Returns false where
  // they are not rare after all: then there are none, and all sites are to be compared.
  bool index_carriers();

  std::int64_t first() const { return first_; }
  std::int64_t count() const { return count_; }
  std::int64_t padded() const { return padded_; }
  std::int64_t panel_words() const { return classes_->dense ? rows_.words : classes_->sketch_words; }
  const std::uint8_t* panel() const { return panel_.data(); }
  const std::uint8_t* panel_at(std::int64_t row) const { return panel() + row * row_bytes_; }

  const std::int32_t* rare_counts() const { return rare_counts_.data(); }
  const std::uint64_t* details(std::int64_t row) const { return details_.data() + row * detail_words(*classes_); }
  const std::vector<std::int32_t>& rare_sites(std::int64_t row) const {
    return rare_sites_[static_cast<std::size_t>(row)];
  }
  // Targets of the block that carry a rare site's rarer allele: carriers()[carrier_begin()[site] … [site + 1]).
  const std::int32_t* carrier_begin() const { return carrier_begin_.data(); }
  const std::uint16_t* carriers() const { return carriers_.data(); }

 private:
  Side side_;
  const SiteClasses* classes_;
  const InstructionSet* instructions_;
  Rows rows_{};
  std::int64_t first_ = 0, count_ = 0, padded_ = 0, row_bytes_ = 0;
  AlignedBuffer<std::uint8_t> panel_;
  AlignedBuffer<std::uint64_t> details_;
  std::vector<std::int32_t> rare_counts_;
  std::vector<std::vector<std::int32_t>> rare_sites_;
  std::vector<std::int32_t> carrier_begin_;
  std::vector<std::uint16_t> carriers_;
};

}  // namespace artgen::hamming
