// AVX-512: one vector a row. Of the features that the name stands for, F alone is used.
#include "bit_product/instruction_set.h"
#include "bit_product/loops.h"

namespace artgen::bit_product {

const InstructionSet avx512_vpopcntdq = {
    .name = "avx512_vpopcntdq",
    .times = times_by_tables,
    .transposed_times = transposed_times_by_tables,
};

}  // namespace artgen::bit_product
