#include "../cuda_on_the_host.h"

#include DEVICE_CODE

const Kernels kernels = {
    {"pair_counts_transpose", on_the_host(pair_counts_transpose)},
    {"pair_counts_allele_counts", on_the_host(pair_counts_allele_counts)},
    {"pair_counts_joint_counts", on_the_host(pair_counts_joint_counts)},
    {"pair_counts_r2", on_the_host(pair_counts_r2)},
    {"pair_counts_r2_matrix", on_the_host(pair_counts_r2_matrix)},
    {"pair_counts_r2_sums", on_the_host(pair_counts_r2_sums)},
    {"pair_counts_motif_counts", on_the_host(pair_counts_motif_counts)},
};
