// Tasks on a few threads in several phases, with one team for all of them: a phase begins when the one before has
// ended.
#pragma once

#include <atomic>
#include <barrier>
#include <cstdint>

#include "common/helper_threads.h"

namespace artgen {

// Runs body(thread, phase, task) for every task of every phase; tasks_of(phase) is their number. The body must not
// throw: the other threads would wait for this one.
template <typename TasksOf, typename Body>
void parallel_phases(int threads, std::int64_t phases, const TasksOf& tasks_of, const Body& body) {
  // Two counters, so that one can be set back while the other is in use.
  std::atomic<std::int64_t> next[2] = {0, 0};
  std::int64_t phase_ended = 0;
  const auto begin_next = [&]() noexcept { next[phase_ended++ % 2].store(0, std::memory_order_relaxed); };
  std::barrier barrier(threads, begin_next);

  const auto work = [&](int thread) {
    for (std::int64_t phase = 0; phase < phases; ++phase) {
      const std::int64_t tasks = tasks_of(phase);
      auto& counter = next[phase % 2];
      for (std::int64_t task; (task = counter.fetch_add(1, std::memory_order_relaxed)) < tasks;) {
        body(thread, phase, task);
      }
      barrier.arrive_and_wait();
    }
  };

  const auto helpers = helper_threads(threads - 1, work);
  for (auto there = static_cast<int>(helpers.size()) + 1; there < threads; ++there) barrier.arrive_and_drop();
  work(0);
}

}  // namespace artgen
