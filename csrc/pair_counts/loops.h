// Plain loops that each instruction set compiles for itself, with its own flags. Everything here has internal linkage:
// a function shared between object files of different flags could run where its instructions do not exist.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include "pair_counts/instruction_set.h"

namespace artgen::pair_counts {
namespace {

// Eight words that compilers keep in one, two or four vector registers.
typedef std::uint64_t Words __attribute__((vector_size(64), aligned(8), may_alias));

// Eight transpositions of 64 × 64 bits at once, those of the eight words of 64 lines: halves of the rows trade halves
// of their bits, then quarters, and so on down to single bits.
inline void transpose_words(Words* rows) {
  std::uint64_t mask = 0x00000000ffffffffULL;
  for (int shift = 32; shift > 0; shift /= 2, mask ^= mask << shift) {
    for (int top = 0; top < 64; top = ((top | shift) + 1) & ~shift) {
      const Words upper = rows[top], lower = rows[top | shift];
      const Words differ = ((upper >> shift) ^ lower) & mask;
      rows[top | shift] = lower ^ differ;
      rows[top] = upper ^ (differ << shift);
    }
  }
}

inline void transpose_tile_by_words(std::uint64_t* rows, std::uint64_t* out) {
  for (int block = 0; block < kLineWords; ++block) {
    std::uint64_t* lines = rows + 64 * kLineWords * block;
    transpose_words(reinterpret_cast<Words*>(lines));
    for (int bit = 0; bit < 64; ++bit) {
      for (int w = 0; w < kLineWords; ++w) out[(64 * w + bit) * kLineWords + block] = lines[bit * kLineWords + w];
    }
  }
}

// Never passed by reference: clang 14 takes a reference to be aligned as the bare vector is, whatever the type says.
inline Words* words_at(std::uint64_t* from, std::int64_t word) { return reinterpret_cast<Words*>(from + word); }

// Adds two inputs to a plane of bits; `carry` takes their carries. (Returned, so wide a vector would have no ABI.)
inline void carry_save(Words* plane, const Words* x, const Words* y, Words* carry) {
  const Words first = *x, second = *y, differ = first ^ second;
  *carry = (first & second) | (*plane & differ);
  *plane ^= differ;
}

// Adds eight rows to the three lowest planes; `carry` takes what these cannot hold, in eights. Memory is the limit, and
// more rows side by side are read more slowly than a few.
inline void add_eight_rows(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                           std::uint64_t* planes, std::uint64_t* carry) {
  alignas(64) static const std::uint64_t nothing[kCountedWords] = {};
  const std::uint64_t* row[8];
  for (int i = 0; i < 8; ++i) row[i] = i < count ? rows + i * stride : nothing;
  const std::int64_t ahead = count > 16 ? 8 : count > 8 ? count - 8 : 0;  // rows behind these
  for (std::int64_t word = 0; word < words; word += kLineWords) {
    const auto input = [&](int i) { return reinterpret_cast<const Words*>(row[i] + word); };
    // The next rows begin on other pages, where processors do not look ahead by themselves.
    for (std::int64_t i = 0; i < ahead; ++i) __builtin_prefetch(rows + (8 + i) * stride + word, 0, 2);
    Words ones = *words_at(planes, word), twos = *words_at(planes + kPlaneWords, word);
    Words fours = *words_at(planes + 2 * kPlaneWords, word);
    Words of_fours[2], of_eights;
    for (int half = 0; half < 2; ++half) {
      Words first_two, second_two;
      carry_save(&ones, input(4 * half), input(4 * half + 1), &first_two);
      carry_save(&ones, input(4 * half + 2), input(4 * half + 3), &second_two);
      carry_save(&twos, &first_two, &second_two, &of_fours[half]);
    }
    carry_save(&fours, &of_fours[0], &of_fours[1], &of_eights);
    *words_at(planes, word) = ones;
    *words_at(planes + kPlaneWords, word) = twos;
    *words_at(planes + 2 * kPlaneWords, word) = fours;
    *words_at(carry, word) = of_eights;
  }
}

// Adds 2^kLog rows to the kLog lowest planes: half of them, the other half, and then the carries of both to the plane
// above. `carries` holds that of the other half, and those within the halves behind it.
template <int kLog>
inline void add_rows(const std::uint64_t* rows, std::int64_t stride, std::int64_t count, std::int64_t words,
                     std::uint64_t* planes, std::uint64_t* carry, std::uint64_t* carries) {
  if constexpr (kLog == 3) {
    add_eight_rows(rows, stride, count, words, planes, carry);
  } else {
    constexpr std::int64_t kHalf = std::int64_t{1} << (kLog - 1);
    add_rows<kLog - 1>(rows, stride, count, words, planes, carry, carries + kPlaneWords);
    const std::uint64_t* others = count > kHalf ? rows + kHalf * stride : rows;  // not beyond the last row
    add_rows<kLog - 1>(others, stride, count - kHalf, words, planes, carries, carries + kPlaneWords);
    std::uint64_t* plane = planes + (kLog - 1) * kPlaneWords;
    for (std::int64_t word = 0; word < words; word += kLineWords) {
      carry_save(words_at(plane, word), words_at(carry, word), words_at(carries, word), words_at(carry, word));
    }
  }
}

// Transposes matrices of 8 × 8 elements of so many bits, of which each register holds a row, beside those of others: in
// three steps, each of which swaps the blocks off the diagonal, of half the size.
template <int kBits>
inline void transpose_across(Words* rows) {
  for (int size = 4; size > 0; size /= 2) {
    const int shift = size * kBits;
    const std::uint64_t blocks = ~std::uint64_t{0} / ((std::uint64_t{1} << shift) + 1);  // by turns 1 and 0
    for (int row = 0; row < 8; ++row) {
      if ((row & size) != 0) continue;
      const Words differ = ((rows[row] >> shift) ^ rows[row + size]) & blocks;
      rows[row + size] ^= differ;
      rows[row] ^= differ << shift;
    }
  }
}

// The numbers whose bits are in the planes, of the 512 columns of a line.
inline void read_planes(const std::uint64_t* planes, int top, std::int64_t* counts) {
  typedef std::uint8_t Octet __attribute__((vector_size(8)));
  alignas(64) Words octets[4][8];  // byte i of lane w of octet k: of column 64 w + 8 k + i
  const int used = (top + 7) / 8;
  for (int octet = 0; octet < used; ++octet) {
    Words* rows = octets[octet];
    for (int row = 0; row < 8; ++row) {
      const int plane = 8 * octet + row;
      rows[row] = plane < top ? *reinterpret_cast<const Words*>(planes + plane * kPlaneWords) : Words{};
    }
    transpose_across<1>(rows);
    transpose_across<8>(rows);
  }
  auto* sums = reinterpret_cast<std::uint64_t*>(counts);
  for (int word = 0; word < kLineWords; ++word) {
    for (int group = 0; group < 8; ++group) {
      Words sum = {};
      for (int octet = used - 1; octet >= 0; --octet) {
        Octet bytes;
        const std::uint64_t lane = octets[octet][group][word];
        std::memcpy(&bytes, &lane, sizeof bytes);
        sum = (sum << 8) + __builtin_convertvector(bytes, Words);
      }
      *words_at(sums, 64 * word + 8 * group) = sum;
    }
  }
}

// Positional population count: the counts of all columns are numbers in bit slices, plane p holding bit p of each.
// 64 rows at a time go through carry-save adders into the six lowest planes, and the carry of those ripples up.
inline void count_columns_by_planes(const std::uint64_t* rows, std::int64_t stride, std::int64_t count,
                                    std::int64_t words, std::uint64_t* scratch, std::int64_t* counts) {
  constexpr std::int64_t kTogether = std::int64_t{1} << kLowPlanes;
  std::uint64_t* carry = scratch;
  std::uint64_t* planes = carry + kCarries * kPlaneWords;
  int top = 0;  // planes in use
  const auto use_another = [&] {
    std::memset(planes + top++ * kPlaneWords, 0, static_cast<std::size_t>(words) * sizeof(std::uint64_t));
  };
  while (top < kLowPlanes) use_another();
  for (std::int64_t first = 0; first < count; first += kTogether) {
    const std::int64_t left = count - first;
    add_rows<kLowPlanes>(rows + first * stride, stride, left, words, planes, carry, carry + kPlaneWords);
    while ((first + (left < kTogether ? left : kTogether)) >> top != 0) use_another();
    for (std::int64_t word = 0; word < words; word += kLineWords) {
      Words carried = *words_at(carry, word);
      for (int p = kLowPlanes; p < top; ++p) {
        Words* plane = words_at(planes + p * kPlaneWords, word);
        const Words held = *plane;
        *plane = held ^ carried;
        carried &= held;
      }
    }
  }
  for (std::int64_t word = 0; word < words; word += kLineWords) read_planes(planes + word, top, counts + 64 * word);
}

inline std::int64_t count_words(const std::uint64_t* row, std::int64_t words) {
  std::int64_t count = 0;
  for (std::int64_t w = 0; w < words; ++w) count += __builtin_popcountll(row[w]);
  return count;
}

inline std::int64_t count_words_of_both(const std::uint64_t* first, const std::uint64_t* second, std::int64_t words) {
  std::int64_t count = 0;
  for (std::int64_t w = 0; w < words; ++w) count += __builtin_popcountll(first[w] & second[w]);
  return count;
}

inline std::uint64_t largest_of(const std::int64_t* sites, std::int64_t count) {
  std::uint64_t largest = 0;
  for (std::int64_t at = 0; at < count; ++at) {
    const auto site = static_cast<std::uint64_t>(sites[at]);
    largest = site > largest ? site : largest;
  }
  return largest;
}

// Asks for the rows of eight pairs that are soon read, where they are too far from their first sites to be near.
inline void prefetch_far_pairs(const PairsOfSites& pairs, std::int64_t begin) {
  constexpr std::int64_t kAhead = 16;           // pairs between asking for a row and reading it
  constexpr std::int64_t kNearBytes = 1 << 18;  // rows so close to the first site's are in the second cache
  const std::int64_t near = kNearBytes / (8 * pairs.words);
  for (std::int64_t at = begin + kAhead; at < begin + kAhead + kPairsTogether; ++at) {
    if (at < pairs.count && pairs.second[at] - pairs.first[at] > near) {
      const std::uint64_t* soon = pairs.bits + pairs.second[at] * pairs.words;
      for (std::int64_t w = 0; w < pairs.words; w += kLineWords) __builtin_prefetch(soon + w);
    }
  }
}

// r² of pairs in blocks: first the haplotypes that have both alleles, eight pairs at a time, then the arithmetic, which
// is exact but for the quotient. count_one(first, seconds, words, out) is for pairs of the same first site,
// count_each(firsts, seconds, words, out) for any.
template <typename CountOne, typename CountEach>
inline void r2_in_blocks(const PairsOfSites& pairs, double* out, const CountOne& count_one,
                         const CountEach& count_each) {
  constexpr std::int64_t kBlock = 256;
  alignas(64) std::int32_t both[kBlock];
  for (std::int64_t block = 0; block < pairs.count; block += kBlock) {
    const std::int64_t length = pairs.count - block < kBlock ? pairs.count - block : kBlock;
    const std::int64_t* first = pairs.first + block;
    const std::int64_t* second = pairs.second + block;
    for (std::int64_t begin = 0; begin < length; begin += kPairsTogether) {
      prefetch_far_pairs(pairs, block + begin);
      const std::uint64_t *firsts[kPairsTogether], *seconds[kPairsTogether];
      for (std::int64_t i = 0; i < kPairsTogether; ++i) {
        // The last pair stands in for those that are missing.
        const std::int64_t at = begin + i < length ? begin + i : length - 1;
        firsts[i] = pairs.bits + first[at] * pairs.words;
        seconds[i] = pairs.bits + second[at] * pairs.words;
      }
      bool same = true;
      for (int i = 1; i < kPairsTogether; ++i) same &= firsts[i] == firsts[0];
      if (same) {
        count_one(firsts[0], seconds, pairs.words, both + begin);
      } else {
        count_each(firsts, seconds, pairs.words, both + begin);
      }
    }
    for (std::int64_t at = 0; at < length; ++at) {
      const double p = pairs.carriers[first[at]], q = pairs.carriers[second[at]];
      const double covariance = pairs.haplotypes * static_cast<double>(both[at]) - p * q;
      out[block + at] = covariance * covariance / (pairs.variances[first[at]] * pairs.variances[second[at]]);
    }
  }
}

inline void r2_of_pairs_by_words(const PairsOfSites& pairs, double* out) {
  const auto count_each = [](const std::uint64_t* const* firsts, const std::uint64_t* const* seconds,
                             std::int64_t words, std::int32_t* both) {
    for (int i = 0; i < kPairsTogether; ++i) {
      both[i] = static_cast<std::int32_t>(count_words_of_both(firsts[i], seconds[i], words));
    }
  };
  const auto count_one = [&](const std::uint64_t* first, const std::uint64_t* const* seconds, std::int64_t words,
                             std::int32_t* both) {
    const std::uint64_t* firsts[kPairsTogether] = {first, first, first, first, first, first, first, first};
    count_each(firsts, seconds, words, both);
  };
  r2_in_blocks(pairs, out, count_one, count_each);
}

// d = p + q - 2·n11 gives n11; everything is a whole number below 2^53, exact as a double, up to the square.
inline double r2_at(const R2Row& row, std::int64_t at) {
  const double carriers = row.carriers_of[at];
  const double both = (row.carriers + carriers - static_cast<double>(row.distances[at])) * 0.5;
  const double covariance = row.haplotypes * both - row.carriers * carriers;
  return covariance * covariance / (row.variance * row.variances[at]);
}

inline void r2_of_row(const R2Row& row, double* out) {
  for (std::int64_t at = 0; at < row.count; ++at) out[at] = r2_at(row, at);
}

inline std::int64_t r2_sum_of_row(const R2Row& row) {
  // Adding 1.5 · 2^52 leaves the nearest whole number in the low bits of the sum, in a loop that compilers vectorise.
  constexpr double kUnit = 1073741824.0, kMagic = 6755399441055744.0;
  std::int64_t sum = 0;
  for (std::int64_t at = 0; at < row.count; ++at) {
    sum += std::bit_cast<std::int64_t>(r2_at(row, at) * kUnit + kMagic) - std::bit_cast<std::int64_t>(kMagic);
  }
  return sum;
}

}  // namespace
}  // namespace artgen::pair_counts
