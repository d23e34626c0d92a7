// Random numbers as a function of a counter: Philox4x32-10 (Salmon et al. 2011, doi:10.1145/2063384.2063405).
//
// No state is carried from one number to the next, so any thread, and any machine, can make any of them.
#pragma once

#include <cstdint>

namespace artgen {
namespace {

struct PhiloxKey {
  std::uint32_t low, high;
};

constexpr std::uint32_t kPhiloxMultiplier0 = 0xD2511F53U, kPhiloxMultiplier1 = 0xCD9E8D57U;
constexpr std::uint32_t kPhiloxStep0 = 0x9E3779B9U, kPhiloxStep1 = 0xBB67AE85U;
constexpr int kPhiloxRounds = 10;

// Replaces the counter by four random words.
inline void philox(PhiloxKey key, std::uint32_t (&counter)[4]) {
  for (int round = 0; round < kPhiloxRounds; ++round) {
    const std::uint64_t product0 = static_cast<std::uint64_t>(kPhiloxMultiplier0) * counter[0];
    const std::uint64_t product1 = static_cast<std::uint64_t>(kPhiloxMultiplier1) * counter[2];
    const std::uint32_t next0 = static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key.low;
    const std::uint32_t next2 = static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key.high;
    counter[0] = next0;
    counter[1] = static_cast<std::uint32_t>(product1);
    counter[2] = next2;
    counter[3] = static_cast<std::uint32_t>(product0);
    key.low += kPhiloxStep0;
    key.high += kPhiloxStep1;
  }
}

}  // namespace
}  // namespace artgen
