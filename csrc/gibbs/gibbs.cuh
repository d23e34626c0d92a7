// The Gibbs kernel for NVIDIA GPUs of compute capability 8.0 or later. Built by nvcc, or at first use by NVRTC (through
// CuPy), so it includes nothing.
//
// States are rows of bits, chain by chain, at least as many words as the chunks of inputs have; the padding is zero.
// Layers of weights have a row for each unit, padded with zeros to whole blocks of units and whole chunks of inputs.
//
// A block of 128 threads takes 64 units (a word of their states) of 128 chains. Sums in fixed point are products of
// 8-bit tiles, of the weights' high and low parts (w = 256 high + low) by states that are expanded from bits in
// registers: 32 inputs, the depth of a tile, are one word of a chain. Sums of floats are looked up: four inputs have 16
// combinations of states, tabled for the block's chains. Then each thread makes the states of one chain.
//
// For 10,000 x 1,000 units and 5,008 chains a step is 1.0e11 products: in fixed point twice as many 8-bit ones, 0.2 ms
// at the 990 Tera products/s of an H100, 0.4 ms at the half of it that such code may reach; in float32 2.5e10 lookups
// of 4 bytes in shared memory, 3.5 ms at 32 a clock and multiprocessor, about as long as multiply-adds would take.
// Sampling is 5.5e7 units of about 50 instructions, 0.1 ms. All of it on paper.
//
// Every operation on floats is one of IEEE 754's, in the order of the CPU and never fused, so that the bits are the
// same.

typedef unsigned long long gibbs_word;

static const int GIBBS_UNITS = 64;    // of a block
static const int GIBBS_CHAINS = 128;  // of a block, and its threads
static const int GIBBS_CHUNK = 8;     // 32-bit words of inputs that are in shared memory at a time
static const int GIBBS_UNITS_A_DRAW = 8;
static const int GIBBS_TABLES = 8;  // of a word: one for four inputs
static const int GIBBS_PARTS = 2;   // of a weight in fixed point

static const int GIBBS_TILE_UNITS = 16, GIBBS_TILE_CHAINS = 8;  // of a product of tiles, 32 inputs deep
static const int GIBBS_UNIT_TILES = GIBBS_UNITS / GIBBS_TILE_UNITS;
static const int GIBBS_WARP_CHAINS = 32;
static const int GIBBS_CHAIN_TILES = GIBBS_WARP_CHAINS / GIBBS_TILE_CHAINS;

static const unsigned GIBBS_LAYER_SHIFT = 30, GIBBS_LOWER_HALVES = 1u << 29;
static const float GIBBS_ROUND = 12582912.0f;  // 1.5 * 2^23: adding it leaves no room for a fraction

struct alignas(16) gibbs_vector {
  unsigned word[4];
};
static const int GIBBS_CHUNK_VECTORS = 32 * GIBBS_CHUNK / 16;  // 8-bit weights of a unit in a chunk

// The strides let the threads of a warp that read or write together hit different banks.
struct gibbs_shared {
  union {
    gibbs_vector weights[GIBBS_PARTS * GIBBS_UNITS][GIBBS_CHUNK_VECTORS + 1];
    float tables[GIBBS_UNITS][GIBBS_TABLES][16 + 1];
    float sums[GIBBS_UNITS][GIBBS_CHAINS + 9];
  };
  unsigned states[GIBBS_CHAINS][GIBBS_CHUNK + 1];
};

// Where a block is, and the states that its units listen to.
struct gibbs_place {
  long long unit_block, first_chain;
  const unsigned* inputs;
  long long input_words;  // 32-bit words of a row
  long long n_chains;
  int chunks;
};

#if defined(__CUDACC__)
#define GIBBS_UNROLL _Pragma("unroll")
#define GIBBS_NO_UNROLL _Pragma("unroll 1")

// sums (16 units x 8 chains) += weights (16 x 32 inputs, signed) times states (32 inputs x 8 chains, unsigned), each in
// the registers of a warp: with g = lane / 4 and t = lane % 4, sums {g, g, g + 8, g + 8} x {2 t, 2 t + 1, 2 t, 2 t +
// 1}; weights of units {g, g + 8, g, g + 8}, four inputs from {4 t, 4 t, 4 t + 16, 4 t + 16} on; states of chain g,
// four inputs from {4 t, 4 t + 16} on.
__device__ inline void gibbs_multiply(int (&sums)[4], const unsigned (&weights)[4], const unsigned (&states)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k32.row.col.s32.s8.u8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(weights[0]), "r"(weights[1]), "r"(weights[2]), "r"(weights[3]), "r"(states[0]), "r"(states[1]));
}
#else
// A test that runs this on a CPU brings its own gibbs_multiply.
#define GIBBS_UNROLL
#define GIBBS_NO_UNROLL
#endif

// Four bits as four bytes.
__device__ inline unsigned gibbs_bytes(unsigned bits) { return (bits & 15) * 0x00204081u & 0x01010101u; }

// Copies a chunk of the states of the block's chains to shared memory; those of no chain are 0.
__device__ inline void gibbs_load_states(const gibbs_place& place, int chunk, gibbs_shared& shared) {
  for (int slot = threadIdx.x; slot < GIBBS_CHAINS * GIBBS_CHUNK; slot += GIBBS_CHAINS) {
    const int row = slot / GIBBS_CHUNK, word = slot % GIBBS_CHUNK;
    const long long chain = place.first_chain + row;
    shared.states[row][word] =
        chain < place.n_chains ? place.inputs[chain * place.input_words + chunk * GIBBS_CHUNK + word] : 0;
  }
}

// The block's sums in shared.sums, of weights in fixed point: (part, unit, input).
//
// Whole numbers of 32 bits suffice for a part's sum over 2^18 inputs; 256 times that of the high part may pass them
// only on the way to a sum that does not, so it is added without a sign.
__device__ inline void gibbs_sum(const gibbs_vector* weights, const gibbs_place& place, gibbs_shared& shared) {
  const int thread = threadIdx.x, lane = thread % 32, first = thread - lane;  // the warp's first chain
  const int group = lane / 4, of_group = lane % 4;
  const long long row_vectors = (long long)place.chunks * GIBBS_CHUNK_VECTORS;
  int sums[GIBBS_UNIT_TILES][GIBBS_PARTS][GIBBS_CHAIN_TILES][4] = {};
  for (int chunk = 0; chunk < place.chunks; ++chunk) {
    __syncthreads();  // everyone is done with the last chunk
    gibbs_load_states(place, chunk, shared);
    for (int slot = thread; slot < GIBBS_PARTS * GIBBS_UNITS * GIBBS_CHUNK_VECTORS; slot += GIBBS_CHAINS) {
      const int row = slot / GIBBS_CHUNK_VECTORS, at = slot % GIBBS_CHUNK_VECTORS;
      const long long unit =
          ((long long)(row / GIBBS_UNITS) * gridDim.x + place.unit_block) * GIBBS_UNITS + row % GIBBS_UNITS;
      shared.weights[row][at] = weights[unit * row_vectors + chunk * GIBBS_CHUNK_VECTORS + at];
    }
    __syncthreads();
    GIBBS_NO_UNROLL
    for (int word = 0; word < GIBBS_CHUNK; ++word) {
      unsigned states[GIBBS_CHAIN_TILES][2];
      GIBBS_UNROLL
      for (int tile = 0; tile < GIBBS_CHAIN_TILES; ++tile) {
        const unsigned bits = shared.states[first + tile * GIBBS_TILE_CHAINS + group][word] >> (4 * of_group);
        states[tile][0] = gibbs_bytes(bits);
        states[tile][1] = gibbs_bytes(bits >> 16);
      }
      GIBBS_UNROLL
      for (int tile = 0; tile < GIBBS_UNIT_TILES; ++tile) {
        GIBBS_UNROLL
        for (int part = 0; part < GIBBS_PARTS; ++part) {
          const gibbs_vector(*row)[GIBBS_CHUNK_VECTORS + 1] =
              shared.weights + part * GIBBS_UNITS + tile * GIBBS_TILE_UNITS + group;
          const unsigned of_tile[4] = {row[0][2 * word].word[of_group], row[8][2 * word].word[of_group],
                                       row[0][2 * word + 1].word[of_group], row[8][2 * word + 1].word[of_group]};
          GIBBS_UNROLL
          for (int chains = 0; chains < GIBBS_CHAIN_TILES; ++chains)
            gibbs_multiply(sums[tile][part][chains], of_tile, states[chains]);
        }
      }
    }
  }
  __syncthreads();
  GIBBS_UNROLL
  for (int tile = 0; tile < GIBBS_UNIT_TILES; ++tile) {
    GIBBS_UNROLL
    for (int chains = 0; chains < GIBBS_CHAIN_TILES; ++chains) {
      GIBBS_UNROLL
      for (int i = 0; i < 4; ++i) {
        const int unit = tile * GIBBS_TILE_UNITS + group + 8 * (i / 2);
        const int chain = first + chains * GIBBS_TILE_CHAINS + 2 * of_group + i % 2;
        const unsigned whole = 256u * (unsigned)sums[tile][0][chains][i] + (unsigned)sums[tile][1][chains][i];
        shared.sums[unit][chain] = (float)(int)whole;
      }
    }
  }
  __syncthreads();
}

// The block's sums in shared.sums, of weights in float32: (w0 + w1) + (w2 + w3) of four inputs, one after the other.
__device__ inline void gibbs_sum(const float* weights, const gibbs_place& place, gibbs_shared& shared) {
  const int thread = threadIdx.x;
  const long long row = 32ll * GIBBS_CHUNK * place.chunks;
  float sums[GIBBS_UNITS] = {};
  for (int chunk = 0; chunk < place.chunks; ++chunk) {
    GIBBS_NO_UNROLL
    for (int word = 0; word < GIBBS_CHUNK; ++word) {
      __syncthreads();  // everyone is done with the last tables
      if (word == 0) gibbs_load_states(place, chunk, shared);
      for (int slot = thread; slot < GIBBS_UNITS * GIBBS_TABLES; slot += GIBBS_CHAINS) {
        const int unit = slot / GIBBS_TABLES, table = slot % GIBBS_TABLES;
        const float* w =
            weights + (place.unit_block * GIBBS_UNITS + unit) * row + 32 * (chunk * GIBBS_CHUNK + word) + 4 * table;
        const float pair[4] = {0.0f, w[0], w[1], __fadd_rn(w[0], w[1])};
        const float other[4] = {0.0f, w[2], w[3], __fadd_rn(w[2], w[3])};
        GIBBS_UNROLL
        for (int bits = 0; bits < 16; ++bits)
          shared.tables[unit][table][bits] = __fadd_rn(pair[bits & 3], other[bits >> 2]);
      }
      __syncthreads();
      unsigned bits = shared.states[thread][word];
      GIBBS_NO_UNROLL
      for (int table = 0; table < GIBBS_TABLES; ++table) {
        const float* tables = &shared.tables[0][table][bits & 15];
        GIBBS_UNROLL
        for (int unit = 0; unit < GIBBS_UNITS; ++unit)
          sums[unit] = __fadd_rn(sums[unit], tables[unit * GIBBS_TABLES * (16 + 1)]);
        bits >>= 4;
      }
    }
  }
  __syncthreads();
  GIBBS_UNROLL
  for (int unit = 0; unit < GIBBS_UNITS; ++unit) shared.sums[unit][thread] = sums[unit];
  __syncthreads();
}

// 1 / (1 + exp(-x)), at most 1 - 2^-24, as in csrc/gibbs/sampling.h.
__device__ inline float gibbs_sigmoid(float x) {
  const float positive = x < 0.0f ? -x : x;
  const float a = positive < 87.0f ? positive : 87.0f;
  const float shifted = __fadd_rn(__fmul_rn(a, 1.44269504f), GIBBS_ROUND);
  const float n = __fsub_rn(shifted, GIBBS_ROUND);
  const float z = __fadd_rn(__fsub_rn(__fmul_rn(n, 0.693359375f), a), __fmul_rn(n, -2.12194440e-4f));
  float y = __fadd_rn(__fmul_rn(z, 1.9875691500e-4f), 1.3981999507e-3f);
  y = __fadd_rn(__fmul_rn(y, z), 8.3334519073e-3f);
  y = __fadd_rn(__fmul_rn(y, z), 4.1665795894e-2f);
  y = __fadd_rn(__fmul_rn(y, z), 1.6666665459e-1f);
  y = __fadd_rn(__fmul_rn(y, z), 5.0000001201e-1f);
  y = __fadd_rn(__fadd_rn(__fmul_rn(y, __fmul_rn(z, z)), z), 1.0f);
  const unsigned exponent = 0x4b400000u + 127u - __float_as_uint(shifted);
  const float e = __fmul_rn(y, __uint_as_float(exponent << 23));
  const float d = __fdiv_rn(1.0f, __fadd_rn(e, 1.0f));
  const float p = x < 0.0f ? __fmul_rn(e, d) : d;
  return p < 0x1.fffffep-1f ? p : 0x1.fffffep-1f;
}

__device__ inline float gibbs_probability(float sum, float scale, float bias) {
  return gibbs_sigmoid(__fadd_rn(__fmul_rn(sum, scale), bias));
}

// All that tells one uniform number from another but the unit.
struct gibbs_draw {
  unsigned long long seed;
  unsigned update, sweep, layer, chain;
};

// Philox4x32-10: halves of the uniforms of the eight units from `unit` on, two units a word.
__device__ inline void gibbs_philox(const gibbs_draw& draw, long long unit, unsigned which, unsigned (&random)[4]) {
  unsigned x0 = (unsigned)(unit / GIBBS_UNITS_A_DRAW) | draw.layer << GIBBS_LAYER_SHIFT | which;
  unsigned x1 = draw.chain, x2 = draw.sweep, x3 = draw.update;
  unsigned low = (unsigned)draw.seed, high = (unsigned)(draw.seed >> 32);
  GIBBS_UNROLL
  for (int round = 0; round < 10; ++round) {
    const unsigned long long product0 = 0xD2511F53ull * x0, product1 = 0xCD9E8D57ull * x2;
    x0 = (unsigned)(product1 >> 32) ^ x1 ^ low;
    x1 = (unsigned)product1;
    x2 = (unsigned)(product0 >> 32) ^ x3 ^ high;
    x3 = (unsigned)product0;
    low += 0x9E3779B9u;
    high += 0xBB67AE85u;
  }
  random[0] = x0;
  random[1] = x1;
  random[2] = x2;
  random[3] = x3;
}

// New states of the block's 64 units of one thread's chain; only those of `free` mean something.
__device__ inline gibbs_word gibbs_fresh(const gibbs_shared& shared, const float* scale, const float* bias,
                                         const gibbs_draw& draw, long long first_unit, gibbs_word free) {
  gibbs_word fresh = 0;
  GIBBS_NO_UNROLL
  for (int first = 0; first < GIBBS_UNITS; first += GIBBS_UNITS_A_DRAW) {
    if ((free >> first & 255) == 0) continue;
    unsigned random[4];
    gibbs_philox(draw, first_unit + first, 0, random);
    GIBBS_UNROLL
    for (int i = 0; i < GIBBS_UNITS_A_DRAW; ++i) {
      const int unit = first + i;
      const float p =
          gibbs_probability(shared.sums[unit][threadIdx.x], scale[first_unit + unit], bias[first_unit + unit]);
      const float scaled = __fmul_rn(p, 65536.0f);
      const int threshold = (int)scaled, upper = (int)(random[i / 2] >> (16 * (i % 2)) & 0xffff);
      bool one = upper < threshold;
      if (upper == threshold) {  // once in 65,536 times
        const int remainder = (int)__fmul_rn(__fsub_rn(scaled, (float)threshold), 65536.0f);
        unsigned lower[4];
        gibbs_philox(draw, first_unit + first, GIBBS_LOWER_HALVES, lower);
        one = (int)(lower[i / 2] >> (16 * (i % 2)) & 0xffff) < remainder;
      }
      fresh |= (gibbs_word)one << unit;
    }
  }
  return fresh;
}

template <typename Weight>
__device__ inline void gibbs_sample(const Weight* weights, int chunks, const float* scale, const float* bias,
                                    const unsigned* inputs, long long input_words, gibbs_word* states, long long words,
                                    const gibbs_word* pinned, long long n_units, long long n_chains, gibbs_draw draw) {
  __shared__ gibbs_shared shared;
  const long long unit_block = blockIdx.x, first_unit = unit_block * GIBBS_UNITS, left = n_units - first_unit;
  gibbs_word free = left < GIBBS_UNITS ? (1ull << left) - 1 : ~0ull;
  if (pinned != nullptr) free &= ~pinned[unit_block];
  if (free == 0) return;
  const unsigned first_chain = draw.chain;
  for (long long first = (long long)blockIdx.y * GIBBS_CHAINS; first < n_chains;
       first += (long long)gridDim.y * GIBBS_CHAINS) {
    gibbs_sum(weights, {unit_block, first, inputs, input_words, n_chains, chunks}, shared);
    const long long chain = first + threadIdx.x;
    if (chain < n_chains) {
      draw.chain = first_chain + (unsigned)chain;
      const gibbs_word fresh = gibbs_fresh(shared, scale, bias, draw, first_unit, free);
      gibbs_word* state = states + chain * words + unit_block;
      *state = (*state & ~free) | (fresh & free);
    }
  }
}

// Launch all that follow, but where it is said, with 128 threads, one block in x for each 64 units; blocks in y share
// out the chains.
//
// weights  (2 parts, units, inputs) int8, in whole blocks of 64 units and `chunks` of 256 inputs.
// scale, bias  of each unit.
// inputs   (n_chains, input_words) 32-bit words: states of the other layer.
// states   (n_chains, words), changed where a unit is free.
// pinned   (words,): bits of units that keep their states; null if there are none.
extern "C" __global__ void gibbs_sample_fixed_point(const gibbs_vector* weights, int chunks, const float* scale,
                                                    const float* bias, const unsigned* inputs, long long input_words,
                                                    gibbs_word* states, long long words, const gibbs_word* pinned,
                                                    long long n_units, long long n_chains, unsigned long long seed,
                                                    unsigned update, unsigned sweep, unsigned layer,
                                                    unsigned first_chain) {
  gibbs_sample(weights, chunks, scale, bias, inputs, input_words, states, words, pinned, n_units, n_chains,
               {seed, update, sweep, layer, first_chain});
}

// weights  (units, inputs) float32; all else as for gibbs_sample_fixed_point.
extern "C" __global__ void gibbs_sample_floats(const float* weights, int chunks, const float* scale, const float* bias,
                                               const unsigned* inputs, long long input_words, gibbs_word* states,
                                               long long words, const gibbs_word* pinned, long long n_units,
                                               long long n_chains, unsigned long long seed, unsigned update,
                                               unsigned sweep, unsigned layer, unsigned first_chain) {
  gibbs_sample(weights, chunks, scale, bias, inputs, input_words, states, words, pinned, n_units, n_chains,
               {seed, update, sweep, layer, first_chain});
}

// Writes value(unit, sum) of each unit and chain to out (n_chains, n_units).
template <typename Weight, typename Value>
__device__ inline void gibbs_write(const Weight* weights, int chunks, const unsigned* inputs, long long input_words,
                                   long long n_units, long long n_chains, float* out, const Value& value) {
  __shared__ gibbs_shared shared;
  for (long long first = (long long)blockIdx.y * GIBBS_CHAINS; first < n_chains;
       first += (long long)gridDim.y * GIBBS_CHAINS) {
    gibbs_sum(weights, {blockIdx.x, first, inputs, input_words, n_chains, chunks}, shared);
    // Neighbouring threads write neighbouring units.
    for (int slot = threadIdx.x; slot < GIBBS_UNITS * GIBBS_CHAINS; slot += GIBBS_CHAINS) {
      const int of_block = slot % GIBBS_UNITS, row = slot / GIBBS_UNITS;
      const long long unit = (long long)blockIdx.x * GIBBS_UNITS + of_block, chain = first + row;
      if (unit < n_units && chain < n_chains) out[chain * n_units + unit] = value(unit, shared.sums[of_block][row]);
    }
  }
}

// out  (n_chains, n_units), written: P(unit = 1). All else as for gibbs_sample_fixed_point.
extern "C" __global__ void gibbs_probabilities_fixed_point(const gibbs_vector* weights, int chunks, const float* scale,
                                                           const float* bias, const unsigned* inputs,
                                                           long long input_words, float* out, long long n_units,
                                                           long long n_chains) {
  gibbs_write(weights, chunks, inputs, input_words, n_units, n_chains, out,
              [=](long long unit, float sum) { return gibbs_probability(sum, scale[unit], bias[unit]); });
}

extern "C" __global__ void gibbs_probabilities_floats(const float* weights, int chunks, const float* scale,
                                                      const float* bias, const unsigned* inputs, long long input_words,
                                                      float* out, long long n_units, long long n_chains) {
  gibbs_write(weights, chunks, inputs, input_words, n_units, n_chains, out,
              [=](long long unit, float sum) { return gibbs_probability(sum, scale[unit], bias[unit]); });
}

// Hidden units take the place of units, rows that of inputs, and visible units that of chains.
//
// probabilities  (hidden units, rows), padded like weights.
// rows_of_unit   (n_visible, row_words): bits of each visible unit, one a row.
// out            (n_visible, n_hidden), written: means over n_rows.
extern "C" __global__ void gibbs_mean_products(const float* probabilities, int chunks, const unsigned* rows_of_unit,
                                               long long row_words, long long n_rows, float* out, long long n_hidden,
                                               long long n_visible) {
  const float one_over = (float)(1.0 / (double)n_rows);
  gibbs_write(probabilities, chunks, rows_of_unit, row_words, n_hidden, n_visible, out,
              [=](long long, float sum) { return __fmul_rn(sum, one_over); });
}

// Launch with 128 threads, one a visible unit; blocks in y share out the words of `out`.
//
// out  (n_visible, row_words) 32-bit words, written: bit b of word w of a unit is its state in row 32 w + b.
extern "C" __global__ void gibbs_transpose(const gibbs_word* rows, long long words, long long n_rows,
                                           long long n_visible, unsigned* out, long long row_words) {
  const long long unit = (long long)blockIdx.x * GIBBS_CHAINS + threadIdx.x;
  if (unit >= n_visible) return;
  for (long long word = blockIdx.y; word < row_words; word += gridDim.y) {
    unsigned turned = 0;
    for (int bit = 0; bit < 32 && 32 * word + bit < n_rows; ++bit)
      turned |= (unsigned)(rows[(32 * word + bit) * words + unit / 64] >> (unit % 64) & 1) << bit;
    out[unit * row_words + word] = turned;
  }
}

// Launch with 128 threads, one a visible unit.
//
// means  (n_visible,), written: mean state.
extern "C" __global__ void gibbs_mean_states(const unsigned* rows_of_unit, long long row_words, long long n_rows,
                                             long long n_visible, double* means) {
  const long long unit = (long long)blockIdx.x * GIBBS_CHAINS + threadIdx.x;
  if (unit >= n_visible) return;
  long long ones = 0;
  for (long long word = 0; word < row_words; ++word) ones += __popcll(rows_of_unit[unit * row_words + word]);
  means[unit] = (double)ones / (double)n_rows;
}

// Launch with 128 threads, one a hidden unit.
//
// probabilities  (n_rows, n_hidden).
// means          (n_hidden,), written; added up row after row, as on the CPU.
extern "C" __global__ void gibbs_mean_probabilities(const float* probabilities, long long n_rows, long long n_hidden,
                                                    double* means) {
  const long long unit = (long long)blockIdx.x * GIBBS_CHAINS + threadIdx.x;
  if (unit >= n_hidden) return;
  double sum = 0;
  for (long long row = 0; row < n_rows; ++row) sum += (double)probabilities[row * n_hidden + unit];
  means[unit] = sum / (double)n_rows;
}

// Launch with 128 threads, one block a unit.
//
// weights  (n_units, n_inputs).
// scale    (units,), written for the n_units that there are.
// parts    (2, padded units, row) int8, written: the high and the low part of the weights as multiples of the scale.
extern "C" __global__ void gibbs_split(const float* weights, long long n_inputs, float* scale, signed char* parts,
                                       long long padded_units, long long row) {
  __shared__ float largest[GIBBS_CHAINS];
  const int thread = threadIdx.x;
  const float* of_unit = weights + blockIdx.x * n_inputs;
  float most = 0;
  for (long long first = 4ll * thread; first < n_inputs; first += 4 * GIBBS_CHAINS) {
    float positive = 0, negative = 0;
    for (long long input = first; input < first + 4 && input < n_inputs; ++input) {
      const float weight = of_unit[input];
      positive = __fadd_rn(positive, weight > 0.0f ? weight : 0.0f);
      negative = __fadd_rn(negative, weight < 0.0f ? -weight : 0.0f);
    }
    most = fmaxf(most, fmaxf(positive, negative));
  }
  largest[thread] = most;
  for (int half = GIBBS_CHAINS / 2; half > 0; half /= 2) {
    __syncthreads();
    if (thread < half) largest[thread] = fmaxf(largest[thread], largest[thread + half]);
  }
  __syncthreads();
  const float unit_scale = largest[0] > 1e-30f ? __fdiv_rn(largest[0], 32639.0f) : 1.0f;
  if (thread == 0) scale[blockIdx.x] = unit_scale;
  for (long long input = thread; input < n_inputs; input += GIBBS_CHAINS) {
    const float rounded = __fsub_rn(__fadd_rn(__fdiv_rn(of_unit[input], unit_scale), GIBBS_ROUND), GIBBS_ROUND);
    const int whole = (int)rounded, high = (whole + 128) >> 8;
    const long long at = blockIdx.x * row + input;
    parts[at] = (signed char)high;
    parts[padded_units * row + at] = (signed char)(whole - 256 * high);
  }
}
