// The Hamming kernel for NVIDIA GPUs of compute capability 8.0 or later, whose tensor cores multiply bits.
//
// A distance is |x| + |y| - 2 |x and y|, and the last term is a product of matrices of bits: a warp's instruction adds
// the ones that 16 queries share with 8 targets in 256 sites. Built by nvcc, or at first use by NVRTC (through CuPy).
//
// One block of 256 threads owns a tile of 128 queries and walks over tiles of 256 targets, each warp through the pairs
// of 64 queries and 64 targets, whose sums stay in registers: for the 64 products of a slab, 512 sites, a warp reads 8
// KB of shared memory. Slabs of a tile's rows are copied to shared memory two ahead, from one tile on into the next,
// while the tensor cores are at work. Keys of a finished tile are reduced within a warp, then within the block. Device
// memory beyond the rows: k keys and the number of ones a query, a key and the number of ones a target.
//
// On paper, for 5,008 x 5,008 x 65,536 sites: 1.6e12 pairs of bits, 0.34 ms at the 4.8e15 a second that an H100 is
// reported to reach; shared memory gives a multiprocessor 128 bytes a clock, of which the products then ask 80.
#include "hamming.cuh"

static const int HAMMING_TENSOR_QUERIES = 128, HAMMING_TENSOR_TARGETS = 256;  // rows of a tile
static const int HAMMING_TENSOR_THREADS = 256;
static const int HAMMING_WARP_ROWS = 64;  // queries of a warp, and its targets
static const int HAMMING_WARPS_A_QUERY = HAMMING_TENSOR_TARGETS / HAMMING_WARP_ROWS;
static const int HAMMING_EIGHTS = HAMMING_WARP_ROWS / 8;
static const int HAMMING_SLAB_QUADS = 4;  // of a row: 512 sites, two products of 256
static const int HAMMING_SLAB_WORDS = 2 * HAMMING_SLAB_QUADS;
static const int HAMMING_STAGES = 3;  // slabs in shared memory: one that is read and two that are copied
static const int HAMMING_STAGE_QUADS = (HAMMING_TENSOR_QUERIES + HAMMING_TENSOR_TARGETS) * HAMMING_SLAB_QUADS;
static const int HAMMING_BINS = 4096;  // distances that a block counts in shared memory

// Stands for the ones of a row past a panel's end: greater than any distance, and small enough for the key of a pair of
// two such rows. So rows may have 2^22 - 1 sites.
static const unsigned HAMMING_NOT_COMPARED = 1u << 22;
static const unsigned HAMMING_NO_TILE_KEY = ~0u;

struct alignas(16) hamming_quad {
  unsigned word[4];
};

#if defined(__CUDACC__)
#define HAMMING_UNROLL _Pragma("unroll")
#define HAMMING_DYNAMIC_SHARED(name) extern __shared__ hamming_quad name[]

// sums (16 queries x 8 targets) += ones that they share in 256 sites, each in the registers of a warp: with g = lane /
// 4 and t = lane % 4, sums {g, g, g + 8, g + 8} x {2 t, 2 t + 1, 2 t, 2 t + 1}; words {t, t, t + 4, t + 4} of queries
// {g, g + 8, g, g + 8}; words {t, t + 4} of target g. Words may be in any order that is the same for both.
__device__ inline void hamming_multiply(int (&sums)[4], const unsigned (&queries)[4], const unsigned (&targets)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k256.row.col.s32.b1.b1.s32.and.popc {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, "
      "{%0, %1, %2, %3};"
      : "+r"(sums[0]), "+r"(sums[1]), "+r"(sums[2]), "+r"(sums[3])
      : "r"(queries[0]), "r"(queries[1]), "r"(queries[2]), "r"(queries[3]), "r"(targets[0]), "r"(targets[1]));
}

// Reads four tiles of 8 rows by a quad: each lane brings a row's quad, eight lanes those of a tile, and gets word lane
// % 4 of row lane / 4 of each tile.
__device__ inline void hamming_read_tiles(unsigned (&words)[4], const hamming_quad* quad) {
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(words[0]), "=r"(words[1]), "=r"(words[2]), "=r"(words[3])
               : "r"((unsigned)__cvta_generic_to_shared(quad))
               : "memory");
}

// Begin to copy 16 and 8 bytes to shared memory, or to set them to zero where `bytes` is 0: then nothing is read.
__device__ inline void hamming_copy_16(void* to, const void* from, int bytes) {
  asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from),
               "r"(bytes)
               : "memory");
}
__device__ inline void hamming_copy_8(void* to, const void* from, int bytes) {
  asm volatile("cp.async.ca.shared.global [%0], [%1], 8, %2;" ::"r"((unsigned)__cvta_generic_to_shared(to)), "l"(from),
               "r"(bytes)
               : "memory");
}
// What the thread has begun to copy since the last end of a group is a group.
__device__ inline void hamming_end_group() { asm volatile("cp.async.commit_group;" ::: "memory"); }
// All groups of the thread but the last so many are there.
template <int LEFT>
__device__ inline void hamming_wait_for_groups() {
  asm volatile("cp.async.wait_group %0;" ::"n"(LEFT) : "memory");
}
#else
// A test that runs this on a CPU brings its own of these functions.
#define HAMMING_UNROLL
#define HAMMING_DYNAMIC_SHARED(name) static hamming_quad name[HAMMING_STAGES * HAMMING_STAGE_QUADS + HAMMING_BINS / 4]
#endif

// A tile's key: the smallest is that of the smallest distance, and of the lowest row of the tile among equal ones.
__device__ inline unsigned hamming_tile_key(unsigned distance, int row) { return distance << 8 | row; }

// One panel, and what is copied from it.
struct hamming_panel {
  const hamming_word* rows;
  const int* ones;
  long long n_rows;
};

// Ones of a row, or what stands for them past the panel's end.
__device__ inline unsigned hamming_ones_of(const hamming_panel& panel, long long row) {
  return row < panel.n_rows ? panel.ones[row] : HAMMING_NOT_COMPARED;
}

// Where a quad of a row is in a slab of a panel's rows: rows are four quads, in an order that lets eight of them that
// are read or written together be in different banks.
__device__ inline int hamming_slab_place(int row, int quad) {
  return row * HAMMING_SLAB_QUADS + (quad ^ (row / 2 % HAMMING_SLAB_QUADS));
}

// Begins to copy a slab of rows of a panel to shared memory, (row, quad); zeros stand for what is past its end. A
// thread takes the same quad of every 64th row.
template <int N_ROWS>
__device__ inline void hamming_copy_slab(const hamming_panel& panel, int words, long long first_row, int slab,
                                         bool whole_quads, hamming_quad* to) {
  const int rows_at_once = HAMMING_TENSOR_THREADS / HAMMING_SLAB_QUADS;
  const int quad_of_row = threadIdx.x % HAMMING_SLAB_QUADS, first_row_of_tile = threadIdx.x / HAMMING_SLAB_QUADS;
  const int word = slab * HAMMING_SLAB_WORDS + 2 * quad_of_row, left = words - word;
  const hamming_word* from = panel.rows + first_row * words + word;
  HAMMING_UNROLL
  for (int first = 0; first < N_ROWS; first += rows_at_once) {
    const int row = first + first_row_of_tile;
    const bool inside = first_row + row < panel.n_rows;
    hamming_quad* quad = to + hamming_slab_place(row, quad_of_row);
    if (whole_quads) {
      hamming_copy_16(quad->word, from + row * words, inside && left > 0 ? 16 : 0);
    } else {
      hamming_copy_8(quad->word, from + row * words, inside && left > 0 ? 8 : 0);
      hamming_copy_8(quad->word + 2, from + row * words + 1, inside && left > 1 ? 8 : 0);
    }
  }
}

// sums += ones that the warp's queries and targets share in a slab; (16 queries, 8 targets, registers of a product).
__device__ inline void hamming_add_slab(const hamming_quad* queries, const hamming_quad* targets,
                                        int (&sums)[HAMMING_EIGHTS / 2][HAMMING_EIGHTS][4]) {
  const int lane = threadIdx.x % 32, eighth = lane / 8;
  HAMMING_UNROLL
  for (int quad = 0; quad < HAMMING_SLAB_QUADS; quad += 2) {
    // Tiles of a query's product: rows 0 and 8 on of the first quad, then of the second.
    unsigned q[HAMMING_EIGHTS / 2][4];
    HAMMING_UNROLL
    for (int i = 0; i < HAMMING_EIGHTS / 2; ++i)
      hamming_read_tiles(q[i], queries + hamming_slab_place(16 * i + lane % 16, quad + eighth / 2));
    HAMMING_UNROLL
    for (int j = 0; j < HAMMING_EIGHTS; j += 2) {
      // Those of two targets' products: both quads of rows 0 on, then of rows 8 on.
      unsigned t[4];
      hamming_read_tiles(t, targets + hamming_slab_place(8 * j + eighth / 2 * 8 + lane % 8, quad + eighth % 2));
      const unsigned even[2] = {t[0], t[1]}, odd[2] = {t[2], t[3]};
      HAMMING_UNROLL
      for (int i = 0; i < HAMMING_EIGHTS / 2; ++i) {
        hamming_multiply(sums[i][j], q[i], even);
        hamming_multiply(sums[i][j + 1], q[i], odd);
      }
    }
  }
}

__device__ inline unsigned hamming_smaller(unsigned a, unsigned b) { return b < a ? b : a; }

// The smallest of the values that lanes hold which differ in these bits of their number.
__device__ inline unsigned hamming_smallest(unsigned value, int first_bit, int last_bit) {
  for (int bit = first_bit; bit <= last_bit; bit *= 2) value = hamming_smaller(value, __shfl_xor_sync(~0u, value, bit));
  return value;
}

// Launch with 256 threads, one block for each 8 rows.
//
// ones  (n_rows,), written: ones of each row.
extern "C" __global__ void hamming_ones(const hamming_word* rows, long long n_rows, int words, int* ones) {
  const long long row = (long long)blockIdx.x * (HAMMING_TENSOR_THREADS / 32) + threadIdx.x / 32;
  int count = 0;
  if (row < n_rows)
    for (int word = threadIdx.x % 32; word < words; word += 32) count += __popcll(rows[row * words + word]);
  for (int bit = 1; bit < 32; bit *= 2) count += __shfl_xor_sync(~0u, count, bit);
  if (row < n_rows && threadIdx.x % 32 == 0) ones[row] = count;
}

// Launch with 256 threads, one block in x for each 128 queries; blocks in y share out the targets among them. Dynamic
// shared memory: HAMMING_STAGES * HAMMING_STAGE_QUADS quads and HAMMING_BINS numbers of 32 bits. A block in y may take
// 2^24 targets.
//
// query_ones, target_ones  (n_queries,) and (n_targets,), of hamming_ones.
// The rest as hamming_search has it.
extern "C" __global__ void __launch_bounds__(HAMMING_TENSOR_THREADS, 1)
    hamming_search_by_tensor_cores(const hamming_word* query_rows, const int* query_ones, long long n_queries,
                                   const hamming_word* target_rows, const int* target_ones, long long n_targets,
                                   int words, int pairs, int k, hamming_key* row_keys, hamming_key* column_keys,
                                   unsigned long long* counts) {
  HAMMING_DYNAMIC_SHARED(stages);
  __shared__ hamming_key best[HAMMING_TENSOR_QUERIES][HAMMING_MAX_K];
  __shared__ unsigned row_minima[HAMMING_TENSOR_QUERIES], taken[HAMMING_TENSOR_QUERIES];
  __shared__ unsigned column_minima[HAMMING_TENSOR_TARGETS];
  __shared__ unsigned first_bin;
  unsigned* bins = (unsigned*)(stages + HAMMING_STAGES * HAMMING_STAGE_QUADS);

  const hamming_panel queries = {query_rows, query_ones, n_queries};
  const hamming_panel targets = {target_rows, target_ones, n_targets};
  const int thread = threadIdx.x, lane = thread % 32, group = lane / 4, of_group = lane % 4;
  const int warp_query = thread / 32 / HAMMING_WARPS_A_QUERY * HAMMING_WARP_ROWS;
  const int warp_target = thread / 32 % HAMMING_WARPS_A_QUERY * HAMMING_WARP_ROWS;
  const long long first_query = (long long)blockIdx.x * HAMMING_TENSOR_QUERIES;
  const long long n_tiles = (n_targets + HAMMING_TENSOR_TARGETS - 1) / HAMMING_TENSOR_TARGETS;
  const long long first_tile = (pairs == HAMMING_LATER_PAIRS ? first_query / HAMMING_TENSOR_TARGETS : 0) + blockIdx.y;
  const int n_slabs = (words + HAMMING_SLAB_WORDS - 1) / HAMMING_SLAB_WORDS;
  const bool whole_quads =
      words % 2 == 0 && (unsigned long long)query_rows % 16 == 0 && (unsigned long long)target_rows % 16 == 0;

  if (thread < HAMMING_TENSOR_QUERIES) {
    for (int slot = 0; slot < k; ++slot) best[thread][slot] = HAMMING_NO_KEY;
    row_minima[thread] = HAMMING_NO_TILE_KEY;
  }
  column_minima[thread] = HAMMING_NO_TILE_KEY;
  if (counts)
    for (int bin = thread; bin < HAMMING_BINS; bin += HAMMING_TENSOR_THREADS) bins[bin] = 0;

  // The slab that is copied next.
  long long ahead_tile = first_tile;
  int ahead_slab = 0, ahead_stage = 0;
  const auto copy_next = [&] {
    if (ahead_tile < n_tiles) {
      hamming_quad* to = stages + ahead_stage * HAMMING_STAGE_QUADS;
      hamming_copy_slab<HAMMING_TENSOR_QUERIES>(queries, words, first_query, ahead_slab, whole_quads, to);
      hamming_copy_slab<HAMMING_TENSOR_TARGETS>(targets, words, ahead_tile * HAMMING_TENSOR_TARGETS, ahead_slab,
                                                whole_quads, to + HAMMING_TENSOR_QUERIES * HAMMING_SLAB_QUADS);
      ahead_stage = (ahead_stage + 1) % HAMMING_STAGES;
      if (++ahead_slab == n_slabs) ahead_slab = 0, ahead_tile += gridDim.y;
    }
    hamming_end_group();  // an empty one where nothing is left, so that their number tells which are there
  };
  for (int stage = 0; stage + 1 < HAMMING_STAGES; ++stage) copy_next();

  int stage = 0;
  for (long long tile = first_tile; tile < n_tiles; tile += gridDim.y) {
    const long long first_target = tile * HAMMING_TENSOR_TARGETS;
    int sums[HAMMING_EIGHTS / 2][HAMMING_EIGHTS][4] = {};
    for (int slab = 0; slab < n_slabs; ++slab) {
      hamming_wait_for_groups<HAMMING_STAGES - 2>();
      __syncthreads();  // everyone's part of the slab is there, and everyone is done with the last one, whose place the
      copy_next();      // next one takes
      const hamming_quad* slab_of_queries = stages + stage * HAMMING_STAGE_QUADS;
      const hamming_quad* slab_of_targets = slab_of_queries + HAMMING_TENSOR_QUERIES * HAMMING_SLAB_QUADS;
      hamming_add_slab(slab_of_queries + warp_query * HAMMING_SLAB_QUADS,
                       slab_of_targets + warp_target * HAMMING_SLAB_QUADS, sums);
      stage = (stage + 1) % HAMMING_STAGES;
    }

    // From here on sums are distances, HAMMING_NOT_COMPARED or more where a pair is not compared. Register r of a
    // product holds the query `row(i, r)` and the target `column(j, r)` of the tile.
    const auto row = [=](int i, int r) { return warp_query + 16 * i + 8 * (r / 2) + group; };
    const auto column = [=](int j, int r) { return warp_target + 8 * j + 2 * of_group + r % 2; };
    const bool some_not = pairs != HAMMING_ALL_PAIRS && first_target < first_query + HAMMING_TENSOR_QUERIES &&
                          first_query < first_target + HAMMING_TENSOR_TARGETS;
    HAMMING_UNROLL
    for (int j = 0; j < HAMMING_EIGHTS; ++j) {
      HAMMING_UNROLL
      for (int r = 0; r < 4; ++r) {
        const long long target = first_target + column(j, r);
        const unsigned ones = hamming_ones_of(targets, target);
        HAMMING_UNROLL
        for (int i = 0; i < HAMMING_EIGHTS / 2; ++i) {
          const long long query = first_query + row(i, r);
          sums[i][j][r] = (int)(hamming_ones_of(queries, query) + ones) - 2 * sums[i][j][r];
          if (some_not && !hamming_is_compared(query, n_queries, target, n_targets, pairs))
            sums[i][j][r] = HAMMING_NOT_COMPARED;
        }
      }
    }

    // The k nearest targets of each query: the nearest of the tile, then the nearest of the others, as long as one of
    // them is among the k nearest so far.
    for (int turn = 0; turn < k; ++turn) {
      HAMMING_UNROLL
      for (int i = 0; i < HAMMING_EIGHTS / 2; ++i) {
        HAMMING_UNROLL
        for (int half = 0; half < 2; ++half) {
          const int of_row = row(i, 2 * half);
          unsigned smallest = HAMMING_NO_TILE_KEY;
          HAMMING_UNROLL
          for (int j = 0; j < HAMMING_EIGHTS; ++j) {
            HAMMING_UNROLL
            for (int r = 2 * half; r < 2 * half + 2; ++r) {
              const unsigned key = hamming_tile_key(sums[i][j][r], column(j, r));
              if (turn == 0 || key > taken[of_row]) smallest = hamming_smaller(smallest, key);
            }
          }
          smallest = hamming_smallest(smallest, 1, 2);
          if (of_group == 0) atomicMin(row_minima + of_row, smallest);
        }
      }
      __syncthreads();
      bool kept = false;
      if (thread < HAMMING_TENSOR_QUERIES) {
        const unsigned key = row_minima[thread], distance = key >> 8;
        if (distance < HAMMING_NOT_COMPARED) {
          const hamming_key of_query = hamming_make_key(distance, first_target + key % 256);
          kept = of_query < best[thread][k - 1];
          if (kept) hamming_keep(of_query, best[thread], k);
        }
        taken[thread] = key;
        row_minima[thread] = HAMMING_NO_TILE_KEY;
      }
      if (!__syncthreads_or(kept)) break;
    }

    if (column_keys) {
      HAMMING_UNROLL
      for (int j = 0; j < HAMMING_EIGHTS; ++j) {
        HAMMING_UNROLL
        for (int odd = 0; odd < 2; ++odd) {
          unsigned smallest = HAMMING_NO_TILE_KEY;
          HAMMING_UNROLL
          for (int i = 0; i < HAMMING_EIGHTS / 2; ++i) {
            smallest = hamming_smaller(smallest, hamming_tile_key(sums[i][j][odd], row(i, odd)));
            smallest = hamming_smaller(smallest, hamming_tile_key(sums[i][j][odd + 2], row(i, odd + 2)));
          }
          smallest = hamming_smallest(smallest, 4, 16);
          if (group == 0) atomicMin(column_minima + column(j, odd), smallest);
        }
      }
      __syncthreads();
      const long long target = first_target + thread;
      const unsigned key = column_minima[thread], distance = key >> 8;
      column_minima[thread] = HAMMING_NO_TILE_KEY;
      if (distance < HAMMING_NOT_COMPARED) {
        const hamming_key of_target = hamming_make_key(distance, first_query + key % 256);
        // The plain read may be old, hence too large: then the atomic is superfluous, never missing.
        if (of_target < column_keys[target]) atomicMin(column_keys + target, of_target);
      }
    }

    if (counts) {
      if (tile == first_tile) {  // a block's distances are about as long as its first one
        if (thread == 0) {
          const unsigned distance = sums[0][0][0] < (int)HAMMING_NOT_COMPARED ? sums[0][0][0] : 0;
          first_bin = distance > HAMMING_BINS / 2 ? distance - HAMMING_BINS / 2 : 0;
        }
        __syncthreads();
      }
      HAMMING_UNROLL
      for (int i = 0; i < HAMMING_EIGHTS / 2; ++i) {
        HAMMING_UNROLL
        for (int j = 0; j < HAMMING_EIGHTS; ++j) {
          HAMMING_UNROLL
          for (int r = 0; r < 4; ++r) {
            const unsigned distance = sums[i][j][r], bin = distance - first_bin;
            if (bin < HAMMING_BINS && distance < HAMMING_NOT_COMPARED) {
              atomicAdd(bins + bin, 1u);
            } else if (distance < HAMMING_NOT_COMPARED) {
              atomicAdd(counts + distance, 1ull);
            }
          }
        }
      }
    }
  }

  __syncthreads();
  if (thread < HAMMING_TENSOR_QUERIES && first_query + thread < n_queries) {
    hamming_key* keys = row_keys + ((long long)blockIdx.y * n_queries + first_query + thread) * k;
    for (int slot = 0; slot < k; ++slot) keys[slot] = best[thread][slot];
  }
  if (counts && first_tile < n_tiles)
    for (int bin = thread; bin < HAMMING_BINS; bin += HAMMING_TENSOR_THREADS)
      if (bins[bin]) atomicAdd(counts + first_bin + bin, (unsigned long long)bins[bin]);
}
