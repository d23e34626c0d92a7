// Gibbs chains of a restricted Boltzmann machine with binary {0, 1} units and energy -vᵀWh - aᵀv - bᵀh, on bits.
//
// A step samples h from P(h | v), then v from P(v | h): P(unit = 1) = sigmoid(bias + Σ weight · state).
//
// Contract
//   weights       W, float32, visible × hidden, row-major; all parameters finite
//   bits          of visible or hidden units: rows of uint64 words, unit j = bit j % 64 of word j / 64, padding 0
//   pinned        visible units that keep the states of `start`; their words may be skipped whole
//   uniforms      a function of (seed, update, chain, sweep, layer, unit), 32 bits; a unit is 1 where it is below its
//                 probability
//   precision     `fixed_point`: the weights of a unit are rounded to multiples of its scale, whole numbers of 16 bits,
//                 so that sums are exact, and equal whatever the order; `floats`: sums in float32
//   order         states and probabilities are the same, bit for bit, whatever the instruction set and the threads
//   limits        at most kMostInputs visible or hidden units in fixed point, or their sums could leave 32 bits
//   zeros         a block of 32 units sums only the inputs from the first to the last to which any of them has a weight
//                 but 0; the answers are the same
//   memory        both layers' weights, laid out anew (2 or 4 bytes each), and a few megabytes a thread; moments also
//                 hold a float for each row and hidden unit
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/rows.h"
#include "gibbs/instruction_set.h"

namespace artgen::gibbs {

constexpr std::int64_t kMostInputs = std::int64_t{1} << 18;

struct Machine {
  const float* weights;
  const float* visible_bias;
  const float* hidden_bias;
  std::int64_t visible;
  std::int64_t hidden;
  bool fixed_point;
};

// The whole run of some chains; `first_chain` is the number of the first row.
struct Run {
  Rows start;
  const std::uint64_t* pinned;  // a row of bits, 1 where a unit is pinned; null if none is
  std::int64_t steps;
  std::uint64_t seed;
  std::uint32_t update;
  std::uint32_t first_chain;
};

// The states after the last step: rows like those of `start`, and rows of `hidden_words` words.
void sample(const Machine& machine, const Run& run, std::uint64_t* visible, std::uint64_t* hidden,
            std::int64_t hidden_words, const InstructionSet& instructions, int threads);

// P(h = 1 | v) of each row, rows × hidden.
void hidden_probabilities(const Machine& machine, const Rows& visible, float* out, const InstructionSet& instructions,
                          int threads);

// Visible units that a hidden unit is connected to: its receptive field.
struct Field {
  std::int64_t begin;
  std::int64_t end;
};

// Means over the rows of v, of P(h = 1 | v), and of their products (visible × hidden).
struct Moments {
  double* visible;
  double* hidden;
  float* products;
};

// `fields` has one for each hidden unit; products with visible units outside are 0, and are not summed where no unit of
// a block of 32 wants them. All are wanted if it is null.
void moments(const Machine& machine, const Rows& visible, const Field* fields, const Moments& out,
             const InstructionSet& instructions, int threads);

// What an update of a training wants: moments of data, the last states of chains, and their moments, as the functions
// above give them; weights are laid out once.
void contrast(const Machine& machine, const Rows& data, const Run& run, const Field* fields, const Moments& of_data,
              const Moments& of_chains, std::uint64_t* visible, std::uint64_t* hidden, std::int64_t hidden_words,
              const InstructionSet& instructions, int threads);

struct Level {
  const InstructionSet* instructions;
  std::string reason;  // why it cannot run here; empty if it can
};

// Every instruction set of this build, best first.
const std::vector<Level>& levels();

}  // namespace artgen::gibbs
