// CUDA's words, so that g++ compiles the device code and a CPU runs it: the threads of a block are threads, which meet
// at a real barrier; blocks run one after the other; atomics are atomic. Slow, and enough to test the logic.
#include <atomic>
#include <barrier>
#include <thread>
#include <vector>

struct Coordinates {
  unsigned x, y;
};

static thread_local Coordinates threadIdx, blockIdx;
static Coordinates gridDim;
static std::barrier<>* block_barrier;

#define __global__
#define __device__
#define __shared__ static
#define __syncthreads() block_barrier->arrive_and_wait()
#define __popcll __builtin_popcountll

static void atomicMin(unsigned long long* address, unsigned long long value) {
  std::atomic_ref<unsigned long long> target(*address);
  unsigned long long current = target;
  while (value < current && !target.compare_exchange_weak(current, value)) {
  }
}

static void atomicAdd(unsigned long long* address, unsigned long long value) {
  std::atomic_ref<unsigned long long>(*address) += value;
}

#include HAMMING_CUH

extern "C" void launch(unsigned grid_x, unsigned grid_y, unsigned block_x, unsigned block_y,
                       const hamming_word* queries, long long n_queries, const hamming_word* targets,
                       long long n_targets, int words, int pairs, int k, hamming_key* row_keys,
                       hamming_key* column_keys, unsigned long long* counts) {
  std::barrier barrier(block_x * block_y);
  block_barrier = &barrier;
  gridDim = {grid_x, grid_y};
  std::vector<std::jthread> threads;
  for (unsigned y = 0; y < block_y; ++y)
    for (unsigned x = 0; x < block_x; ++x)
      threads.emplace_back([=, &barrier] {
        threadIdx = {x, y};
        for (unsigned block = 0; block < grid_x * grid_y; ++block) {
          blockIdx = {block % grid_x, block / grid_x};
          hamming_search(queries, n_queries, targets, n_targets, words, pairs, k, row_keys, column_keys, counts);
          barrier.arrive_and_wait();
        }
      });
}
