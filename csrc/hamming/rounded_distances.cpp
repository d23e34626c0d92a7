// Least distances by look-ups: a query's tables, at the codes of rounded targets.
#include <algorithm>
#include <atomic>
#include <span>
#include <utility>
#include <vector>

#include "common/aligned_buffer.h"
#include "hamming/block_distances.h"
#include "hamming/choose_windows.h"
#include "hamming/rounded_rows.h"

namespace artgen::hamming {
namespace {

// Codes take a quarter of the rows' bits at most, and in most panels a fortieth.
constexpr std::int64_t kQueriesTogether = 65536;
constexpr std::int64_t kTargetsTogether = 16384;
constexpr std::int64_t kTargetsOfHistogram = 8192;
constexpr std::int64_t kQueries = 32;
constexpr std::int64_t kTableBytes = std::int64_t{8} << 20;  // of a task's own tables, if that is fewer queries
constexpr std::int64_t kTargets = 2560;                      // whose sums and codes stay in the nearer caches
constexpr std::int64_t kSumStride = kTargets + 32;  // with a power of two, all sums would fall on one cache set
constexpr std::int64_t kBytesOfLine = 64;

constexpr std::int64_t kMostOfSum = 65535;

constexpr std::int64_t kStepsOfVerification = 50;  // what a pair takes beside its rounded sites
// What sparing comparisons may cost before it is given up, in parts of what they would cost: of the pairs so far ...
constexpr double kMostOfPairs = 1.5;
constexpr double kMostOfAll = 0.1;  // ... and of all, which no one minds

// Windows that are looked up in one go: their entries' sum fits a byte.
struct WindowGroup {
  std::int64_t first;
  int count;
  bool last;  // after it the sums are to be taken, before they are too large for 16 bits
};

std::vector<WindowGroup> group_windows(const CommonHaplotypes& common) {
  std::vector<WindowGroup> groups;
  std::int64_t sum = 0;
  for (std::int64_t window = 0; window < common.windows();) {
    WindowGroup group{window, 0, false};
    int room = 0;
    while (window < common.windows() && group.count < kWindowsTogether && room + common.room(window) <= kMostOfByte) {
      room += common.room(window++);
      ++group.count;
    }
    if (sum + room > kMostOfSum) {
      groups.back().last = true;
      sum = 0;
    }
    sum += room;
    groups.push_back(group);
  }
  groups.back().last = true;
  return groups;
}

class RoundedDistances final : public BlockDistances {
 public:
  RoundedDistances(const Search& search, const InstructionSet& instructions, Windows windows)
      : search_(search),
        instructions_(instructions),
        windows_(std::move(windows)),
        groups_(group_windows(windows_.common)),
        query_rows_(
            std::clamp(kTableBytes / (windows_.common.windows() * windows_.common.size()), std::int64_t{2}, kQueries)),
        targets_(Side::target, windows_.common),
        own_queries_(Side::query, windows_.common) {
    for (int thread = 0; thread < search.threads; ++thread) workers_.emplace_back(windows_.common);
  }

  std::int64_t queries_together() const override { return kQueriesTogether; }
  std::int64_t targets_together() const override { return search_.histogram ? kTargetsOfHistogram : kTargetsTogether; }
  std::int64_t query_rows() const override { return query_rows_; }
  // A query's ALT alleles are walked once for all targets of a histogram.
  std::int64_t target_rows() const override { return search_.histogram ? kTargetsOfHistogram : kTargets; }
  std::int64_t targets_of_line() const override { return kCodesOfLine; }

  void prepare_queries(std::int64_t first, std::int64_t count) override {
    if (search_.within && count == search_.targets.count && count <= targets_together()) {
      prepare_targets(first, count);
      queries_ = &targets_;
    } else {
      round(search_.queries, first, count, own_queries_);
      queries_ = &own_queries_;
    }
  }

  void prepare_targets(std::int64_t first, std::int64_t count) override {
    if (targets_.first() == first && targets_.count() == count) return;
    round(search_.targets, first, count, targets_);
    if (search_.histogram && !targets_.index_rounded_sites()) throw NotCommon{};
  }

  void take_queries(int thread, std::int64_t first, std::int64_t count) override {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    worker.first_query = first;
    worker.queries = count;
    const std::int64_t begin = first - queries_->first();
    worker.tables.fill(search_.queries, *queries_, begin, begin + count);
  }

  void compare(int thread, std::int64_t begin, std::int64_t count, std::int64_t skipped, std::int32_t* distances,
               std::int64_t stride) override {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    const std::int32_t* offsets = search_.histogram ? targets_.offsets_from_ref() : targets_.least_offsets();
    const std::int64_t padded = (count + kCodesOfLine - 1) / kCodesOfLine * kCodesOfLine;
    for (std::int64_t t = skipped; t < padded; t += kTargets) {
      look_up(worker, begin + t, std::min(kTargets, padded - t), offsets + begin + t, distances + t, stride);
    }
    if (search_.histogram) {
      for (std::int64_t q = 0; q < worker.queries; ++q) {
        // What is skipped is read by nobody; but steps along rounded sites add to it, too.
        std::fill_n(distances + q * stride, skipped, 0);
        complete(worker, q, skipped, distances + q * stride);
      }
    }
    count_steps(worker, count);
  }

  bool exact() const override { return search_.histogram; }

  void fetch(std::int64_t target) const override { __builtin_prefetch(targets_.rounded(target).data()); }

  std::int32_t verify(int thread, std::int64_t query, std::int64_t target, std::int32_t least,
                      std::int32_t limit) override {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    const std::span<const std::uint32_t> rounded = targets_.rounded(target);
    const auto sites = static_cast<std::int64_t>(rounded.size());
    worker.steps += kStepsOfVerification + sites;
    least += worker.tables.cut(query, targets_.codes() + target, targets_.code_stride());
    if (least > limit) return least;
    // In 64 bits: the limit may be the largest number there is, and the least a negative one.
    const std::int64_t most = std::min((std::int64_t{limit} - least) / 2, sites);
    return least + 2 * instructions_.differing(search_.queries.row(worker.first_query + query), rounded.data(), sites,
                                               static_cast<std::int32_t>(most));
  }

 private:
  struct Worker {
    explicit Worker(const CommonHaplotypes& common) : tables(common) {}

    QueryTables tables;
    AlignedBuffer<std::uint16_t> sums;
    std::int64_t first_query = 0, queries = 0;
    std::int64_t steps = 0;
  };

  void round(const Rows& rows, std::int64_t first, std::int64_t count, RoundedRows& rounded) {
    if (!rounded.round(rows, first, count, search_.threads)) throw NotCommon{};
  }

  // Adds the tables' entries at the codes of the targets [begin, begin + length) to the targets' offsets.
  void look_up(Worker& worker, std::int64_t begin, std::int64_t length, const std::int32_t* offsets,
               std::int32_t* distances, std::int64_t stride) {
    const std::int64_t count = worker.queries;
    // One row of sums more than there are queries, for an odd one's partner.
    worker.sums.resize(static_cast<std::size_t>((query_rows_ + 1) * kSumStride));
    const auto sums = [&](std::int64_t query) { return worker.sums.data() + query * kSumStride; };
    bool first = true;
    for (const WindowGroup& group : groups_) {
      const std::uint8_t* codes = targets_.codes() + group.first * targets_.code_stride() + begin;
      const auto tables = [&](std::int64_t query) { return worker.tables.of(query) + group.first; };
      for (std::int64_t q = 0; q < count; q += 2) {
        for (std::int64_t next = q + 2; next < std::min(q + 4, count); ++next) fetch(tables(next), group.count);
        // An odd query's partner is the query itself, with sums that nobody takes.
        const bool odd = q + 1 == count;
        instructions_.look_up({codes,
                               targets_.code_stride(),
                               length,
                               group.count,
                               {tables(q), tables(odd ? q : q + 1)},
                               {sums(q), sums(odd ? query_rows_ : q + 1)}});
      }
      if (!group.last) continue;
      for (std::int64_t q = 0; q < count; ++q) {
        std::int32_t* to = distances + q * stride;
        instructions_.take_sums(sums(q), length, first ? offsets : to, to);
      }
      first = false;
    }
  }

  // Asks for tables before they are looked up: they lie anywhere.
  void fetch(const std::uint8_t* const* tables, int count) const {
    for (int at = 0; at < count; ++at) {
      for (std::int64_t byte = 0; byte < windows_.common.size(); byte += kBytesOfLine) {
        __builtin_prefetch(tables[at] + byte);
      }
    }
  }

  // From the distances to rounded targets to the distances.
  void complete(Worker& worker, std::int64_t query, std::int64_t skipped, std::int32_t* distances) const {
    worker.tables.add_cut(query, targets_.codes() + skipped, targets_.code_stride(), targets_.count() - skipped,
                          distances + skipped);
    worker.steps += targets_.add_rounded_sites(search_.queries.row(worker.first_query + query), distances);
  }

  // Gives up if the steps along rounded sites cost more than they may. A request for pruning is a request to go on.
  void count_steps(Worker& worker, std::int64_t targets) {
    if (search_.pruning != Pruning::automatic) return;
    const std::int64_t steps = std::exchange(worker.steps, 0), pairs = worker.queries * targets;
    const auto all_steps = static_cast<double>(steps_.fetch_add(steps, std::memory_order_relaxed) + steps);
    const auto pairs_so_far = static_cast<double>(pairs_.fetch_add(pairs, std::memory_order_relaxed) + pairs);
    const double all_pairs = static_cast<double>(search_.queries.count) * static_cast<double>(search_.targets.count);
    if (all_steps > windows_.worthwhile_steps * (kMostOfPairs * pairs_so_far + kMostOfAll * all_pairs)) {
      throw NotCommon{};
    }
  }

  const Search& search_;
  const InstructionSet& instructions_;
  const Windows windows_;
  const std::vector<WindowGroup> groups_;
  const std::int64_t query_rows_;
  RoundedRows targets_, own_queries_;
  const RoundedRows* queries_ = nullptr;
  std::vector<Worker> workers_;
  std::atomic<std::int64_t> steps_{0}, pairs_{0};
};

}  // namespace

std::unique_ptr<BlockDistances> rounded_distances(const Search& search, const InstructionSet& instructions,
                                                  Windows windows) {
  return std::make_unique<RoundedDistances>(search, instructions, std::move(windows));
}

}  // namespace artgen::hamming
