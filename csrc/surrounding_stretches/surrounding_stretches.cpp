// One pass over the words of a target. Between two neighbouring differences of a query and a target lies a stretch that
// is the same for every hidden site in it. Most stretches are short, and few targets come among the longest k: of each
// word the shortest length that one of its hidden sites still takes is kept, and shorter stretches are passed by.
// Within a word none is longer than 62 sites, so that soon only its first and its last difference are looked at.
#include "surrounding_stretches/surrounding_stretches.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "common/interruption.h"
#include "common/parallel_for.h"

namespace artgen::surrounding_stretches {
namespace {

constexpr std::int64_t kTargetsBetweenQuestions = 256;

std::size_t at(std::int64_t index) { return static_cast<std::size_t>(index); }

// The observed sites of every row next to each other.
std::vector<std::uint64_t> laid_out(const Rows& rows, const Layout& layout, int threads) {
  std::vector<std::uint64_t> words(at(rows.count * layout.words()), 0);
  parallel_for(threads, rows.count, [&](int, std::int64_t index) {
    const std::uint64_t* row = rows.row(index);
    std::uint64_t* to = words.data() + index * layout.words();
    for (std::size_t number = 0; number < layout.sites.size(); ++number) {
      const std::int64_t site = layout.sites[number];
      to[number / 64] |= ((row[site / 64] >> (site % 64)) & 1) << (number % 64);
    }
  });
  return words;
}

// The longest stretches of one query.
class Search {
 public:
  Search(const std::uint64_t* query, const Layout& layout, int k, std::int32_t* lengths, std::int32_t* nearest)
      : query_(query), layout_(layout), k_(k), lengths_(lengths), nearest_(nearest) {
    std::fill_n(lengths_, layout.hidden() * k, -1);
    for (std::int64_t word = 0; word < layout.words(); ++word) shortest_.push_back(shortest_of(word));
  }

  void compare(const std::uint64_t* target, std::int32_t index) {
    for (std::size_t contig = 0; contig < layout_.begin.size(); ++contig) compare_contig(target, index, contig);
  }

 private:
  void compare_contig(const std::uint64_t* target, std::int32_t index, std::size_t contig) {
    constexpr std::uint64_t all_bits = ~std::uint64_t{0};
    const std::int64_t begin = layout_.begin[contig], end = layout_.end[contig];
    std::int64_t last = begin - 1;  // the last difference
    for (std::int64_t word = begin / 64; word < (end + 63) / 64; ++word) {
      std::uint64_t differing = query_[word] ^ target[word];
      if (word == begin / 64) differing &= all_bits << (begin % 64);
      if (word == end / 64) differing &= ~(all_bits << (end % 64));
      if (differing == 0) continue;
      std::int64_t difference = 64 * word + std::countr_zero(differing);
      const std::int64_t earlier = (last + 1) / 64, length = difference - last - 1;
      const std::int32_t shortest = shortest_[at(word)];
      if (length > shortest || length > shortest_[at(earlier)] || word > earlier + 1) {
        offer(index, last, difference, contig);
      }
      last = 64 * word + std::bit_width(differing) - 1;
      if (last - difference - 1 <= shortest_[at(word)]) continue;
      for (differing &= differing - 1; differing != 0; differing &= differing - 1) {
        const std::int64_t following = 64 * word + std::countr_zero(differing);
        if (following - difference - 1 > shortest_[at(word)]) offer(index, difference, following, contig);
        difference = following;
      }
    }
    offer(index, last, end, contig);
  }

  // Offers the stretch between two differences to the hidden sites in it, of those of its contig.
  void offer(std::int32_t target, std::int64_t last, std::int64_t following, std::size_t contig) {
    const auto length = static_cast<std::int32_t>(following - last - 1);
    const std::int64_t first = std::max(layout_.before[at(last + 1)], layout_.hidden_begin[contig]);
    const std::int64_t stop = std::min(layout_.before[at(following + 1)], layout_.hidden_end[contig]);
    for (std::int64_t word = (last + 1) / 64; word <= following / 64; ++word) {
      if (length <= shortest_[at(word)]) continue;
      bool taken = false;
      const std::int64_t end = std::min(stop, hidden_before(word + 1));
      for (std::int64_t place = std::max(first, hidden_before(word)); place < end; ++place) {
        taken |= take(target, length, lengths_ + place * k_, nearest_ + place * k_);
      }
      if (taken) shortest_[at(word)] = shortest_of(word);
    }
  }

  bool take(std::int32_t target, std::int32_t length, std::int32_t* lengths, std::int32_t* nearest) const {
    int rank = k_ - 1;
    if (length <= lengths[rank]) return false;
    for (; rank > 0 && lengths[rank - 1] < length; --rank) {
      lengths[rank] = lengths[rank - 1];
      nearest[rank] = nearest[rank - 1];
    }
    lengths[rank] = length;
    nearest[rank] = target;
    return true;
  }

  // The shortest of the lengths that the hidden sites of a word have at their last rank.
  std::int32_t shortest_of(std::int64_t word) const {
    std::int32_t shortest = std::numeric_limits<std::int32_t>::max();
    for (std::int64_t place = hidden_before(word); place < hidden_before(word + 1); ++place) {
      shortest = std::min(shortest, lengths_[place * k_ + k_ - 1]);
    }
    return shortest;
  }

  // Hidden sites of the words before one: each belongs to the word of the observed site that follows it.
  std::int64_t hidden_before(std::int64_t word) const {
    return layout_.before[std::min(at(64 * word), layout_.before.size() - 1)];
  }

  const std::uint64_t* query_;
  const Layout& layout_;
  const int k_;
  std::int32_t *lengths_, *nearest_;
  std::vector<std::int32_t> shortest_;  // of each word
};

}  // namespace

void longest_around(const Rows& queries, const Rows& targets, const Layout& layout, int k, std::int32_t* lengths,
                    std::int32_t* nearest, int threads) {
  const auto query_words = laid_out(queries, layout, threads), target_words = laid_out(targets, layout, threads);
  parallel_for(threads, queries.count, [&](int, std::int64_t query) {
    const std::int64_t offset = query * layout.hidden() * k;
    Search search(query_words.data() + query * layout.words(), layout, k, lengths + offset, nearest + offset);
    for (std::int64_t target = 0; target < targets.count; ++target) {
      search.compare(target_words.data() + target * layout.words(), static_cast<std::int32_t>(target));
      if (target % kTargetsBetweenQuestions == 0) end_if_interrupted();
    }
  });
}

}  // namespace artgen::surrounding_stretches
