// Which sites a search compares for every pair, which only when it must, and which by their carriers.
//
// Most sites of human panels are rare. With every site's minor allele as 1 (a flip changes no distance), the distance
// of two rows is the sum over three classes of sites:
//   prefix   the most variable sites, compared for every pair by the tile kernels
//   middle   compared only for pairs that may matter: until then, |count_i - count_j| bounds their share from below
//   rare     count_i + count_j - 2 · (rare alleles that both carry), exactly, by walking each rare site's carriers
// The classes only decide how fast the answer comes, so they are chosen from a sample of rows.
#pragma once

#include <cstdint>
#include <vector>

#include "hamming/hamming.h"

namespace artgen::hamming {

struct SiteClasses {
  // All sites in their own order, without masks: what a search without pruning does.
  bool dense = true;

  std::vector<std::uint64_t> flip;  // sites whose REF is the rarer allele
  std::vector<std::uint64_t> prefix;
  std::vector<std::uint64_t> middle;
  std::vector<std::uint64_t> rare;

  std::int64_t prefix_words = 0;  // words of a row's extracted sites
  std::int64_t middle_words = 0;
};

SiteClasses choose_site_classes(const Search& search, const InstructionSet& instructions);

}  // namespace artgen::hamming
