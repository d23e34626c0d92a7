// A team whose helper fails and whose caller is interrupted after that: prints which of the two the caller is told.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "common/parallel_for.h"

namespace {

struct Interrupted {};

const auto begin = std::chrono::steady_clock::now();

bool too_late() { return std::chrono::steady_clock::now() - begin > std::chrono::seconds(20); }

}  // namespace

int main() {
  artgen::stop_if_interrupted = [] { throw Interrupted{}; };
  std::atomic<int> at_work{0};
  std::atomic<bool> failing{false};
  try {
    artgen::parallel_for(2, 2, [&](int thread, std::int64_t) {
      // A task for each.
      ++at_work;
      while (at_work < 2 && !too_late()) std::this_thread::yield();
      if (thread == 1) {
        failing = true;
        throw std::runtime_error("the helper's");
      }
      while (!failing && !too_late()) std::this_thread::yield();
      // Long enough for the helper to be noticed first.
      std::this_thread::sleep_for(3 * artgen::kBetweenQuestions);
      artgen::end_if_interrupted();
      while (!too_late()) artgen::end_if_interrupted();
    });
    std::puts("nothing");
  } catch (const Interrupted&) {
    std::puts("interruption");
  } catch (const std::exception& failure) {
    std::puts(failure.what());
  }
}
