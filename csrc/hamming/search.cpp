// The search: many prepared queries and targets at a time, whose blocks of queries are spread over the threads.
//
// Each thread owns the query blocks that it takes, so the queries' keys need no lock. Keys of targets are kept a thread
// and joined afterwards; until then the threads share only the limits, as a hint that lets them skip more.
#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "common/aligned_buffer.h"
#include "common/parallel_for.h"
#include "hamming/block_distances.h"
#include "hamming/choose_windows.h"
#include "hamming/hamming.h"
#include "hamming/key_table.h"

namespace artgen::hamming {
namespace {

constexpr std::int32_t kFirstSelectRun = 16;  // distances looked at before the first update of a row's limit
constexpr std::int32_t kSelectRun = 1024;     // and between two updates at most
constexpr std::int32_t kSelectSlack = 16;
constexpr std::int64_t kLineDistances = 16;
// Rows that a row is compared with before its limits are so low that few pairs are left to look at.
constexpr std::int64_t kFirstRows = 8192;

class Engine {
 public:
  Engine(const Search& search, const InstructionSet& instructions, std::unique_ptr<BlockDistances> distances)
      : search_(search),
        instructions_(instructions),
        distances_(std::move(distances)),
        targets_together_(std::min(distances_->targets_together(), search.targets.count)),
        target_rows_(std::min(distances_->target_rows(), search.targets.count)),
        query_rows_(distances_->query_rows()),
        stride_(whole_lines(target_rows_) + kLineDistances) {
    if (search.query_neighbours > 0) query_keys_ = KeyTable(search.queries.count, search.query_neighbours);
    if (search.target_neighbours > 0 && !search.within) {
      target_keys_ = KeyTable(search.targets.count, search.target_neighbours);
    }
    if (search.target_neighbours > 0)
      shared_limits_ = std::make_unique<std::atomic<std::int32_t>[]>(static_cast<std::size_t>(targets_together_));
    const std::int64_t tasks = (search.queries.count + query_rows_ - 1) / query_rows_;
    const auto workers = static_cast<int>(std::clamp<std::int64_t>(tasks, 1, search.threads));
    for (int thread = 0; thread < workers; ++thread) workers_.push_back(std::make_unique<Worker>(*this, thread));
  }

  Answer run() {
    const std::int64_t queries_together = distances_->queries_together();
    for (std::int64_t first = 0; first < search_.queries.count; first += queries_together) {
      compare_queries(first, std::min(queries_together, search_.queries.count - first));
    }
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
    Worker(const Engine& engine, int thread_number)
        : thread(thread_number),
          distances(static_cast<std::size_t>((engine.query_rows_ + engine.instructions_.query_group) * engine.stride_)),
          positions(static_cast<std::size_t>(kSelectRun + kSelectSlack)) {
      if (engine.search_.target_neighbours > 0) {
        target_keys = KeyTable(engine.targets_together_, engine.search_.target_neighbours);
        target_limits.resize(static_cast<std::size_t>(engine.stride_));
      }
      if (engine.search_.histogram) {
        histogram.assign(static_cast<std::size_t>(64 * engine.search_.queries.words + 1), 0);
      }
    }

    const int thread;
    std::int64_t first_query = 0, queries = 0;  // of its block
    // Of the block of targets; the first counts from the first prepared one.
    std::int64_t first_target = 0, targets = 0;
    AlignedBuffer<std::int32_t> distances;
    std::vector<std::int32_t> positions;
    KeyTable target_keys;                                       // of all prepared targets
    std::vector<std::int32_t> target_limits, least_of_targets;  // of the block
    std::vector<std::int64_t> histogram;
  };

  void compare_queries(std::int64_t first, std::int64_t count) {
    distances_->prepare_queries(first, count);
    for (std::int64_t target = 0; target < search_.targets.count; target += targets_together_) {
      prepare_targets(target, std::min(targets_together_, search_.targets.count - target));
      // Within one set, only queries up to the last prepared target have a partner above them there.
      const std::int64_t end = search_.within ? std::min(first + count, target + prepared_) : first + count;
      parallel_for(search_.threads, (end - first + query_rows_ - 1) / query_rows_, [&](int thread, std::int64_t task) {
        const std::int64_t begin = first + task * query_rows_;
        compare_block(*workers_[static_cast<std::size_t>(thread)], begin, std::min(query_rows_, end - begin));
      });
      if (search_.target_neighbours > 0) merge_target_keys();
    }
  }

  void prepare_targets(std::int64_t first, std::int64_t count) {
    first_prepared_ = first;
    prepared_ = count;
    distances_->prepare_targets(first, count);
    if (search_.target_neighbours == 0) return;
    for (std::int64_t t = 0; t < count; ++t) {
      shared_limits_[static_cast<std::size_t>(t)].store(known_of_targets().limit(first + t), std::memory_order_relaxed);
    }
    for (const auto& worker : workers_) worker->target_keys.clear(count);
  }

  void merge_target_keys() {
    for (const auto& worker : workers_) {
      for (std::int64_t t = 0; t < prepared_; ++t)
        known_of_targets().merge(first_prepared_ + t, worker->target_keys, t);
    }
  }

  KeyTable& known_of_targets() { return search_.within ? query_keys_ : target_keys_; }

  // A thread's block of queries with all prepared targets.
  void compare_block(Worker& worker, std::int64_t first_query, std::int64_t count) {
    worker.first_query = first_query;
    worker.queries = count;
    distances_->take_queries(worker.thread, first_query, count);
    for (std::int64_t begin = 0; begin < prepared_; begin += target_rows_) {
      worker.first_target = begin;
      worker.targets = std::min(target_rows_, prepared_ - begin);
      // Within one set the targets up to the first query were compared before, from their side.
      const std::int64_t compared = search_.within ? first_query - first_prepared_ - begin : 0;
      if (compared >= worker.targets) continue;
      const std::int64_t line = distances_->targets_of_line();
      compare_with_targets(worker, std::max<std::int64_t>(0, compared) / line * line);
    }
  }

  std::int64_t whole_lines(std::int64_t targets) const {
    const std::int64_t line = distances_->targets_of_line();
    return (targets + line - 1) / line * line;
  }

  void compare_with_targets(Worker& worker, std::int64_t skipped) {
    distances_->compare(worker.thread, worker.first_target, worker.targets, skipped, worker.distances.data(), stride_);
    const std::int64_t first = first_prepared_ + worker.first_target;
    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < worker.targets; ++t) {
        worker.target_limits[static_cast<std::size_t>(t)] = shared_limit(worker, t).load(std::memory_order_relaxed);
      }
    }
    for (std::int64_t q = 0; q < worker.queries; ++q) leave_out(worker, q, skipped);
    if (search_.target_neighbours > 0 && !distances_->exact() && worker.first_query < kFirstRows) {
      take_likeliest_queries(worker, skipped);
    }
    for (std::int64_t q = 0; q < worker.queries; ++q) {
      const std::int64_t begin = search_.within ? std::max<std::int64_t>(0, worker.first_query + q + 1 - first) : 0;
      if (begin < worker.targets) take_row(worker, q, begin);
    }
  }

  std::atomic<std::int32_t>& shared_limit(const Worker& worker, std::int64_t t) {
    return shared_limits_[static_cast<std::size_t>(worker.first_target + t)];
  }

  void lower_limit(Worker& worker, std::int64_t t, std::int32_t limit) {
    worker.target_limits[static_cast<std::size_t>(t)] = limit;
    std::atomic<std::int32_t>& shared = shared_limit(worker, t);
    std::int32_t current = shared.load(std::memory_order_relaxed);
    while (limit < current && !shared.compare_exchange_weak(current, limit, std::memory_order_relaxed)) {
    }
  }

  // Pairs of a row with itself, and within one set those that were compared from the other side.
  void leave_out(Worker& worker, std::int64_t q, std::int64_t skipped) {
    std::int32_t* row = worker.distances.data() + q * stride_;
    const std::int64_t own = worker.first_query + q - first_prepared_ - worker.first_target;
    if (search_.within) {
      for (std::int64_t t = skipped; t <= std::min(own, worker.targets - 1); ++t) row[t] = KeyTable::kNoLimit;
    } else if (search_.exclude_self && own >= 0 && own < worker.targets) {
      row[own] = KeyTable::kNoLimit;
    }
  }

  // For each target of the block the query of the block that is likeliest its nearest: the distances set limits that
  // spare most of the others.
  void take_likeliest_queries(Worker& worker, std::int64_t skipped) {
    std::int32_t* distances = worker.distances.data();
    std::vector<std::int32_t>& least = worker.least_of_targets;
    least.assign(distances + skipped, distances + worker.targets);
    for (std::int64_t q = 1; q < worker.queries; ++q) {
      instructions_.take_least(distances + q * stride_ + skipped, worker.targets - skipped, least.data());
    }
    for (std::int64_t t = skipped; t < worker.targets; ++t) {
      const std::int32_t wanted = least[static_cast<std::size_t>(t - skipped)];
      if (wanted == KeyTable::kNoLimit || wanted > worker.target_limits[static_cast<std::size_t>(t)]) continue;
      std::int64_t q = 0;
      while (distances[q * stride_ + t] != wanted) ++q;
      std::int32_t* row = distances + q * stride_;
      take_pair(worker, q, static_cast<std::int32_t>(t), row);
      row[t] = KeyTable::kNoLimit;
    }
  }

  // Puts the distances of one query to the targets [begin, …) of the block where they belong.
  void take_row(Worker& worker, std::int64_t q, std::int64_t begin) {
    std::int32_t* row = worker.distances.data() + q * stride_;
    const auto end = static_cast<std::int32_t>(worker.targets);
    if (search_.histogram) {
      for (std::int64_t t = begin; t < end; ++t) {
        if (row[t] != KeyTable::kNoLimit) ++worker.histogram[static_cast<std::size_t>(row[t])];
      }
    }
    if (search_.query_neighbours == 0 && search_.target_neighbours == 0) return;

    const std::int64_t query = worker.first_query + q;
    const std::int32_t* target_limits = search_.target_neighbours > 0 ? worker.target_limits.data() : nullptr;
    const bool settled =
        first_prepared_ + worker.first_target >= kFirstRows && query_limit(query) != KeyTable::kNoLimit;
    if (!distances_->exact() && !settled) {
      // The likeliest neighbours first: their distances set the limit that spares most of the others.
      for (int nth = 0; nth < search_.query_neighbours; ++nth) {
        const auto from = static_cast<std::int32_t>(begin);
        const std::int32_t likeliest = from + instructions_.smallest(row + from, end - from);
        if (row[likeliest] > query_limit(query)) break;
        take_pair(worker, q, likeliest, row);
        row[likeliest] = KeyTable::kNoLimit;
      }
    }
    // A row without a limit takes every target of its first run; so that is short, and each run twice the one before.
    std::int32_t length = settled ? kSelectRun : kFirstSelectRun;
    for (auto run = static_cast<std::int32_t>(begin); run < end;
         run += length, length = std::min(2 * length, kSelectRun)) {
      const std::int32_t found =
          instructions_.select(row + run, std::min(length, end - run), query_limit(query),
                               target_limits == nullptr ? nullptr : target_limits + run, worker.positions.data());
      for (std::int32_t at = 0; at < found; ++at) {
        distances_->fetch(worker.first_target + run + worker.positions[static_cast<std::size_t>(at)]);
      }
      for (std::int32_t at = 0; at < found; ++at) {
        take_pair(worker, q, run + worker.positions[static_cast<std::size_t>(at)], row);
      }
    }
  }

  std::int32_t query_limit(std::int64_t query) const {
    return search_.query_neighbours > 0 ? query_keys_.limit(query) : -1;
  }

  void take_pair(Worker& worker, std::int64_t q, std::int32_t t, const std::int32_t* row) {
    if (row[t] == KeyTable::kNoLimit) return;
    const std::int64_t query = worker.first_query + q, target = worker.first_target + t;
    const bool wants_targets = search_.target_neighbours > 0;
    const std::int32_t row_limit = query_limit(query);
    const std::int32_t target_limit = wants_targets ? worker.target_limits[static_cast<std::size_t>(t)] : -1;
    const std::int32_t limit = std::max(row_limit, target_limit);
    std::int32_t distance = row[t];
    if (distance > limit) return;
    if (!distances_->exact()) distance = distances_->verify(worker.thread, q, target, distance, limit);
    if (distance <= row_limit) query_keys_.insert(query, distance, first_prepared_ + target);
    if (distance <= target_limit) {
      worker.target_keys.insert(target, distance, query);
      if (const std::int32_t now = worker.target_keys.limit(target); now < target_limit) lower_limit(worker, t, now);
    }
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
  const std::unique_ptr<BlockDistances> distances_;
  const std::int64_t targets_together_, target_rows_, query_rows_;
  // A line more than the targets need: with a power of two, a column of distances would fall on one cache set.
  const std::int64_t stride_;
  std::int64_t first_prepared_ = 0, prepared_ = 0;  // of the targets
  KeyTable query_keys_, target_keys_;
  std::unique_ptr<std::atomic<std::int32_t>[]> shared_limits_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

// Runs a search with its sides swapped, or not.
template <typename Distances>
Answer run(const Search& search, const InstructionSet& instructions, bool swap, Distances&& distances) {
  const Search turned = swap ? swapped(search) : search;
  Answer answer = Engine(turned, instructions, distances(turned)).run();
  if (swap) std::swap(answer.of_queries, answer.of_targets);
  return answer;
}

}  // namespace

Answer search(const Search& search, const InstructionSet& instructions) {
  if (Windows windows = choose_windows(search, instructions); !windows.common.none()) {
    try {
      return run(search, instructions, windows.swap,
                 [&](const Search& turned) { return rounded_distances(turned, instructions, std::move(windows)); });
    } catch (const NotCommon&) {
    }
  }
  // Targets are laid out once a block and queries are broadcast, so the smaller side is better off as targets.
  const bool swap = !search.within && search.queries.count < search.targets.count;
  return run(search, instructions, swap, [&](const Search& turned) { return dense_distances(turned, instructions); });
}

}  // namespace artgen::hamming
