// The Hamming kernel for NVIDIA GPUs: XOR, population count, add.
//
// Built by nvcc, or at first use by NVRTC (through CuPy), so it includes nothing. Rows are bit-packed haplotypes,
// uint64, row-major, any number of words. A running answer is a key, distance << 32 | index: the smallest key is the
// nearest row and ties go to the lowest index, whatever the order in which blocks run.
//
// One block of 16 x 16 threads owns a tile of 64 queries and walks over tiles of 64 targets. Each thread sums 4 x 4
// distances in registers, so that a word read from shared memory is used four times. Distances of a finished tile go to
// shared memory, where one thread a query keeps its k best and one thread a target finds its nearest query.
// Device memory beyond the rows: k keys a query and one a target.

typedef unsigned long long hamming_word;
typedef unsigned long long hamming_key;

// Which pairs (query, target) are compared.
enum HammingPairs {
  HAMMING_ALL_PAIRS = 0,
  HAMMING_OTHER_PAIRS = 1,  // query != target: a row is not its own neighbour
  HAMMING_LATER_PAIRS = 2,  // query < target: each unordered pair of one panel's rows once
};

static const int HAMMING_MAX_K = 8;
static const int HAMMING_SIDE_THREADS = 16;  // threads of a block: 16 x 16
static const int HAMMING_SIDE_PAIRS = 4;     // pairs of a thread: 4 x 4
static const int HAMMING_TILE = HAMMING_SIDE_THREADS * HAMMING_SIDE_PAIRS;
static const int HAMMING_CHUNK = 16;  // words of each row held in shared memory at a time

static const hamming_key HAMMING_NO_KEY = ~0ull;  // greater than every key

__device__ inline bool hamming_is_compared(long long query, long long n_queries, long long target, long long n_targets,
                                           int pairs) {
  if (query >= n_queries || target >= n_targets) return false;  // past the last row of a tile
  if (pairs == HAMMING_OTHER_PAIRS) return query != target;
  if (pairs == HAMMING_LATER_PAIRS) return query < target;
  return true;
}

__device__ inline hamming_key hamming_make_key(int distance, long long index) {
  return (hamming_key)distance << 32 | (hamming_key)index;
}

// Put a key among the k smallest of a row, which are sorted, if it is one of them.
__device__ inline void hamming_keep(hamming_key key, hamming_key* best, int k) {
  int slot = k - 1;
  if (key >= best[slot]) return;
  for (; slot > 0 && best[slot - 1] > key; --slot) best[slot] = best[slot - 1];
  best[slot] = key;
}

// Copy HAMMING_CHUNK words of each row of a tile to shared memory; zeros stand for what is past the panel's end.
// One word more than is used lies between rows, so that threads that read one column of words hit different banks.
__device__ inline void hamming_load(const hamming_word* rows, long long n_rows, int words, long long first_row,
                                    int first_word, int thread, hamming_word (*tile)[HAMMING_CHUNK + 1]) {
  const int n_threads = HAMMING_SIDE_THREADS * HAMMING_SIDE_THREADS;
  for (int slot = thread; slot < HAMMING_TILE * HAMMING_CHUNK; slot += n_threads) {
    const int row = slot / HAMMING_CHUNK, word = slot % HAMMING_CHUNK;
    const bool inside = first_row + row < n_rows && first_word + word < words;
    tile[row][word] = inside ? rows[(first_row + row) * words + first_word + word] : 0;
  }
}

// Launch with 16 x 16 threads, one block in x for each 64 queries; blocks in y share out the targets among them.
//
// row_keys     (gridDim.y, n_queries, k), written: the k smallest keys (by target) of each query among the targets that
//              each block in y took; HAMMING_NO_KEY where there are fewer. Not used with k = 0.
// column_keys  (n_targets,), lowered: the smallest key (by query) of each target; set to HAMMING_NO_KEY before. Or
// null. counts       (64 * words + 1,), increased: pairs at each distance. Or null.
// Two blocks are to fit a multiprocessor: 128 registers a thread.
extern "C" __global__ void __launch_bounds__(HAMMING_SIDE_THREADS* HAMMING_SIDE_THREADS, 2)
    hamming_search(const hamming_word* queries, long long n_queries, const hamming_word* targets, long long n_targets,
                   int words, int pairs, int k, hamming_key* row_keys, hamming_key* column_keys,
                   unsigned long long* counts) {
  __shared__ hamming_word query_words[HAMMING_TILE][HAMMING_CHUNK + 1];
  __shared__ hamming_word target_words[HAMMING_TILE][HAMMING_CHUNK + 1];
  __shared__ int distances[HAMMING_TILE][HAMMING_TILE + 1];  // one more against bank conflicts
  __shared__ hamming_key best[HAMMING_TILE][HAMMING_MAX_K];

  const int column = threadIdx.x, row = threadIdx.y;
  const int thread = row * HAMMING_SIDE_THREADS + column;
  const long long first_query = (long long)blockIdx.x * HAMMING_TILE;
  const long long n_tiles = (n_targets + HAMMING_TILE - 1) / HAMMING_TILE;
  const long long first_tile = pairs == HAMMING_LATER_PAIRS ? blockIdx.x : 0;

  if (thread < HAMMING_TILE) {  // threads 0 ... 63 each keep one query's answers, from here to the end
    for (int slot = 0; slot < k; ++slot) best[thread][slot] = HAMMING_NO_KEY;
  }

  for (long long tile = first_tile + blockIdx.y; tile < n_tiles; tile += gridDim.y) {
    const long long first_target = tile * HAMMING_TILE;
    int sums[HAMMING_SIDE_PAIRS][HAMMING_SIDE_PAIRS] = {};
    for (int first_word = 0; first_word < words; first_word += HAMMING_CHUNK) {
      __syncthreads();  // everyone is done with the words, and with the distances of the last tile
      hamming_load(queries, n_queries, words, first_query, first_word, thread, query_words);
      hamming_load(targets, n_targets, words, first_target, first_word, thread, target_words);
      __syncthreads();
      for (int word = 0; word < HAMMING_CHUNK; ++word) {
        hamming_word q[HAMMING_SIDE_PAIRS], t[HAMMING_SIDE_PAIRS];
        for (int i = 0; i < HAMMING_SIDE_PAIRS; ++i) {
          q[i] = query_words[row + HAMMING_SIDE_THREADS * i][word];
          t[i] = target_words[column + HAMMING_SIDE_THREADS * i][word];
        }
        for (int i = 0; i < HAMMING_SIDE_PAIRS; ++i)
          for (int j = 0; j < HAMMING_SIDE_PAIRS; ++j) sums[i][j] += __popcll(q[i] ^ t[j]);
      }
    }

    for (int i = 0; i < HAMMING_SIDE_PAIRS; ++i) {
      for (int j = 0; j < HAMMING_SIDE_PAIRS; ++j) {
        const int r = row + HAMMING_SIDE_THREADS * i, c = column + HAMMING_SIDE_THREADS * j;
        distances[r][c] = sums[i][j];
        if (counts && hamming_is_compared(first_query + r, n_queries, first_target + c, n_targets, pairs))
          atomicAdd(counts + sums[i][j], 1ull);
      }
    }
    __syncthreads();

    if (thread < HAMMING_TILE && k > 0) {
      const long long query = first_query + thread;
      for (int c = 0; c < HAMMING_TILE; ++c) {
        const long long target = first_target + c;
        if (hamming_is_compared(query, n_queries, target, n_targets, pairs))
          hamming_keep(hamming_make_key(distances[thread][c], target), best[thread], k);
      }
    }
    if (thread >= HAMMING_TILE && thread < 2 * HAMMING_TILE && column_keys) {
      const int c = thread - HAMMING_TILE;
      const long long target = first_target + c;
      hamming_key nearest = HAMMING_NO_KEY;
      for (int r = 0; r < HAMMING_TILE; ++r) {
        const long long query = first_query + r;
        if (!hamming_is_compared(query, n_queries, target, n_targets, pairs)) continue;
        const hamming_key key = hamming_make_key(distances[r][c], query);
        if (key < nearest) nearest = key;
      }
      // The plain read may be old, hence too large: then the atomic is superfluous, never missing.
      if (nearest != HAMMING_NO_KEY && nearest < column_keys[target]) atomicMin(column_keys + target, nearest);
    }
  }

  if (thread < HAMMING_TILE && first_query + thread < n_queries) {
    hamming_key* keys = row_keys + ((long long)blockIdx.y * n_queries + first_query + thread) * k;
    for (int slot = 0; slot < k; ++slot) keys[slot] = best[thread][slot];
  }
}
