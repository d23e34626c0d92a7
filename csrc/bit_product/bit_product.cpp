// The table of instruction sets, best first; and the products, in blocks spread over the threads.
#include "bit_product/bit_product.h"

#include <algorithm>
#include <cstring>

#include "common/aligned_buffer.h"
#include "common/cpu_features.h"
#include "common/parallel_for.h"

namespace artgen::bit_product {
namespace {

// Sums that are made together share the tables, and have to fit the second cache beside them.
constexpr std::int64_t kMostSums = 4096;

struct Worker {
  Worker(std::int64_t sums_of_block, std::int64_t words_of_block)
      : tables(static_cast<std::size_t>(kTableRows * kColumns)),
        sums(static_cast<std::size_t>(sums_of_block * kColumns)),
        words(static_cast<std::size_t>(words_of_block)) {}

  Scratch scratch() { return {tables.data(), sums.data(), words.data()}; }

  AlignedBuffer<float> tables, sums;
  AlignedBuffer<std::uint64_t> words;
};

// Calls multiply(product, scratch, first, count) for each block of `items` and each kColumns columns of the matrix.
template <typename Multiply>
void in_blocks(const Matrix& matrix, std::int64_t padded_rows, std::int64_t items, std::int64_t block,
               std::int64_t sums_of_item, std::int64_t words_of_item, double* out, int threads,
               const Multiply& multiply) {
  if (items == 0) return;
  const std::int64_t blocks = (items + block - 1) / block;
  std::vector<Worker> workers;
  for (std::int64_t worker = 0; worker < std::min<std::int64_t>(threads, blocks); ++worker) {
    workers.emplace_back(sums_of_item * block, words_of_item * block);
  }
  AlignedBuffer<float> padded(static_cast<std::size_t>(padded_rows * kColumns));
  for (std::int64_t first_column = 0; first_column < matrix.columns; first_column += kColumns) {
    const std::int64_t columns = std::min(kColumns, matrix.columns - first_column);
    for (std::int64_t row = 0; row < matrix.rows; ++row) {
      // Of the last columns there may be fewer: what is left of earlier ones goes nowhere.
      std::memcpy(padded.data() + row * kColumns, matrix.values + row * matrix.columns + first_column,
                  static_cast<std::size_t>(columns) * sizeof(float));
    }
    const Product product{padded.data(), out + first_column, columns, matrix.columns};
    parallel_for(threads, blocks, [&](int thread, std::int64_t task) {
      const std::int64_t first = task * block;
      multiply(product, workers[static_cast<std::size_t>(thread)].scratch(), first, std::min(block, items - first));
    });
  }
}

// As large as the caches allow, and a block for each thread.
std::int64_t block_of(std::int64_t items, std::int64_t most, int threads) {
  return std::clamp<std::int64_t>((items + threads - 1) / threads, 1, most);
}

}  // namespace

void times(const Rows& bits, const Matrix& matrix, double* out, const InstructionSet& instructions, int threads) {
  std::fill_n(out, bits.count * matrix.columns, 0.0);
  in_blocks(matrix, 64 * bits.words, bits.count, block_of(bits.count, kMostSums, threads), 1, kSummedWords, out,
            threads, [&](const Product& product, const Scratch& scratch, std::int64_t first, std::int64_t count) {
              instructions.times(bits, first, count, product, scratch);
            });
}

void transposed_times(const Rows& bits, const Matrix& matrix, double* out, const InstructionSet& instructions,
                      int threads) {
  std::fill_n(out, 64 * bits.words * matrix.columns, 0.0);
  in_blocks(matrix, (bits.count + 63) / 64 * 64, bits.words, block_of(bits.words, kMostSums / 64, threads), 64, 64, out,
            threads, [&](const Product& product, const Scratch& scratch, std::int64_t first, std::int64_t count) {
              instructions.transposed_times(bits, first, count, product, scratch);
            });
}

const std::vector<Level>& levels() {
  static const std::vector<Level> table = {
#if defined(ARTGEN_FAST_X86)
      {&avx512_vpopcntdq, cpu::avx512_vpopcntdq()},
      {&avx2, cpu::avx2_bmi2()},
#endif
      {&portable, cpu::popcnt()},
  };
  return table;
}

}  // namespace artgen::bit_product
