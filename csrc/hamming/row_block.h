// A block of rows laid out to be compared at all sites.
#pragma once

#include <cstdint>

#include "common/aligned_buffer.h"
#include "hamming/hamming.h"
#include "hamming/side.h"

namespace artgen::hamming {

class RowBlock {
 public:
  RowBlock(Side side, const InstructionSet& instructions) : side_(side), instructions_(&instructions) {}

  // Makes room for rows [first, first + count); fill() then lays them out, in any order and from any thread.
  void begin(const Rows& rows, std::int64_t first, std::int64_t count);
  // Lays out the rows [begin, end) of the block; begin is a multiple of the side's group.
  void fill(std::int64_t begin, std::int64_t end);

  std::int64_t padded() const { return padded_; }
  const std::uint8_t* panel() const { return panel_.data(); }
  const std::uint8_t* panel_at(std::int64_t row) const { return panel() + row * row_bytes_; }

 private:
  Side side_;
  const InstructionSet* instructions_;
  Rows rows_{};
  std::int64_t first_ = 0, padded_ = 0, row_bytes_ = 0;
  AlignedBuffer<std::uint8_t> panel_;
};

}  // namespace artgen::hamming
