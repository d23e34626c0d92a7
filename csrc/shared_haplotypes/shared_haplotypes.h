// The longest stretch of sites over which each query is identical to any target.
#pragma once

#include <cstdint>
#include <vector>

#include "common/rows.h"

namespace artgen::shared_haplotypes {

// How the work is divided. Contig c holds the sites bounds[c] … bounds[c + 1] - 1, and no stretch crosses a bound. A
// task is a part, the contigs cuts[p] … cuts[p + 1] - 1, of a chunk, the queries edges[c] … edges[c + 1] - 1. What
// comes out does not depend on cuts and edges.
struct Division {
  const std::int64_t* bounds;
  std::vector<std::int64_t> cuts;
  std::vector<std::int64_t> edges;
};

// One entry a query.
struct Longest {
  std::vector<std::int32_t> sites;       // of the longest stretch; 0 without one
  std::vector<std::int64_t> base_pairs;  // from first to last site of the stretch that is longest by distance
  std::vector<std::int64_t> begin;       // first site of the first stretch of most sites; -1 without one
  std::vector<std::int64_t> target;      // identical to the query there, of several the lowest index; -1 without one
};

// `positions` ascend within a contig. There must be a target.
Longest longest_shared(const Rows& queries, const Rows& targets, const std::int64_t* positions,
                       const Division& division, int threads);

}  // namespace artgen::shared_haplotypes
