// What a search by look-ups is expected to take.
#pragma once

#include <cstdint>

#include "hamming/common_haplotypes.h"
#include "hamming/hamming.h"

namespace artgen::hamming {

// Rounded from profiles on one Zen 4 core, not fitted; they only steer the choice of windows.
constexpr double kCodeNs = 7;            // rounding a row in a window where its haplotype is common
constexpr double kVerifiedSiteNs = 0.8;  // a rounded site of a pair that its bound lets pass
constexpr double kStepNs = 2;            // a step along the rounded sites, where all distances are wanted

// Expected time of one pair, in ns, from a sample of pairs.
double ns_a_pair(const Search& search, const InstructionSet& instructions, const CommonHaplotypes& common);

}  // namespace artgen::hamming
