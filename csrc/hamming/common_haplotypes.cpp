#include "hamming/common_haplotypes.h"

#include <algorithm>
#include <bit>

#include "common/parallel_for.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kWindowsOfTask = 8;
constexpr std::size_t kRowsAhead = 16;
constexpr int kRoomForOthers = 8;  // an eighth more than the common haplotypes need

struct CountedHaplotype {
  WindowAlleles alleles;
  std::int32_t rows;
};

// Of a wide window only haplotypes near its most common one, so that the distance of any two fits a byte.
void leave_out_distant(std::vector<CountedHaplotype>& counted) {
  const auto fewer_rows = [](const CountedHaplotype& first, const CountedHaplotype& second) {
    return first.rows < second.rows;
  };
  const WindowAlleles most_common = std::max_element(counted.begin(), counted.end(), fewer_rows)->alleles;
  std::erase_if(counted, [&](const CountedHaplotype& other) {
    int distance = 0;
    for (int word = 0; word < kMostWords; ++word) {
      distance += std::popcount(most_common.words[word] ^ other.alleles.words[word]);
    }
    return distance > kMostOfByte / 2;
  });
}

}  // namespace

// The distinct haplotypes of a window among the sampled rows.
class CommonHaplotypes::Count {
 public:
  explicit Count(const std::vector<const std::uint64_t*>& sample) : sample_(sample) {
    std::size_t slots = 1;
    while (slots < 2 * sample.size()) slots *= 2;
    slots_.resize(slots);
  }

  std::vector<CountedHaplotype>& of(const CommonHaplotypes& common, std::int64_t window) {
    std::fill(slots_.begin(), slots_.end(), 0);
    haplotypes_.clear();
    for (std::size_t at = 0; at < sample_.size(); ++at) {
      if (at + kRowsAhead < sample_.size()) common.fetch(sample_[at + kRowsAhead], window, window + 1);
      const WindowAlleles alleles = common.read(sample_[at], window);
      std::size_t slot = hash(alleles) & (slots_.size() - 1);
      while (slots_[slot] != 0 && std::memcmp(&haplotypes_[slots_[slot] - 1].alleles, &alleles, sizeof(alleles)) != 0) {
        slot = (slot + 1) & (slots_.size() - 1);
      }
      if (slots_[slot] == 0) {
        haplotypes_.push_back({alleles, 0});
        slots_[slot] = static_cast<std::uint16_t>(haplotypes_.size());
      }
      ++haplotypes_[slots_[slot] - 1].rows;
    }
    return haplotypes_;
  }

 private:
  const std::vector<const std::uint64_t*>& sample_;
  std::vector<std::uint16_t> slots_;  // index + 1, or 0: a sample has some thousand rows
  std::vector<CountedHaplotype> haplotypes_;
};

std::vector<Window> even_windows(std::int64_t words, int units) {
  std::vector<Window> windows;
  const auto all = static_cast<std::int32_t>(2 * words);
  for (std::int32_t first = 0; first < all; first += units) windows.push_back({first, std::min(units, all - first)});
  return windows;
}

CommonHaplotypes::CommonHaplotypes(const std::vector<const std::uint64_t*>& sample, const std::vector<Window>& windows,
                                   const InstructionSet& instructions, int threads)
    : instructions_(&instructions), windows_(windows), room_(windows.size()) {
  std::int64_t words = 0;
  for (std::int64_t at = 0; at < this->windows(); ++at) {
    first_words_.push_back(words);
    words += size() * words_of(at);
  }
  alleles_.resize(static_cast<std::size_t>(words));
  haplotypes_.resize(static_cast<std::size_t>((windows.back().first + windows.back().units) * size()));
  slots_.resize(static_cast<std::size_t>(this->windows() * kSlots));
  parallel_for(threads, (this->windows() + kWindowsOfTask - 1) / kWindowsOfTask, [&](int, std::int64_t task) {
    Count count(sample);
    const std::int64_t end = std::min(this->windows(), (task + 1) * kWindowsOfTask);
    for (std::int64_t at = task * kWindowsOfTask; at < end; ++at) choose(count, at);
  });
}

void CommonHaplotypes::choose(Count& count, std::int64_t at) {
  std::vector<CountedHaplotype>& counted = count.of(*this, at);
  if (32 * window(at).units > kMostOfByte) leave_out_distant(counted);
  const auto kept = std::min(static_cast<std::int64_t>(counted.size()), size());
  std::nth_element(
      counted.begin(), counted.begin() + (kept - 1), counted.end(),
      [](const CountedHaplotype& first, const CountedHaplotype& second) { return first.rows > second.rows; });
  const int words = words_of(at);
  std::uint64_t* common = alleles_.data() + first_words_[static_cast<std::size_t>(at)];
  std::uint32_t* haplotypes = haplotypes_.data() + size() * window(at).first;
  for (std::int64_t code = 0; code < size(); ++code) {
    // Where there are fewer, the first stands for the rest, which no row is given as its code.
    const WindowAlleles& alleles = counted[static_cast<std::size_t>(code < kept ? code : 0)].alleles;
    std::copy_n(alleles.words, words, common + code * words);
    for (int unit = 0; unit < window(at).units; ++unit) haplotypes[unit * size() + code] = unit_of(alleles.words, unit);
  }
  std::uint16_t* slots = slots_.data() + at * kSlots;
  for (int code = 0; code < kept; ++code) {
    const std::uint64_t hashed = hash(counted[static_cast<std::size_t>(code)].alleles);
    std::uint64_t place = hashed % kSlots;
    while (slots[place] != 0) place = (place + 1) % kSlots;
    slots[place] = slot_of(code, hashed);
  }
}

void CommonHaplotypes::fill_tables(int threads) {
  tables_.resize(static_cast<std::size_t>(windows() * size() * size()));
  parallel_for(threads, (windows() + kWindowsOfTask - 1) / kWindowsOfTask, [&](int, std::int64_t task) {
    const std::int64_t end = std::min(windows(), (task + 1) * kWindowsOfTask);
    for (std::int64_t at = task * kWindowsOfTask; at < end; ++at) {
      int largest = 0;
      for (std::int64_t code = 0; code < size(); ++code) {
        std::uint8_t* table = tables_.data() + (at * size() + code) * size();
        largest = std::max(largest, fill_table(at, haplotype(at, static_cast<int>(code)), table));
      }
      const int most = std::min(32 * window(at).units, kMostOfByte);
      room_[static_cast<std::size_t>(at)] =
          static_cast<std::uint8_t>(std::min(largest + largest / kRoomForOthers, most));
    }
  });
}

}  // namespace artgen::hamming
