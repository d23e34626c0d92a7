// Any 64-bit CPU: vectors as narrow as it has them.
#include "bit_product/instruction_set.h"
#include "bit_product/loops.h"

namespace artgen::bit_product {

const InstructionSet portable = {
    .name = "portable",
    .times = times_by_tables,
    .transposed_times = transposed_times_by_tables,
};

}  // namespace artgen::bit_product
