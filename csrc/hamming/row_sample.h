// Rows that stand for all.
#pragma once

#include <cstdint>
#include <vector>

namespace artgen::hamming {

// One row of each of equal parts. Where in its part looks random: populations that take turns would be met or missed by
// every step of one length. Another draw takes other rows of the parts, as far as they have several.
std::vector<std::int64_t> sampled_rows(std::int64_t count, std::int64_t wanted, std::int64_t draw = 0);

}  // namespace artgen::hamming
