// The table of instruction sets, best first.
#include "hamming/hamming.h"

#include "common/cpu_features.h"

namespace artgen::hamming {

const std::vector<Level>& levels() {
  static const std::vector<Level> table = {
#if defined(ARTGEN_FAST_X86)
#if defined(ARTGEN_FAST_EMULATE_AMX)
      {&amx_int8, cpu::avx512_vpopcntdq()},
#else
      {&amx_int8, cpu::amx_int8()},
#endif
      {&avx512_vpopcntdq, cpu::avx512_vpopcntdq()},
      {&avx2, cpu::avx2_bmi2()},
#endif
      {&portable, cpu::popcnt()},
  };
  return table;
}

}  // namespace artgen::hamming
