// What a product needs from one instruction set. Each has a file of its own with its own compile flags;
// bit_product.cpp holds the table. The functions trust their input and touch no memory but what they are given.
#pragma once

#include <cstdint>

#include "common/rows.h"

namespace artgen::bit_product {

constexpr std::int64_t kColumns = 16;      // multiplied together: a row of them is a cache line of float32
constexpr std::int64_t kSummedWords = 8;   // words of 64 bits summed in float32 before the sum goes to double
constexpr std::int64_t kTableRows = 2048;  // 256 sums for each byte of a word

// Memory of one thread, on cache lines.
struct Scratch {
  float* tables;         // kTableRows rows
  float* sums;           // a row for each sum of the block
  std::uint64_t* words;  // times: kSummedWords for each row of the block; transposed_times: 64 for each of its words
};

// Rows of the matrix have kColumns columns, padded with zeros, and begin on cache lines. Of the product the first
// `columns` columns are wanted, in rows `stride` apart.
struct Product {
  const float* matrix;
  double* out;
  std::int64_t columns;
  std::int64_t stride;
};

struct InstructionSet {
  const char* name;

  // The product of `count` packed rows from `first` on. The matrix has 64 · bits.words rows.
  void (*times)(const Rows& bits, std::int64_t first, std::int64_t count, const Product& product,
                const Scratch& scratch);

  // The transposed product at the bits of `count` words from `first` on. The matrix has as many rows as there are
  // packed ones, padded with zeros to a multiple of 64.
  void (*transposed_times)(const Rows& bits, std::int64_t first, std::int64_t count, const Product& product,
                           const Scratch& scratch);
};

#if defined(ARTGEN_FAST_X86)
extern const InstructionSet avx512_vpopcntdq;
extern const InstructionSet avx2;
#endif
extern const InstructionSet portable;

}  // namespace artgen::bit_product
