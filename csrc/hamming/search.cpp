// The search: blocks of targets, one after the other; against each, blocks of queries, spread over the threads.
//
// Each thread owns the query blocks that it takes, so the queries' keys need no lock. Keys of targets are kept a thread
// and joined after the block; until then the threads share only the limits, as a hint that lets them skip more.
#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>

#include "common/aligned_buffer.h"
#include "common/parallel_for.h"
#include "hamming/choose_windows.h"
#include "hamming/hamming.h"
#include "hamming/key_table.h"
#include "hamming/rounded_rows.h"
#include "hamming/row_block.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kDenseTargets = 2048;
constexpr std::int64_t kDenseBytes = std::int64_t{64} << 20;  // of a block, if that is fewer targets
constexpr std::int64_t kRoundedRows = 8192;  // of a block
constexpr std::int64_t kRoundedQueries = 32;
constexpr std::int64_t kTableBytes = std::int64_t{8} << 20;  // of the queries' own tables, if that is fewer queries
constexpr std::int64_t kTargetsTogether = 2048;              // their sums and codes stay in the nearer caches
constexpr std::int64_t kFewestQueries = 16;   // of a task
constexpr std::int64_t kTasksAThread = 4;     // or the last ones leave many threads idle
constexpr std::int32_t kFirstSelectRun = 16;  // distances looked at before the first update of a row's limit
constexpr std::int32_t kSelectRun = 256;      // and between two updates at most
constexpr std::int32_t kSelectSlack = 16;
constexpr std::int64_t kLineDistances = 16;
constexpr std::int64_t kFillRows = 64;
constexpr std::int64_t kMostRoundedRows = 1024;  // of a task: each reads the haplotypes of all windows
constexpr std::int64_t kStepsOfVerification = 50;  // what a pair takes beside its rounded sites
constexpr int kMostOfByte = 255;
constexpr std::int64_t kMostOfSum = 65535;
constexpr std::int64_t kSumStride = kTargetsTogether + 32;  // not a power of two, as for distances
// What sparing comparisons may cost before it is given up, in parts of what comparing would cost: of the pairs so far ...
constexpr double kMostOfPairs = 1.5;
constexpr double kMostOfAll = 0.1;  // ... and of all, which no one minds

// Thrown where the sample misled, and what was spared costs more than it would have.
struct NotCommon {};

std::int64_t dense_targets(std::int64_t words) {
  return std::clamp(kDenseBytes / (8 * words), std::int64_t{1}, kDenseTargets);
}

// Queries of a task: as many as suit the instructions, or fewer where these would be too few tasks for the threads.
std::int64_t dense_queries(const Search& search, const InstructionSet& instructions) {
  std::int64_t block = instructions.query_block;
  if (search.threads == 1) return block;
  const std::int64_t fewest = std::max<std::int64_t>(kFewestQueries, instructions.query_group);
  while (block / 2 >= fewest && search.queries.count < kTasksAThread * search.threads * block) block /= 2;
  return block;
}

std::int64_t rounded_queries(const CommonHaplotypes& common) {
  return std::clamp(kTableBytes / (common.windows() * common.size()), std::int64_t{2}, kRoundedQueries);
}

// Windows that are looked up in one go: their entries' sum fits a byte.
struct WindowGroup {
  std::int64_t first;
  int count;
  bool flush;  // the sums are to be taken after it, before they are too large for 16 bits
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
      groups.back().flush = true;
      sum = 0;
    }
    sum += room;
    groups.push_back(group);
  }
  if (!groups.empty()) groups.back().flush = true;
  return groups;
}

class Engine {
 public:
  Engine(const Search& search, const InstructionSet& instructions, Windows windows)
      : search_(search),
        instructions_(instructions),
        windows_(std::move(windows)),
        groups_(group_windows(windows_.common)),
        target_rows_(std::min(dense() ? dense_targets(search.targets.words) : kRoundedRows, search.targets.count)),
        query_rows_(dense() ? dense_queries(search, instructions) : rounded_queries(windows_.common)),
        targets_(Side::target, instructions),
        rounded_targets_(Side::target, windows_.common),
        rounded_queries_(Side::query, windows_.common) {
    if (search.query_neighbours > 0) query_keys_ = KeyTable(search.queries.count, search.query_neighbours);
    if (search.target_neighbours > 0 && !search.within) {
      target_keys_ = KeyTable(search.targets.count, search.target_neighbours);
    }
    if (search.target_neighbours > 0)
      shared_limits_ = std::make_unique<std::atomic<std::int32_t>[]>(static_cast<std::size_t>(target_rows_));
    const std::int64_t workers = std::clamp<std::int64_t>(query_tasks(), 1, search.threads);
    for (std::int64_t thread = 0; thread < workers; ++thread) workers_.push_back(std::make_unique<Worker>(*this));
  }

  Answer run() {
    for (std::int64_t first = 0; first < search_.targets.count; first += target_rows_) compare_with_targets(first);
    Answer answer;
    if (search_.query_neighbours > 0) answer.of_queries = neighbours_of(query_keys_, search_.queries.count);
    if (search_.target_neighbours > 0 && !search_.within) {
      answer.of_targets = neighbours_of(target_keys_, search_.targets.count);
    }
    if (search_.histogram) {
      answer.histogram.assign(static_cast<std::size_t>(64 * search_.queries.words + 1), 0);
      for (const auto& worker : workers_) {
        for (std::size_t at = 0; at < answer.histogram.size(); ++at) answer.histogram[at] += worker->histogram[at];
      }
    }
    return answer;
  }

 private:
  // What one thread needs for itself.
  struct Worker {
    explicit Worker(const Engine& engine)
        : queries(Side::query, engine.instructions_),
          tables(engine.windows_.common),
          distances(
              static_cast<std::size_t>((engine.query_rows_ + engine.instructions_.query_group) * engine.stride())),
          scratch(static_cast<std::size_t>(engine.instructions_.scratch_bytes)),
          positions(static_cast<std::size_t>(kSelectRun + kSelectSlack)) {
      if (engine.search_.target_neighbours > 0) {
        target_keys = KeyTable(engine.target_rows_, engine.search_.target_neighbours);
        target_limits.resize(static_cast<std::size_t>(engine.stride()));
      }
      if (engine.search_.histogram) {
        histogram.assign(static_cast<std::size_t>(64 * engine.search_.queries.words + 1), 0);
      }
      if (!engine.dense()) sums.resize(static_cast<std::size_t>((engine.query_rows_ + 1) * kSumStride));
    }

    std::uint16_t* sums_of(std::int64_t query) { return sums.data() + query * kSumStride; }

    RowBlock queries;
    QueryTables tables;
    AlignedBuffer<std::uint16_t> sums;
    std::vector<std::int32_t> least_of_targets;
    std::int64_t first_query = 0;
    std::int64_t steps = 0;
    AlignedBuffer<std::int32_t> distances;
    AlignedBuffer<std::uint8_t> scratch;
    std::vector<std::int32_t> positions;
    KeyTable target_keys;
    std::vector<std::int32_t> target_limits;
    std::vector<std::int64_t> histogram;
  };

  // A line more than the targets need: with a power of two, a column of distances would fall on one cache set.
  std::int64_t stride() const {
    const std::int64_t group = dense() ? instructions_.target_group : kCodesOfLine;
    return (target_rows_ + group - 1) / group * group + kLineDistances;
  }

  bool dense() const { return windows_.common.none(); }

  std::int64_t query_tasks() const { return (search_.queries.count + query_rows_ - 1) / query_rows_; }

  void compare_with_targets(std::int64_t first) {
    const std::int64_t count = std::min(target_rows_, search_.targets.count - first);
    first_target_ = first;
    targets_count_ = count;
    prepare_targets();
    if (search_.target_neighbours > 0) {
      const KeyTable& known = search_.within ? query_keys_ : target_keys_;
      for (std::int64_t t = 0; t < count; ++t) {
        shared_limits_[static_cast<std::size_t>(t)].store(known.limit(first + t), std::memory_order_relaxed);
      }
      for (const auto& worker : workers_) worker->target_keys.clear(count);
    }

    // Within one set, only queries up to the block's last row have a partner above them in it.
    const std::int64_t queries = search_.within ? first + count : search_.queries.count;
    if (dense()) {
      compare_queries(0, queries);
    } else {
      for (std::int64_t begin = 0; begin < queries; begin += kRoundedRows) {
        const std::int64_t end = std::min(queries, begin + kRoundedRows);
        queries_ = &rounded_queries_;
        if (search_.within && begin == first) {
          queries_ = &rounded_targets_;
        } else {
          round(search_.queries, begin, end - begin, rounded_queries_);
        }
        compare_queries(begin, end);
      }
    }

    if (search_.target_neighbours > 0) {
      KeyTable& known = search_.within ? query_keys_ : target_keys_;
      for (const auto& worker : workers_) {
        for (std::int64_t t = 0; t < count; ++t) known.merge(first + t, worker->target_keys, t);
      }
    }
  }

  void prepare_targets() {
    if (!dense()) {
      round(search_.targets, first_target_, targets_count_, rounded_targets_);
      if (search_.histogram && !rounded_targets_.index_rounded_sites()) throw NotCommon{};
      return;
    }
    targets_.begin(search_.targets, first_target_, targets_count_);
    parallel_for(search_.threads, (targets_count_ + kFillRows - 1) / kFillRows, [&](int, std::int64_t task) {
      targets_.fill(task * kFillRows, std::min(targets_count_, (task + 1) * kFillRows));
    });
  }

  void round(const Rows& rows, std::int64_t first, std::int64_t count, RoundedRows& rounded) {
    rounded.begin(rows, first, count);
    const std::int64_t of_task = std::clamp(count / (2 * search_.threads), kFillRows, kMostRoundedRows);
    parallel_for(search_.threads, (count + of_task - 1) / of_task, [&](int, std::int64_t task) {
      if (!rounded.fill(task * of_task, std::min(count, (task + 1) * of_task))) throw NotCommon{};
    });
  }

  void compare_queries(std::int64_t begin, std::int64_t end) {
    parallel_for(search_.threads, (end - begin + query_rows_ - 1) / query_rows_, [&](int thread, std::int64_t task) {
      const std::int64_t first_query = begin + task * query_rows_;
      compare_blocks(*workers_[static_cast<std::size_t>(thread)], first_query,
                     std::min(query_rows_, end - first_query));
    });
  }

  void compare_blocks(Worker& worker, std::int64_t first_query, std::int64_t count) {
    worker.first_query = first_query;
    // Within one set the targets up to the first query were compared before, from their side.
    std::int64_t skipped = 0;
    if (search_.within && first_query > first_target_) {
      const std::int64_t group = dense() ? instructions_.target_group : kCodesOfLine;
      skipped = (first_query - first_target_) / group * group;
    }
    if (dense()) {
      RowBlock& queries = worker.queries;
      queries.begin(search_.queries, first_query, count);
      queries.fill(0, count);
      instructions_.distances(queries.panel(), queries.padded(), targets_.panel_at(skipped),
                              targets_.padded() - skipped, search_.queries.words, worker.distances.data() + skipped,
                              stride(), worker.scratch.data());
    } else {
      const std::int64_t begin = first_query - queries_->first();
      worker.tables.fill(search_.queries, *queries_, begin, begin + count);
      look_up_distances(worker, count, skipped);
      if (search_.histogram) complete_distances(worker, count, skipped);
    }

    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < targets_count_; ++t) {
        worker.target_limits[static_cast<std::size_t>(t)] =
            shared_limits_[static_cast<std::size_t>(t)].load(std::memory_order_relaxed);
      }
    }
    for (std::int64_t q = 0; q < count; ++q) leave_out(worker, q, skipped);
    if (search_.target_neighbours > 0 && !all_exact()) take_likeliest_queries(worker, count, skipped);
    for (std::int64_t q = 0; q < count; ++q) {
      const std::int64_t query = first_query + q;
      const std::int64_t begin = search_.within ? std::max<std::int64_t>(0, query + 1 - first_target_) : 0;
      if (begin < targets_count_) take_row(worker, q, query, begin);
    }
    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < targets_count_; ++t) lower_shared_limit(worker, t);
    }
  }

  // The least that the distances of the block's queries to the targets [skipped, ...) can be; or, for a histogram, the
  // distances but for what the queries' ALT alleles add at rounded sites.
  void look_up_distances(Worker& worker, std::int64_t count, std::int64_t skipped) {
    const RoundedRows& targets = rounded_targets_;
    const std::int32_t* offsets = search_.histogram ? targets.offsets_from_ref() : targets.least_offsets();
    for (std::int64_t q = 0; q < count; ++q) {
      std::copy(offsets + skipped, offsets + targets.padded(), worker.distances.data() + q * stride() + skipped);
    }
    for (std::int64_t begin = skipped; begin < targets.padded(); begin += kTargetsTogether) {
      const std::int64_t length = std::min(kTargetsTogether, targets.padded() - begin);
      for (const WindowGroup& group : groups_) {
        const std::uint8_t* codes = targets.codes() + group.first * targets.code_stride() + begin;
        for (std::int64_t q = 0; q < count; q += 2) {
          for (std::int64_t next = q + 2; next < std::min(q + 4, count); ++next) {
            for (int at = 0; at < group.count; ++at) {
              const std::uint8_t* table = worker.tables.of(next)[group.first + at];
              for (std::int64_t byte = 0; byte < windows_.common.size(); byte += 64) __builtin_prefetch(table + byte);
            }
          }
          // An odd query's partner is the query itself, with sums that nobody takes.
          const bool odd = q + 1 == count;
          instructions_.look_up({codes,
                                 targets.code_stride(),
                                 length,
                                 group.count,
                                 {worker.tables.of(q) + group.first, worker.tables.of(odd ? q : q + 1) + group.first},
                                 {worker.sums_of(q), worker.sums_of(odd ? query_rows_ : q + 1)}});
        }
        if (!group.flush) continue;
        for (std::int64_t q = 0; q < count; ++q) {
          instructions_.take_sums(worker.sums_of(q), length,
                                  worker.distances.data() + q * stride() + begin);
        }
      }
    }
  }

  void lower_shared_limit(const Worker& worker, std::int64_t t) {
    std::atomic<std::int32_t>& shared = shared_limits_[static_cast<std::size_t>(t)];
    const std::int32_t limit = worker.target_limits[static_cast<std::size_t>(t)];
    std::int32_t current = shared.load(std::memory_order_relaxed);
    while (limit < current && !shared.compare_exchange_weak(current, limit, std::memory_order_relaxed)) {
    }
  }

  void complete_distances(Worker& worker, std::int64_t count, std::int64_t skipped) {
    const RoundedRows& targets = rounded_targets_;
    for (std::int64_t q = 0; q < count; ++q) {
      std::int32_t* row = worker.distances.data() + q * stride();
      worker.tables.add_cut(q, targets.codes() + skipped, targets.code_stride(), targets_count_ - skipped, row + skipped);
      worker.steps += targets.add_rounded_sites(search_.queries.row(worker.first_query + q), row);
      count_steps(worker);
    }
  }

  // Pairs of a row with itself, and within one set those that were compared from the other side.
  void leave_out(Worker& worker, std::int64_t q, std::int64_t skipped) {
    std::int32_t* row = worker.distances.data() + q * stride();
    const std::int64_t own = worker.first_query + q - first_target_;
    if (search_.within) {
      for (std::int64_t t = skipped; t <= std::min(own, targets_count_ - 1); ++t) row[t] = KeyTable::kNoLimit;
    } else if (search_.exclude_self && own >= 0 && own < targets_count_) {
      row[own] = KeyTable::kNoLimit;
    }
  }

  // For each target of the block the query of the block that is likeliest its nearest: the distances set limits that
  // spare most of the others.
  void take_likeliest_queries(Worker& worker, std::int64_t count, std::int64_t skipped) {
    std::int32_t* distances = worker.distances.data();
    std::vector<std::int32_t>& least = worker.least_of_targets;
    least.assign(distances + skipped, distances + targets_count_);
    for (std::int64_t q = 1; q < count; ++q) {
      instructions_.take_least(distances + q * stride() + skipped, targets_count_ - skipped, least.data());
    }
    for (std::int64_t t = skipped; t < targets_count_; ++t) {
      const std::int32_t wanted = least[static_cast<std::size_t>(t - skipped)];
      if (wanted == KeyTable::kNoLimit || wanted > worker.target_limits[static_cast<std::size_t>(t)]) continue;
      std::int64_t q = 0;
      while (distances[q * stride() + t] != wanted) ++q;
      std::int32_t* row = distances + q * stride();
      take_pair(worker, worker.first_query + q, static_cast<std::int32_t>(t), row);
      row[t] = KeyTable::kNoLimit;
    }
  }

  // Puts the distances of one query to the targets [begin, …) of the block where they belong.
  void take_row(Worker& worker, std::int64_t q, std::int64_t query, std::int64_t begin) {
    std::int32_t* row = worker.distances.data() + q * stride();
    const auto end = static_cast<std::int32_t>(targets_count_);
    if (search_.histogram) {
      for (std::int64_t t = begin; t < end; ++t) {
        if (row[t] != KeyTable::kNoLimit) ++worker.histogram[static_cast<std::size_t>(row[t])];
      }
    }
    if (search_.query_neighbours == 0 && search_.target_neighbours == 0) return;

    const std::int32_t* target_limits = search_.target_neighbours > 0 ? worker.target_limits.data() : nullptr;
    if (!all_exact()) {
      // The likeliest neighbours first: their distances set the limit that spares most of the others.
      for (int nth = 0; nth < search_.query_neighbours; ++nth) {
        const auto from = static_cast<std::int32_t>(begin);
        const std::int32_t likeliest = from + instructions_.smallest(row + from, end - from);
        if (row[likeliest] > query_limit(query)) break;
        take_pair(worker, query, likeliest, row);
        row[likeliest] = KeyTable::kNoLimit;
      }
    }
    // A row without a limit takes every target of its first run; so that is short, and each run twice the one before.
    std::int32_t length = kFirstSelectRun;
    for (auto run = static_cast<std::int32_t>(begin); run < end;
         run += length, length = std::min(2 * length, kSelectRun)) {
      const std::int32_t found =
          instructions_.select(row + run, std::min(length, end - run), query_limit(query),
                               target_limits == nullptr ? nullptr : target_limits + run, worker.positions.data());
      for (std::int32_t at = 0; at < found; ++at) {
        take_pair(worker, query, run + worker.positions[static_cast<std::size_t>(at)], row);
      }
    }
    if (!all_exact()) count_steps(worker);
  }

  std::int32_t query_limit(std::int64_t query) const {
    return search_.query_neighbours > 0 ? query_keys_.limit(query) : -1;
  }

  void take_pair(Worker& worker, std::int64_t query, std::int32_t t, const std::int32_t* row) {
    if (row[t] == KeyTable::kNoLimit) return;
    const bool wants_targets = search_.target_neighbours > 0;
    const std::int32_t row_limit = query_limit(query);
    const std::int32_t target_limit = wants_targets ? worker.target_limits[static_cast<std::size_t>(t)] : -1;
    const std::int32_t limit = std::max(row_limit, target_limit);
    std::int32_t distance = row[t];
    if (distance > limit) return;
    if (!all_exact()) distance = verified_distance(worker, query, t, distance, limit);
    if (distance <= row_limit) query_keys_.insert(query, distance, first_target_ + t);
    if (distance <= target_limit) {
      worker.target_keys.insert(t, distance, query);
      worker.target_limits[static_cast<std::size_t>(t)] = std::min(target_limit, worker.target_keys.limit(t));
    }
  }

  // Whether the block's distances are the pairs' own, and no bounds.
  bool all_exact() const { return dense() || search_.histogram; }

  // The distance of a pair that its least does not exclude; above the limit, any number above it.
  std::int32_t verified_distance(Worker& worker, std::int64_t query, std::int32_t t, std::int32_t least,
                                 std::int32_t limit) {
    const std::uint64_t* bits = search_.queries.row(query);
    worker.steps += kStepsOfVerification;
    const std::vector<std::uint32_t>& rounded = rounded_targets_.rounded(t);
    const auto sites = static_cast<std::int64_t>(rounded.size());
    worker.steps += sites;
    least += worker.tables.cut(query - worker.first_query, rounded_targets_.codes() + t, rounded_targets_.code_stride());
    if (least > limit) return least;
    // In 64 bits: the limit may be the largest number there is, and the least a negative one.
    const std::int64_t most = (std::int64_t{limit} - least) / 2;
    return least + 2 * instructions_.differing(bits, rounded.data(), sites,
                                               static_cast<std::int32_t>(std::min(most, std::int64_t{KeyTable::kNoLimit})));
  }

  // Gives up if the steps along rounded sites cost more than they may. A request for pruning is a request to go on.
  void count_steps(Worker& worker) {
    const std::int64_t steps = std::exchange(worker.steps, 0);
    if (search_.pruning != Pruning::automatic) return;
    const std::int64_t all_steps = steps_.fetch_add(steps, std::memory_order_relaxed) + steps;
    const std::int64_t pairs = pairs_.fetch_add(targets_count_, std::memory_order_relaxed) + targets_count_;
    const double all_pairs = static_cast<double>(search_.queries.count) * static_cast<double>(search_.targets.count);
    const double worth = kMostOfPairs * static_cast<double>(pairs) + kMostOfAll * all_pairs;
    if (static_cast<double>(all_steps) > windows_.worthwhile_steps * worth) throw NotCommon{};
  }

  static Neighbours neighbours_of(const KeyTable& keys, std::int64_t rows) {
    Neighbours neighbours;
    neighbours.distances.reserve(static_cast<std::size_t>(rows * keys.k()));
    neighbours.indices.reserve(static_cast<std::size_t>(rows * keys.k()));
    for (std::int64_t row = 0; row < rows; ++row) {
      for (int at = 0; at < keys.k(); ++at) {
        const std::uint64_t key = keys.of(row)[at];
        neighbours.distances.push_back(static_cast<std::int32_t>(key >> 32));
        neighbours.indices.push_back(static_cast<std::int64_t>(key & 0xffffffffU));
      }
    }
    return neighbours;
  }

  const Search& search_;
  const InstructionSet& instructions_;
  const Windows windows_;
  const std::vector<WindowGroup> groups_;
  const std::int64_t target_rows_, query_rows_;
  std::int64_t first_target_ = 0, targets_count_ = 0;
  RowBlock targets_;
  RoundedRows rounded_targets_, rounded_queries_;
  const RoundedRows* queries_ = nullptr;  // the block that is compared
  KeyTable query_keys_, target_keys_;
  std::unique_ptr<std::atomic<std::int32_t>[]> shared_limits_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<std::int64_t> steps_{0}, pairs_{0};
};

Answer run(const Search& search, const InstructionSet& instructions) {
  try {
    return Engine(search, instructions, choose_windows(search, instructions)).run();
  } catch (const NotCommon&) {
    return Engine(search, instructions, Windows{}).run();
  }
}

}  // namespace

Answer search(const Search& search, const InstructionSet& instructions) {
  // Targets are laid out once a block and queries are broadcast, so the smaller side is better off as targets.
  if (!search.within && search.queries.count < search.targets.count) {
    Search swapped = search;
    std::swap(swapped.queries, swapped.targets);
    std::swap(swapped.query_neighbours, swapped.target_neighbours);
    Answer answer = run(swapped, instructions);
    std::swap(answer.of_queries, answer.of_targets);
    return answer;
  }
  return run(search, instructions);
}

}  // namespace artgen::hamming
