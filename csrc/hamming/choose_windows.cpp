#include "hamming/choose_windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "common/parallel_for.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kSampledRows = 1024;          // for the haplotypes
constexpr std::int64_t kSampledForHistogram = 8192;  // where every rounded site is a step for many pairs
constexpr std::int64_t kSampledQueries = 32;
constexpr std::int64_t kSampledTargets = 384;
constexpr std::int64_t kSampledForWidths = 512;
constexpr std::int64_t kLeastWords = 24;  // below, a row is compared faster than it is rounded
constexpr std::int64_t kLeastPairs = std::int64_t{1} << 20;
// The tables of all windows may take so much, or this share of the rows.
constexpr std::int64_t kTableBytes = std::int64_t{64} << 20;
constexpr std::int64_t kTableShare = 8;

constexpr double kWorthwhile = 0.9;  // of what comparing all sites costs

// Rounded from profiles on one Zen 4 core, not fitted; they only steer the choice.
constexpr double kPairOverheadNs = 0.4;  // the bound of one pair, beside its entries
constexpr double kVerificationNs = 30;   // a pair that the bound lets pass, beside its rounded sites
constexpr double kVerifiedSiteNs = 0.8;  // one of these
constexpr double kStepNs = 2;            // a step along the rounded sites, where all distances are wanted
constexpr double kRoundedSiteNs = 1;     // a rounded site, then: a fifth of them are steps
constexpr double kLooserBoundNs = 10;  // and otherwise, for each time that a limit falls //           // a rounded site
                                       // of a pair, where all distances are wanted
constexpr double kCodeNs = 7;          // rounding a row in a window where its haplotype is common
constexpr double kNearestCodeNs = 9;   // and for each unit of the window where it is not

// One row of each of equal parts. Where in its part looks random: populations that take turns would be met or missed by
// every step of one length.
std::vector<std::int64_t> spread(std::int64_t count, std::int64_t wanted) {
  const std::int64_t taken = std::min(count, wanted);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(taken));
  for (std::int64_t at = 0; at < taken; ++at) {
    const std::int64_t begin = at * count / taken, size = (at + 1) * count / taken - begin;
    const std::uint64_t mixed = static_cast<std::uint64_t>(at + 1) * 0x9E3779B97F4A7C15U;
    rows[static_cast<std::size_t>(at)] =
        begin + static_cast<std::int64_t>((mixed >> 32) * static_cast<std::uint64_t>(size) >> 32);
  }
  return rows;
}

std::vector<const std::uint64_t*> sample_rows(const Search& search, std::int64_t wanted) {
  std::vector<const std::uint64_t*> sample;
  const auto add = [&](const Rows& rows) {
    for (const std::int64_t row : spread(rows.count, search.within ? wanted : wanted / 2)) {
      sample.push_back(rows.row(row));
    }
  };
  add(search.targets);
  if (!search.within) add(search.queries);
  return sample;
}

// Sampled pairs, to find what a candidate would cost.
class PairSample {
 public:
  PairSample(const Search& search, const InstructionSet& instructions)
      : search_(search),
        instructions_(instructions),
        queries_(spread(search.queries.count, kSampledQueries)),
        targets_(spread(search.targets.count, kSampledTargets)) {
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

  // Expected time of one pair.
  double ns_a_pair(const CommonHaplotypes& common) const {
    std::int64_t compared = 0, passing = 0, passing_sites = 0, steps = 0;
    double row_ns = 0;
    std::size_t pair = 0;
    std::vector<RoundedWord> rounded;
    for (const std::int64_t target : targets_) {
      const std::uint64_t* row = search_.targets.row(target);
      row_ns += round(common, row, rounded) / static_cast<double>(targets_.size());
      for (std::size_t q = 0; q < queries_.size(); ++q, ++pair) {
        if (same_row(queries_[q], target)) continue;
        ++compared;
        const std::uint64_t* query = search_.queries.row(queries_[q]);
        std::int64_t alternative = 0, differing = 0, sites = 0;
        for (const auto& [word, changed] : rounded) {
          alternative += __builtin_popcountll(query[word] & changed);
          differing += __builtin_popcountll((query[word] ^ row[word]) & changed);
          sites += __builtin_popcountll(changed);
        }
        steps += alternative;
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
    std::uint8_t distances[kMostCommon];
    rounded.clear();
    for (std::int64_t at = 0; at < common.windows(); ++at) {
      ns += kCodeNs;
      const WindowAlleles alleles = common.read(row, at);
      if (common.code_of(at, alleles) >= 0) continue;
      const auto [first, units] = common.window(at);
      ns += kNearestCodeNs * units;
      const std::uint64_t* nearest = common.haplotype(at, common.compare(at, alleles.words, distances).nearest);
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

// What the windows cost a pair, each: its entry, and its rounded sites at a price.
std::vector<double> window_costs(const CommonHaplotypes& common, const std::vector<const std::uint64_t*>& sample,
                                 double entry_ns, double site_ns, int threads) {
  std::vector<double> costs(static_cast<std::size_t>(common.windows()));
  parallel_for(threads, common.windows(), [&](int, std::int64_t at) {
    std::int64_t sites = 0;
    std::uint8_t distances[kMostCommon];
    for (const std::uint64_t* row : sample) {
      const WindowAlleles alleles = common.read(row, at);
      if (common.code_of(at, alleles) >= 0) continue;
      sites += distances[common.compare(at, alleles.words, distances).nearest];
    }
    costs[static_cast<std::size_t>(at)] =
        entry_ns + site_ns * static_cast<double>(sites) / static_cast<double>(sample.size());
  });
  return costs;
}

// For each span of sites the width of windows that costs least there.
std::vector<Window> cheapest_windows(const Search& search, const InstructionSet& instructions,
                                     const std::vector<int>& widths, double site_ns) {
  const std::vector<const std::uint64_t*> sample = sample_rows(search, kSampledForWidths);
  std::int32_t span = 1;
  for (const int width : widths) span = std::lcm(span, width);
  const std::size_t spans = static_cast<std::size_t>((2 * search.queries.words + span - 1) / span);
  std::vector<double> least(spans, std::numeric_limits<double>::infinity());
  std::vector<std::vector<Window>> cheapest(spans);
  for (const int width : widths) {
    const std::vector<Window> windows = even_windows(search.queries.words, width);
    const CommonHaplotypes common(sample, windows, instructions, search.threads);
    const auto costs = window_costs(common, sample, instructions.look_up_ns, site_ns, search.threads);
    for (std::size_t at = 0; at < spans; ++at) {
      const std::size_t begin = at * static_cast<std::size_t>(span / width);
      const std::size_t end = std::min(windows.size(), begin + static_cast<std::size_t>(span / width));
      const double cost = std::accumulate(costs.data() + begin, costs.data() + end, 0.0);
      if (cost >= least[at]) continue;
      least[at] = cost;
      cheapest[at].assign(windows.data() + begin, windows.data() + end);
    }
  }
  std::vector<Window> chosen;
  for (const auto& windows : cheapest) chosen.insert(chosen.end(), windows.begin(), windows.end());
  return chosen;
}

// What a rounded site of a target costs a pair, about: it loosens the bound.
double rounded_site_ns(const Search& search) {
  if (search.histogram) return kRoundedSiteNs;
  const auto queries = static_cast<double>(search.queries.count), targets = static_cast<double>(search.targets.count);
  return kLooserBoundNs *
         (search.query_neighbours / targets + search.target_neighbours * std::log(queries + 1) / queries);
}

}  // namespace

Windows choose_windows(const Search& search, const InstructionSet& instructions) {
  const std::int64_t words = search.queries.words;
  if (search.pruning == Pruning::off || search.queries.count == 0) return {};
  if (search.pruning == Pruning::automatic &&
      (words < kLeastWords || search.queries.count * search.targets.count < kLeastPairs)) {
    return {};
  }
  const std::int64_t row_bytes = 8 * words * (search.targets.count + (search.within ? 0 : search.queries.count));
  const std::int64_t most_table_bytes = std::max(kTableBytes, row_bytes / kTableShare);

  std::vector<int> widths;
  for (const int units : instructions.window_units) {
    if ((2 * words + units - 1) / units * instructions.common * instructions.common <= most_table_bytes) {
      widths.push_back(units);
    }
  }
  if (widths.empty()) return {};

  Windows best;
  best.common = CommonHaplotypes(sample_rows(search, search.histogram ? kSampledForHistogram : kSampledRows),
                                 cheapest_windows(search, instructions, widths, rounded_site_ns(search)), instructions,
                                 search.threads);
  const double dense_ns = 64 * static_cast<double>(words) / instructions.bits_per_ns;
  const double ns = PairSample(search, instructions).ns_a_pair(best.common);
  if (search.pruning == Pruning::automatic && ns > kWorthwhile * dense_ns) return {};
  best.common.fill_tables(search.threads);
  best.worthwhile_steps = dense_ns / (search.histogram ? kStepNs : kVerifiedSiteNs);
  return best;
}

}  // namespace artgen::hamming
