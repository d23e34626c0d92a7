// AVX2: the loops of loops.h, compiled to 256-bit vectors.
#include "pair_counts/instruction_set.h"
#include "pair_counts/loops.h"

namespace artgen::pair_counts {

const InstructionSet avx2 = {
    .name = "avx2",
    .distances = &hamming::avx2,
    .transpose_tile = transpose_tile_by_words,
    .count_columns = count_columns_by_planes,
    .count = count_words,
    .count_both = count_words_of_both,
    .largest = largest_of,
    .r2_of_pairs = r2_of_pairs_by_words,
    .r2_row = r2_of_row,
    .r2_row_sum = r2_sum_of_row,
};

}  // namespace artgen::pair_counts
