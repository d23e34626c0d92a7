// A positional Burrows-Wheeler transform of the targets: site by site they are kept in the order of their alleles read
// backwards from there, so that those which share a stretch up to the site lie side by side (Durbin 2014,
// Bioinformatics 30:1266). A query is a place in that order: the range of targets that share its longest stretch so
// far. At the next site the range shrinks to those with its allele. Where none is left the stretch is over; the query
// then lies between two targets, and the one that shares more is where its next stretch and range begin.
#include "shared_haplotypes/shared_haplotypes.h"

#include <algorithm>
#include <bit>
#include <numeric>

#include "common/interruption.h"
#include "common/parallel_for.h"

namespace artgen::shared_haplotypes {
namespace {

constexpr std::int64_t kFewTargets = 64;   // of so many the lowest index is taken at once, of more afterwards
constexpr std::int64_t kNotLookedUp = -2;  // in the place of a target
constexpr std::int64_t kLookedUpATask = 64;

bool allele_at(const std::uint64_t* row, std::int64_t site) { return ((row[site / 64] >> (site % 64)) & 1) != 0; }

// Where the stretch begins that two rows share up to `known`, but not before `least`.
std::int64_t shared_from(const std::uint64_t* first, const std::uint64_t* second, std::int64_t known,
                         std::int64_t least) {
  std::int64_t word = known / 64;
  std::uint64_t differing = (first[word] ^ second[word]) & ((std::uint64_t{1} << (known % 64)) - 1);
  while (differing == 0 && 64 * word > least) {
    --word;
    differing = first[word] ^ second[word];
  }
  return differing == 0 ? least : std::max<std::int64_t>(least, 64 * word + std::bit_width(differing));
}

// Follows some queries over some contigs, and orders the targets for itself.
class Follower {
 public:
  Follower(const Rows& queries, const Rows& targets, const std::int64_t* positions)
      : queries_(queries), targets_(targets), positions_(positions) {
    const auto rows = static_cast<std::size_t>(targets.count), n_queries = static_cast<std::size_t>(queries.count);
    for (auto* each : {&order_, &next_order_, &from_, &next_from_, &one_order_, &one_from_}) each->resize(rows + 1);
    for (auto* each : {&begin_, &first_, &last_, &ended_, &ended_first_, &ended_last_}) each->resize(n_queries + 1);
    zeros_before_.resize(rows + 1);
    words_.resize(rows);
    query_words_.resize(n_queries);
    std::iota(order_.begin(), order_.end(), 0);
    found_.sites.assign(n_queries, 0);
    found_.base_pairs.assign(n_queries, 0);
    found_.begin.assign(n_queries, -1);
    found_.target.assign(n_queries, -1);
  }

  void follow(std::int64_t contig_begin, std::int64_t contig_end) {
    const std::int64_t count = targets_.count;
    std::fill(from_.begin(), from_.end(), static_cast<std::int32_t>(contig_begin));
    std::fill(begin_.begin(), begin_.end(), static_cast<std::int32_t>(contig_begin));
    std::fill(first_.begin(), first_.end(), 0);
    std::fill(last_.begin(), last_.end(), static_cast<std::int32_t>(count));
    for (std::int64_t site = contig_begin; site < contig_end; ++site) {
      if (site / 64 != word_) {
        word_ = site / 64;
        for (std::int64_t t = 0; t < count; ++t) words_[at(t)] = targets_.row(t)[word_];
        for (std::int64_t q = 0; q < queries_.count; ++q) query_words_[at(q)] = queries_.row(q)[word_];
        end_if_interrupted();
      }
      const std::int64_t zeros = sort_by_allele(site);
      const std::int64_t ended = narrow(static_cast<int>(site % 64), zeros);
      for (std::int64_t i = 0; i < ended; ++i) {
        const std::int64_t query = ended_[at(i)];
        const std::int64_t begun = begin_[at(query)];
        // The range that it had is one of the order before this site.
        end_stretch(query, begun, site, next_order_.data() + ended_first_[at(i)],
                    ended_last_[at(i)] - ended_first_[at(i)]);
        begin_again(query, site, zeros, begun);
      }
    }
    for (std::int64_t q = 0; q < queries_.count; ++q) {
      end_stretch(q, begin_[at(q)], contig_end, order_.data() + first_[at(q)], last_[at(q)] - first_[at(q)]);
    }
  }

  const Longest& found() const { return found_; }

 private:
  static std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

  // Puts targets with 0 at the site before those with 1, each as they were; returns how many have 0. Nobody can foresee
  // alleles, so there is no branch: both places are written, and one of them moves on.
  std::int64_t sort_by_allele(std::int64_t site) {
    const int bit = static_cast<int>(site % 64);
    const std::int64_t count = targets_.count;
    std::int32_t zeros = 0, ones = 0;
    auto zero_from = static_cast<std::int32_t>(site + 1), one_from = zero_from;
    for (std::int64_t place = 0; place < count; ++place) {
      const std::int32_t row = order_[at(place)], begin = from_[at(place)];
      const auto one = static_cast<std::int32_t>((words_[at(row)] >> bit) & 1);
      zero_from = std::max(zero_from, begin);
      one_from = std::max(one_from, begin);
      zeros_before_[at(place)] = zeros;
      next_order_[at(zeros)] = one_order_[at(ones)] = row;
      next_from_[at(zeros)] = zero_from;
      one_from_[at(ones)] = one_from;
      zero_from = one != 0 ? zero_from : 0;
      one_from = one != 0 ? 0 : one_from;
      ones += one;
      zeros += 1 - one;
    }
    zeros_before_[at(count)] = zeros;
    std::copy_n(one_order_.begin(), ones, next_order_.begin() + zeros);
    std::copy_n(one_from_.begin(), ones, next_from_.begin() + zeros);
    std::swap(order_, next_order_);
    std::swap(from_, next_from_);
    return zeros;
  }

  // Cuts the range of targets of each query to those with its allele; returns how many ranges are empty then. `ended_`
  // begins with their queries, `ended_first_` and `ended_last_` with the ranges that they had; what is left of these is
  // the place that they would have among the targets.
  std::int64_t narrow(int bit, std::int64_t zeros) {
    std::int64_t ended = 0;
    for (std::int64_t q = 0; q < queries_.count; ++q) {
      const std::int32_t first = first_[at(q)], last = last_[at(q)];
      const bool one = ((query_words_[at(q)] >> bit) & 1) != 0;
      const std::int32_t zeros_first = zeros_before_[at(first)], zeros_last = zeros_before_[at(last)];
      const auto offset = static_cast<std::int32_t>(zeros);
      const std::int32_t new_first = one ? offset + first - zeros_first : zeros_first;
      const std::int32_t new_last = one ? offset + last - zeros_last : zeros_last;
      ended_first_[at(ended)] = first;
      ended_last_[at(ended)] = last;
      ended_[at(ended)] = static_cast<std::int32_t>(q);
      first_[at(q)] = new_first;
      last_[at(q)] = new_last;
      ended += new_first == new_last ? 1 : 0;
    }
    return ended;
  }

  // Keeps the stretch over the sites [begin, end) of a query, shared by some targets, if it is the longest so far.
  void end_stretch(std::int64_t query, std::int64_t begin, std::int64_t end, const std::int32_t* sharing,
                   std::int64_t count) {
    if (end <= begin) return;
    if (end - begin > found_.sites[at(query)]) {
      found_.sites[at(query)] = static_cast<std::int32_t>(end - begin);
      found_.begin[at(query)] = begin;
      found_.target[at(query)] = count <= kFewTargets ? *std::min_element(sharing, sharing + count) : kNotLookedUp;
    }
    std::int64_t& base_pairs = found_.base_pairs[at(query)];
    base_pairs = std::max(base_pairs, positions_[end - 1] - positions_[begin]);
  }

  // Begins the longest stretch of a query up to and including a site, and the range of targets that share it. No target
  // shares the stretch from `least` on.
  void begin_again(std::int64_t query, std::int64_t site, std::int64_t zeros, std::int64_t least) {
    const std::uint64_t* own = queries_.row(query);
    // The targets with its allele, and where it would come among them.
    const bool one = allele_at(own, site);
    const std::int64_t low = one ? zeros : 0, high = one ? targets_.count : zeros, place = first_[at(query)];
    if (low == high) {
      keep(query, site + 1, 0, targets_.count);
      return;
    }
    bool above = place == high;
    std::int64_t begin;
    if (place == low) {
      begin = shared_from(own, target_in(place), site, least);
    } else if (place == high) {
      begin = shared_from(own, target_in(place - 1), site, least);
    } else {
      // Between two targets a query shares what they share; where they part, it goes with one of them.
      const std::int64_t parting = from_[at(place)] - 1;
      above = allele_at(own, parting) == allele_at(target_in(place - 1), parting);
      begin = shared_from(own, target_in(above ? place - 1 : place), parting, least);
    }
    if (above) {
      std::int64_t first = place - 1;
      while (first > low && from_[at(first)] <= begin) --first;
      keep(query, begin, first, place);
    } else {
      std::int64_t last = place + 1;
      while (last < high && from_[at(last)] <= begin) ++last;
      keep(query, begin, place, last);
    }
  }

  const std::uint64_t* target_in(std::int64_t place) const { return targets_.row(order_[at(place)]); }

  void keep(std::int64_t query, std::int64_t begin, std::int64_t first, std::int64_t last) {
    begin_[at(query)] = static_cast<std::int32_t>(begin);
    first_[at(query)] = static_cast<std::int32_t>(first);
    last_[at(query)] = static_cast<std::int32_t>(last);
  }

  const Rows queries_;
  const Rows& targets_;
  const std::int64_t* positions_;
  std::vector<std::int32_t> order_, next_order_;  // of the targets, after this site and before it
  std::vector<std::int32_t> from_, next_from_;  // where the stretch begins that a target shares with the one before it
  std::vector<std::int32_t> one_order_, one_from_;
  std::vector<std::int32_t> zeros_before_;  // targets with 0 at this site before each place of the order before it
  std::vector<std::uint64_t> words_, query_words_;
  std::int64_t word_ = -1;
  std::vector<std::int32_t> begin_, first_, last_;  // of each query: its stretch, and the places that share it
  std::vector<std::int32_t> ended_, ended_first_, ended_last_;
  Longest found_;
};

// Lowest index of the targets that are identical to a row over the sites [begin, end).
std::int64_t first_identical(const std::uint64_t* row, const Rows& targets, std::int64_t begin, std::int64_t end) {
  const std::int64_t first_word = begin / 64, last_word = (end - 1) / 64;
  const std::uint64_t first_mask = ~std::uint64_t{0} << (begin % 64);
  const std::uint64_t last_mask = ~std::uint64_t{0} >> (63 - (end - 1) % 64);
  for (std::int64_t target = 0; target < targets.count; ++target) {
    const std::uint64_t* other = targets.row(target);
    bool identical = true;
    for (std::int64_t word = first_word; word <= last_word && identical; ++word) {
      std::uint64_t differing = row[word] ^ other[word];
      if (word == first_word) differing &= first_mask;
      if (word == last_word) differing &= last_mask;
      identical = differing == 0;
    }
    if (identical) return target;
  }
  return -1;
}

}  // namespace

Longest longest_shared(const Rows& queries, const Rows& targets, const std::int64_t* positions,
                       const Division& division, int threads) {
  const auto parts = static_cast<std::int64_t>(division.cuts.size()) - 1;
  const auto chunks = static_cast<std::int64_t>(division.edges.size()) - 1;
  std::vector<Longest> found(static_cast<std::size_t>(parts * chunks));
  parallel_for(threads, parts * chunks, [&](int, std::int64_t task) {
    const auto part = static_cast<std::size_t>(task / chunks), chunk = static_cast<std::size_t>(task % chunks);
    const std::int64_t first = division.edges[chunk];
    Follower follower({queries.row(first), division.edges[chunk + 1] - first, queries.words}, targets, positions);
    for (std::int64_t contig = division.cuts[part]; contig < division.cuts[part + 1]; ++contig) {
      follower.follow(division.bounds[contig], division.bounds[contig + 1]);
    }
    found[static_cast<std::size_t>(task)] = follower.found();
  });

  Longest all;
  for (std::int64_t chunk = 0; chunk < chunks; ++chunk) {
    Longest best = std::move(found[static_cast<std::size_t>(chunk)]);
    for (std::int64_t part = 1; part < parts; ++part) {
      const Longest& other = found[static_cast<std::size_t>(part * chunks + chunk)];
      for (std::size_t query = 0; query < best.sites.size(); ++query) {
        best.base_pairs[query] = std::max(best.base_pairs[query], other.base_pairs[query]);
        if (other.sites[query] <= best.sites[query]) continue;  // of stretches of one length the first counts
        best.sites[query] = other.sites[query];
        best.begin[query] = other.begin[query];
        best.target[query] = other.target[query];
      }
    }
    all.sites.insert(all.sites.end(), best.sites.begin(), best.sites.end());
    all.base_pairs.insert(all.base_pairs.end(), best.base_pairs.begin(), best.base_pairs.end());
    all.begin.insert(all.begin.end(), best.begin.begin(), best.begin.end());
    all.target.insert(all.target.end(), best.target.begin(), best.target.end());
  }
  parallel_for(threads, (queries.count + kLookedUpATask - 1) / kLookedUpATask, [&](int, std::int64_t task) {
    const std::int64_t end = std::min(queries.count, (task + 1) * kLookedUpATask);
    for (std::int64_t query = task * kLookedUpATask; query < end; ++query) {
      const auto index = static_cast<std::size_t>(query);
      if (all.target[index] != kNotLookedUp) continue;
      const std::int64_t begin = all.begin[index];
      all.target[index] = first_identical(queries.row(query), targets, begin, begin + all.sites[index]);
    }
  });
  return all;
}

}  // namespace artgen::shared_haplotypes
