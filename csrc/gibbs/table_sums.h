// Sums of weights over the inputs whose state is 1, by tables, as loops that each instruction set compiles for itself.
//
// Four inputs have 16 combinations of states, and so one of 16 sums of their weights. These are tabled once for all
// chains, and looked up by four bits of a chain's states: one lookup and one addition for four products, and nothing is
// unpacked. Sums of floats are those of four weights, (w0 + w1) + (w2 + w3), one after the other: the same on every
// instruction set, bit for bit.
//
// Everything here has internal linkage: a function shared between object files of different flags could run where its
// instructions do not exist. `Arithmetic` is what an instruction set knows of fixed point or of floats:
//   Weight, Sum     types in memory
//   Register        sums of kRegisterLanes chains
//   Index           what a Register of lookups is chosen by
//   Table           the sums of kTableInputs inputs, or of more than once so many
//   kTablesAWord    tables of the 32 inputs of a word
//   kTileUnits, kTileVectors   sums that stay in registers: units share the states, vectors of chains share the tables
#pragma once

#include <cstdint>

#include "gibbs/instruction_set.h"

namespace artgen::gibbs {
namespace {

constexpr int kTableInputs = 4;

// Adds the products of `words` words of inputs to the sums of kTileUnits units and `Vectors` vectors of chains; begins
// with 0 where they are `fresh`. The tables are in the order [word][table of the word][unit].
template <typename Arithmetic, int Vectors>
inline void add_tile(const typename Arithmetic::Table* tables, const std::uint32_t* states, std::int64_t stride,
                     std::int64_t words, bool fresh, typename Arithmetic::Sum* sums, std::int64_t sums_of_unit) {
  constexpr int kUnitsOfTile = Arithmetic::kTileUnits;
  constexpr std::int64_t kAVector = Arithmetic::kRegisterLanes, kVectorsAGroup = kLanes / kAVector;
  typename Arithmetic::Register sum[kUnitsOfTile][Vectors];
#pragma GCC unroll 4
  for (int unit = 0; unit < kUnitsOfTile; ++unit) {
#pragma GCC unroll 5
    for (int vector = 0; vector < Vectors; ++vector) {
      sum[unit][vector] = fresh ? Arithmetic::zero() : Arithmetic::load(sums + unit * sums_of_unit + vector * kAVector);
    }
  }
  for (std::int64_t word = 0; word < words; ++word) {
    typename Arithmetic::States state[Vectors];
#pragma GCC unroll 5
    for (int vector = 0; vector < Vectors; ++vector) {
      state[vector] = Arithmetic::load_states(states + (vector / kVectorsAGroup) * stride + word * kLanes +
                                              (vector % kVectorsAGroup) * kAVector);
    }
#pragma GCC unroll 1
    for (int table = 0; table < Arithmetic::kTablesAWord; ++table) {
      typename Arithmetic::States index[Vectors];
#pragma GCC unroll 5
      for (int vector = 0; vector < Vectors; ++vector) {
        index[vector] = Arithmetic::index(state[vector]);
        state[vector] = Arithmetic::shifted(state[vector]);
      }
#pragma GCC unroll 4
      for (int unit = 0; unit < kUnitsOfTile; ++unit) {
        const auto values = Arithmetic::load_table(tables[unit]);
#pragma GCC unroll 5
        for (int vector = 0; vector < Vectors; ++vector) {
          Arithmetic::add(sum[unit][vector], index[vector], values);
        }
      }
      tables += kUnitsOfTile;
    }
  }
#pragma GCC unroll 4
  for (int unit = 0; unit < kUnitsOfTile; ++unit) {
#pragma GCC unroll 5
    for (int vector = 0; vector < Vectors; ++vector) {
      Arithmetic::store(sums + unit * sums_of_unit + vector * kAVector, sum[unit][vector]);
    }
  }
}

// A tile of as many vectors as there are, at most `Most`.
template <typename Arithmetic, int Most, typename... Arguments>
inline void add_tile_of(std::int64_t vectors, Arguments... arguments) {
  if constexpr (Most > 1) {
    if (vectors < Most) return add_tile_of<Arithmetic, Most - 1>(vectors, arguments...);
  }
  add_tile<Arithmetic, Most>(arguments...);
}

template <typename Arithmetic>
void sums_by_tables(const typename Arithmetic::Weight* weights, const Inputs& inputs, typename Arithmetic::Sum* sums,
                    void* scratch) {
  using Table = typename Arithmetic::Table;
  constexpr std::int64_t kTables = Arithmetic::kTablesAWord, kVectorsAGroup = kLanes / Arithmetic::kRegisterLanes;
  // The tables and the states of a tile share the first cache.
  constexpr std::int64_t kTogether =
      kTableBytes / static_cast<std::int64_t>(kTables * Arithmetic::kTileUnits * sizeof(Table));
  auto* tables = static_cast<Table*>(scratch);
  const std::int64_t stride = inputs.stride, sums_of_unit = inputs.groups * kLanes;
  const std::int64_t vectors = inputs.groups * kVectorsAGroup;
  for (std::int64_t first = 0; first < inputs.words; first += kTogether) {
    const std::int64_t words = inputs.words - first < kTogether ? inputs.words - first : kTogether;
    for (std::int64_t unit = 0; unit < kUnits; unit += Arithmetic::kTileUnits) {
      for (std::int64_t word = 0; word < words; ++word) {
        for (int of = 0; of < Arithmetic::kTileUnits; ++of) {
          const auto* row = weights + (unit + of) * kUnits * inputs.words + kUnits * (first + word);
          for (int table = 0; table < kTables; ++table) {
            Arithmetic::make_table(row, table, tables[(word * kTables + table) * Arithmetic::kTileUnits + of]);
          }
        }
      }
      for (std::int64_t vector = 0; vector < vectors; vector += Arithmetic::kTileVectors) {
        add_tile_of<Arithmetic, Arithmetic::kTileVectors>(
            vectors - vector, static_cast<const Table*>(tables),
            inputs.states + vector / kVectorsAGroup * stride + first * kLanes, stride, words, first == 0,
            sums + unit * sums_of_unit + vector * Arithmetic::kRegisterLanes, sums_of_unit);
      }
    }
  }
}

}  // namespace
}  // namespace artgen::gibbs
