// Any 64-bit CPU: tables in memory, looked up chain by chain.
#include <cstdint>
#include <cstring>

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

#include "gibbs/sampling.h"
#include "gibbs/table_sums.h"

namespace artgen::gibbs {
namespace {

template <typename WeightType, typename SumType>
struct Loops {
  using Weight = WeightType;
  using Sum = SumType;
  struct States {
    std::uint32_t of[kLanes];
  };
  struct Register {
    Sum of[kLanes];
  };
  struct Table {
    Sum sums[16];
  };
  static constexpr std::int64_t kRegisterLanes = kLanes;
  static constexpr std::int64_t kTablesAWord = 8;
  static constexpr int kTileUnits = 1;
  static constexpr int kTileVectors = 1;

  static States load_states(const std::uint32_t* from) {
    States states;
    std::memcpy(&states, from, sizeof(states));
    return states;
  }
  static States shifted(States states) {
    for (std::uint32_t& word : states.of) word >>= kTableInputs;
    return states;
  }
  static const States& index(const States& states) { return states; }
  static Register load(const Sum* from) {
    Register sum;
    std::memcpy(&sum, from, sizeof(sum));
    return sum;
  }
  static void store(Sum* to, const Register& sum) { std::memcpy(to, &sum, sizeof(sum)); }
  static Register zero() { return {}; }
  static void add(Register& sum, const States& index, const Table* table) {
    for (int lane = 0; lane < kLanes; ++lane) sum.of[lane] += table->sums[index.of[lane] & 15];
  }
  static void make_table(const Weight* weights, int number, Table& table) {
    const Weight* of = weights + kTableInputs * number;
    const Sum pair[4] = {Sum(0), Sum(of[0]), Sum(of[1]), Sum(of[0]) + Sum(of[1])};
    const Sum other[4] = {Sum(0), Sum(of[2]), Sum(of[3]), Sum(of[2]) + Sum(of[3])};
    for (int lane = 0; lane < 16; ++lane) table.sums[lane] = pair[lane & 3] + other[lane >> 2];
  }
  static const Table* load_table(const Table& table) { return &table; }
};

}  // namespace

const InstructionSet portable = {
    .name = "portable",
    .sums_of_fixed_point = sums_by_tables<Loops<std::int16_t, std::int32_t>>,
    .sums_of_floats = sums_by_tables<Loops<float, float>>,
    .scratch_bytes = kTableBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
