// The pair-counts kernel for NVIDIA GPUs. Built by nvcc, or at first use by NVRTC (through CuPy), so it includes
// nothing.
//
// Panels are uint64, row-major: haplotype-major rows as they come, site-major bits (row j holds the alleles of site j,
// groups of haplotypes at whole words, padding zero) once they are transposed. Any number of words. r^2 is made of
// whole numbers up to the last two operations, as on every other backend.

typedef unsigned long long pair_counts_word;
typedef unsigned long long pair_counts_sum;

static const int PAIR_COUNTS_THREADS = 256;      // of a block, in x, but for tiles of pairs
static const int PAIR_COUNTS_PAIR_THREADS = 16;  // of a sampled pair: they read 128 bytes of a site side by side
static const int PAIR_COUNTS_TURNED_WORDS = 4;   // words of 64 rows that a block transposes at a time
static const int PAIR_COUNTS_SIDE_THREADS = 16;  // threads of a block for a tile of pairs: 16 x 16
static const int PAIR_COUNTS_SIDE_PAIRS = 4;     // pairs of a thread: 4 x 4
static const int PAIR_COUNTS_TILE = PAIR_COUNTS_SIDE_THREADS * PAIR_COUNTS_SIDE_PAIRS;
static const int PAIR_COUNTS_CHUNK = 16;  // words of each site held in shared memory at a time

static const double PAIR_COUNTS_R2_UNITS = 1073741824.0;  // sums of r^2 are in units of 2^-30

// Launch with 256 threads, one block in x for each 4 words of the rows; blocks in y share out the words of `out`.
//
// out  (n_columns, out_words), written: bit b of row j is bit j of row row_of_bit[b], or 0 where that is -1.
extern "C" __global__ void pair_counts_transpose(const pair_counts_word* rows, long long words, long long n_columns,
                                                 const long long* row_of_bit, pair_counts_word* out,
                                                 long long out_words) {
  __shared__ pair_counts_word tile[PAIR_COUNTS_TURNED_WORDS][64];
  const int thread = threadIdx.x;
  const long long first_word = (long long)blockIdx.x * PAIR_COUNTS_TURNED_WORDS;
  for (long long out_word = blockIdx.y; out_word < out_words; out_word += gridDim.y) {
    __syncthreads();  // everyone is done with the last tile
    {
      // Neighbouring threads read neighbouring words of a row.
      const int word = thread % PAIR_COUNTS_TURNED_WORDS, bit = thread / PAIR_COUNTS_TURNED_WORDS;
      const long long row = row_of_bit[64 * out_word + bit];
      const bool inside = row >= 0 && first_word + word < words;
      tile[word][bit] = inside ? rows[row * words + first_word + word] : 0;
    }
    __syncthreads();
    {
      // All threads of a warp read the same word of shared memory at a time.
      const int word = thread / 64, bit = thread % 64;
      const long long column = 64 * (first_word + word) + bit;
      pair_counts_word turned = 0;
      for (int i = 0; i < 64; ++i) turned |= (tile[word][i] >> bit & 1) << i;
      if (column < n_columns) out[column * out_words + out_word] = turned;
    }
  }
}

// Launch with 256 threads, one a site; blocks in y share out the rows.
//
// counts  (n_sites,), increased: rows that have a 1 at each site.
extern "C" __global__ void pair_counts_allele_counts(const pair_counts_word* rows, long long n_rows, long long words,
                                                     long long n_sites, pair_counts_sum* counts) {
  const long long site = (long long)blockIdx.x * PAIR_COUNTS_THREADS + threadIdx.x;
  if (site >= n_sites) return;
  pair_counts_sum count = 0;
  for (long long row = blockIdx.y; row < n_rows; row += gridDim.y) {
    count += rows[row * words + site / 64] >> (site % 64) & 1;
  }
  atomicAdd(counts + site, count);
}

// Launch with 256 threads, one a group of a triplet.
//
// counts  (n_triplets, n_groups), written: ones that the three sites share in words group_words[group] ...
//         group_words[group + 1] - 1. A pair is a triplet whose last two sites are the same.
extern "C" __global__ void pair_counts_joint_counts(const pair_counts_word* bits, long long words,
                                                    const long long* group_words, long long n_groups,
                                                    const long long* first, const long long* second,
                                                    const long long* third, long long n_triplets, int* counts) {
  const long long slot = (long long)blockIdx.x * PAIR_COUNTS_THREADS + threadIdx.x;
  if (slot >= n_triplets * n_groups) return;
  const long long triplet = slot / n_groups, group = slot % n_groups;
  const pair_counts_word* a = bits + first[triplet] * words;
  const pair_counts_word* b = bits + second[triplet] * words;
  const pair_counts_word* c = bits + third[triplet] * words;
  int count = 0;
  for (long long word = group_words[group]; word < group_words[group + 1]; ++word) {
    count += __popcll(a[word] & b[word] & c[word]);
  }
  counts[slot] = count;
}

// r^2 of two sites with p and q ones, `joint` of them shared, among n haplotypes; NaN where a site is fixed.
__device__ inline double pair_counts_r2_of(long long joint, long long p, long long q, long long n) {
  const double covariance = (double)(n * joint - p * q);
  const double variances = (double)(p * (n - p)) * (double)(q * (n - q));
  return variances > 0 ? covariance * covariance / variances : nan("");
}

// Launch with 256 threads, 16 a pair.
//
// counts  (n_sites,): ones of each site.
// values  (n_pairs,), written.
//
// Each pair reads two sites: for 5,008 haplotypes 1,280 bytes, of a panel of 65,536 sites that fits the second cache of
// a large GPU (42 MB). At 5 TB/s from there that is 0.26 ns a pair, half of it where first sites come many times in a
// row. On paper.
extern "C" __global__ void pair_counts_r2(const pair_counts_word* bits, long long words, const long long* counts,
                                          long long n, const long long* first, const long long* second,
                                          long long n_pairs, double* values) {
  const long long pair = ((long long)blockIdx.x * PAIR_COUNTS_THREADS + threadIdx.x) / PAIR_COUNTS_PAIR_THREADS;
  const int lane = threadIdx.x % PAIR_COUNTS_PAIR_THREADS;
  long long joint = 0;
  if (pair < n_pairs) {
    const pair_counts_word* a = bits + first[pair] * words;
    const pair_counts_word* b = bits + second[pair] * words;
    for (long long word = lane; word < words; word += PAIR_COUNTS_PAIR_THREADS) joint += __popcll(a[word] & b[word]);
  }
  for (int bit = 1; bit < PAIR_COUNTS_PAIR_THREADS; bit *= 2) joint += __shfl_xor_sync(~0u, joint, bit);
  if (pair < n_pairs && lane == 0)
    values[pair] = pair_counts_r2_of(joint, counts[first[pair]], counts[second[pair]], n);
}

// Copy PAIR_COUNTS_CHUNK words of each site of a tile to shared memory; zeros stand for what is past the panel's end.
// One word more than is used lies between rows, so that threads that read one column of words hit different banks.
__device__ inline void pair_counts_load(const pair_counts_word* bits, long long n_sites, long long words,
                                        long long first_site, long long first_word, int thread,
                                        pair_counts_word (*tile)[PAIR_COUNTS_CHUNK + 1]) {
  for (int slot = thread; slot < PAIR_COUNTS_TILE * PAIR_COUNTS_CHUNK; slot += PAIR_COUNTS_THREADS) {
    const int row = slot / PAIR_COUNTS_CHUNK, word = slot % PAIR_COUNTS_CHUNK;
    const bool inside = first_site + row < n_sites && first_word + word < words;
    tile[row][word] = inside ? bits[(first_site + row) * words + first_word + word] : 0;
  }
}

// Ones that the sites of two tiles share: those of the thread at (column, row) are of the sites row + 16 i of the first
// and column + 16 j of the second, so that a word read from shared memory is used four times.
__device__ inline void pair_counts_tile(const pair_counts_word* bits, long long n_sites, long long words,
                                        long long first_a, long long first_b, int column, int row,
                                        int (*joint)[PAIR_COUNTS_SIDE_PAIRS]) {
  __shared__ pair_counts_word words_a[PAIR_COUNTS_TILE][PAIR_COUNTS_CHUNK + 1];
  __shared__ pair_counts_word words_b[PAIR_COUNTS_TILE][PAIR_COUNTS_CHUNK + 1];
  const int thread = row * PAIR_COUNTS_SIDE_THREADS + column;
  for (int i = 0; i < PAIR_COUNTS_SIDE_PAIRS; ++i)
    for (int j = 0; j < PAIR_COUNTS_SIDE_PAIRS; ++j) joint[i][j] = 0;
  for (long long first_word = 0; first_word < words; first_word += PAIR_COUNTS_CHUNK) {
    __syncthreads();  // everyone is done with the last words
    pair_counts_load(bits, n_sites, words, first_a, first_word, thread, words_a);
    pair_counts_load(bits, n_sites, words, first_b, first_word, thread, words_b);
    __syncthreads();
    for (int word = 0; word < PAIR_COUNTS_CHUNK; ++word) {
      pair_counts_word a[PAIR_COUNTS_SIDE_PAIRS], b[PAIR_COUNTS_SIDE_PAIRS];
      for (int i = 0; i < PAIR_COUNTS_SIDE_PAIRS; ++i) {
        a[i] = words_a[row + PAIR_COUNTS_SIDE_THREADS * i][word];
        b[i] = words_b[column + PAIR_COUNTS_SIDE_THREADS * i][word];
      }
      for (int i = 0; i < PAIR_COUNTS_SIDE_PAIRS; ++i)
        for (int j = 0; j < PAIR_COUNTS_SIDE_PAIRS; ++j) joint[i][j] += __popcll(a[i] & b[j]);
    }
  }
}

// Launch with 16 x 16 threads, one block in x for each 64 sites; blocks in y share out the tiles of 64 other sites.
//
// values  (n_sites, n_sites), written.
extern "C" __global__ void pair_counts_r2_matrix(const pair_counts_word* bits, long long n_sites, long long words,
                                                 const long long* counts, long long n, double* values) {
  const long long first_a = (long long)blockIdx.x * PAIR_COUNTS_TILE;
  const long long n_tiles = (n_sites + PAIR_COUNTS_TILE - 1) / PAIR_COUNTS_TILE;
  for (long long tile = blockIdx.y; tile < n_tiles; tile += gridDim.y) {
    const long long first_b = tile * PAIR_COUNTS_TILE;
    int joint[PAIR_COUNTS_SIDE_PAIRS][PAIR_COUNTS_SIDE_PAIRS];
    pair_counts_tile(bits, n_sites, words, first_a, first_b, threadIdx.x, threadIdx.y, joint);
    for (int i = 0; i < PAIR_COUNTS_SIDE_PAIRS; ++i) {
      for (int j = 0; j < PAIR_COUNTS_SIDE_PAIRS; ++j) {
        const long long a = first_a + threadIdx.y + PAIR_COUNTS_SIDE_THREADS * i;
        const long long b = first_b + threadIdx.x + PAIR_COUNTS_SIDE_THREADS * j;
        if (a < n_sites && b < n_sites)
          values[a * n_sites + b] = pair_counts_r2_of(joint[i][j], counts[a], counts[b], n);
      }
    }
  }
}

// Launch as pair_counts_r2_matrix.
//
// bins  (n_sites,): bin of each site, never falling.
// sums  (n_bins, n_bins), increased: r^2 of each pair a < b in units of 2^-30, at the bin of a and that of b. Pairs
// with
//       a fixed site add nothing.
extern "C" __global__ void pair_counts_r2_sums(const pair_counts_word* bits, long long n_sites, long long words,
                                               const long long* counts, long long n, const long long* bins,
                                               long long n_bins, pair_counts_sum* sums) {
  __shared__ int units[PAIR_COUNTS_TILE][PAIR_COUNTS_TILE + 1];  // one more against bank conflicts
  const long long first_a = (long long)blockIdx.x * PAIR_COUNTS_TILE;
  const long long n_tiles = (n_sites + PAIR_COUNTS_TILE - 1) / PAIR_COUNTS_TILE;
  for (long long tile = blockIdx.x + (long long)blockIdx.y; tile < n_tiles; tile += gridDim.y) {
    const long long first_b = tile * PAIR_COUNTS_TILE;
    int joint[PAIR_COUNTS_SIDE_PAIRS][PAIR_COUNTS_SIDE_PAIRS];
    pair_counts_tile(bits, n_sites, words, first_a, first_b, threadIdx.x, threadIdx.y, joint);
    // The barriers of the tile came after everyone was done with the last tile's units.
    for (int i = 0; i < PAIR_COUNTS_SIDE_PAIRS; ++i) {
      for (int j = 0; j < PAIR_COUNTS_SIDE_PAIRS; ++j) {
        const int row = threadIdx.y + PAIR_COUNTS_SIDE_THREADS * i;
        const int column = threadIdx.x + PAIR_COUNTS_SIDE_THREADS * j;
        const long long a = first_a + row, b = first_b + column;
        double value = 0;
        if (a < b && b < n_sites) value = pair_counts_r2_of(joint[i][j], counts[a], counts[b], n);
        units[row][column] = value > 0 ? (int)rint(value * PAIR_COUNTS_R2_UNITS) : 0;  // r^2 is at most 1
      }
    }
    __syncthreads();
    const int row = threadIdx.y * PAIR_COUNTS_SIDE_THREADS + threadIdx.x;
    if (row < PAIR_COUNTS_TILE && first_a + row < n_sites) {
      // One thread a site adds its pairs up, bin by bin.
      pair_counts_sum* of_bin = sums + bins[first_a + row] * n_bins;
      pair_counts_sum sum = 0;
      for (int column = 0; column < PAIR_COUNTS_TILE && first_b + column < n_sites; ++column) {
        const long long b = first_b + column;
        sum += units[row][column];
        const bool last = column + 1 == PAIR_COUNTS_TILE || b + 1 == n_sites || bins[b + 1] != bins[b];
        if (last && sum > 0) atomicAdd(of_bin + bins[b], sum);
        if (last) sum = 0;
      }
    }
  }
}

// Launch with 256 threads, one a window; blocks in y share out the rows.
//
// rows_by_group      (n_rows,): indices of rows.
// group_of_position  (n_rows,): the group of each of them.
// counts             (n_windows, n_groups, 2^k), increased. Window w holds the sites k * w ... k * w + k - 1; the first
//                    is a motif's lowest bit.
extern "C" __global__ void pair_counts_motif_counts(const pair_counts_word* rows, long long words, int k,
                                                    long long first_window, long long n_windows,
                                                    const long long* rows_by_group, const long long* group_of_position,
                                                    long long n_rows, long long n_groups, int* counts) {
  const long long window = (long long)blockIdx.x * PAIR_COUNTS_THREADS + threadIdx.x;
  if (window >= n_windows) return;
  const long long site = k * (first_window + window);
  const int bit = site % 64;
  for (long long position = blockIdx.y; position < n_rows; position += gridDim.y) {
    const pair_counts_word* word = rows + rows_by_group[position] * words + site / 64;
    pair_counts_word motif = word[0] >> bit;
    if (bit + k > 64) motif |= word[1] << (64 - bit);
    motif &= (1ull << k) - 1;
    atomicAdd(counts + ((window * n_groups + group_of_position[position]) << k) + motif, 1);
  }
}
