#include "hamming/row_block.h"

#include <algorithm>
#include <bit>

namespace artgen::hamming {

void RowBlock::begin(const Rows& rows, std::int64_t first, std::int64_t count) {
  const std::int64_t group = side_ == Side::query ? instructions_->query_group : instructions_->target_group;
  rows_ = rows;
  first_ = first;
  count_ = count;
  padded_ = (count + group - 1) / group * group;
  row_bytes_ = instructions_->panel_row_bytes(panel_words());
  panel_.resize(static_cast<std::size_t>(padded_ * row_bytes_));
  if (classes_->dense) return;
  chunks_ = (classes_->middle_words + kMiddleChunkWords - 1) / kMiddleChunkWords;
  middle_.resize(static_cast<std::size_t>(count * classes_->middle_words));
  const auto rows_size = static_cast<std::size_t>(padded_);
  rare_counts_.assign(rows_size, 0);
  middle_counts_.assign(rows_size, 0);
  suffixes_.assign(static_cast<std::size_t>(count * (chunks_ + 1)), 0);
  if (rare_sites_.size() < rows_size) rare_sites_.resize(rows_size);
}

void RowBlock::fill(std::int64_t begin, std::int64_t end) {
  const auto lay_out = side_ == Side::query ? instructions_->lay_out_queries : instructions_->lay_out_targets;
  std::uint8_t* panel = panel_.data() + begin * row_bytes_;
  if (classes_->dense) {
    lay_out(rows_.row(first_ + begin), rows_.words, end - begin, rows_.words, panel);
    return;
  }
  const std::int64_t prefix_words = classes_->prefix_words;
  std::vector<std::uint64_t> prefix(static_cast<std::size_t>((end - begin) * prefix_words));
  for (std::int64_t row = begin; row < end; ++row) {
    const std::uint64_t* bits = rows_.row(first_ + row);
    const auto extract = [&](const std::vector<std::uint64_t>& mask, std::uint64_t* out) {
      instructions_->extract(bits, classes_->flip.data(), mask.data(), rows_.words, out);
    };
    extract(classes_->prefix, prefix.data() + (row - begin) * prefix_words);
    if (classes_->middle_words > 0) {
      std::uint64_t* middle = middle_.data() + row * classes_->middle_words;
      extract(classes_->middle, middle);
      std::int32_t* suffixes = suffixes_.data() + row * (chunks_ + 1);
      for (std::int64_t chunk = chunks_ - 1; chunk >= 0; --chunk) {
        const std::int64_t from = chunk * kMiddleChunkWords;
        const std::int64_t length = std::min(kMiddleChunkWords, classes_->middle_words - from);
        suffixes[chunk] = suffixes[chunk + 1] + static_cast<std::int32_t>(instructions_->count(middle + from, length));
      }
      middle_counts_[static_cast<std::size_t>(row)] = suffixes[0];
    }
    std::vector<std::int32_t>& sites = rare_sites_[static_cast<std::size_t>(row)];
    sites.clear();
    for (std::int64_t w = 0; w < rows_.words; ++w) {
      const auto word = static_cast<std::size_t>(w);
      for (std::uint64_t left = (bits[w] ^ classes_->flip[word]) & classes_->rare[word]; left != 0; left &= left - 1) {
        sites.push_back(static_cast<std::int32_t>(64 * w + std::countr_zero(left)));
      }
    }
    rare_counts_[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(sites.size());
  }
  lay_out(prefix.data(), prefix_words, end - begin, prefix_words, panel);
}

void RowBlock::index_carriers() {
  carrier_begin_.assign(static_cast<std::size_t>(64 * rows_.words + 1), 0);
  std::size_t total = 0;
  for (std::int64_t row = 0; row < count_; ++row) {
    for (const std::int32_t site : rare_sites(row)) ++carrier_begin_[static_cast<std::size_t>(site)];
    total += rare_sites(row).size();
  }
  // Counts become ends, and filling from the last row down turns ends into beginnings.
  std::int32_t end = 0;
  for (std::int32_t& entry : carrier_begin_) entry = end += entry;
  carriers_.resize(total);
  for (std::int64_t row = count_ - 1; row >= 0; --row) {
    for (const std::int32_t site : rare_sites(row)) {
      carriers_[static_cast<std::size_t>(--carrier_begin_[static_cast<std::size_t>(site)])] =
          static_cast<std::uint16_t>(row);
    }
  }
}

}  // namespace artgen::hamming
