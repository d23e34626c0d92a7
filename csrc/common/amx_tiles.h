// The five AMX operations that the kernels use. With ARTGEN_FAST_EMULATE_AMX they are plain loops, so that the code
// around them can be tested, bit for bit, on a CPU without AMX.
#pragma once

#include <cstdint>
#include <cstring>

#if !defined(ARTGEN_FAST_EMULATE_AMX)
#include <immintrin.h>
#endif

namespace artgen {
namespace {

// Eight tiles of 16 rows of 64 bytes, for the life of this object and the thread that made it.
class TileSession {
 public:
#if defined(ARTGEN_FAST_EMULATE_AMX)
  TileSession() = default;
#else
  TileSession() {
    struct alignas(64) {
      std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
      std::uint16_t row_bytes[16] = {};
      std::uint8_t rows[16] = {};
    } config;
    for (int tile = 0; tile < 8; ++tile) {
      config.row_bytes[tile] = 64;
      config.rows[tile] = 16;
    }
    // GCC 12 does not see that the load below reads `config` and drops the stores above.
    asm volatile("" ::"r"(&config) : "memory");
    _tile_loadconfig(&config);
  }
  ~TileSession() { _tile_release(); }
#endif
  TileSession(const TileSession&) = delete;
  TileSession& operator=(const TileSession&) = delete;
};

// Before tiles are loaded from memory that was just written: the loads of GCC 12 do not say that they read memory, so
// that it could move the writes behind them.
inline void finish_writes() { asm volatile("" ::: "memory"); }

#if defined(ARTGEN_FAST_EMULATE_AMX)

struct EmulatedTile {
  std::uint8_t bytes[16][64];
};
inline thread_local EmulatedTile emulated_tiles[8];

// The bytes of `a` are of type `Byte`, those of `b` without a sign.
template <typename Byte>
inline void emulate_dot(EmulatedTile& sums, const EmulatedTile& a, const EmulatedTile& b) {
  for (int m = 0; m < 16; ++m) {
    std::int32_t row[16];
    std::memcpy(row, sums.bytes[m], sizeof(row));
    for (int k = 0; k < 16; ++k) {
      for (int n = 0; n < 16; ++n) {
        for (int byte = 0; byte < 4; ++byte) {
          row[n] += static_cast<std::int32_t>(static_cast<Byte>(a.bytes[m][4 * k + byte])) * b.bytes[k][4 * n + byte];
        }
      }
    }
    std::memcpy(sums.bytes[m], row, sizeof(row));
  }
}

// Macros, since the instructions take the tile's number as an immediate operand.
#define ARTGEN_TILE_ZERO(tile) std::memset(&::artgen::emulated_tiles[tile], 0, sizeof(::artgen::EmulatedTile))
#define ARTGEN_TILE_LOAD(tile, base, stride) \
  for (int row_ = 0; row_ < 16; ++row_)      \
  std::memcpy(::artgen::emulated_tiles[tile].bytes[row_], reinterpret_cast<const char*>(base) + row_ * (stride), 64)
#define ARTGEN_TILE_STORE(tile, base, stride) \
  for (int row_ = 0; row_ < 16; ++row_)       \
  std::memcpy(reinterpret_cast<char*>(base) + row_ * (stride), ::artgen::emulated_tiles[tile].bytes[row_], 64)
#define ARTGEN_TILE_DOT(sums, a, b)                                                                \
  ::artgen::emulate_dot<std::uint8_t>(::artgen::emulated_tiles[sums], ::artgen::emulated_tiles[a], \
                                      ::artgen::emulated_tiles[b])
#define ARTGEN_TILE_DOT_SIGNED(sums, a, b)                                                        \
  ::artgen::emulate_dot<std::int8_t>(::artgen::emulated_tiles[sums], ::artgen::emulated_tiles[a], \
                                     ::artgen::emulated_tiles[b])

#else

#define ARTGEN_TILE_ZERO(tile) _tile_zero(tile)
#define ARTGEN_TILE_LOAD(tile, base, stride) _tile_loadd(tile, base, stride)
#define ARTGEN_TILE_STORE(tile, base, stride) _tile_stored(tile, base, stride)
#define ARTGEN_TILE_DOT(sums, a, b) _tile_dpbuud(sums, a, b)
#define ARTGEN_TILE_DOT_SIGNED(sums, a, b) _tile_dpbsud(sums, a, b)  // a is signed, b is not

#endif

}  // namespace
}  // namespace artgen
