#include "gibbs/layer.h"

#include <algorithm>

namespace artgen::gibbs {
namespace {

// The largest sum of four weights, and so the largest weight: its parts of 8 bits, the lower one signed, fit 8 bits.
constexpr float kLargestSum = 32639.0F;
constexpr std::int64_t kSummedTogether = 4;
// A unit none of whose sums is above it has weights of 0.
constexpr float kSmallestSum = 1e-30F;

constexpr std::int64_t kInputsOfTile = 64;

}  // namespace

Layer::Layer(const Machine& machine, bool hidden)
    : weights_(machine.weights),
      given_bias_(hidden ? machine.hidden_bias : machine.visible_bias),
      hidden_(hidden),
      fixed_point_(machine.fixed_point),
      units_(hidden ? machine.hidden : machine.visible),
      inputs_(hidden ? machine.visible : machine.hidden),
      row_(words_of(inputs_) * kUnits) {
  const auto rows = static_cast<std::size_t>(blocks() * kUnits), weights = rows * static_cast<std::size_t>(row_);
  if (fixed_point_) {
    whole_.resize(weights);
  } else {
    floats_.resize(weights);
  }
  scale_.assign(rows, 1.0F);
  bias_.assign(rows, 0.0F);
  spans_.resize(static_cast<std::size_t>(blocks()));
}

// The words of inputs outside which all weights of the block are 0.
Span Layer::listened_to(std::int64_t block) const {
  const std::int64_t first = block * kUnits, count = std::min(kUnits, units_ - first);
  const auto is_zero = [](float weight) { return weight == 0; };
  std::int64_t begin = inputs_, end = 0;
  if (hidden_) {
    const auto any = [&](std::int64_t input) {
      const float* row = weights_ + input * units_ + first;
      return !std::all_of(row, row + count, is_zero);
    };
    begin = 0;
    while (begin < inputs_ && !any(begin)) ++begin;
    end = inputs_;
    while (end > begin && !any(end - 1)) --end;
  } else {
    for (std::int64_t unit = first; unit < first + count; ++unit) {
      const float* row = weights_ + unit * inputs_;
      begin = std::find_if_not(row, row + begin, is_zero) - row;
      while (end < inputs_ && !std::all_of(row + end, row + inputs_, is_zero)) ++end;
    }
  }
  if (begin >= end) return {0, 1};
  return {begin / kUnits, words_of(end) - begin / kUnits};
}

void Layer::prepare(std::int64_t block) {
  const std::int64_t first = block * kUnits, count = std::min(kUnits, units_ - first);
  const Span span = listened_to(block);
  spans_[static_cast<std::size_t>(block)] = span;
  const std::int64_t row = span.words * kUnits, from_input = span.first * kUnits;
  const std::int64_t inputs = std::min(row, inputs_ - from_input);
  std::vector<float> rows;
  float* to = floats_.data() + first * row_;
  if (fixed_point_) {
    rows.resize(static_cast<std::size_t>(kUnits * row));
    to = rows.data();
  }
  if (hidden_) {
    // W has a row for each input: taken in tiles, so that few cache lines are written at a time.
    for (std::int64_t begin = 0; begin < inputs; begin += kInputsOfTile) {
      const std::int64_t end = std::min(begin + kInputsOfTile, inputs);
      for (std::int64_t unit = 0; unit < count; ++unit) {
        const float* from = weights_ + from_input * units_ + first + unit;
        for (std::int64_t input = begin; input < end; ++input) to[unit * row + input] = from[input * units_];
      }
    }
  } else {
    for (std::int64_t unit = 0; unit < count; ++unit) {
      std::copy_n(weights_ + (first + unit) * inputs_ + from_input, inputs, to + unit * row);
    }
  }
  std::int16_t* whole = whole_.data() + first * row_;
  for (std::int64_t unit = 0; fixed_point_ && unit < count; ++unit) {
    scale_[static_cast<std::size_t>(first + unit)] = quantize(to + unit * row, row, whole + unit * row);
  }
  std::copy_n(given_bias_ + first, count, bias_.data() + first);
}

// Whole numbers in the place of a unit's weights, and the scale by which every sum of four weights that are looked up
// together fits 16 bits.
float Layer::quantize(const float* weights, std::int64_t count, std::int16_t* to) {
  float largest = 0;
  for (std::int64_t input = 0; input < count; input += kSummedTogether) {
    float positive = 0, negative = 0;
    for (std::int64_t at = input; at < input + kSummedTogether; ++at) {
      positive += std::max(weights[at], 0.0F);
      negative += std::max(-weights[at], 0.0F);
    }
    largest = std::max({largest, positive, negative});
  }
  const float scale = largest > kSmallestSum ? largest / kLargestSum : 1.0F;
  for (std::int64_t input = 0; input < count; ++input) {
    // Adding it leaves no room for a fraction: the sum is rounded to the nearest whole number, ties to even.
    constexpr float kRound = 12582912.0F;  // 1.5 · 2^23
    const float rounded = weights[input] / scale + kRound;
    to[input] = static_cast<std::int16_t>(static_cast<std::int32_t>(rounded - kRound));
  }
  return scale;
}

void Layer::sum(std::int64_t block, States& states, std::int64_t first_group, std::int64_t groups,
                const InstructionSet& instructions, void* sums, void* tables) const {
  const std::int64_t first = block * kUnits * row_;
  const Inputs inputs = states.inputs(first_group, groups, spans_[static_cast<std::size_t>(block)]);
  if (fixed_point_) {
    instructions.sums_of_fixed_point(whole_.data() + first, inputs, static_cast<std::int32_t*>(sums), tables);
  } else {
    instructions.sums_of_floats(floats_.data() + first, inputs, static_cast<float*>(sums), tables);
  }
}

Block Layer::of(std::int64_t block, const void* sums, std::uint32_t first_chain, std::int64_t groups) const {
  const auto first = static_cast<std::size_t>(block * kUnits);
  return {sums, fixed_point_, scale_.data() + first, bias_.data() + first, block * kUnits, first_chain, groups};
}

}  // namespace artgen::gibbs
