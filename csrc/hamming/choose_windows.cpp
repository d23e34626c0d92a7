#include "hamming/choose_windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "common/parallel_for.h"
#include "hamming/pair_costs.h"
#include "hamming/row_sample.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kSampledRows = 1024;  // for the haplotypes
// For each common haplotype of a histogram, where every rounded site is a step for many pairs.
constexpr std::int64_t kSampledForEachHaplotype = 64;
constexpr std::int64_t kSampledForWidths = 384;
constexpr std::int64_t kSampledForSites = 128;  // that rounding changes
constexpr std::int64_t kLeastWords = 24;        // below, a row is compared faster than it is rounded
constexpr std::int64_t kLeastPairs = std::int64_t{1} << 20;
// The tables of all windows may take so much, or this share of the rows.
constexpr std::int64_t kTableBytes = std::int64_t{64} << 20;
constexpr std::int64_t kTableShare = 8;

constexpr std::size_t kTriedWindow = 16;  // one in so many
constexpr double kMostRounded = 0.125;    // of the sites, as RoundedRows::fill has it
constexpr double kWorthwhile = 0.9;       // of what comparing all sites costs

// What a rounded site of a target costs a pair. Where all distances are wanted: tried from 0.25 to 1 on the real
// panels, these take at most an eighth longer than the best of each, as with the next.
constexpr double kRoundedSiteNs = 0.5;
// Otherwise, each time that a limit falls; tried from 10 to 80 (AVX2) or 40 (AVX-512) on the real panels and the
// simulated.
constexpr double kLooserBoundNs = 20;
// And where the limits have settled, as some pairs always pass: tried from 0 to 0.02, on these and on 50,000
// haplotypes.
constexpr double kSettledNs = 0.01;

// Some rows of both sides, which within one set are the same.
std::vector<const std::uint64_t*> sample(const Search& search, std::int64_t wanted, std::int64_t draw) {
  std::vector<const std::uint64_t*> rows;
  const auto add = [&](const Rows& side) {
    for (const std::int64_t row : sampled_rows(side.count, search.within ? wanted : wanted / 2, draw)) {
      rows.push_back(side.row(row));
    }
  };
  add(search.targets);
  if (!search.within) add(search.queries);
  return rows;
}

// Sites of the rows that rounding changes, in each window.
std::vector<std::int64_t> count_rounded_sites(const CommonHaplotypes& common,
                                              const std::vector<const std::uint64_t*>& rows, int threads) {
  std::vector<std::int64_t> counts(static_cast<std::size_t>(common.windows()));
  parallel_for(threads, common.windows(), [&](int, std::int64_t at) {
    for (const std::uint64_t* row : rows) {
      const WindowAlleles alleles = common.read(row, at);
      if (common.code_of(at, alleles) >= 0) continue;
      counts[static_cast<std::size_t>(at)] += common.nearest(at, alleles).distance;
    }
  });
  return counts;
}

// Whether rounding, even in the narrowest windows, changes more than a search would go on with; from some windows.
bool too_diverse(const Search& search, const InstructionSet& instructions, int width) {
  std::vector<Window> windows = even_windows(search.queries.words, width), tried;
  for (std::size_t at = 0; at < windows.size(); at += kTriedWindow) tried.push_back(windows[at]);
  const CommonHaplotypes common(sample(search, kSampledForWidths, kForHaplotypes), tried, instructions, search.threads);
  const auto rows = sample(search, kSampledForSites, kForCosts);
  const auto counts = count_rounded_sites(common, rows, search.threads);
  const double sites = 32.0 * width * static_cast<double>(tried.size() * rows.size());
  return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::int64_t{0})) > kMostRounded * sites;
}

// For each span of sites the windows of the width that costs least there, at a price of a rounded site.
std::vector<Window> cheapest_windows(const Search& search, const InstructionSet& instructions,
                                     const std::vector<int>& widths, double site_ns) {
  const auto of_haplotypes = sample(search, kSampledForWidths, kForHaplotypes);
  const auto rows = sample(search, kSampledForSites, kForCosts);
  const double window_ns = instructions.look_up_ns + kCodeNs * (1.0 / static_cast<double>(search.queries.count) +
                                                                1.0 / static_cast<double>(search.targets.count));
  std::int32_t span = 1;
  for (const int width : widths) span = std::lcm(span, width);
  const auto spans = static_cast<std::size_t>((2 * search.queries.words + span - 1) / span);
  std::vector<double> least(spans, std::numeric_limits<double>::infinity());
  std::vector<std::vector<Window>> cheapest(spans);
  for (const int width : widths) {
    const std::vector<Window> windows = even_windows(search.queries.words, width);
    const CommonHaplotypes common(of_haplotypes, windows, instructions, search.threads);
    const std::vector<std::int64_t> counts = count_rounded_sites(common, rows, search.threads);
    const auto length = static_cast<std::size_t>(span / width);
    for (std::size_t at = 0; at < spans; ++at) {
      const std::size_t begin = at * length, end = std::min(windows.size(), begin + length);
      const auto sites = std::accumulate(counts.data() + begin, counts.data() + end, std::int64_t{0});
      const double ns = window_ns * static_cast<double>(end - begin) +
                        site_ns * static_cast<double>(sites) / static_cast<double>(rows.size());
      if (ns >= least[at]) continue;
      least[at] = ns;
      cheapest[at].assign(windows.data() + begin, windows.data() + end);
    }
  }
  std::vector<Window> chosen;
  for (const auto& windows : cheapest) chosen.insert(chosen.end(), windows.begin(), windows.end());
  return chosen;
}

double rounded_site_ns(const Search& search) {
  if (search.histogram) return kRoundedSiteNs;
  const auto queries = static_cast<double>(search.queries.count), targets = static_cast<double>(search.targets.count);
  return kSettledNs + kLooserBoundNs * (search.query_neighbours / targets +
                                        search.target_neighbours * std::log(queries + 1) / queries);
}

}  // namespace

Windows choose_windows(const Search& search, const InstructionSet& instructions) {
  const std::int64_t words = search.queries.words;
  if (search.pruning == Pruning::off || search.queries.count == 0 || search.targets.count == 0) return {};
  if (search.pruning == Pruning::automatic &&
      (words < kLeastWords || search.queries.count * search.targets.count < kLeastPairs)) {
    return {};
  }
  const std::int64_t row_bytes = 8 * words * (search.targets.count + (search.within ? 0 : search.queries.count));
  const std::int64_t most_table_bytes = std::max(kTableBytes, row_bytes / kTableShare);

  std::vector<int> widths;
  for (const int units : search.histogram ? instructions.histogram_window_units : instructions.window_units) {
    if ((2 * words + units - 1) / units * instructions.common * instructions.common <= most_table_bytes) {
      widths.push_back(units);
    }
  }
  if (widths.empty()) return {};
  if (search.pruning == Pruning::automatic && too_diverse(search, instructions, widths.front())) return {};

  Windows best;
  best.common = CommonHaplotypes(
      sample(search, search.histogram ? kSampledForEachHaplotype * instructions.common : kSampledRows, kForHaplotypes),
      cheapest_windows(search, instructions, widths, rounded_site_ns(search)), instructions, search.threads);
  const double dense_ns = 64 * static_cast<double>(words) / instructions.bits_per_ns;
  double ns = ns_a_pair(search, instructions, best.common);
  if (!search.within) {
    const double swapped_ns = ns_a_pair(swapped(search), instructions, best.common);
    best.swap = swapped_ns < ns;
    ns = std::min(ns, swapped_ns);
  }
  if (search.pruning == Pruning::automatic && ns > kWorthwhile * dense_ns) return {};
  best.common.fill_tables(search.threads);
  best.worthwhile_steps = dense_ns / (search.histogram ? kStepNs : kVerifiedSiteNs);
  return best;
}

}  // namespace artgen::hamming
