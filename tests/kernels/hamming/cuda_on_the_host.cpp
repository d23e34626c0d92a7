#include "../cuda_on_the_host.h"

#include DEVICE_CODE

const Kernels kernels = {{"hamming_search", on_the_host(hamming_search)}};
