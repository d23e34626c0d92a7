// Any 64-bit CPU: rows of tables, chain by chain.
#include <cstdint>

#include "gibbs/instruction_set.h"
#include "gibbs/vectors.h"

namespace artgen::gibbs {
namespace {

inline void multiply_wide(const Words& x, std::uint32_t factor, Words& high, Words& low) {
  for (int lane = 0; lane < kVectorLanes; ++lane) {
    const std::uint64_t product = static_cast<std::uint64_t>(x[lane]) * factor;
    low[lane] = static_cast<std::uint32_t>(product);
    high[lane] = static_cast<std::uint32_t>(product >> 32);
  }
}

}  // namespace
}  // namespace artgen::gibbs

#include "gibbs/row_sums.h"
#include "gibbs/sampling.h"

namespace artgen::gibbs {

const InstructionSet portable = {
    .name = "portable",
    .sums_of_fixed_point = RowSums<std::int16_t, std::int32_t>::run,
    .sums_of_floats = RowSums<float, float>::run,
    .scratch_bytes = kRowScratchBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
