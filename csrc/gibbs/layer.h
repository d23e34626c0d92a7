// One layer's weights as its sums want them: a row for each unit, in blocks of 32.
#pragma once

#include <cstdint>
#include <vector>

#include "common/aligned_buffer.h"
#include "gibbs/gibbs.h"

namespace artgen::gibbs {

constexpr std::int64_t words_of(std::int64_t units) { return (units + kUnits - 1) / kUnits; }

class Layer {
 public:
  // The hidden layer listens to the visible one, and the visible layer to the hidden one.
  Layer(const Machine& machine, bool hidden);

  // Fills in the weights of a block; blocks may be filled by several threads.
  void prepare(std::int64_t block);

  std::int64_t units() const { return units_; }
  std::int64_t blocks() const { return words_of(units_); }

  // Sums of a block, for the inputs' chains.
  void sum(std::int64_t block, const Inputs& inputs, const InstructionSet& instructions, void* sums,
           void* tables) const;

  // What is to be sampled of a block once there are sums.
  Block of(std::int64_t block, const void* sums, std::uint32_t first_chain, std::int64_t groups) const;

 private:
  void quantize(const float* weights, std::int64_t unit);

  const float* weights_;
  const float* given_bias_;
  bool hidden_;
  bool fixed_point_;
  std::int64_t units_;
  std::int64_t inputs_;
  std::int64_t row_;  // weights of a unit, with padding
  AlignedBuffer<std::int16_t> whole_;
  AlignedBuffer<float> floats_;
  std::vector<float> scale_;
  std::vector<float> bias_;
};

}  // namespace artgen::gibbs
