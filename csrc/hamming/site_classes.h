// Which sites a search compares for every pair, and how; which it compares only when it must.
//
// Most sites of human panels are rare. The distance of two rows is the sum over common and rare sites.
//   rare    exactly, as count_i + count_j - 2 · (rarer alleles that both carry), by walking each rare site's carriers
//   common  bounded from below by a sketch: sites are XORed together in groups, and the sketches' distance is at most
//           the sites'. Where two rows seldom differ at a site, little is lost: of g sites that differ with
//           probability q each, the sketch keeps (1 - (1 - 2q)^g) / 2 of g·q differences. So the most variable sites
//           keep a bit each, and the rarer a site, the more of its kind share one. The sites that share a bit lie far
//           apart, since neighbours in linkage disequilibrium would cancel.
// A pair whose bound does not exclude it is compared at the folded sites one by one.
// The classes only decide how fast the answer comes, so they are chosen from a sample of rows.
#pragma once

#include <cstdint>
#include <vector>

#include "hamming/hamming.h"

namespace artgen::hamming {

// Sites of one frequency range, folded: word w of a row adds its sites under the mask to word w % period of the sketch.
struct Fold {
  std::vector<std::uint64_t> mask;
  std::int64_t period;
};

struct SiteClasses {
  // All sites in their own order, each with a bit of its own: what a search without pruning does.
  bool dense = true;

  std::vector<SitesOfWord> single;  // sites with a bit of their own
  std::int64_t single_words = 0;
  std::vector<Fold> folds;
  std::vector<SitesOfWord> folded;  // the sites of all folds
  std::int64_t folded_words = 0;
  std::int64_t sketch_words = 0;  // the single sites', then the folds'

  std::vector<SitesOfWord> rare;
  std::vector<std::uint64_t> flip;  // sites whose REF is the rarer allele
  // Shared carriers that may be walked for a pair before comparing all sites would have cost as much.
  double most_steps_a_pair = 0;

  // Whether a distance of sketches and rare sites is the distance itself.
  bool exact() const { return folds.empty(); }
};

SiteClasses choose_site_classes(const Search& search, const InstructionSet& instructions);

// What the bound leaves out: a row's folded sites, after the folds of its sketch.
inline std::int64_t detail_words(const SiteClasses& classes) {
  return classes.exact() ? 0 : classes.sketch_words - classes.single_words + classes.folded_words;
}

// Writes the sketches of `count` rows, `stride` words apart, and their details, one after the other.
void sketch_rows(const SiteClasses& classes, const InstructionSet& instructions, const std::uint64_t* rows,
                 std::int64_t stride, std::int64_t count, std::uint64_t* sketches, std::uint64_t* details);

// What the distance of two rows exceeds their bound by.
std::int64_t hidden_distance(const SiteClasses& classes, const InstructionSet& instructions,
                             const std::uint64_t* first_details, const std::uint64_t* second_details);

}  // namespace artgen::hamming
