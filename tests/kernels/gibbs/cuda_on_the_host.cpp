#include "../cuda_on_the_host.h"

#include <cmath>
#include <cstring>

// A CPU rounds each operation on its own, too: it has no others without -mfma.
static float __fadd_rn(float a, float b) { return a + b; }
static float __fsub_rn(float a, float b) { return a - b; }
static float __fmul_rn(float a, float b) { return a * b; }
static float __fdiv_rn(float a, float b) { return a / b; }

static unsigned __float_as_uint(float value) {
  unsigned bits;
  std::memcpy(&bits, &value, sizeof(bits));
  return bits;
}

static float __uint_as_float(unsigned bits) {
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// mma.sync.m16n8k32 as the PTX ISA lays out its fragments: registers of all threads are gathered as the matrices that
// they stand for.
static void gibbs_multiply(int (&sums)[4], const unsigned (&weights)[4], const unsigned (&states)[2]) {
  static std::int8_t a[4][16][32];
  static std::uint8_t b[4][32][8];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, group = lane >> 2, of_group = lane % 4;
  for (int i = 0; i < 16; ++i) {
    const int row = (i >= 4 && i < 8) || i >= 12 ? group + 8 : group;
    const int column = of_group * 4 + (i & 3) + (i >= 8 ? 16 : 0);
    a[warp][row][column] = static_cast<std::int8_t>(weights[i / 4] >> (8 * (i % 4)));
  }
  for (int i = 0; i < 8; ++i) {
    b[warp][of_group * 4 + (i & 3) + (i >= 4 ? 16 : 0)][group] =
        static_cast<std::uint8_t>(states[i / 4] >> (8 * (i % 4)));
  }
  __syncwarp();
  for (int i = 0; i < 4; ++i) {
    const int row = i < 2 ? group : group + 8, column = of_group * 2 + (i & 1);
    for (int k = 0; k < 32; ++k) sums[i] += a[warp][row][k] * b[warp][k][column];
  }
  __syncwarp();
}

#include DEVICE_CODE

const Kernels kernels = {
    {"gibbs_split", on_the_host(gibbs_split)},
    {"gibbs_sample_fixed_point", on_the_host(gibbs_sample_fixed_point)},
    {"gibbs_sample_floats", on_the_host(gibbs_sample_floats)},
    {"gibbs_probabilities_fixed_point", on_the_host(gibbs_probabilities_fixed_point)},
    {"gibbs_probabilities_floats", on_the_host(gibbs_probabilities_floats)},
    {"gibbs_mean_products", on_the_host(gibbs_mean_products)},
    {"gibbs_mean_probabilities", on_the_host(gibbs_mean_probabilities)},
    {"gibbs_mean_states", on_the_host(gibbs_mean_states)},
    {"gibbs_transpose", on_the_host(gibbs_transpose)},
};
