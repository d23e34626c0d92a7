// Products of bit-packed rows with thin dense matrices, from the bits.
//
// With X the bits of `rows`, 0 or 1: times is X·B, transposed_times is Xᵀ·Y. Eight bits together choose one of 256 sums
// of rows of the matrix; those sums are tabled, and a product looks them up byte by byte ("method of four Russians":
// Arlazarov et al. 1970).
//
// Contract
//   bits        uint64 words, one row after the other; any number of words
//   matrix      float32, row-major; B has a row for each of the 64 · words bits, Y one for each packed row, and those
//               that are missing count as 0; any number of columns
//   precision   sums of 512 bits are float32, the sum of those is float64
//   order       of every sum the same, whatever the instruction set and the threads: so are the answers, bit for bit
//   memory      the product, a padded copy of 16 columns of the matrix, and about a megabyte a thread
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bit_product/instruction_set.h"

namespace artgen::bit_product {

struct Matrix {
  const float* values;
  std::int64_t rows;
  std::int64_t columns;
};

// out has a row for each packed row, and as many columns as the matrix.
void times(const Rows& bits, const Matrix& matrix, double* out, const InstructionSet& instructions, int threads);

// out has a row for each of the 64 · words bits.
void transposed_times(const Rows& bits, const Matrix& matrix, double* out, const InstructionSet& instructions,
                      int threads);

struct Level {
  const InstructionSet* instructions;
  std::string reason;  // why it cannot run here; empty if it can
};

// Every instruction set of this build, best first.
const std::vector<Level>& levels();

}  // namespace artgen::bit_product
