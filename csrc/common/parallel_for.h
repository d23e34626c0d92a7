// Tasks on a few threads, one team a call. No OpenMP: its runtime and torch's do not survive a fork together.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>

#include "common/helper_threads.h"
#include "common/interruption.h"

namespace artgen {

// Runs body(thread, task) for every task, handing tasks out as threads become free. The caller is thread 0.
// The first exception, or an interruption of the caller, ends the handing out, and a helper's task as soon as it asks
// end_if_interrupted(). It is rethrown here; of several that of the caller, who is interrupted once only.
template <typename Body>
void parallel_for(int threads, std::int64_t tasks, const Body& body) {
  std::atomic<std::int64_t> next{0};
  std::atomic<bool> stops{false};
  std::exception_ptr failure;
  std::size_t helpers_ended = 0;
  std::mutex guard;  // of the two above
  std::condition_variable helper_ended;

  const auto stop = [&](int thread) {
    stops.store(true, std::memory_order_relaxed);
    next.store(tasks, std::memory_order_relaxed);
    const std::lock_guard<std::mutex> lock(guard);
    if (!failure || thread == 0) failure = std::current_exception();
  };
  const auto work = [&](int thread) {
    try {
      for (std::int64_t task; (task = next.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        body(thread, task);
        end_if_interrupted();
      }
    } catch (const TeamStopped&) {
      if (thread == 0) stop(thread);  // the caller is a helper of another team
    } catch (...) {
      stop(thread);
    }
  };
  const auto help = [&](int thread) {
    team_stops = &stops;
    work(thread);
    const std::lock_guard<std::mutex> lock(guard);
    ++helpers_ended;
    helper_ended.notify_one();
  };

  {
    const auto helpers = helper_threads(tasks < threads ? tasks - 1 : threads - 1, help);
    work(0);
    // The others may be long at their last tasks.
    std::unique_lock<std::mutex> lock(guard);
    while (helpers_ended < helpers.size()) {
      // Until a time of the system clock, as thread sanitizers do not know the wait for a time that has passed.
      helper_ended.wait_until(lock, std::chrono::system_clock::now() + kBetweenQuestions);
      lock.unlock();
      try {
        end_if_interrupted();
      } catch (...) {
        stop(0);
      }
      lock.lock();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace artgen
