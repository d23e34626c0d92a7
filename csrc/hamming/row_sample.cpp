#include "hamming/row_sample.h"

#include <algorithm>

namespace artgen::hamming {

std::vector<std::int64_t> sampled_rows(std::int64_t count, std::int64_t wanted, std::int64_t draw) {
  const std::int64_t taken = std::min(count, wanted);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(taken));
  for (std::int64_t at = 0; at < taken; ++at) {
    const std::int64_t begin = at * count / taken, size = (at + 1) * count / taken - begin;
    const std::uint64_t mixed = static_cast<std::uint64_t>(draw * taken + at + 1) * 0x9E3779B97F4A7C15U;
    rows[static_cast<std::size_t>(at)] =
        begin + static_cast<std::int64_t>((mixed >> 32) * static_cast<std::uint64_t>(size) >> 32);
  }
  return rows;
}

}  // namespace artgen::hamming
