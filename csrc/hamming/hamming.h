// Exact Hamming searches between bit-packed rows.
//
// Contract
//   rows       uint64 words, one row after the other; any number of words from 1; at most 2^32 - 1 rows a side
//   distances  fit in 31 bits: fewer than 2^25 words a row
//   ties       the lowest index wins, whatever the instruction set, the pruning and the threads
//   memory     what one block of targets and one block of queries a thread need, k keys a row, the histogram, and
//              tables of common haplotypes (choose_windows.cpp)
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "common/rows.h"
#include "hamming/instruction_set.h"

namespace artgen::hamming {

// Pruning spares comparisons of pairs that a bound puts beyond what is wanted (common_haplotypes.h). It never changes
// the answer. `on` prunes where that does not pay, too, unless too few haplotypes are common or their tables too large.
enum class Pruning { automatic, off, on };

struct Search {
  Rows queries;
  Rows targets;               // for a search within one set: the same rows
  bool within = false;        // pairs i < j of one set, each counted for both rows
  bool exclude_self = false;  // leaves out pairs (i, i) of two sets
  int query_neighbours = 0;   // targets kept for each query
  int target_neighbours = 0;  // queries kept for each target; with `within`, both are the same
  bool histogram = false;
  Pruning pruning = Pruning::automatic;
  int threads = 1;
};

// The same search with its queries as targets.
inline Search swapped(Search search) {
  std::swap(search.queries, search.targets);
  std::swap(search.query_neighbours, search.target_neighbours);
  return search;
}

struct Neighbours {
  std::vector<std::int32_t> distances;  // rows × k
  std::vector<std::int64_t> indices;
};

struct Answer {
  Neighbours of_queries;
  Neighbours of_targets;
  std::vector<std::int64_t> histogram;  // 64 · words + 1 counts
};

Answer search(const Search& search, const InstructionSet& instructions);

struct Level {
  const InstructionSet* instructions;
  std::string reason;  // why it cannot run here; empty if it can
};

// Every instruction set of this build, best first.
const std::vector<Level>& levels();

}  // namespace artgen::hamming
