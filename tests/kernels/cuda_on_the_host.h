// CUDA's words, so that g++ compiles device code and a CPU runs it. Slow, and enough to test the logic.
//
// Blocks run one after the other. The threads of a block take turns: each runs to the next barrier, in order up to one
// barrier and in reverse order to the next, so that a thread that should have waited for another gets ahead of it. So do
// warps between barriers of the block, since theirs are their own.
#pragma once

#include <ucontext.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

struct Coordinates {
  unsigned x, y;
};

static Coordinates threadIdx, blockIdx, blockDim, gridDim;

// A place to go on from: of the compiler's own jumps, which, unlike swapcontext, ask nothing of the system.
struct Place {
  void* registers[5];
};

struct Thread {
  Coordinates at;
  ucontext_t beginning;
  Place place;
  std::vector<char> stack;
  bool begun, done, waits_for_block;
};

static Place scheduler;
static Thread* running;
static std::function<void()> kernel_call;

// Whoever jumps is not to be where the place was taken.
[[gnu::noinline, noreturn]] static void jump(Place& to) { __builtin_longjmp(to.registers, 1); }

[[gnu::noinline]] static void wait() {
  if (!__builtin_setjmp(running->place.registers)) jump(scheduler);
}

static void __syncthreads() {
  running->waits_for_block = true;
  wait();
}

inline void __syncwarp() {
  running->waits_for_block = false;
  wait();
}

// Lets the running thread go on to its next barrier or its end.
[[gnu::noinline]] static void run() {
  if (__builtin_setjmp(scheduler.registers)) return;
  if (running->begun) jump(running->place);
  running->begun = true;
  setcontext(&running->beginning);
}

// Whether any thread of the block brought a true value. All threads take part, as in what follows.
inline int __syncthreads_or(int vote) {
  static int votes;
  votes |= vote;
  __syncthreads();
  const int any = votes;
  __syncthreads();
  votes = 0;
  __syncthreads();
  return any;
}

// The threads of a block in one line, as warps divide them.
inline unsigned thread_of_block() { return threadIdx.y * blockDim.x + threadIdx.x; }

// All lanes of the warp take part.
template <typename Number>
static Number __shfl_xor_sync(unsigned, Number value, int lanes) {
  static Number brought[1024];
  brought[thread_of_block()] = value;
  __syncwarp();
  value = brought[thread_of_block() ^ lanes];
  __syncwarp();
  return value;
}

#define __global__
#define __launch_bounds__(...)
#define __device__
#define __shared__ static
#define __popcll __builtin_popcountll

template <typename Number>
static void atomicAdd(Number* address, Number value) {
  *address += value;
}

template <typename Number>
static void atomicMin(Number* address, Number value) {
  if (value < *address) *address = value;
}

// Calls of each kernel of the device code, by name, with the addresses of their arguments.
using Kernels = std::map<std::string, std::function<void(void**)>>;
extern const Kernels kernels;

template <typename... Arguments>
static std::function<void(void**)> on_the_host(void (*kernel)(Arguments...)) {
  return [kernel](void** addresses) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      kernel(*static_cast<Arguments*>(addresses[I])...);
    }(std::index_sequence_for<Arguments...>{});
  };
}

static void run_thread() {
  kernel_call();
  running->done = true;
  jump(scheduler);
}

// False if some threads of a block ended while others waited at a barrier, or some of a warp waited at another one.
extern "C" bool launch(const char* name, unsigned grid_x, unsigned grid_y, unsigned block_x, unsigned block_y,
                       void** arguments) {
  const auto& kernel = kernels.at(name);
  kernel_call = [&] { kernel(arguments); };
  gridDim = {grid_x, grid_y};
  blockDim = {block_x, block_y};
  std::vector<Thread> threads(std::size_t{block_x} * block_y);
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i].at = {static_cast<unsigned>(i % block_x), static_cast<unsigned>(i / block_x)};
    threads[i].stack.resize(1 << 16);
  }
  const std::size_t n_warps = (threads.size() + 31) / 32;
  for (blockIdx.y = 0; blockIdx.y < grid_y; ++blockIdx.y) {
    for (blockIdx.x = 0; blockIdx.x < grid_x; ++blockIdx.x) {
      for (Thread& thread : threads) {
        thread.begun = thread.done = false;
        getcontext(&thread.beginning);
        thread.beginning.uc_stack.ss_sp = thread.stack.data();
        thread.beginning.uc_stack.ss_size = thread.stack.size();
        makecontext(&thread.beginning, run_thread, 0);
      }
      std::size_t done = 0;
      for (bool forwards = true; done == 0; forwards = !forwards) {
        for (std::size_t i = 0; i < n_warps; ++i) {
          const std::size_t first = 32 * (forwards ? i : n_warps - 1 - i);
          const std::size_t size = std::min<std::size_t>(32, threads.size() - first);
          std::size_t at_barrier_of_warp = size;
          for (bool onwards = forwards; at_barrier_of_warp == size; onwards = !onwards) {
            at_barrier_of_warp = 0;
            for (std::size_t lane = 0; lane < size; ++lane) {
              running = &threads[first + (onwards ? lane : size - 1 - lane)];
              threadIdx = running->at;
              run();
              done += running->done;
              at_barrier_of_warp += !running->done && !running->waits_for_block;
            }
          }
          if (at_barrier_of_warp != 0) return false;
        }
      }
      if (done != threads.size()) return false;
    }
  }
  return true;
}
