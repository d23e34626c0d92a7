// Allele counts of sites, of pairs and triplets of sites, and of windows of sites; r² of pairs.
//
// Contract
//   site-major bits  row j holds the alleles of site j, one bit a haplotype, padded with zero bits to 64 bytes; fastest
//                    where rows begin on cache lines; groups of haplotypes begin at whole words
//   counts           exact; at most kMaxHaplotypes haplotypes, so that products of two counts are exact doubles
//   r²               (n·n11 - p·q)² / (p(n - p)·q(n - q)) from whole numbers, rounded in the same places on every
//                    instruction set; NaN where a site is fixed
//   memory           what is returned, and a few tiles a thread
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/rows.h"
#include "pair_counts/instruction_set.h"

namespace artgen::pair_counts {

constexpr std::int64_t kMaxHaplotypes = std::int64_t{1} << 26;

struct Groups {
  const std::int64_t* first_words;  // group g lies in words first_words[g] … first_words[g + 1] - 1
  std::int64_t count;
};

// Indices of sites, `count` of each; `third` may be null.
struct SiteTuples {
  const std::int64_t* first;
  const std::int64_t* second;
  const std::int64_t* third;
  std::int64_t count;
};

// What r² needs of a panel besides its site-major bits.
struct AlleleCounts {
  const std::int64_t* of_site;
  std::int64_t haplotypes;
};

// out[j] (`out_words` words a row) has as bit b the bit j of row row_of_bit[b], or 0 where that is -1.
void transpose(const Rows& rows, std::int64_t columns, const std::int64_t* row_of_bit, std::int64_t out_words,
               std::uint64_t* out, const InstructionSet& instructions, int threads);

// counts[j] is the number of rows whose bit j is set, of all bits of a row.
void allele_counts(const Rows& rows, std::int64_t* counts, const InstructionSet& instructions, int threads);

// counts[site * groups + group] of site-major bits.
void site_counts(const Rows& bits, const Groups& groups, std::int32_t* counts, const InstructionSet& instructions,
                 int threads);

// counts[tuple * groups + group]: haplotypes with a 1 at both or all three sites.
void joint_counts(const Rows& bits, const Groups& groups, const SiteTuples& tuples, std::int32_t* counts,
                  const InstructionSet& instructions, int threads);

// Throws std::out_of_range where an index is no site.
void r2(const Rows& bits, const AlleleCounts& counts, const SiteTuples& pairs, double* out,
        const InstructionSet& instructions, int threads);

// out[a * sites + b].
void r2_matrix(const Rows& bits, const AlleleCounts& counts, double* out, const InstructionSet& instructions,
               int threads);

// Sum of r² in units of 2^-30 over the pairs of different varying sites of bins a and b, at sums[a * bins + b] and
// sums[b * bins + a]. Bin b holds the sites edges[b] … edges[b + 1] - 1.
void r2_sums(const Rows& bits, const AlleleCounts& counts, const std::int64_t* edges, std::int64_t bins,
             std::int64_t* sums, const InstructionSet& instructions, int threads);

struct Windows {
  int sites;           // of each window, 1 … 16
  std::int64_t first;  // window w holds the sites w · sites … (w + 1) · sites - 1
  std::int64_t count;
};

// counts[(window * groups + group) << sites | motif] of haplotype-major rows; the rows of group g are
// rows_by_group[group_ends[g - 1]] … rows_by_group[group_ends[g] - 1].
void motif_counts(const Rows& rows, const Windows& windows, const std::int64_t* rows_by_group,
                  const std::int64_t* group_ends, std::int64_t groups, std::int32_t* counts, int threads);

struct Level {
  const InstructionSet* instructions;
  std::string reason;  // why it cannot run here; empty if it can
};

// Every instruction set of this build, best first.
const std::vector<Level>& levels();

}  // namespace artgen::pair_counts
