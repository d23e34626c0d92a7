// A way out of long work for its caller: who waits for minutes may have pressed Ctrl-C.
#pragma once

#include <atomic>
#include <chrono>

namespace artgen {

// Throws where the caller is to be interrupted; set once, by the Python bindings. For the caller's thread alone.
inline void (*stop_if_interrupted)() = nullptr;

// Ends the task of a helper thread of parallel_for() whose team is to stop.
struct TeamStopped {};

// Of such a thread: whether its team is to stop.
inline thread_local const std::atomic<bool>* team_stops = nullptr;

constexpr std::chrono::milliseconds kBetweenQuestions{100};

// To be called in long work as often as one likes, by the caller's thread and the helpers of parallel_for(). Throws
// where the work is to end.
inline void end_if_interrupted() {
  if (team_stops != nullptr) {
    if (team_stops->load(std::memory_order_relaxed)) throw TeamStopped{};
    return;
  }
  using Clock = std::chrono::steady_clock;
  thread_local Clock::time_point asked = Clock::now();
  if (stop_if_interrupted == nullptr) return;
  const Clock::time_point now = Clock::now();
  if (now - asked < kBetweenQuestions) return;
  asked = now;
  stop_if_interrupted();
}

}  // namespace artgen
