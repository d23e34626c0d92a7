#include "hamming/site_classes.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

namespace artgen::hamming {
namespace {

constexpr std::int64_t kFrequencyRows = 384;  // rows of each side that allele frequencies are taken from
constexpr std::int64_t kSampledQueries = 64;
constexpr std::int64_t kSampledTargets = 768;
constexpr std::int64_t kLeastWords = 24;              // below, a row is compared faster than it is classified
constexpr std::int64_t kLeastPairs = std::int64_t{1} << 20;

// Measured on one Zen 4 core; they only steer the choice.
constexpr double kCarrierStepNs = 0.45;     // one shared carrier of a rare site
constexpr double kVerificationNs = 45;      // one pair that the bound lets pass, beside its middle sites
constexpr double kMiddleBitsPerNs = 500;    // comparing middle sites of single rows
constexpr double kPairOverheadNs = 0.35;    // bounds of one pair
constexpr double kCarrierStepsPerPair = 1;  // budget for rare sites when only a bound is needed

struct SiteFrequencies {
  std::vector<std::uint64_t> flip;
  std::vector<double> query, target;  // frequency of the allele that is rarer over both sides
};

std::vector<std::int64_t> evenly_spaced(std::int64_t count, std::int64_t wanted) {
  const std::int64_t taken = std::min(count, wanted);
  std::vector<std::int64_t> rows(static_cast<std::size_t>(taken));
  for (std::int64_t at = 0; at < taken; ++at) rows[static_cast<std::size_t>(at)] = at * count / taken;
  return rows;
}

// Adds the sampled rows' alleles of every site to `counts`.
void count_alleles(const Rows& rows, const std::vector<std::int64_t>& sample, std::vector<std::int32_t>& counts) {
  for (std::int64_t w = 0; w < rows.words; ++w) {
    std::int32_t* of_word = counts.data() + 64 * w;
    // Eight bit planes count to 255, so that most additions are a few operations on whole words.
    std::uint64_t planes[8] = {};
    int filled = 0;
    const auto flush = [&] {
      for (int plane = 0; plane < 8; ++plane) {
        for (std::uint64_t left = planes[plane]; left != 0; left &= left - 1) {
          of_word[std::countr_zero(left)] += 1 << plane;
        }
        planes[plane] = 0;
      }
      filled = 0;
    };
    for (const std::int64_t row : sample) {
      std::uint64_t carry = rows.row(row)[w];
      for (int plane = 0; carry != 0; ++plane) {
        const std::uint64_t next = planes[plane] & carry;
        planes[plane] ^= carry;
        carry = next;
      }
      if (++filled == 255) flush();
    }
    flush();
  }
}

SiteFrequencies estimate_frequencies(const Search& search) {
  const std::int64_t n_sites = 64 * search.queries.words;
  const auto size = static_cast<std::size_t>(n_sites);
  const auto query_sample = evenly_spaced(search.queries.count, kFrequencyRows);
  std::vector<std::int32_t> query_counts(size), target_counts;
  count_alleles(search.queries, query_sample, query_counts);
  auto target_sample_size = static_cast<double>(query_sample.size());
  if (search.within) {
    target_counts = query_counts;
  } else {
    const auto target_sample = evenly_spaced(search.targets.count, kFrequencyRows);
    target_counts.resize(size);
    count_alleles(search.targets, target_sample, target_counts);
    target_sample_size = static_cast<double>(target_sample.size());
  }

  SiteFrequencies frequencies;
  frequencies.flip.resize(static_cast<std::size_t>(search.queries.words));
  frequencies.query.resize(size);
  frequencies.target.resize(size);
  for (std::size_t site = 0; site < size; ++site) {
    double query = query_counts[site] / static_cast<double>(query_sample.size());
    double target = target_counts[site] / target_sample_size;
    if (query + target > 1) {
      query = 1 - query;
      target = 1 - target;
      frequencies.flip[site / 64] |= std::uint64_t{1} << (site % 64);
    }
    frequencies.query[site] = query;
    frequencies.target[site] = target;
  }
  return frequencies;
}

std::vector<std::uint64_t> mask_of(const std::vector<std::int32_t>& sites, std::size_t begin, std::size_t end,
                                   std::int64_t words) {
  std::vector<std::uint64_t> mask(static_cast<std::size_t>(words));
  for (std::size_t at = begin; at < end; ++at) {
    mask[static_cast<std::size_t>(sites[at] / 64)] |= std::uint64_t{1} << (sites[at] % 64);
  }
  return mask;
}

std::int64_t words_for(std::size_t sites) { return std::max<std::int64_t>(1, (static_cast<std::int64_t>(sites) + 63) / 64); }

// One sampled row, its sites split at the candidate prefix lengths.
struct SampledRow {
  std::vector<std::int32_t> shell_counts;
  std::vector<std::vector<std::uint64_t>> shells;
  std::vector<std::uint64_t> rare;
  std::int32_t rare_count = 0;
};

}  // namespace

SiteClasses choose_site_classes(const Search& search, const InstructionSet& instructions) {
  SiteClasses classes;
  const std::int64_t words = search.queries.words;
  const auto n_sites = static_cast<std::size_t>(64 * words);
  const std::int64_t pairs = search.queries.count * search.targets.count;
  if (search.pruning == Pruning::off) return classes;
  if (search.pruning == Pruning::automatic && (words < kLeastWords || pairs < kLeastPairs)) return classes;

  const SiteFrequencies frequencies = estimate_frequencies(search);
  const auto shared = [&](std::int32_t site) {
    return frequencies.query[static_cast<std::size_t>(site)] * frequencies.target[static_cast<std::size_t>(site)];
  };
  std::vector<std::int32_t> sites(n_sites);
  std::iota(sites.begin(), sites.end(), 0);
  std::stable_sort(sites.begin(), sites.end(), [&](std::int32_t a, std::int32_t b) { return shared(a) > shared(b); });

  // A site is worth its carriers where walking them costs less than comparing its bits in every pair.
  const double dense_site_ns = 1 / instructions.bits_per_ns;
  const double most_shared = search.histogram ? dense_site_ns / kCarrierStepNs : 0.0025;
  std::size_t common = n_sites;
  double carrier_steps = 0;
  while (common > 0) {
    const double next = shared(sites[common - 1]);
    if (next > most_shared) break;
    if (!search.histogram && carrier_steps + next > kCarrierStepsPerPair) break;
    carrier_steps += next;
    --common;
  }

  const auto classes_with_prefix = [&](std::size_t prefix) {
    SiteClasses chosen;
    chosen.dense = false;
    chosen.flip = frequencies.flip;
    chosen.prefix = mask_of(sites, 0, prefix, words);
    chosen.middle = mask_of(sites, prefix, common, words);
    chosen.rare = mask_of(sites, common, n_sites, words);
    chosen.prefix_words = words_for(prefix);
    chosen.middle_words = prefix == common ? 0 : words_for(common - prefix);
    return chosen;
  };
  const double dense_ns = static_cast<double>(n_sites) * dense_site_ns;
  const double fixed_ns = carrier_steps * kCarrierStepNs + kPairOverheadNs;

  if (search.histogram) {
    // Every distance is wanted, so nothing can be left to a bound.
    const double split_ns = static_cast<double>(common) * dense_site_ns + fixed_ns;
    if (search.pruning == Pruning::automatic && split_ns > 0.9 * dense_ns) return classes;
    return classes_with_prefix(common);
  }

  std::vector<std::size_t> candidates;
  for (std::size_t prefix = 512; prefix < common; prefix *= 2) candidates.push_back(prefix);
  candidates.push_back(common);

  const auto rare = mask_of(sites, common, n_sites, words);
  std::vector<std::vector<std::uint64_t>> shell_masks;
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    shell_masks.push_back(mask_of(sites, at == 0 ? 0 : candidates[at - 1], candidates[at], words));
  }
  const auto sample_row = [&](const std::uint64_t* row) {
    SampledRow sampled;
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      std::vector<std::uint64_t> bits(
          static_cast<std::size_t>(words_for(candidates[at] - (at == 0 ? 0 : candidates[at - 1]))));
      instructions.extract(row, frequencies.flip.data(), shell_masks[at].data(), words, bits.data());
      sampled.shell_counts.push_back(
          static_cast<std::int32_t>(instructions.count(bits.data(), static_cast<std::int64_t>(bits.size()))));
      sampled.shells.push_back(std::move(bits));
    }
    sampled.rare.resize(static_cast<std::size_t>(words_for(n_sites - common)));
    if (common < n_sites) {
      instructions.extract(row, frequencies.flip.data(), rare.data(), words, sampled.rare.data());
    }
    return sampled;
  };

  const auto query_sample = evenly_spaced(search.queries.count, kSampledQueries);
  const auto target_sample = evenly_spaced(search.targets.count, kSampledTargets);
  std::vector<SampledRow> targets;
  targets.reserve(target_sample.size());
  for (const std::int64_t row : target_sample) targets.push_back(sample_row(search.targets.row(row)));

  const bool skip_same_index = search.within || search.exclude_self;
  std::vector<double> passing(candidates.size());
  double compared = 0;
  std::vector<std::int64_t> bounds(candidates.size() * targets.size());
  for (const std::int64_t query_row : query_sample) {
    const SampledRow query = sample_row(search.queries.row(query_row));
    std::int64_t best = std::numeric_limits<std::int64_t>::max();
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (skip_same_index && target_sample[t] == query_row) continue;
      const SampledRow& target = targets[t];
      const auto distance = [&](const auto& a, const auto& b) {
        return instructions.distance(a.data(), b.data(), static_cast<std::int64_t>(a.size()));
      };
      std::int64_t exact = distance(query.rare, target.rare);
      std::int32_t later = 0;  // difference of the counts beyond the prefix
      for (std::size_t at = 0; at < candidates.size(); ++at) later += query.shell_counts[at] - target.shell_counts[at];
      for (std::size_t at = 0; at < candidates.size(); ++at) {
        exact += distance(query.shells[at], target.shells[at]);
        later -= query.shell_counts[at] - target.shell_counts[at];
        bounds[at * targets.size() + t] = exact + std::abs(later);
      }
      best = std::min(best, exact);
    }
    for (std::size_t t = 0; t < targets.size(); ++t) {
      if (skip_same_index && target_sample[t] == query_row) continue;
      ++compared;
      for (std::size_t at = 0; at < candidates.size(); ++at) passing[at] += bounds[at * targets.size() + t] <= best;
    }
  }
  if (compared == 0) return classes;

  // Every sampled query passes its own best; over all targets that single pair does not count.
  std::size_t cheapest = 0;
  double cheapest_ns = std::numeric_limits<double>::max();
  for (std::size_t at = 0; at < candidates.size(); ++at) {
    const auto prefix = static_cast<double>(candidates[at]);
    const double share = std::max(0.0, passing[at] - static_cast<double>(query_sample.size())) / compared;
    const double middle_ns = (static_cast<double>(common) - prefix) / kMiddleBitsPerNs;
    const double ns = prefix * dense_site_ns + share * (kVerificationNs + middle_ns) + fixed_ns;
    if (ns < cheapest_ns) {
      cheapest_ns = ns;
      cheapest = at;
    }
  }
  if (search.pruning == Pruning::automatic && cheapest_ns > 0.9 * dense_ns) return classes;
  return classes_with_prefix(candidates[cheapest]);
}

}  // namespace artgen::hamming
