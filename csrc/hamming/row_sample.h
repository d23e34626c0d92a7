// Rows that stand for all.
#pragma once

#include <cstdint>
#include <vector>

namespace artgen::hamming {

// Draws: of the rows that haplotypes are counted in, and of those that show what they are worth, as rows of the first
// have their own to round to.
constexpr std::int64_t kForHaplotypes = 0, kForCosts = 1;

// One row of each of equal parts. Where in its part looks random: populations that take turns would be met or missed by
// every step of one length. Another draw takes mostly other rows, the more there are to choose from.
std::vector<std::int64_t> sampled_rows(std::int64_t count, std::int64_t wanted, std::int64_t draw);

}  // namespace artgen::hamming
