#include "../cuda_on_the_host.h"

#include <cstdint>
#include <cstring>
#include <deque>

struct hamming_quad;

// mma.sync.m16n8k256 as the PTX ISA lays out its fragments: registers of a warp's threads are gathered as the matrices
// that they stand for, rows of 256 bits.
static void hamming_multiply(int (&sums)[4], const unsigned (&queries)[4], const unsigned (&targets)[2]) {
  static unsigned a[32][16][8], b[32][8][8];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, group = lane / 4, of_group = lane % 4;
  for (int i = 0; i < 4; ++i) a[warp][group + 8 * (i % 2)][of_group + 4 * (i / 2)] = queries[i];
  for (int i = 0; i < 2; ++i) b[warp][group][of_group + 4 * i] = targets[i];
  __syncwarp();
  for (int i = 0; i < 4; ++i) {
    const int row = group + 8 * (i / 2), column = 2 * of_group + i % 2;
    for (int word = 0; word < 8; ++word) sums[i] += __builtin_popcount(a[warp][row][word] & b[warp][column][word]);
  }
  __syncwarp();
}

// ldmatrix.x4: lane l brings row l % 8 of tile l / 8.
static void hamming_read_tiles(unsigned (&words)[4], const hamming_quad* quad) {
  static const hamming_quad* rows[32][32];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  rows[warp][lane] = quad;
  __syncwarp();
  for (int tile = 0; tile < 4; ++tile) {
    const auto* row = reinterpret_cast<const unsigned*>(rows[warp][8 * tile + lane / 4]);
    words[tile] = row[lane % 4];
  }
  __syncwarp();
}

// cp.async, as late as it may be: copies of a group are made when its thread waits for it.
struct Copy {
  void* to;
  const void* from;
  int bytes, zeros;
};
static std::map<const Thread*, std::deque<std::vector<Copy>>> groups;
static std::map<const Thread*, std::vector<Copy>> begun;

static void hamming_copy_16(void* to, const void* from, int bytes) {
  begun[running].push_back({to, from, bytes, 16 - bytes});
}
static void hamming_copy_8(void* to, const void* from, int bytes) {
  begun[running].push_back({to, from, bytes, 8 - bytes});
}
static void hamming_end_group() {
  groups[running].push_back(begun[running]);
  begun[running].clear();
}
template <int LEFT>
static void hamming_wait_for_groups() {
  auto& of_thread = groups[running];
  for (; of_thread.size() > LEFT; of_thread.pop_front()) {
    for (const Copy& copy : of_thread.front()) {
      // The card wants both addresses to be multiples of the size, even of what is not read.
      const auto size = static_cast<std::uintptr_t>(copy.bytes + copy.zeros);
      if (reinterpret_cast<std::uintptr_t>(copy.to) % size || reinterpret_cast<std::uintptr_t>(copy.from) % size)
        std::abort();
      if (copy.bytes) std::memcpy(copy.to, copy.from, copy.bytes);
      std::memset(static_cast<char*>(copy.to) + copy.bytes, 0, copy.zeros);
    }
  }
}

#include DEVICE_CODE

const Kernels kernels = {
    {"hamming_ones", on_the_host(hamming_ones)},
    {"hamming_search", on_the_host(hamming_search)},
    {"hamming_search_by_tensor_cores", on_the_host(hamming_search_by_tensor_cores)},
};
