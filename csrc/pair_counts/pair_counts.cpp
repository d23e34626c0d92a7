// The table of instruction sets, best first.
#include "pair_counts/pair_counts.h"

#include "common/cpu_features.h"

namespace artgen::pair_counts {

const std::vector<Level>& levels() {
  static const std::vector<Level> table = {
#if defined(ARTGEN_FAST_X86)
      {&avx512_vpopcntdq, cpu::avx512_vpopcntdq()},
      {&avx2, cpu::avx2_bmi2()},
#endif
      {&portable, cpu::popcnt()},
  };
  return table;
}

}  // namespace artgen::pair_counts
