// AMX: sums in fixed point are 8-bit integer tile products. A weight is 256 · high + low, both in -128 … 127: each sum
// of four weights, and so each weight, is within ±32,639. Sums of either part over kMostInputs inputs stay within
// 128 · 2^18 = 2^25, and 256 · (sum of high) + (sum of low) may pass 32 bits only on the way to a sum that does not.
//
// A tile product takes 16 units × 16 chains × 64 inputs of one part in 16 cycles. The weights' tiles (A) are laid out
// for a chunk of inputs, and stay in the second cache for all chains. The states' bits become bytes (B) while the tiles
// of the two groups of chains before are multiplied: a nibble of four inputs is looked up in a table of sixteen 32-bit
// values, for 16 chains at a time. Four tiles of products are kept in registers, 32 units × 32 chains of one part.
//
// All else is as for AVX-512.
#include "common/amx_tiles.h"
#include "gibbs/avx512.h"

namespace artgen::gibbs {
namespace {

constexpr std::int64_t kTileRows = 16;
constexpr std::int64_t kTileBytes = 1024;
constexpr std::int64_t kTileWords = 2;  // 64 inputs
constexpr std::int64_t kMostDepth = 8;  // tiles in a chunk of inputs: 512

constexpr int kParts = 2, kHalves = 2, kPair = 2;
constexpr std::int64_t kWeightBytes = kParts * kHalves * kMostDepth * kTileBytes;  // 32 KB
constexpr std::int64_t kStateBytes = kPair * kMostDepth * kTileBytes;              // 16 KB for each of two pairs
constexpr std::int64_t kProductBytes = kParts * kHalves * kPair * kTileBytes;      // 8 KB
constexpr std::int64_t kTileScratchBytes = kWeightBytes + 2 * kStateBytes + kProductBytes;

// Scratch: tiles [part][half of the units][depth], twice [group of the pair][depth], [part][half][group of the pair].
inline std::int8_t* weight_tile(std::int8_t* tiles, int part, int half, std::int64_t depth) {
  return tiles + ((part * kHalves + half) * kMostDepth + depth) * kTileBytes;
}

// The parts of 32 units' weights, for the inputs from word `first` on. What is past a row's end counts as 0.
inline void split_weights(const std::int16_t* weights, std::int64_t words, std::int64_t first, std::int64_t depth,
                          std::int8_t* tiles) {
  for (std::int64_t step = 0; step < depth; ++step) {
    const std::int64_t word = first + kTileWords * step;
    const __mmask32 second = word + 1 < words ? 0xffffffff : 0;
    for (int unit = 0; unit < kUnits; ++unit) {
      const std::int16_t* from = weights + (unit * words + word) * kUnits;
      const __m512i whole[2] = {_mm512_loadu_si512(from), _mm512_maskz_loadu_epi16(second, from + kUnits)};
      for (int of = 0; of < 2; ++of) {
        // Rounding the high part to nearest leaves a signed low part: the lower byte, as it is.
        const __m512i high = _mm512_srai_epi16(_mm512_add_epi16(whole[of], _mm512_set1_epi16(128)), 8);
        const std::int64_t at = unit % kTileRows * 64 + 32 * of;
        const int half = unit / static_cast<int>(kTileRows);
        const auto store = [&](int part, __m512i values) {
          _mm256_store_si256(reinterpret_cast<__m256i*>(weight_tile(tiles, part, half, step) + at),
                             _mm512_cvtepi16_epi8(values));
        };
        store(0, high);
        store(1, whole[of]);
      }
    }
  }
}

// A tile of states: [16 nibbles][16 chains][4 inputs]. Without a second word, its inputs count as 0.
inline void expand_states(const std::uint32_t* states, bool second, std::uint8_t* tile) {
  const __m512i table = _mm512_setr_epi32(0x00000000, 0x00000001, 0x00000100, 0x00000101,  //
                                          0x00010000, 0x00010001, 0x00010100, 0x00010101,  //
                                          0x01000000, 0x01000001, 0x01000100, 0x01000101,  //
                                          0x01010000, 0x01010001, 0x01010100, 0x01010101);
  __m512i low = _mm512_loadu_si512(states);
  __m512i high = second ? _mm512_loadu_si512(states + kLanes) : _mm512_setzero_si512();
  for (int nibble = 0; nibble < 8; ++nibble) {
    // The look-up reads only the lowest four bits of each lane.
    _mm512_store_si512(tile + 64 * nibble, _mm512_permutexvar_epi32(low, table));
    _mm512_store_si512(tile + 64 * (nibble + 8), _mm512_permutexvar_epi32(high, table));
    low = _mm512_srli_epi32(low, 4);
    high = _mm512_srli_epi32(high, 4);
  }
}

// A chunk of the inputs: `depth` tiles, from word `first` on.
struct Chunk {
  const Inputs& inputs;
  std::int64_t first;
  std::int64_t depth;

  // Expands the states of a group of chains, if there is such a group.
  void expand(std::int64_t group, std::int64_t step, std::uint8_t* tile) const {
    if (group >= inputs.groups) return;
    const std::int64_t word = first + kTileWords * step;
    expand_states(inputs.states + group * inputs.stride + word * kLanes, word + 1 < inputs.words, tile);
  }
};

// Sums of one part for 32 units and the pair of groups in `states`; meanwhile `group` is expanded to `next`.
inline void multiply(std::int8_t* weights, int part, const Chunk& chunk, const std::uint8_t* states, std::int64_t group,
                     std::uint8_t* next, std::int32_t* products) {
  finish_writes();
  ARTGEN_TILE_ZERO(0);
  ARTGEN_TILE_ZERO(1);
  ARTGEN_TILE_ZERO(2);
  ARTGEN_TILE_ZERO(3);
  for (std::int64_t step = 0; step < chunk.depth; ++step) {
    ARTGEN_TILE_LOAD(4, weight_tile(weights, part, 0, step), 64);
    ARTGEN_TILE_LOAD(6, states + step * kTileBytes, 64);
    ARTGEN_TILE_LOAD(7, states + (kMostDepth + step) * kTileBytes, 64);
    ARTGEN_TILE_LOAD(5, weight_tile(weights, part, 1, step), 64);
    ARTGEN_TILE_DOT_SIGNED(0, 4, 6);
    ARTGEN_TILE_DOT_SIGNED(1, 4, 7);
    ARTGEN_TILE_DOT_SIGNED(2, 5, 6);
    ARTGEN_TILE_DOT_SIGNED(3, 5, 7);
    chunk.expand(group, step, next + step * kTileBytes);
  }
  constexpr std::int64_t kRowBytes = 4 * kPair * kLanes;
  ARTGEN_TILE_STORE(0, products, kRowBytes);
  ARTGEN_TILE_STORE(1, products + kLanes, kRowBytes);
  ARTGEN_TILE_STORE(2, products + kTileRows * kPair * kLanes, kRowBytes);
  ARTGEN_TILE_STORE(3, products + kTileRows * kPair * kLanes + kLanes, kRowBytes);
}

// Adds 256 · high + low to the sums of `groups` groups of the pair.
inline void add_products(const std::int32_t* products, std::int64_t groups, bool fresh, std::int32_t* sums,
                         std::int64_t sums_of_unit) {
  for (std::int64_t unit = 0; unit < kUnits; ++unit) {
    for (std::int64_t group = 0; group < groups; ++group) {
      const std::int32_t* high = products + (unit * kPair + group) * kLanes;
      const __m512i low = _mm512_load_si512(high + kUnits * kPair * kLanes);
      const __m512i product = _mm512_add_epi32(_mm512_slli_epi32(_mm512_load_si512(high), 8), low);
      std::int32_t* to = sums + unit * sums_of_unit + group * kLanes;
      _mm512_storeu_si512(to, fresh ? product : _mm512_add_epi32(product, _mm512_loadu_si512(to)));
    }
  }
}

void sums_by_tiles(const std::int16_t* weights, const Inputs& inputs, std::int32_t* sums, void* scratch) {
  [[maybe_unused]] const TileSession tiles;
  auto* weight_tiles = static_cast<std::int8_t*>(scratch);
  auto* state_tiles = static_cast<std::uint8_t*>(scratch) + kWeightBytes;
  auto* products = reinterpret_cast<std::int32_t*>(state_tiles + 2 * kStateBytes);
  const std::int64_t sums_of_unit = inputs.groups * kLanes;
  for (std::int64_t first = 0; first < inputs.words; first += kTileWords * kMostDepth) {
    const std::int64_t tiles_left = (inputs.words - first + kTileWords - 1) / kTileWords;
    const Chunk chunk{inputs, first, tiles_left < kMostDepth ? tiles_left : kMostDepth};
    split_weights(weights, inputs.words, first, chunk.depth, weight_tiles);
    for (int of = 0; of < kPair; ++of) {
      for (std::int64_t step = 0; step < chunk.depth; ++step) {
        chunk.expand(of, step, state_tiles + (of * kMostDepth + step) * kTileBytes);
      }
    }
    for (std::int64_t group = 0; group < inputs.groups; group += kPair) {
      const std::int64_t turn = group / kPair % 2;
      const std::uint8_t* states = state_tiles + turn * kStateBytes;
      std::uint8_t* next = state_tiles + (1 - turn) * kStateBytes;
      for (int part = 0; part < kParts; ++part) {
        // As many parts as groups of a pair: each multiplication expands one group of the next pair.
        static_assert(kParts == kPair);
        multiply(weight_tiles, part, chunk, states, group + kPair + part, next + part * kMostDepth * kTileBytes,
                 products + part * kUnits * kPair * kLanes);
      }
      const std::int64_t groups = inputs.groups - group < kPair ? inputs.groups - group : kPair;
      add_products(products, groups, first == 0, sums + group * kLanes, sums_of_unit);
    }
  }
}

}  // namespace

const InstructionSet amx_int8 = {
    .name = "amx_int8",
    .sums_of_fixed_point = sums_by_tiles,
    .sums_of_floats = RowSums<float, float>::run,
    .scratch_bytes = kTileScratchBytes > kRowScratchBytes ? kTileScratchBytes : kRowScratchBytes,
    .sample = sample_block,
    .probabilities = probabilities_of_block,
};

}  // namespace artgen::gibbs
