// Tasks on a few threads in several phases, with one team for all of them: a phase begins when the one before has
// ended.
#pragma once

#include <atomic>
#include <barrier>
#include <cstdint>
#include <exception>

#include "common/helper_threads.h"
#include "common/interruption.h"

namespace artgen {

// Runs body(thread, phase, task) for every task of every phase; tasks_of(phase) is their number. The body must not
// throw: the other threads would wait for this one. The caller is thread 0; an interruption of it ends all of them with
// the phase.
template <typename TasksOf, typename Body>
void parallel_phases(int threads, std::int64_t phases, const TasksOf& tasks_of, const Body& body) {
  // Two counters, so that one can be set back while the other is in use.
  std::atomic<std::int64_t> next[2] = {0, 0};
  std::int64_t phase_ended = 0;
  const auto begin_next = [&]() noexcept { next[phase_ended++ % 2].store(0, std::memory_order_relaxed); };
  std::barrier barrier(threads, begin_next);
  // The number of the last phase, not whether this one is: a thread may still read it when the next one has begun.
  std::atomic<std::int64_t> last{phases - 1};
  std::exception_ptr interruption;

  const auto work = [&](int thread) {
    for (std::int64_t phase = 0; phase <= last.load(std::memory_order_relaxed); ++phase) {
      const std::int64_t tasks = tasks_of(phase);
      auto& counter = next[phase % 2];
      for (std::int64_t task; (task = counter.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        body(thread, phase, task);
      }
      if (thread == 0) {
        try {
          end_if_interrupted();
        } catch (...) {
          interruption = std::current_exception();
          last.store(phase, std::memory_order_relaxed);
        }
      }
      barrier.arrive_and_wait();
    }
  };

  {
    const auto helpers = helper_threads(threads - 1, work);
    for (auto there = static_cast<int>(helpers.size()) + 1; there < threads; ++there) barrier.arrive_and_drop();
    work(0);
  }
  if (interruption) std::rethrow_exception(interruption);
}

}  // namespace artgen
