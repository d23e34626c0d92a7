// Haplotypes that are identical over a stretch of sites: in how many pairs as it grows, and which ones with which.
#pragma once

#include <cstdint>
#include <vector>

namespace artgen::identical_haplotypes {

// A panel on its side: a row of bits a site. Group g has its haplotypes from bit 64 · words[g] on, and padding up to
// the next group's.
struct Panel {
  const std::uint64_t* bits;
  std::int64_t words;
  std::int64_t groups;
  const std::int64_t* group_words;  // groups + 1
  const std::int64_t* group_sizes;
  const std::uint64_t* site(std::int64_t index) const { return bits + index * words; }
};

// From a core site among the carriers of an allele there, site by site, up to but not including `end`.
struct Walk {
  std::int64_t core;
  bool allele;
  std::int64_t end;
};

// For each walk, steps × (groups + 1) numbers: pairs of carriers that are identical from the core to each site, of all
// and without each group. A walk ends early where less than the share `least` of the core's pairs is left in every
// column that had any.
std::vector<std::vector<std::int64_t>> identical_pairs(const Panel& panel, const std::vector<Walk>& walks, double least,
                                                       int threads);

// Class of each haplotype in each window [begins[w], ends[w]), numbered by first appearance: windows × haplotypes.
void haplotype_classes(const Panel& panel, const std::int64_t* begins, const std::int64_t* ends, std::int64_t windows,
                       std::int32_t* classes, int threads);

}  // namespace artgen::identical_haplotypes
