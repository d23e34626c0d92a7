// A way out of long work for its caller: who waits for minutes may have pressed Ctrl-C.
#pragma once

#include <chrono>

namespace artgen {

// Throws where the caller is to be interrupted; set once, by the Python bindings.
inline void (*stop_if_interrupted)() = nullptr;

// To be called by the caller's thread as often as it likes; asks ten times a second.
inline void ask_for_interruption() {
  using Clock = std::chrono::steady_clock;
  thread_local Clock::time_point asked = Clock::now();
  if (stop_if_interrupted == nullptr) return;
  const Clock::time_point now = Clock::now();
  if (now - asked < std::chrono::milliseconds(100)) return;
  asked = now;
  stop_if_interrupted();
}

}  // namespace artgen
