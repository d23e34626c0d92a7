// One layer's weights as its sums want them: a row for each unit, in blocks of 32. Inputs before and after those to
// which a block has any weight but 0 are left out of its rows, and so of its sums.
#pragma once

#include <cstdint>
#include <vector>

#include "common/aligned_buffer.h"
#include "gibbs/gibbs.h"
#include "gibbs/states.h"

namespace artgen::gibbs {

class Layer {
 public:
  // The hidden layer listens to the visible one, and the visible layer to the hidden one.
  Layer(const Machine& machine, bool hidden);

  // Laid out in three steps; blocks may be taken by several threads.
  void find_span(std::int64_t block);
  void allocate();
  void prepare(std::int64_t block);

  std::int64_t units() const { return units_; }
  std::int64_t blocks() const { return words_of(units_); }

  // Sums of a block, for some groups of chains.
  void sum(std::int64_t block, const States& states, std::int64_t first_group, std::int64_t groups,
           const InstructionSet& instructions, void* sums, void* tables) const;

  // What is to be sampled of a block once there are sums.
  Block of(std::int64_t block, const void* sums, std::uint32_t first_chain, std::int64_t groups) const;

 private:
  // In the cache, and read along W's rows, whichever way the sums want the weights.
  static constexpr std::int64_t kTileInputs = 64;
  struct Tile {
    float weights[kTileInputs][kUnits];
  };

  void set_scales(std::int64_t block, Span span);
  void read(std::int64_t block, std::int64_t input, Tile& tile) const;

  const float* weights_;
  const float* given_bias_;
  bool hidden_;
  bool fixed_point_;
  std::int64_t units_;
  std::int64_t inputs_;
  AlignedBuffer<std::int16_t> whole_;
  AlignedBuffer<float> floats_;
  std::vector<float> scale_;
  std::vector<float> bias_;
  std::vector<Span> spans_;            // of each block's inputs: its rows are as long
  std::vector<std::int64_t> offsets_;  // of each block's rows
};

}  // namespace artgen::gibbs
