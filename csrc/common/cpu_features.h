// What this CPU and operating system let a program use. Each query returns "" if usable, else the reason why not.
#pragma once

#include <string>

namespace artgen::cpu {

std::string popcnt();
std::string avx2_bmi2();
// AVX-512 F, BW, VL, VPOPCNTDQ, BITALG and VNNI: what every CPU since Ice Lake and Zen 4 has together.
std::string avx512_vpopcntdq();
// AMX tiles with int8 products, on top of AVX-512 F, BW, VL. Asks the kernel for the permission to use tiles.
std::string amx_int8();

}  // namespace artgen::cpu
