#include "hamming/site_classes.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

#include "common/parallel_for.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kFrequencyRows = 255;  // rows of each side that allele frequencies are taken from
constexpr std::int64_t kSampledQueries = 32;
constexpr std::int64_t kSampledTargets = 384;
constexpr std::int64_t kWordsOfLine = 8;  // of the cache
constexpr std::int64_t kLeastWords = 24;  // below, a row is compared faster than it is classified
constexpr std::int64_t kLeastPairs = std::int64_t{1} << 20;
constexpr std::int64_t kMostWords = std::int64_t{1}
                                    << 15;  // two million sites: carriers of a block are counted in 32 bits

constexpr int kFolds[] = {1, 2, 4, 8, 16};  // sites that share a bit, on average
// Candidates for the expected number of differing sites among those that share a bit.
constexpr double kLoads[] = {0.2, 0.35, 0.5, 0.65};

constexpr double kWorthwhile = 0.9;  // of what comparing all sites costs
// A pair's walks of carriers may cost so many times as much as comparing all its sites, before that is done instead.
constexpr double kMostOfDense = 1.5;

// Rounded from profiles on one Zen 4 core, not fitted; they only steer the choice.
constexpr double kCarrierStepNs = 0.6;        // one shared carrier of a rare site
constexpr double kVerificationNs = 30;        // one pair that the bound lets pass, beside comparing its sites
constexpr double kVerifiedBitsPerNs = 400;    // comparing the folded sites of two rows
constexpr double kPairOverheadNs = 0.5;       // the bound of one pair, beside its sketch
constexpr double kMostRare = 0.1;             // frequency above which a site's carriers would take too much memory
constexpr double kCarrierStepsPerPair = 1.5;  // budget for rare sites when only a bound is needed

struct SiteFrequencies {
  std::vector<std::uint64_t> flip;
  std::vector<double> query, target;  // frequency of the allele that is rarer over both sides
};

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

// Adds the sampled rows' alleles at the sites of a line of words to `counts`.
void count_alleles_of_line(const Rows& rows, const std::vector<std::int64_t>& sample, std::int64_t first,
                           std::int64_t words, std::int32_t* counts) {
  // Eight bit planes count to 255, so that most additions are a few operations on whole words.
  std::uint64_t planes[8][kWordsOfLine] = {};
  int filled = 0;
  const auto flush = [&] {
    for (int plane = 0; plane < 8; ++plane) {
      for (std::int64_t w = 0; w < words; ++w) {
        for (std::uint64_t left = planes[plane][w]; left != 0; left &= left - 1) {
          counts[64 * w + std::countr_zero(left)] += 1 << plane;
        }
        planes[plane][w] = 0;
      }
    }
    filled = 0;
  };
  for (const std::int64_t row : sample) {
    std::uint64_t carry[kWordsOfLine] = {};
    std::copy_n(rows.row(row) + first, words, carry);
    std::uint64_t any = 1;
    for (int plane = 0; any != 0; ++plane) {
      any = 0;
      for (std::int64_t w = 0; w < kWordsOfLine; ++w) {
        const std::uint64_t next = planes[plane][w] & carry[w];
        planes[plane][w] ^= carry[w];
        carry[w] = next;
        any |= next;
      }
    }
    if (++filled == 255) flush();
  }
  flush();
}

std::vector<std::int32_t> count_alleles(const Rows& rows, const std::vector<std::int64_t>& sample, int threads) {
  std::vector<std::int32_t> counts(static_cast<std::size_t>(64 * rows.words));
  parallel_for(threads, (rows.words + kWordsOfLine - 1) / kWordsOfLine, [&](int, std::int64_t line) {
    const std::int64_t first = line * kWordsOfLine;
    count_alleles_of_line(rows, sample, first, std::min(kWordsOfLine, rows.words - first), counts.data() + 64 * first);
  });
  return counts;
}

SiteFrequencies estimate_frequencies(const Search& search) {
  const std::int64_t n_sites = 64 * search.queries.words;
  const auto size = static_cast<std::size_t>(n_sites);
  const auto query_sample = spread(search.queries.count, kFrequencyRows);
  const auto target_sample = spread(search.targets.count, kFrequencyRows);
  const std::vector<std::int32_t> query_counts = count_alleles(search.queries, query_sample, search.threads);
  const std::vector<std::int32_t> target_counts =
      search.within ? query_counts : count_alleles(search.targets, target_sample, search.threads);

  SiteFrequencies frequencies;
  frequencies.flip.resize(static_cast<std::size_t>(search.queries.words));
  frequencies.query.resize(size);
  frequencies.target.resize(size);
  for (std::size_t site = 0; site < size; ++site) {
    double query = query_counts[site] / static_cast<double>(query_sample.size());
    double target = target_counts[site] / static_cast<double>(target_sample.size());
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

std::vector<std::uint64_t> mask_of(const std::vector<std::int32_t>& sites, std::size_t words) {
  std::vector<std::uint64_t> mask(words);
  for (const std::int32_t site : sites) {
    mask[static_cast<std::size_t>(site / 64)] |= std::uint64_t{1} << (site % 64);
  }
  return mask;
}

std::vector<SitesOfWord> sites_by_word(const std::vector<std::int32_t>& sites, std::size_t words) {
  const std::vector<std::uint64_t> masks = mask_of(sites, words);
  std::vector<SitesOfWord> chosen;
  for (std::size_t word = 0; word < words; ++word) {
    if (masks[word] == 0) continue;
    chosen.push_back({masks[word], static_cast<std::int32_t>(word), std::popcount(masks[word])});
  }
  return chosen;
}

// Common sites, folded so that a bit of the sketch stands for at most about `load` differing sites.
SiteClasses fold_sites(const SiteFrequencies& frequencies, const std::vector<std::int32_t>& common,
                       const std::vector<std::int32_t>& rare, double load) {
  constexpr std::size_t n_folds = std::size(kFolds);
  const std::size_t words = frequencies.flip.size();
  std::vector<std::int32_t> sites_of[n_folds];
  for (const std::int32_t site : common) {
    const double query = frequencies.query[static_cast<std::size_t>(site)];
    const double target = frequencies.target[static_cast<std::size_t>(site)];
    const double differ = query * (1 - target) + target * (1 - query);
    std::size_t at = n_folds - 1;
    while (at > 0 && kFolds[at] * differ > load) --at;
    sites_of[at].push_back(site);
  }
  const auto words_for = [](std::size_t sites, int fold) {
    const std::size_t bits = 64 * static_cast<std::size_t>(fold);
    return static_cast<std::int64_t>((sites + bits - 1) / bits);
  };
  SiteClasses classes;
  classes.dense = false;
  classes.flip = frequencies.flip;
  classes.rare = sites_by_word(rare, words);
  classes.single = sites_by_word(sites_of[0], words);
  classes.single_words = words_for(sites_of[0].size(), 1);
  classes.sketch_words = classes.single_words;
  for (std::size_t at = 1; at < n_folds; ++at) {
    if (sites_of[at].empty()) continue;
    classes.folds.push_back({mask_of(sites_of[at], words), words_for(sites_of[at].size(), kFolds[at])});
    classes.sketch_words += classes.folds.back().period;
  }
  std::vector<std::int32_t> folded;
  for (std::size_t at = 1; at < n_folds; ++at) folded.insert(folded.end(), sites_of[at].begin(), sites_of[at].end());
  classes.folded = sites_by_word(folded, words);
  classes.folded_words = words_for(folded.size(), 1);
  classes.sketch_words = std::max<std::int64_t>(1, classes.sketch_words);
  return classes;
}

std::vector<std::uint64_t> sketch_sample(const SiteClasses& classes, const InstructionSet& instructions,
                                         const Rows& rows, const std::vector<std::int64_t>& sample) {
  std::vector<std::uint64_t> sketches(sample.size() * static_cast<std::size_t>(classes.sketch_words));
  std::vector<std::uint64_t> details(static_cast<std::size_t>(detail_words(classes)));
  std::uint64_t* sketch = sketches.data();
  for (const std::int64_t row : sample) {
    sketch_rows(classes, instructions, rows.row(row), rows.words, 1, sketch, details.data());
    sketch += classes.sketch_words;
  }
  return sketches;
}

// Sampled pairs, to find which share of them a candidate's bound lets pass.
class PairSample {
 public:
  PairSample(const Search& search, const InstructionSet& instructions)
      : search_(search),
        instructions_(instructions),
        queries_(spread(search.queries.count, kSampledQueries)),
        targets_(spread(search.targets.count, kSampledTargets)) {
    // The nearest of the sample lies further than the nearest of all, as do the limits that a search starts from.
    for (const std::int64_t query : queries_) {
      std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
      for (const std::int64_t target : targets_) {
        if (same_row(query, target)) continue;
        nearest = std::min(nearest, instructions.distance(search.queries.row(query), search.targets.row(target),
                                                          search.queries.words));
      }
      nearest_.push_back(nearest);
    }
  }

  double share_passing(const SiteClasses& candidate) const {
    const auto query_sketches = sketch_sample(candidate, instructions_, search_.queries, queries_);
    const auto target_sketches = sketch_sample(candidate, instructions_, search_.targets, targets_);
    std::int64_t compared = 0, passed = 0;
    std::size_t pair = 0;
    for (std::size_t q = 0; q < queries_.size(); ++q) {
      for (std::size_t t = 0; t < targets_.size(); ++t, ++pair) {
        if (same_row(queries_[q], targets_[t])) continue;
        const std::int64_t sketched = sketch_distance(candidate, query_sketches, q, target_sketches, t);
        ++compared;
        passed += rare_parts_[pair] + sketched <= nearest_[q];
      }
      --passed;  // the nearest itself; over all targets that single pair does not count
    }
    return compared == 0 ? 1.0 : static_cast<double>(std::max<std::int64_t>(0, passed)) / static_cast<double>(compared);
  }

  // Differences at rare sites, which are the same for every candidate.
  void measure_rare_parts(const SiteClasses& candidate) {
    const auto words = static_cast<std::size_t>(search_.queries.words);
    std::vector<std::uint64_t> mask(words);
    for (const SitesOfWord& sites : candidate.rare) mask[static_cast<std::size_t>(sites.word)] = sites.mask;
    const auto query_rows = masked_rows(search_.queries, queries_, mask);
    const auto target_rows = masked_rows(search_.targets, targets_, mask);
    rare_parts_.reserve(queries_.size() * targets_.size());
    for (std::size_t q = 0; q < queries_.size(); ++q) {
      for (std::size_t t = 0; t < targets_.size(); ++t) {
        rare_parts_.push_back(instructions_.distance(query_rows.data() + q * words, target_rows.data() + t * words,
                                                     search_.queries.words));
      }
    }
  }

 private:
  bool same_row(std::int64_t query, std::int64_t target) const {
    return (search_.within || search_.exclude_self) && query == target;
  }

  std::int64_t sketch_distance(const SiteClasses& classes, const std::vector<std::uint64_t>& query_sketches,
                               std::size_t q, const std::vector<std::uint64_t>& target_sketches, std::size_t t) const {
    const auto words = static_cast<std::size_t>(classes.sketch_words);
    return instructions_.distance(query_sketches.data() + q * words, target_sketches.data() + t * words,
                                  classes.sketch_words);
  }

  std::vector<std::uint64_t> masked_rows(const Rows& rows, const std::vector<std::int64_t>& sample,
                                         const std::vector<std::uint64_t>& mask) const {
    std::vector<std::uint64_t> masked(sample.size() * mask.size());
    for (std::size_t at = 0; at < sample.size(); ++at) {
      instructions_.fold(rows.row(sample[at]), mask.data(), rows.words, rows.words, masked.data() + at * mask.size());
    }
    return masked;
  }

  const Search& search_;
  const InstructionSet& instructions_;
  const std::vector<std::int64_t> queries_, targets_;
  std::vector<std::int64_t> nearest_, rare_parts_;
};

std::vector<double> shares_passing(const Search& search, const InstructionSet& instructions,
                                   const std::vector<SiteClasses>& candidates) {
  std::vector<double> shares(candidates.size());
  if (candidates.empty()) return shares;
  PairSample sample(search, instructions);
  sample.measure_rare_parts(candidates.front());
  parallel_for(search.threads, static_cast<std::int64_t>(candidates.size()), [&](int, std::int64_t task) {
    const auto at = static_cast<std::size_t>(task);
    shares[at] = sample.share_passing(candidates[at]);
  });
  return shares;
}

double ns_before_verification(const SiteClasses& classes, double site_ns) {
  return 64 * static_cast<double>(classes.sketch_words) * site_ns;
}

}  // namespace

void sketch_rows(const SiteClasses& classes, const InstructionSet& instructions, const std::uint64_t* rows,
                 std::int64_t stride, std::int64_t count, std::uint64_t* sketches, std::uint64_t* details) {
  std::fill_n(sketches, count * classes.sketch_words, 0);
  instructions.extract({rows, stride, count, sketches, classes.sketch_words}, classes.single.data(),
                       static_cast<std::int64_t>(classes.single.size()));
  if (classes.exact()) return;
  const std::int64_t folds_words = classes.sketch_words - classes.single_words;
  std::fill_n(details, count * detail_words(classes), 0);
  instructions.extract({rows, stride, count, details + folds_words, detail_words(classes)}, classes.folded.data(),
                       static_cast<std::int64_t>(classes.folded.size()));
  for (std::int64_t row = 0; row < count; ++row) {
    std::uint64_t* folds = sketches + row * classes.sketch_words + classes.single_words;
    std::uint64_t* next = folds;
    for (const Fold& fold : classes.folds) {
      instructions.fold(rows + row * stride, fold.mask.data(), static_cast<std::int64_t>(fold.mask.size()), fold.period,
                        next);
      next += fold.period;
    }
    std::copy_n(folds, folds_words, details + row * detail_words(classes));
  }
}

std::int64_t hidden_distance(const SiteClasses& classes, const InstructionSet& instructions,
                             const std::uint64_t* first_details, const std::uint64_t* second_details) {
  const std::int64_t folds_words = classes.sketch_words - classes.single_words;
  return instructions.distance(first_details + folds_words, second_details + folds_words, classes.folded_words) -
         instructions.distance(first_details, second_details, folds_words);
}

SiteClasses choose_site_classes(const Search& search, const InstructionSet& instructions) {
  const std::int64_t words = search.queries.words;
  const std::int64_t pairs = search.queries.count * search.targets.count;
  if (search.pruning == Pruning::off || words > kMostWords) return {};
  if (search.pruning == Pruning::automatic && (words < kLeastWords || pairs < kLeastPairs)) return {};

  const SiteFrequencies frequencies = estimate_frequencies(search);
  const auto n_sites = static_cast<std::size_t>(64 * words);
  std::vector<std::pair<float, std::int32_t>> by_sharing(n_sites);
  for (std::size_t site = 0; site < n_sites; ++site) {
    by_sharing[site] = {static_cast<float>(frequencies.query[site] * frequencies.target[site]),
                        static_cast<std::int32_t>(site)};
  }
  std::sort(by_sharing.begin(), by_sharing.end());

  // A site is worth its carriers where walking them costs less than comparing its bits in every pair.
  const double dense_site_ns = 1 / instructions.bits_per_ns;
  const double most_steps = search.histogram ? std::numeric_limits<double>::max() : kCarrierStepsPerPair;
  std::vector<std::int32_t> rare, common;
  double steps = 0;
  for (const auto& [sharing, site] : by_sharing) {
    const auto at = static_cast<std::size_t>(site);
    const bool scarce = frequencies.query[at] < kMostRare && frequencies.target[at] < kMostRare;
    if (scarce && sharing * kCarrierStepNs < dense_site_ns && steps + sharing <= most_steps) {
      steps += sharing;
      rare.push_back(site);
    } else {
      common.push_back(site);
    }
  }
  const double dense_ns = static_cast<double>(n_sites) * dense_site_ns;
  const double fixed_ns = steps * kCarrierStepNs + kPairOverheadNs;

  // Every distance is wanted for a histogram, so nothing can be left to a bound.
  SiteClasses best = fold_sites(frequencies, common, rare, 0);
  double best_ns = static_cast<double>(common.size()) * dense_site_ns + fixed_ns;
  if (!search.histogram) {
    std::vector<SiteClasses> candidates;
    for (const double load : kLoads) {
      SiteClasses candidate = fold_sites(frequencies, common, rare, load);
      // Where the sketch alone costs too much, it need not be tried.
      if (ns_before_verification(candidate, dense_site_ns) + fixed_ns < std::min(best_ns, kWorthwhile * dense_ns)) {
        candidates.push_back(std::move(candidate));
      }
    }
    const std::vector<double> shares = shares_passing(search, instructions, candidates);
    for (std::size_t at = 0; at < candidates.size(); ++at) {
      const double verification_ns =
          kVerificationNs + 64 * static_cast<double>(detail_words(candidates[at])) / kVerifiedBitsPerNs;
      const double ns = ns_before_verification(candidates[at], dense_site_ns) + shares[at] * verification_ns + fixed_ns;
      if (ns < best_ns) {
        best_ns = ns;
        best = std::move(candidates[at]);
      }
    }
  }
  if (search.pruning == Pruning::automatic && best_ns > kWorthwhile * dense_ns) return {};
  best.most_steps_a_pair = kMostOfDense * dense_ns / kCarrierStepNs;
  return best;
}

}  // namespace artgen::hamming
