// Which targets share the longest stretch of observed sites with a query around each site that is hidden in it.
#pragma once

#include <cstdint>
#include <vector>

#include "common/rows.h"

namespace artgen::surrounding_stretches {

// Where the hidden sites lie among the observed ones, which are numbered from 0.
struct Layout {
  std::vector<std::int64_t> sites;   // of each observed site: its index in the panel
  std::vector<std::int64_t> before;  // observed sites + 2: hidden sites that are followed by an observed one of a lower
                                     // number than this, or by none
  // Of each contig that has hidden sites: its observed and its hidden ones, from the first to the one after the last.
  std::vector<std::int64_t> begin, end, hidden_begin, hidden_end;

  std::int64_t hidden() const { return before.back(); }
  std::int64_t words() const { return static_cast<std::int64_t>(sites.size()) / 64 + 1; }
};

// Lengths of the k longest stretches of each query and hidden site, descending, and their targets, of equally long ones
// the lowest index first: queries × hidden sites × k each. There must be k targets.
void longest_around(const Rows& queries, const Rows& targets, const Layout& layout, int k, std::int32_t* lengths,
                    std::int32_t* nearest, int threads);

}  // namespace artgen::surrounding_stretches
