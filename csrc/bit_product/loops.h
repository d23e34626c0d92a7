// The products, as loops that each instruction set compiles for itself, with its own flags. Everything here has
// internal linkage: a function shared between object files of different flags could run where its instructions do not
// exist.
//
// Both come down to one step: 64 rows of the matrix, and for many sums a word that says which of the 64 to add. For X·B
// the words are those of the rows at 64 bits. For Xᵀ·Y they are those of the bits at 64 rows: blocks of 64 × 64 bits,
// transposed on the way. The eight tables of a step take 128 KiB and stay in the second cache, beside the sums.
#pragma once

#include <cstdint>
#include <cstring>

#include "bit_product/instruction_set.h"

namespace artgen::bit_product {
namespace {

// A row of the matrix, of a table or of sums: one, two or four vector registers.
typedef float Row __attribute__((vector_size(4 * kColumns), may_alias));

inline void clear(float* sums, std::int64_t rows) {
  std::memset(sums, 0, static_cast<std::size_t>(rows * kColumns) * sizeof(float));
}

// Rows 256 b … 256 b + 255 of the tables: all sums of rows 8 b … 8 b + 7 of the matrix.
inline void fill_tables(const float* matrix, float* tables) {
  const auto* addend = reinterpret_cast<const Row*>(matrix);
  for (int byte = 0; byte < 8; ++byte) {
    Row* table = reinterpret_cast<Row*>(tables) + 256 * byte;
    table[0] = Row{};
    for (int bit = 0; bit < 8; ++bit) {
      const Row row = addend[8 * byte + bit];
      const int half = 1 << bit;
      for (int pattern = 0; pattern < half; ++pattern) table[half + pattern] = table[pattern] + row;
    }
  }
}

// Adds to each sum those of 64 rows of the matrix that its word has a 1 for.
inline void add_products(const std::uint64_t* words, std::int64_t count, const float* matrix, float* tables,
                         float* sums) {
  fill_tables(matrix, tables);
  const auto* table = reinterpret_cast<const Row*>(tables);
  auto* sum = reinterpret_cast<Row*>(sums);
  for (std::int64_t at = 0; at < count; ++at) {
    const std::uint64_t word = words[at];
    Row total = table[word & 255];
    for (int byte = 1; byte < 8; ++byte) total += table[256 * byte + static_cast<int>((word >> (8 * byte)) & 255)];
    sum[at] += total;
  }
}

inline void add_to_product(const float* sum, double* out, std::int64_t columns) {
  for (std::int64_t column = 0; column < columns; ++column) out[column] += static_cast<double>(sum[column]);
}

void times_by_tables(const Rows& bits, std::int64_t first, std::int64_t count, const Product& product,
                     const Scratch& scratch) {
  for (std::int64_t first_word = 0; first_word < bits.words; first_word += kSummedWords) {
    const std::int64_t left = bits.words - first_word;
    const std::int64_t summed = left < kSummedWords ? left : kSummedWords;
    // A cache line of each row at a time.
    for (std::int64_t row = 0; row < count; ++row) {
      const std::uint64_t* from = bits.row(first + row) + first_word;
      for (std::int64_t word = 0; word < summed; ++word) scratch.words[word * count + row] = from[word];
    }
    clear(scratch.sums, count);
    for (std::int64_t word = 0; word < summed; ++word) {
      add_products(scratch.words + word * count, count, product.matrix + 64 * kColumns * (first_word + word),
                   scratch.tables, scratch.sums);
    }
    for (std::int64_t row = 0; row < count; ++row) {
      add_to_product(scratch.sums + kColumns * row, product.out + (first + row) * product.stride, product.columns);
    }
  }
}

// Transposes the 64 × 64 bits of each column of words (64 rows of `columns`): afterwards word j of a column holds bit j
// of all its 64. Halves of the rows trade halves of their bits, then quarters, and so on down to single bits.
inline void transpose(std::uint64_t* words, std::int64_t columns) {
  std::uint64_t mask = 0x00000000ffffffffULL;
  for (int shift = 32; shift > 0; shift /= 2, mask ^= mask << shift) {
    for (int row = 0; row < 64; ++row) {
      if ((row & shift) != 0) continue;
      std::uint64_t* __restrict upper = words + row * columns;
      std::uint64_t* __restrict lower = words + (row | shift) * columns;
      for (std::int64_t column = 0; column < columns; ++column) {
        const std::uint64_t differ = ((upper[column] >> shift) ^ lower[column]) & mask;
        lower[column] ^= differ;
        upper[column] ^= differ << shift;
      }
    }
  }
}

void transposed_times_by_tables(const Rows& bits, std::int64_t first, std::int64_t count, const Product& product,
                                const Scratch& scratch) {
  constexpr std::int64_t kSummedRows = 64 * kSummedWords;
  for (std::int64_t first_row = 0; first_row < bits.count; first_row += 64) {
    for (std::int64_t row = 0; row < 64; ++row) {
      std::uint64_t* to = scratch.words + row * count;
      const auto bytes = static_cast<std::size_t>(count) * sizeof(std::uint64_t);
      if (first_row + row < bits.count) {
        std::memcpy(to, bits.row(first_row + row) + first, bytes);
      } else {
        std::memset(to, 0, bytes);
      }
    }
    transpose(scratch.words, count);
    if (first_row % kSummedRows == 0) clear(scratch.sums, 64 * count);
    add_products(scratch.words, 64 * count, product.matrix + kColumns * first_row, scratch.tables, scratch.sums);
    if ((first_row + 64) % kSummedRows != 0 && first_row + 64 < bits.count) continue;
    for (std::int64_t bit = 0; bit < 64; ++bit) {
      for (std::int64_t word = 0; word < count; ++word) {
        add_to_product(scratch.sums + kColumns * (bit * count + word),
                       product.out + (64 * (first + word) + bit) * product.stride, product.columns);
      }
    }
  }
}

}  // namespace
}  // namespace artgen::bit_product
