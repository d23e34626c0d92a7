// Whether a search rounds rows to common haplotypes, which ones, and in which windows.
#pragma once

#include "hamming/common_haplotypes.h"
#include "hamming/hamming.h"

namespace artgen::hamming {

struct Windows {
  CommonHaplotypes common;  // none where comparing all sites of all pairs is faster
  // Whether it is faster with the queries as targets: those are rounded, and the fewer of their sites change the
  // better.
  bool swap = false;
  // Steps along rounded sites that cost as much as comparing a pair at all sites.
  double worthwhile_steps = 0;
};

Windows choose_windows(const Search& search, const InstructionSet& instructions);

}  // namespace artgen::hamming
