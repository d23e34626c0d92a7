// Tasks on a few threads, one team a call. No OpenMP: its runtime and torch's do not survive a fork together.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <mutex>

#include "common/helper_threads.h"
#include "common/interruption.h"

namespace artgen {

// Runs body(thread, task) for every task, handing tasks out as threads become free. The caller is thread 0.
// The first exception stops the handing out and is rethrown here.
template <typename Body>
void parallel_for(int threads, std::int64_t tasks, const Body& body) {
  std::atomic<std::int64_t> next{0};
  std::exception_ptr failure;
  std::mutex failure_guard;

  const auto work = [&](int thread) {
    try {
      for (std::int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        body(thread, task);
        if (thread == 0) ask_for_interruption();
      }
    } catch (...) {
      next.store(tasks, std::memory_order_relaxed);
      const std::lock_guard<std::mutex> lock(failure_guard);
      if (!failure) failure = std::current_exception();
    }
  };

  {
    const auto helpers = helper_threads(tasks < threads ? tasks - 1 : threads - 1, work);
    work(0);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace artgen
