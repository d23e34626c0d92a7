// What a Gibbs step needs from one instruction set. Each has a file of its own with its own compile flags; gibbs.cpp
// holds the table. The functions trust their input and touch no memory but what they are given.
//
// Units come in blocks of 32, a word of their states; chains in groups of 16, the lanes of a vector:
//   states   uint32, [group of chains][word of units][16 lanes]
//   sums     int32 or float, [32 units][group of chains][16 lanes]
//   weights  int16 or float, a row for each unit of the block, `32 · words` inputs long
#pragma once

#include <cstdint>

namespace artgen::gibbs {

constexpr std::int64_t kLanes = 16;  // chains in a vector
constexpr std::int64_t kUnits = 32;  // units in a word
// Groups of chains that are summed at a time, at most: the sums of a block of units for so many, 128 KB, or twice as
// much where they are kept in two orders, stay in the second cache.
constexpr std::int64_t kMostGroups = 64;

// States that a block of units listens to: a run of words of each chain.
struct Inputs {
  const std::uint32_t* states;
  std::int64_t words;   // of each chain, at least 1
  std::int64_t stride;  // from one group of chains to the next
  std::int64_t groups;  // of chains
};

// A counter's fixed part: all that tells one uniform number from another but unit and chain.
struct Draw {
  std::uint64_t seed;
  std::uint32_t update;
  std::uint32_t sweep;
  std::uint32_t layer;
};

// A block of units to sample: P(unit = 1) = sigmoid(scale · sum + bias).
struct Block {
  const void* sums;
  bool fixed_point;         // sums are int32; else float
  const float* scale;       // of each unit
  const float* bias;        // of each unit
  std::int64_t first_unit;  // a multiple of 32
  std::uint32_t first_chain;
  std::int64_t groups;
};

struct InstructionSet {
  const char* name;

  // Σ weight · state over the inputs, for 32 units and all chains. `scratch` is `scratch_bytes` on a cache line.
  void (*sums_of_fixed_point)(const std::int16_t* weights, const Inputs& inputs, std::int32_t* sums, void* scratch);
  void (*sums_of_floats)(const float* weights, const Inputs& inputs, float* sums, void* scratch);
  std::int64_t scratch_bytes;

  // New states of the units whose bit in `free` is 1; the others keep theirs. `states` points to the block's word of
  // the first group of chains, `stride` is the distance to that of the next.
  void (*sample)(const Block& block, const Draw& draw, std::uint32_t free, std::uint32_t* states, std::int64_t stride);

  // P(unit = 1), in the place of the sums: [32 units][group of chains][16 lanes].
  void (*probabilities)(const Block& block, float* out);
};

#if defined(ARTGEN_FAST_X86)
extern const InstructionSet amx_int8;
extern const InstructionSet avx512_vpopcntdq;
extern const InstructionSet avx2;
#endif
extern const InstructionSet portable;

}  // namespace artgen::gibbs
