#include "gibbs/layer.h"

#include <algorithm>

namespace artgen::gibbs {
namespace {

// The largest sum of four weights, and so the largest weight: its parts of 8 bits, the lower one signed, fit 8 bits.
constexpr float kLargestSum = 32639.0F;
constexpr std::int64_t kSummedTogether = 4;
// A unit none of whose sums is above it has weights of 0.
constexpr float kSmallestSum = 1e-30F;

// Whole multiples of the scales that are nearest to the weights, one a unit.
void round_to_whole(const float* weights, const float* scales, std::int16_t* to) {
  for (std::int64_t unit = 0; unit < kUnits; ++unit) {
    // Adding it leaves no room for a fraction: the sum is rounded to the nearest whole number, ties to even.
    constexpr float kRound = 12582912.0F;  // 1.5 · 2^23
    const float rounded = weights[unit] / scales[unit] + kRound;
    to[unit] = static_cast<std::int16_t>(static_cast<std::int32_t>(rounded - kRound));
  }
}

// Turns a tile, so that a unit's weights are beside each other.
template <typename Weight>
void put(const Weight (*tile)[kUnits], std::int64_t inputs, Weight* to, std::int64_t row) {
  for (std::int64_t unit = 0; unit < kUnits; ++unit) {
    for (std::int64_t input = 0; input < inputs; ++input) to[unit * row + input] = tile[input][unit];
  }
}

}  // namespace

Layer::Layer(const Machine& machine, bool hidden)
    : weights_(machine.weights),
      given_bias_(hidden ? machine.hidden_bias : machine.visible_bias),
      hidden_(hidden),
      fixed_point_(machine.fixed_point),
      units_(hidden ? machine.hidden : machine.visible),
      inputs_(hidden ? machine.visible : machine.hidden) {
  const auto of_blocks = static_cast<std::size_t>(blocks()), rows = of_blocks * static_cast<std::size_t>(kUnits);
  scale_.assign(rows, 1.0F);
  bias_.assign(rows, 0.0F);
  spans_.resize(of_blocks);
  offsets_.resize(of_blocks);
}

// The words of inputs outside which all weights of the block are 0.
void Layer::find_span(std::int64_t block) {
  const std::int64_t first = block * kUnits, count = std::min(kUnits, units_ - first);
  std::int64_t begin = inputs_, end = 0;
  if (hidden_) {
    const auto any = [&](std::int64_t input) {
      const float* row = weights_ + input * units_ + first;
      return std::any_of(row, row + count, [](float weight) { return weight != 0; });
    };
    begin = 0;
    end = inputs_;
    while (begin < end && !any(begin)) ++begin;
    while (end > begin && !any(end - 1)) --end;
  } else {
    for (std::int64_t unit = first; unit < first + count; ++unit) {
      const float* row = weights_ + unit * inputs_;
      std::int64_t last = inputs_;
      while (last > end && row[last - 1] == 0) --last;
      end = last;
      std::int64_t at = 0;
      while (at < begin && row[at] == 0) ++at;
      begin = at;
    }
  }
  Span& span = spans_[static_cast<std::size_t>(block)];
  span = {0, 1};
  if (begin < end) span = {begin / kUnits, words_of(end) - begin / kUnits};
}

void Layer::allocate() {
  std::int64_t weights = 0;
  for (std::size_t block = 0; block < spans_.size(); ++block) {
    offsets_[block] = weights;
    weights += kUnits * kUnits * spans_[block].words;
  }
  if (fixed_point_) {
    whole_.resize(static_cast<std::size_t>(weights));
  } else {
    floats_.resize(static_cast<std::size_t>(weights));
  }
}

void Layer::prepare(std::int64_t block) {
  const std::int64_t first = block * kUnits, count = std::min(kUnits, units_ - first);
  const Span span = spans_[static_cast<std::size_t>(block)];
  const std::int64_t offset = offsets_[static_cast<std::size_t>(block)];
  std::copy_n(given_bias_ + first, count, bias_.data() + first);
  if (fixed_point_) set_scales(block, span);
  const std::int64_t row = span.words * kUnits, begin = span.first * kUnits, end = std::min(begin + row, inputs_);
  Tile tile;
  for (std::int64_t input = begin; input < end; input += kTileInputs) {
    read(block, input, tile);
    const std::int64_t inputs = std::min(kTileInputs, end - input), at = offset + input - begin;
    if (fixed_point_) {
      std::int16_t whole[kTileInputs][kUnits];
      for (std::int64_t of = 0; of < inputs; ++of) round_to_whole(tile.weights[of], scale_.data() + first, whole[of]);
      put(whole, inputs, whole_.data() + at, row);
    } else {
      put(tile.weights, inputs, floats_.data() + at, row);
    }
  }
}

// The weights of a block from one input on, units beside each other; those that do not exist are 0.
void Layer::read(std::int64_t block, std::int64_t input, Tile& tile) const {
  const std::int64_t first = block * kUnits, units = std::min(kUnits, units_ - first);
  const std::int64_t inputs = std::min(kTileInputs, inputs_ - input);
  if (units < kUnits || inputs < kTileInputs) tile = {};
  if (hidden_) {
    for (std::int64_t of = 0; of < inputs; ++of) {
      std::copy_n(weights_ + (input + of) * units_ + first, units, tile.weights[of]);
    }
  } else {
    for (std::int64_t unit = 0; unit < units; ++unit) {
      const float* from = weights_ + (first + unit) * inputs_ + input;
      for (std::int64_t of = 0; of < inputs; ++of) tile.weights[of][unit] = from[of];
    }
  }
}

// By a unit's scale, each sum of four weights that are looked up together fits 16 bits.
void Layer::set_scales(std::int64_t block, Span span) {
  float largest[kUnits] = {};
  Tile tile;
  const std::int64_t begin = span.first * kUnits, end = std::min(begin + span.words * kUnits, inputs_);
  for (std::int64_t input = begin; input < end; input += kTileInputs) {
    read(block, input, tile);
    for (std::int64_t of = 0; of < kTileInputs; of += kSummedTogether) {
      float positive[kUnits] = {}, negative[kUnits] = {};
      for (std::int64_t at = of; at < of + kSummedTogether; ++at) {
        for (std::int64_t unit = 0; unit < kUnits; ++unit) {
          const float weight = tile.weights[at][unit];
          positive[unit] += weight > 0 ? weight : 0;
          negative[unit] += weight < 0 ? -weight : 0;
        }
      }
      for (std::int64_t unit = 0; unit < kUnits; ++unit) {
        const float larger = positive[unit] > negative[unit] ? positive[unit] : negative[unit];
        largest[unit] = larger > largest[unit] ? larger : largest[unit];
      }
    }
  }
  float* scales = scale_.data() + block * kUnits;
  for (std::int64_t unit = 0; unit < kUnits; ++unit) {
    scales[unit] = largest[unit] > kSmallestSum ? largest[unit] / kLargestSum : 1.0F;
  }
}

void Layer::sum(std::int64_t block, const States& states, std::int64_t first_group, std::int64_t groups,
                const InstructionSet& instructions, void* sums, void* tables) const {
  const std::int64_t first = offsets_[static_cast<std::size_t>(block)];
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
