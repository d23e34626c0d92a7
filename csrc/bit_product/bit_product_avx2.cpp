// AVX2: two vectors of 256 bits a row.
#include "bit_product/instruction_set.h"
#include "bit_product/loops.h"

namespace artgen::bit_product {

const InstructionSet avx2 = {
    .name = "avx2",
    .times = times_by_tables,
    .transposed_times = transposed_times_by_tables,
};

}  // namespace artgen::bit_product
