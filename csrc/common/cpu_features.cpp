#include "common/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include <cstdint>

namespace artgen::cpu {
namespace {

#if defined(__x86_64__)

struct Registers {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  Registers r;
  if (!__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx)) return {};
  return r;
}

bool bit(std::uint32_t word, int which) { return (word >> which) & 1U; }

// State components that the operating system saves (XCR0); 0 without OSXSAVE.
std::uint64_t saved_state() {
  if (!bit(cpuid(1).ecx, 27)) return 0;
  std::uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

constexpr std::uint64_t kAvxState = 0x6;
constexpr std::uint64_t kAvx512State = 0xe6;
constexpr std::uint64_t kTileState = 0x60000;

struct Requirement {
  bool present;
  const char* name;
};

template <std::size_t N>
std::string missing(const Requirement (&requirements)[N]) {
  std::string names;
  for (const Requirement& requirement : requirements) {
    if (requirement.present) continue;
    if (!names.empty()) names += ", ";
    names += requirement.name;
  }
  return names.empty() ? names : "this CPU lacks " + names;
}

#endif

}  // namespace

#if defined(__x86_64__)

std::string popcnt() {
  const Requirement needs[] = {{bit(cpuid(1).ecx, 23), "POPCNT"}};
  return missing(needs);
}

std::string avx2_bmi2() {
  const Registers basic = cpuid(1), extended = cpuid(7);
  const Requirement needs[] = {
      {bit(basic.ecx, 23), "POPCNT"},
      {bit(extended.ebx, 5), "AVX2"},
      {bit(extended.ebx, 8), "BMI2"},
  };
  if (std::string reason = missing(needs); !reason.empty()) return reason;
  if ((saved_state() & kAvxState) != kAvxState) return "the operating system does not save AVX registers";
  return "";
}

std::string avx512_vpopcntdq() {
  if (std::string reason = avx2_bmi2(); !reason.empty()) return reason;
  const Registers extended = cpuid(7);
  const Requirement needs[] = {
      {bit(extended.ebx, 16), "AVX512F"},       {bit(extended.ebx, 30), "AVX512BW"},
      {bit(extended.ebx, 31), "AVX512VL"},      {bit(extended.ecx, 14), "AVX512_VPOPCNTDQ"},
      {bit(extended.ecx, 12), "AVX512_BITALG"}, {bit(extended.ecx, 11), "AVX512_VNNI"},
      {bit(extended.ecx, 1), "AVX512_VBMI"},
  };
  if (std::string reason = missing(needs); !reason.empty()) return reason;
  if ((saved_state() & kAvx512State) != kAvx512State) return "the operating system does not save AVX-512 registers";
  return "";
}

std::string amx_int8() {
  if (std::string reason = avx512_vpopcntdq(); !reason.empty()) return reason;
  const Registers extended = cpuid(7);
  const Requirement needs[] = {
      {bit(extended.edx, 24), "AMX-TILE"},
      {bit(extended.edx, 25), "AMX-INT8"},
  };
  if (std::string reason = missing(needs); !reason.empty()) return reason;
  if ((saved_state() & kTileState) != kTileState) return "the operating system does not save AMX tiles";
#if defined(__linux__) && defined(SYS_arch_prctl)
  constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;
  if (syscall(SYS_arch_prctl, kRequestPermission, kTileData) != 0) {
    return "the kernel refused the permission to use AMX tiles (arch_prctl)";
  }
  return "";
#else
  return "this operating system has no way to ask for AMX tiles that this build knows";
#endif
}

#else

std::string popcnt() { return ""; }
std::string avx2_bmi2() { return "this is not an x86-64 CPU"; }
std::string avx512_vpopcntdq() { return "this is not an x86-64 CPU"; }
std::string amx_int8() { return "this is not an x86-64 CPU"; }

#endif

}  // namespace artgen::cpu
