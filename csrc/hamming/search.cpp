// The search: blocks of targets, one after the other; against each, blocks of queries, spread over the threads.
//
// Each thread owns the query blocks that it takes, so the queries' keys need no lock. Keys of targets are kept a thread
// and joined after the block; until then the threads share only the limits, as a hint that lets them skip more.
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
constexpr std::int32_t kSelectRun = 256;      // and between two updates at most
constexpr std::int32_t kSelectSlack = 16;
constexpr std::int64_t kLineDistances = 16;

class Engine {
 public:
  Engine(const Search& search, const InstructionSet& instructions, std::unique_ptr<BlockDistances> distances)
      : search_(search),
        instructions_(instructions),
        distances_(std::move(distances)),
        target_rows_(std::min(distances_->target_rows(), search.targets.count)),
        query_rows_(distances_->query_rows()) {
    if (search.query_neighbours > 0) query_keys_ = KeyTable(search.queries.count, search.query_neighbours);
    if (search.target_neighbours > 0 && !search.within) {
      target_keys_ = KeyTable(search.targets.count, search.target_neighbours);
    }
    if (search.target_neighbours > 0)
      shared_limits_ = std::make_unique<std::atomic<std::int32_t>[]>(static_cast<std::size_t>(target_rows_));
    const std::int64_t tasks = (search.queries.count + query_rows_ - 1) / query_rows_;
    const auto workers = static_cast<int>(std::clamp<std::int64_t>(tasks, 1, search.threads));
    for (int thread = 0; thread < workers; ++thread) workers_.push_back(std::make_unique<Worker>(*this, thread));
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
    Worker(const Engine& engine, int thread_number)
        : thread(thread_number),
          distances(
              static_cast<std::size_t>((engine.query_rows_ + engine.instructions_.query_group) * engine.stride())),
          positions(static_cast<std::size_t>(kSelectRun + kSelectSlack)) {
      if (engine.search_.target_neighbours > 0) {
        target_keys = KeyTable(engine.target_rows_, engine.search_.target_neighbours);
        target_limits.resize(static_cast<std::size_t>(engine.stride()));
      }
      if (engine.search_.histogram) {
        histogram.assign(static_cast<std::size_t>(64 * engine.search_.queries.words + 1), 0);
      }
    }

    const int thread;
    std::int64_t first_query = 0;
    AlignedBuffer<std::int32_t> distances;
    std::vector<std::int32_t> positions;
    KeyTable target_keys;
    std::vector<std::int32_t> target_limits, least_of_targets;
    std::vector<std::int64_t> histogram;
  };

  // A line more than the targets need: with a power of two, a column of distances would fall on one cache set.
  std::int64_t stride() const {
    const std::int64_t line = distances_->targets_of_line();
    return (target_rows_ + line - 1) / line * line + kLineDistances;
  }

  void compare_with_targets(std::int64_t first) {
    first_target_ = first;
    target_count_ = std::min(target_rows_, search_.targets.count - first);
    distances_->prepare_targets(first_target_, target_count_);
    if (search_.target_neighbours > 0) {
      const KeyTable& known = search_.within ? query_keys_ : target_keys_;
      for (std::int64_t t = 0; t < target_count_; ++t) {
        shared_limits_[static_cast<std::size_t>(t)].store(known.limit(first + t), std::memory_order_relaxed);
      }
      for (const auto& worker : workers_) worker->target_keys.clear(target_count_);
    }

    // Within one set, only queries up to the block's last row have a partner above them in it.
    const std::int64_t queries = search_.within ? first + target_count_ : search_.queries.count;
    for (std::int64_t begin = 0; begin < queries; begin += distances_->queries_together()) {
      const std::int64_t end = std::min(queries, begin + distances_->queries_together());
      distances_->prepare_queries(begin, end - begin);
      parallel_for(search_.threads, (end - begin + query_rows_ - 1) / query_rows_, [&](int thread, std::int64_t task) {
        const std::int64_t first_query = begin + task * query_rows_;
        compare_blocks(*workers_[static_cast<std::size_t>(thread)], first_query,
                       std::min(query_rows_, end - first_query));
      });
    }

    if (search_.target_neighbours > 0) {
      KeyTable& known = search_.within ? query_keys_ : target_keys_;
      for (const auto& worker : workers_) {
        for (std::int64_t t = 0; t < target_count_; ++t) known.merge(first + t, worker->target_keys, t);
      }
    }
  }

  void compare_blocks(Worker& worker, std::int64_t first_query, std::int64_t count) {
    worker.first_query = first_query;
    // Within one set the targets up to the first query were compared before, from their side.
    std::int64_t skipped = 0;
    if (search_.within && first_query > first_target_) {
      const std::int64_t line = distances_->targets_of_line();
      skipped = (first_query - first_target_) / line * line;
    }
    distances_->compare(worker.thread, first_query, count, skipped, worker.distances.data(), stride());

    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < target_count_; ++t) {
        worker.target_limits[static_cast<std::size_t>(t)] =
            shared_limits_[static_cast<std::size_t>(t)].load(std::memory_order_relaxed);
      }
    }
    for (std::int64_t q = 0; q < count; ++q) leave_out(worker, q, skipped);
    if (search_.target_neighbours > 0 && !distances_->exact()) take_likeliest_queries(worker, count, skipped);
    for (std::int64_t q = 0; q < count; ++q) {
      const std::int64_t query = first_query + q;
      const std::int64_t begin = search_.within ? std::max<std::int64_t>(0, query + 1 - first_target_) : 0;
      if (begin < target_count_) take_row(worker, q, query, begin);
    }
    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < target_count_; ++t) lower_shared_limit(worker, t);
    }
  }

  void lower_shared_limit(const Worker& worker, std::int64_t t) {
    std::atomic<std::int32_t>& shared = shared_limits_[static_cast<std::size_t>(t)];
    const std::int32_t limit = worker.target_limits[static_cast<std::size_t>(t)];
    std::int32_t current = shared.load(std::memory_order_relaxed);
    while (limit < current && !shared.compare_exchange_weak(current, limit, std::memory_order_relaxed)) {
    }
  }

  // Pairs of a row with itself, and within one set those that were compared from the other side.
  void leave_out(Worker& worker, std::int64_t q, std::int64_t skipped) {
    std::int32_t* row = worker.distances.data() + q * stride();
    const std::int64_t own = worker.first_query + q - first_target_;
    if (search_.within) {
      for (std::int64_t t = skipped; t <= std::min(own, target_count_ - 1); ++t) row[t] = KeyTable::kNoLimit;
    } else if (search_.exclude_self && own >= 0 && own < target_count_) {
      row[own] = KeyTable::kNoLimit;
    }
  }

  // For each target of the block the query of the block that is likeliest its nearest: the distances set limits that
  // spare most of the others.
  void take_likeliest_queries(Worker& worker, std::int64_t count, std::int64_t skipped) {
    std::int32_t* distances = worker.distances.data();
    std::vector<std::int32_t>& least = worker.least_of_targets;
    least.assign(distances + skipped, distances + target_count_);
    for (std::int64_t q = 1; q < count; ++q) {
      instructions_.take_least(distances + q * stride() + skipped, target_count_ - skipped, least.data());
    }
    for (std::int64_t t = skipped; t < target_count_; ++t) {
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
    const auto end = static_cast<std::int32_t>(target_count_);
    if (search_.histogram) {
      for (std::int64_t t = begin; t < end; ++t) {
        if (row[t] != KeyTable::kNoLimit) ++worker.histogram[static_cast<std::size_t>(row[t])];
      }
    }
    if (search_.query_neighbours == 0 && search_.target_neighbours == 0) return;

    const std::int32_t* target_limits = search_.target_neighbours > 0 ? worker.target_limits.data() : nullptr;
    if (!distances_->exact()) {
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
    if (!distances_->exact()) distance = distances_->verify(worker.thread, query, t, distance, limit);
    if (distance <= row_limit) query_keys_.insert(query, distance, first_target_ + t);
    if (distance <= target_limit) {
      worker.target_keys.insert(t, distance, query);
      worker.target_limits[static_cast<std::size_t>(t)] = std::min(target_limit, worker.target_keys.limit(t));
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
  const std::int64_t target_rows_, query_rows_;
  std::int64_t first_target_ = 0, target_count_ = 0;  // of the block
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
