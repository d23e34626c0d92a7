// Threads beside the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

namespace artgen {

// Starts work(1), work(2) … on a thread each; fewer than wanted where the system gives no more threads, since those
// that there are can do it all.
template <typename Work>
std::vector<std::jthread> helper_threads(std::int64_t wanted, const Work& work) {
  std::vector<std::jthread> helpers;
  if (wanted <= 0) return helpers;
  helpers.reserve(static_cast<std::size_t>(wanted));
  try {
    while (static_cast<std::int64_t>(helpers.size()) < wanted) {
      helpers.emplace_back(work, static_cast<int>(helpers.size()) + 1);
    }
  } catch (const std::exception&) {  // no thread, or no memory for one
  }
  return helpers;
}

}  // namespace artgen
