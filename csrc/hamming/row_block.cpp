#include "hamming/row_block.h"

namespace artgen::hamming {

void RowBlock::begin(const Rows& rows, std::int64_t first, std::int64_t count) {
  const std::int64_t group = side_ == Side::query ? instructions_->query_group : instructions_->target_group;
  rows_ = rows;
  first_ = first;
  padded_ = (count + group - 1) / group * group;
  row_bytes_ = instructions_->panel_row_bytes(rows.words);
  panel_.resize(static_cast<std::size_t>(padded_ * row_bytes_));
}

void RowBlock::fill(std::int64_t begin, std::int64_t end) {
  const auto lay_out = side_ == Side::query ? instructions_->lay_out_queries : instructions_->lay_out_targets;
  lay_out(rows_.row(first_ + begin), rows_.words, end - begin, rows_.words, panel_.data() + begin * row_bytes_);
}

}  // namespace artgen::hamming
