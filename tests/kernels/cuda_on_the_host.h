// CUDA's words, so that g++ compiles device code and a CPU runs it. Slow, and enough to test the logic.
//
// Blocks run one after the other. The threads of a block take turns: each runs to the next barrier, in order up to one
// barrier and in reverse order to the next, so that a thread that should have waited for another gets ahead of it.
#pragma once

#include <ucontext.h>

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

static Coordinates threadIdx, blockIdx, gridDim;

struct Thread {
  Coordinates at;
  ucontext_t context;
  std::vector<char> stack;
  bool done;
};

static ucontext_t scheduler;
static Thread* running;
static std::function<void()> kernel_call;

static void __syncthreads() { swapcontext(&running->context, &scheduler); }

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
}

// False if some threads of a block ended while others waited at a barrier.
extern "C" bool launch(const char* name, unsigned grid_x, unsigned grid_y, unsigned block_x, unsigned block_y,
                       void** arguments) {
  const auto& kernel = kernels.at(name);
  kernel_call = [&] { kernel(arguments); };
  gridDim = {grid_x, grid_y};
  std::vector<Thread> threads(std::size_t{block_x} * block_y);
  for (std::size_t i = 0; i < threads.size(); ++i) {
    threads[i].at = {static_cast<unsigned>(i % block_x), static_cast<unsigned>(i / block_x)};
    threads[i].stack.resize(1 << 16);
  }
  for (blockIdx.y = 0; blockIdx.y < grid_y; ++blockIdx.y) {
    for (blockIdx.x = 0; blockIdx.x < grid_x; ++blockIdx.x) {
      for (Thread& thread : threads) {
        thread.done = false;
        getcontext(&thread.context);
        thread.context.uc_stack.ss_sp = thread.stack.data();
        thread.context.uc_stack.ss_size = thread.stack.size();
        thread.context.uc_link = &scheduler;
        makecontext(&thread.context, run_thread, 0);
      }
      std::size_t done = 0;
      for (bool forwards = true; done == 0; forwards = !forwards) {
        for (std::size_t i = 0; i < threads.size(); ++i) {
          running = &threads[forwards ? i : threads.size() - 1 - i];
          threadIdx = running->at;
          swapcontext(&scheduler, &running->context);
          done += running->done;
        }
      }
      if (done != threads.size()) return false;
    }
  }
  return true;
}
