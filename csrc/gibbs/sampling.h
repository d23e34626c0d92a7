// From sums to probabilities to bits, as loops that each instruction set compiles for itself, with its own flags; the
// file that includes this has to define `multiply_wide` before. Everything here has internal linkage: a function shared
// between object files of different flags could run where its instructions do not exist.
//
// Every operation is one of IEEE 754's, in this very order and never fused (-ffp-contract=off), so that all instruction
// sets give the same bits.
//
// The uniform number of a unit has 32 bits. The upper 16 of eight units come from one call of Philox; the lower 16,
// which matter once in 65,536 times, from a second one that is made only then.
#pragma once

#include <cstdint>
#include <cstring>

#include "common/counter_rng.h"
#include "gibbs/instruction_set.h"
#include "gibbs/vectors.h"

namespace artgen::gibbs {
namespace {

constexpr std::uint32_t kLayerShift = 30, kLowerHalf = std::uint32_t{1} << 29;
constexpr int kUnitsADraw = 8;

// The counter of eight units of a chain: (units and layer, chain, sweep, update).
inline std::uint32_t first_counter(const Draw& draw, std::int64_t unit) {
  return static_cast<std::uint32_t>(unit / kUnitsADraw) | (draw.layer << kLayerShift);
}

inline PhiloxKey key_of(const Draw& draw) {
  return {static_cast<std::uint32_t>(draw.seed), static_cast<std::uint32_t>(draw.seed >> 32)};
}

// The upper halves of eight units' uniforms, for some chains: two units a word, the lower-numbered in its lower half.
inline void draw_words(const Draw& draw, std::int64_t unit, const Words& chain, Words (&random)[4]) {
  PhiloxKey key = key_of(draw);
  Words x0 = Words{} + first_counter(draw, unit), x1 = chain, x2 = Words{} + draw.sweep, x3 = Words{} + draw.update;
  for (int round = 0; round < kPhiloxRounds; ++round) {
    Words high0, low0, high1, low1;
    multiply_wide(x0, kPhiloxMultiplier0, high0, low0);
    multiply_wide(x2, kPhiloxMultiplier1, high1, low1);
    x0 = high1 ^ x1 ^ key.low;
    x1 = low1;
    x2 = high0 ^ x3 ^ key.high;
    x3 = low0;
    key.low += kPhiloxStep0;
    key.high += kPhiloxStep1;
  }
  random[0] = x0;
  random[1] = x1;
  random[2] = x2;
  random[3] = x3;
}

inline std::uint32_t lower_half(const Draw& draw, std::int64_t unit, std::uint32_t chain) {
  std::uint32_t counter[4] = {first_counter(draw, unit) | kLowerHalf, chain, draw.sweep, draw.update};
  philox(key_of(draw), counter);
  const int place = static_cast<int>(unit % kUnitsADraw);
  return (counter[place / 2] >> (16 * (place % 2))) & 0xffff;
}

// 1 / (1 + exp(-x)), at most 1 - 2^-24. exp by Cody and Waite's reduction and a polynomial of degree 7 (the
// coefficients of Cephes' expf); the error is below 1.3e-7.
inline void sigmoid(const Floats& x, Floats& probability) {
  constexpr float kRound = 12582912.0F;  // 1.5 · 2^23: adding it leaves no room for a fraction
  const Floats positive = x < 0.0F ? -x : x;
  const Floats a = positive < 87.0F ? positive : Floats{} + 87.0F;
  const Floats shifted = a * 1.44269504F + kRound;
  const Floats n = shifted - kRound;
  const Floats z = n * 0.693359375F - a + n * -2.12194440e-4F;
  Floats y = z * 1.9875691500e-4F + 1.3981999507e-3F;
  y = y * z + 8.3334519073e-3F;
  y = y * z + 4.1665795894e-2F;
  y = y * z + 1.6666665459e-1F;
  y = y * z + 5.0000001201e-1F;
  y = y * (z * z) + z + 1.0F;
  // 2^-n: the exponent in its place.
  const Integers exponent = 0x4b400000 + 127 - (Integers)shifted;
  const Floats power = (Floats)(exponent << 23);
  const Floats e = y * power;
  const Floats d = 1.0F / (e + 1.0F);
  const Floats p = x < 0.0F ? e * d : d;
  constexpr float kBelowOne = 0x1.fffffep-1F;
  probability = p < kBelowOne ? p : Floats{} + kBelowOne;
}

// Of kVectorLanes chains from `chain` on.
inline void probability_of(const Block& block, int unit, std::int64_t chain, Floats& probability) {
  const std::int64_t at = unit * block.groups * kLanes + chain;
  Floats sum;
  if (block.fixed_point) {
    Integers whole;
    std::memcpy(&whole, static_cast<const std::int32_t*>(block.sums) + at, sizeof(whole));
    sum = __builtin_convertvector(whole, Floats);
  } else {
    std::memcpy(&sum, static_cast<const float*>(block.sums) + at, sizeof(sum));
  }
  const Floats x = sum * block.scale[unit] + block.bias[unit];
  sigmoid(x, probability);
}

inline bool any(const Integers& mask) {
  std::uint64_t parts[kVectorBytes / 8];
  std::memcpy(parts, &mask, sizeof(mask));
  std::uint64_t some = 0;
  for (const std::uint64_t part : parts) some |= part;
  return some != 0;
}

constexpr float kUpperHalves = 65536.0F;

// Decides eight units of some chains where the upper half of the uniform number is that of the probability.
inline void decide_by_lower_halves(const Block& block, const Draw& draw, int first, std::int64_t chain,
                                   const Words& number, const Words (&random)[4], Words& fresh) {
  for (int place = 0; place < kUnitsADraw; ++place) {
    Floats p;
    probability_of(block, first + place, chain, p);
    for (int lane = 0; lane < kVectorLanes; ++lane) {
      const float scaled = p[lane] * kUpperHalves;
      const auto threshold = static_cast<std::int32_t>(scaled);
      if (static_cast<std::int32_t>((random[place / 2][lane] >> (16 * (place % 2))) & 0xffff) != threshold) continue;
      const auto remainder = static_cast<std::int32_t>((scaled - static_cast<float>(threshold)) * kUpperHalves);
      const std::uint32_t lower = lower_half(draw, block.first_unit + first + place, number[lane]);
      if (static_cast<std::int32_t>(lower) < remainder) fresh[lane] |= std::uint32_t{1} << (first + place);
    }
  }
}

void sample_block(const Block& block, const Draw& draw, std::uint32_t free, std::uint32_t* states,
                  std::int64_t stride) {
  Words lane;
  for (int at = 0; at < kVectorLanes; ++at) lane[at] = static_cast<std::uint32_t>(at);
  for (std::int64_t chain = 0; chain < block.groups * kLanes; chain += kVectorLanes) {
    const Words number = lane + (block.first_chain + static_cast<std::uint32_t>(chain));
    Words fresh{};
    for (int first = 0; first < kUnits; first += kUnitsADraw) {
      if (((free >> first) & 0xff) == 0) continue;
      Words random[4];
      draw_words(draw, block.first_unit + first, number, random);
      Integers some{};
      for (int place = 0; place < kUnitsADraw; ++place) {
        Floats p;
        probability_of(block, first + place, chain, p);
        const Integers threshold = __builtin_convertvector(p * kUpperHalves, Integers);
        const Integers uniform = (Integers)((random[place / 2] >> (16 * (place % 2))) & 0xffff);
        fresh |= (Words)(uniform < threshold) & (std::uint32_t{1} << (first + place));
        some |= uniform == threshold;
      }
      if (any(some)) decide_by_lower_halves(block, draw, first, chain, number, random, fresh);
    }
    std::uint32_t* at = states + chain / kLanes * stride + chain % kLanes;
    Words kept;
    std::memcpy(&kept, at, sizeof(kept));
    kept = (kept & ~free) | (fresh & free);
    std::memcpy(at, &kept, sizeof(kept));
  }
}

void probabilities_of_block(const Block& block, float* out) {
  const std::int64_t chains = block.groups * kLanes;
  for (int unit = 0; unit < kUnits; ++unit) {
    for (std::int64_t chain = 0; chain < chains; chain += kVectorLanes) {
      Floats p;
      probability_of(block, unit, chain, p);
      std::memcpy(out + unit * chains + chain, &p, sizeof(p));
    }
  }
}

}  // namespace
}  // namespace artgen::gibbs
