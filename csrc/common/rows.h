// Packed rows: site j is bit j % 64 of word j / 64.
#pragma once

#include <cstdint>

namespace artgen {

struct Rows {
  const std::uint64_t* bits;
  std::int64_t count;
  std::int64_t words;

  const std::uint64_t* row(std::int64_t index) const { return bits + index * words; }
};

}  // namespace artgen
