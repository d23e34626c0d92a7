#include "hamming/pair_costs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "hamming/row_sample.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kSampledQueries = 32;
constexpr std::int64_t kSampledTargets = 128;

// As those in pair_costs.h.
constexpr double kPairOverheadNs = 0.4;  // the bound of one pair, beside its entries
constexpr double kVerificationNs = 30;   // a pair that the bound lets pass, beside its rounded sites
constexpr double kNearestCodeNs = 9;  // beside kCodeNs, for each unit of a window where a row's haplotype is not common

class PairSample {
 public:
  PairSample(const Search& search, const InstructionSet& instructions)
      : search_(search),
        instructions_(instructions),
        queries_(sampled_rows(search.queries.count, kSampledQueries, kForCosts)),
        targets_(sampled_rows(search.targets.count, kSampledTargets, kForCosts)) {
    // The nearest of the sample lies further than the nearest of all, as do the limits that a search starts from.
    nearest_.assign(queries_.size(), std::numeric_limits<std::int64_t>::max());
    for (const std::int64_t target : targets_) {
      for (std::size_t q = 0; q < queries_.size(); ++q) {
        const std::int64_t distance =
            instructions.distance(search.queries.row(queries_[q]), search.targets.row(target), search.queries.words);
        distances_.push_back(distance);
        if (!same_row(queries_[q], target)) nearest_[q] = std::min(nearest_[q], distance);
      }
    }
  }

  double ns_a_pair(const CommonHaplotypes& common) const {
    std::int64_t compared = 0, passing = 0, passing_sites = 0, steps = 0;
    double row_ns = 0;
    std::size_t pair = 0;
    std::vector<RoundedWord> rounded;
    for (const std::int64_t target : targets_) {
      const std::uint64_t* row = search_.targets.row(target);
      row_ns += round(common, row, rounded) / static_cast<double>(targets_.size());
      std::int64_t sites = 0;
      for (const auto& [word, changed] : rounded) sites += std::popcount(changed);
      for (std::size_t q = 0; q < queries_.size(); ++q, ++pair) {
        if (same_row(queries_[q], target)) continue;
        ++compared;
        const std::uint64_t* query = search_.queries.row(queries_[q]);
        if (search_.histogram) {
          for (const auto& [word, changed] : rounded) steps += std::popcount(query[word] & changed);
          continue;
        }
        std::int64_t differing = 0;
        for (const auto& [word, changed] : rounded) differing += std::popcount((query[word] ^ row[word]) & changed);
        // The bound lacks twice the rounded sites that differ.
        if (distances_[pair] - 2 * differing <= nearest_[q]) {
          ++passing;
          passing_sites += sites;
        }
      }
    }
    if (compared == 0) return std::numeric_limits<double>::infinity();
    const auto queries = static_cast<double>(search_.queries.count),
               targets = static_cast<double>(search_.targets.count);
    double ns = static_cast<double>(common.windows()) * instructions_.look_up_ns + kPairOverheadNs +
                row_ns * (1 / queries + 1 / targets);
    if (search_.histogram) return ns + static_cast<double>(steps) * kStepNs / static_cast<double>(compared);
    // So many pairs pass each time that a limit falls. A query meets its likeliest target first; a target meets the
    // queries in their order, and of n of them the nth is its nearest so far once in n times.
    const auto sampled = static_cast<double>(queries_.size());
    const double verification_ns =
        (static_cast<double>(passing) * kVerificationNs + static_cast<double>(passing_sites) * kVerifiedSiteNs) /
        sampled;
    ns += verification_ns * search_.query_neighbours / targets;
    ns += verification_ns * search_.target_neighbours * std::log(queries + 1) / queries;
    return ns;
  }

 private:
  struct RoundedWord {
    std::int64_t word;
    std::uint64_t changed;
  };

  // Lists the bits that rounding changes; returns the time that it takes.
  static double round(const CommonHaplotypes& common, const std::uint64_t* row, std::vector<RoundedWord>& rounded) {
    double ns = 0;
    rounded.clear();
    for (std::int64_t at = 0; at < common.windows(); ++at) {
      ns += kCodeNs;
      const WindowAlleles alleles = common.read(row, at);
      if (common.code_of(at, alleles) >= 0) continue;
      const auto [first, units] = common.window(at);
      ns += kNearestCodeNs * units;
      const std::uint64_t* nearest = common.haplotype(at, common.nearest(at, alleles).code);
      for (int unit = 0; unit < units; ++unit) {
        const std::uint64_t changed = unit_of(alleles.words, unit) ^ unit_of(nearest, unit);
        if (changed != 0) rounded.push_back({(first + unit) / 2, changed << (32 * ((first + unit) % 2))});
      }
    }
    return ns;
  }

  bool same_row(std::int64_t query, std::int64_t target) const {
    return (search_.within || search_.exclude_self) && query == target;
  }

  const Search& search_;
  const InstructionSet& instructions_;
  const std::vector<std::int64_t> queries_, targets_;
  std::vector<std::int64_t> distances_;  // [target][query]
  std::vector<std::int64_t> nearest_;    // of each query
};

}  // namespace

double ns_a_pair(const Search& search, const InstructionSet& instructions, const CommonHaplotypes& common) {
  return PairSample(search, instructions).ns_a_pair(common);
}

}  // namespace artgen::hamming
