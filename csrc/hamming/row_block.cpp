#include "hamming/row_block.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace artgen::hamming {
namespace {

constexpr std::int64_t kMostCarriers = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostCarriersAWord = 8;  // an eighth of the bits; a site is rare up to a tenth of the rows

}  // namespace

void RowBlock::begin(const Rows& rows, std::int64_t first, std::int64_t count) {
  const std::int64_t group = side_ == Side::query ? instructions_->query_group : instructions_->target_group;
  rows_ = rows;
  first_ = first;
  count_ = count;
  padded_ = (count + group - 1) / group * group;
  row_bytes_ = instructions_->panel_row_bytes(panel_words());
  panel_.resize(static_cast<std::size_t>(padded_ * row_bytes_));
  if (classes_->dense) return;
  details_.resize(static_cast<std::size_t>(count * detail_words(*classes_)));
  const auto rows_size = static_cast<std::size_t>(padded_);
  rare_counts_.assign(rows_size, 0);
  if (rare_sites_.size() < rows_size) rare_sites_.resize(rows_size);
}

void RowBlock::fill(std::int64_t begin, std::int64_t end) {
  const auto lay_out = side_ == Side::query ? instructions_->lay_out_queries : instructions_->lay_out_targets;
  std::uint8_t* panel = panel_.data() + begin * row_bytes_;
  if (classes_->dense) {
    lay_out(rows_.row(first_ + begin), rows_.words, end - begin, rows_.words, panel);
    return;
  }
  const std::int64_t sketch_words = classes_->sketch_words;
  std::vector<std::uint64_t> sketches(static_cast<std::size_t>((end - begin) * sketch_words));
  sketch_rows(*classes_, *instructions_, rows_.row(first_ + begin), rows_.words, end - begin, sketches.data(),
              details_.data() + begin * detail_words(*classes_));
  std::vector<std::int32_t> sites_of_row(64 * classes_->rare.size() + 1);
  for (std::int64_t row = begin; row < end; ++row) {
    const std::uint64_t* bits = rows_.row(first_ + row);
    std::size_t found = 0;
    for (const SitesOfWord& rare : classes_->rare) {
      std::uint64_t left = (bits[rare.word] ^ classes_->flip[static_cast<std::size_t>(rare.word)]) & rare.mask;
      // Most words hold no rare allele or one: the first is written without a branch.
      sites_of_row[found] = 64 * rare.word + std::countr_zero(left);
      found += left != 0;
      for (left &= left - 1; left != 0; left &= left - 1)
        sites_of_row[found++] = 64 * rare.word + std::countr_zero(left);
    }
    rare_sites_[static_cast<std::size_t>(row)].assign(sites_of_row.data(), sites_of_row.data() + found);
    rare_counts_[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(found);
  }
  lay_out(sketches.data(), sketch_words, end - begin, sketch_words, panel);
}

bool RowBlock::index_carriers() {
  std::int64_t total = 0;
  for (std::int64_t row = 0; row < count_; ++row) total += rare_counts_[static_cast<std::size_t>(row)];
  if (total > std::min<std::int64_t>(kMostCarriers, count_ * rows_.words * kMostCarriersAWord)) return false;
  carrier_begin_.assign(static_cast<std::size_t>(64 * rows_.words + 1), 0);
  for (std::int64_t row = 0; row < count_; ++row) {
    for (const std::int32_t site : rare_sites(row)) ++carrier_begin_[static_cast<std::size_t>(site)];
  }
  // Counts become ends, and filling from the last row down turns ends into beginnings.
  std::int32_t end = 0;
  for (std::int32_t& entry : carrier_begin_) entry = end += entry;
  carriers_.resize(static_cast<std::size_t>(total));
  for (std::int64_t row = count_ - 1; row >= 0; --row) {
    for (const std::int32_t site : rare_sites(row)) {
      carriers_[static_cast<std::size_t>(--carrier_begin_[static_cast<std::size_t>(site)])] =
          static_cast<std::uint16_t>(row);
    }
  }
  return true;
}

}  // namespace artgen::hamming
