#include "hamming/choose_windows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "common/parallel_for.h"
#include "hamming/pair_costs.h"
#include "hamming/row_sample.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kSampledRows = 1024;          // for the haplotypes
constexpr std::int64_t kSampledForHistogram = 4096;  // where every rounded site is a step for many pairs
constexpr std::int64_t kSampledForWidths = 384;
// For the sites that rounding changes. Others than those for the haplotypes, which have their own to round to.
constexpr std::int64_t kSampledForSites = 128;
constexpr std::int64_t kFirstDraw = 0, kSecondDraw = 1;
constexpr std::int64_t kLeastWords = 24;  // below, a row is compared faster than it is rounded
constexpr std::int64_t kLeastPairs = std::int64_t{1} << 20;
// The tables of all windows may take so much, or this share of the rows.
constexpr std::int64_t kTableBytes = std::int64_t{64} << 20;
constexpr std::int64_t kTableShare = 8;

constexpr std::size_t kTriedWindow = 16;  // one in so many
constexpr double kMostRounded = 0.125;    // of the sites, as RoundedRows::fill has it
constexpr double kWorthwhile = 0.9;       // of what comparing all sites costs

// What a rounded site of a target costs a pair, where all distances are wanted and otherwise each time that a limit
// falls. Tried from 0.25 to 1 and from 10 to 80 on the real panels; the times differ by less than a fourth.
constexpr double kRoundedSiteNs = 0.5;
constexpr double kLooserBoundNs = 20;

// Some rows of both sides: those of the targets, then those of the queries, which within one set are the same.
struct Sample {
  Sample(const Search& search, std::int64_t wanted, std::int64_t draw) {
    add(search.targets, search.within ? wanted : wanted / 2, draw);
    targets = rows.size();
    if (!search.within) add(search.queries, wanted / 2, draw);
  }

  std::vector<const std::uint64_t*> rows;
  std::size_t targets;

 private:
  void add(const Rows& side, std::int64_t wanted, std::int64_t draw) {
    for (const std::int64_t row : sampled_rows(side.count, wanted, draw)) rows.push_back(side.row(row));
  }
};

// Sites of the sampled rows that rounding changes, of each side.
struct RoundedSites {
  std::int64_t of_targets = 0, of_queries = 0;

  std::int64_t all() const { return of_targets + of_queries; }
  void operator+=(const RoundedSites& more) {
    of_targets += more.of_targets;
    of_queries += more.of_queries;
  }
};

// In each window.
std::vector<RoundedSites> count_rounded_sites(const CommonHaplotypes& common, const Sample& sample, int threads) {
  std::vector<RoundedSites> counts(static_cast<std::size_t>(common.windows()));
  parallel_for(threads, common.windows(), [&](int, std::int64_t at) {
    RoundedSites& count = counts[static_cast<std::size_t>(at)];
    for (std::size_t row = 0; row < sample.rows.size(); ++row) {
      const WindowAlleles alleles = common.read(sample.rows[row], at);
      if (common.code_of(at, alleles) >= 0) continue;
      const int changed = common.nearest(at, alleles).distance;
      (row < sample.targets ? count.of_targets : count.of_queries) += changed;
    }
  });
  return counts;
}

// Whether rounding, even in the narrowest windows, changes more than a search would go on with; from some windows.
bool too_diverse(const Search& search, const InstructionSet& instructions, int width) {
  std::vector<Window> windows = even_windows(search.queries.words, width), tried;
  for (std::size_t at = 0; at < windows.size(); at += kTriedWindow) tried.push_back(windows[at]);
  const Sample sample(search, kSampledForWidths, kFirstDraw), others(search, kSampledForSites, kSecondDraw);
  const CommonHaplotypes common(sample.rows, tried, instructions, search.threads);
  RoundedSites rounded;
  for (const RoundedSites& count : count_rounded_sites(common, others, search.threads)) rounded += count;
  const double sites = 32.0 * width * static_cast<double>(tried.size() * others.rows.size());
  return static_cast<double>(rounded.all()) > kMostRounded * sites;
}

struct SpanOfWindows {
  std::vector<Window> windows;
  RoundedSites rounded;
  double ns = std::numeric_limits<double>::infinity();
};

// For each span of sites the windows of the width that costs least there, at a price of a rounded site.
std::vector<SpanOfWindows> cheapest_windows(const Search& search, const InstructionSet& instructions,
                                            const std::vector<int>& widths, double site_ns) {
  const Sample sample(search, kSampledForWidths, kFirstDraw), others(search, kSampledForSites, kSecondDraw);
  std::int32_t span_units = 1;
  for (const int width : widths) span_units = std::lcm(span_units, width);
  const double window_ns = instructions.look_up_ns + kCodeNs * (1.0 / static_cast<double>(search.queries.count) +
                                                                1.0 / static_cast<double>(search.targets.count));
  std::vector<SpanOfWindows> cheapest(
      static_cast<std::size_t>((2 * search.queries.words + span_units - 1) / span_units));
  for (const int width : widths) {
    const std::vector<Window> windows = even_windows(search.queries.words, width);
    const CommonHaplotypes common(sample.rows, windows, instructions, search.threads);
    const std::vector<RoundedSites> counts = count_rounded_sites(common, others, search.threads);
    const auto length = static_cast<std::size_t>(span_units / width);
    for (std::size_t at = 0; at < cheapest.size(); ++at) {
      const std::size_t begin = at * length, end = std::min(windows.size(), begin + length);
      SpanOfWindows span;
      span.windows.assign(windows.data() + begin, windows.data() + end);
      for (std::size_t window = begin; window < end; ++window) span.rounded += counts[window];
      span.ns = static_cast<double>(end - begin) * window_ns +
                site_ns * static_cast<double>(span.rounded.all()) / static_cast<double>(others.rows.size());
      if (span.ns < cheapest[at].ns) cheapest[at] = std::move(span);
    }
  }
  return cheapest;
}

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
  if (search.pruning == Pruning::automatic && too_diverse(search, instructions, widths.front())) return {};

  std::vector<Window> windows;
  RoundedSites rounded;
  for (const SpanOfWindows& span : cheapest_windows(search, instructions, widths, rounded_site_ns(search))) {
    windows.insert(windows.end(), span.windows.begin(), span.windows.end());
    rounded += span.rounded;
  }
  Windows best;
  best.swap = !search.within && rounded.of_queries < rounded.of_targets;
  const Sample sample(search, search.histogram ? kSampledForHistogram : kSampledRows, kFirstDraw);
  best.common = CommonHaplotypes(sample.rows, windows, instructions, search.threads);
  const double dense_ns = 64 * static_cast<double>(words) / instructions.bits_per_ns;
  const double ns = ns_a_pair(best.swap ? swapped(search) : search, instructions, best.common);
  if (search.pruning == Pruning::automatic && ns > kWorthwhile * dense_ns) return {};
  best.common.fill_tables(search.threads);
  best.worthwhile_steps = dense_ns / (search.histogram ? kStepNs : kVerifiedSiteNs);
  return best;
}

}  // namespace artgen::hamming
