// Sums of weights over the inputs whose state is 1, by rows of tables, as loops that each instruction set compiles for
// itself. (For floats, lookups within a register are no faster on AVX-512, and slower on AVX2.)
//
// Four inputs have 16 combinations of states, and so one of 16 sums of their weights. A table has a row for each, with
// the 32 units of a block beside each other; four bits of a chain's states choose a row, which is added to the chain's
// sums: a load and an addition a vector of units for four products each. Sums of floats are those of four weights,
// (w0 + w1) + (w2 + w3), one after the other: the same on every instruction set, bit for bit.
//
// Everything here has internal linkage: a function shared between object files of different flags could run where its
// instructions do not exist.
#pragma once

#include <cstdint>

#include "gibbs/instruction_set.h"
#include "gibbs/vectors.h"

namespace artgen::gibbs {
namespace {

constexpr int kTablesAWord = 8, kRows = 16;

// The tables of a word of inputs, and a row of sums for each chain.
constexpr std::int64_t kRowScratchBytes = std::int64_t{4} * kUnits * (kTablesAWord * kRows + kMostGroups * kLanes);

template <typename Weight, typename Sum>
struct RowSums {
  typedef Sum Vector __attribute__((vector_size(kVectorBytes)));
  static constexpr int kLength = kVectorBytes / static_cast<int>(sizeof(Sum));
  static constexpr int kVectors = static_cast<int>(kUnits) / kLength;
  using Row = Vector[kVectors];

  // Of the inputs of a word: table t is of inputs 4 t … 4 t + 3, row r of those whose bit in r is 1.
  static void make_tables(const Weight* weights, std::int64_t inputs, Row* tables) {
    Row of_input[kUnits];
    for (int unit = 0; unit < kUnits; ++unit) {
      for (int input = 0; input < kUnits; ++input) {
        of_input[input][unit / kLength][unit % kLength] = Sum(weights[unit * inputs + input]);
      }
    }
    for (int table = 0; table < kTablesAWord; ++table) {
      Row* rows = tables + table * kRows;
      const Row* w = of_input + 4 * table;
      for (int vector = 0; vector < kVectors; ++vector) {
        const Vector zero{}, a = w[0][vector], b = w[1][vector], c = w[2][vector], d = w[3][vector];
        const Vector pair[4] = {zero, a, b, a + b}, other[4] = {zero, c, d, c + d};
        for (int row = 0; row < kRows; ++row) rows[row][vector] = pair[row & 3] + other[row >> 2];
      }
    }
  }

  // Adds the products of a word of inputs to a chain's sums; begins with 0 where they are `fresh`.
  static void add(const Row* tables, std::uint32_t states, bool fresh, Row& sums) {
    Row sum;
    for (int vector = 0; vector < kVectors; ++vector) sum[vector] = fresh ? Vector{} : sums[vector];
#pragma GCC unroll 8
    for (int table = 0; table < kTablesAWord; ++table) {
      const Row& row = tables[table * kRows + (states >> (4 * table) & 15)];
#pragma GCC unroll 8
      for (int vector = 0; vector < kVectors; ++vector) sum[vector] += row[vector];
    }
    for (int vector = 0; vector < kVectors; ++vector) sums[vector] = sum[vector];
  }

  static void run(const Weight* weights, const Inputs& inputs, Sum* sums, void* scratch) {
    auto* tables = static_cast<Row*>(scratch);
    Row* of_chains = tables + kTablesAWord * kRows;
    for (std::int64_t word = 0; word < inputs.words; ++word) {
      make_tables(weights + word * kUnits, inputs.words * kUnits, tables);
      for (std::int64_t group = 0; group < inputs.groups; ++group) {
        const std::uint32_t* states = inputs.states + group * inputs.stride + word * kLanes;
        for (std::int64_t lane = 0; lane < kLanes; ++lane) {
          add(tables, states[lane], word == 0, of_chains[group * kLanes + lane]);
        }
      }
    }
    const std::int64_t chains = inputs.groups * kLanes;
    const auto* from = reinterpret_cast<const Sum*>(of_chains);
    for (std::int64_t first = 0; first < chains; first += kLanes) {
      for (std::int64_t unit = 0; unit < kUnits; ++unit) {
        for (std::int64_t chain = first; chain < first + kLanes; ++chain) {
          sums[unit * chains + chain] = from[chain * kUnits + unit];
        }
      }
    }
  }
};

}  // namespace
}  // namespace artgen::gibbs
