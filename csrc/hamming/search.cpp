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
#include "hamming/hamming.h"
#include "hamming/key_table.h"
#include "hamming/row_block.h"
#include "hamming/site_classes.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kDenseTargets = 2048;
constexpr std::int64_t kDenseBytes = std::int64_t{64} << 20;  // of a block, if that is fewer targets
constexpr std::int64_t kPrunedTargets = 8192;                 // carriers are 16-bit
constexpr std::int64_t kPrunedQueries = 32;
constexpr std::int64_t kFewestQueries = 16;   // of a task
constexpr std::int64_t kTasksAThread = 4;     // or the last ones leave many threads idle
constexpr std::int32_t kFirstSelectRun = 16;  // distances looked at before the first update of a row's limit
constexpr std::int32_t kSelectRun = 256;      // and between two updates at most
constexpr std::int32_t kSelectSlack = 16;
constexpr std::int64_t kLineDistances = 16;
constexpr std::int64_t kFillRows = 64;
constexpr std::size_t kCarriersAhead = 12;
constexpr std::int64_t kWastedSteps = std::int64_t{1} << 24;  // some 10 ms, which no one minds

// Thrown where more rows carry the alleles that the sample called rare than a search of all sites would cost.
struct NotRare {};

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

class Engine {
 public:
  Engine(const Search& search, const InstructionSet& instructions, SiteClasses classes)
      : search_(search),
        instructions_(instructions),
        classes_(std::move(classes)),
        target_rows_(
            std::min(classes_.dense ? dense_targets(search.targets.words) : kPrunedTargets, search.targets.count)),
        query_rows_(classes_.dense ? dense_queries(search, instructions)
                                   : std::min<std::int64_t>(instructions.query_block, kPrunedQueries)),
        targets_(Side::target, classes_, instructions) {
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
        : queries(Side::query, engine.classes_, engine.instructions_),
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
    }

    RowBlock queries;
    AlignedBuffer<std::int32_t> distances;
    AlignedBuffer<std::uint8_t> scratch;
    std::vector<std::int32_t> positions;
    KeyTable target_keys;
    std::vector<std::int32_t> target_limits;
    std::vector<std::int64_t> histogram;
  };

  // A line more than the targets need: with a power of two, a column of distances would fall on one cache set.
  std::int64_t stride() const {
    const std::int64_t group = instructions_.target_group;
    return (target_rows_ + group - 1) / group * group + kLineDistances;
  }

  std::int64_t query_tasks() const { return (search_.queries.count + query_rows_ - 1) / query_rows_; }

  void compare_with_targets(std::int64_t first) {
    const std::int64_t count = std::min(target_rows_, search_.targets.count - first);
    targets_.begin(search_.targets, first, count);
    parallel_for(search_.threads, (count + kFillRows - 1) / kFillRows, [&](int, std::int64_t task) {
      targets_.fill(task * kFillRows, std::min(count, (task + 1) * kFillRows));
    });
    if (!classes_.dense && !targets_.index_carriers()) throw NotRare{};
    if (search_.target_neighbours > 0) {
      const KeyTable& known = search_.within ? query_keys_ : target_keys_;
      for (std::int64_t t = 0; t < count; ++t) {
        shared_limits_[static_cast<std::size_t>(t)].store(known.limit(first + t), std::memory_order_relaxed);
      }
      for (const auto& worker : workers_) worker->target_keys.clear(count);
    }

    // Within one set, only queries up to the block's last row have a partner above them in it.
    const std::int64_t queries = search_.within ? first + count : search_.queries.count;
    parallel_for(search_.threads, (queries + query_rows_ - 1) / query_rows_, [&](int thread, std::int64_t task) {
      const std::int64_t first_query = task * query_rows_;
      compare_blocks(*workers_[static_cast<std::size_t>(thread)], first_query,
                     std::min(query_rows_, queries - first_query));
    });

    if (search_.target_neighbours > 0) {
      KeyTable& known = search_.within ? query_keys_ : target_keys_;
      for (const auto& worker : workers_) {
        for (std::int64_t t = 0; t < count; ++t) known.merge(first + t, worker->target_keys, t);
      }
    }
  }

  void compare_blocks(Worker& worker, std::int64_t first_query, std::int64_t count) {
    RowBlock& queries = worker.queries;
    queries.begin(search_.queries, first_query, count);
    queries.fill(0, count);

    // Within one set the targets up to the first query were compared before, from their side.
    std::int64_t skipped = 0;
    if (search_.within && first_query > targets_.first()) {
      skipped = (first_query - targets_.first()) / instructions_.target_group * instructions_.target_group;
    }
    instructions_.distances(queries.panel(), queries.padded(), targets_.panel_at(skipped), targets_.padded() - skipped,
                            queries.panel_words(), worker.distances.data() + skipped, stride(), worker.scratch.data());

    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < targets_.count(); ++t) {
        worker.target_limits[static_cast<std::size_t>(t)] =
            shared_limits_[static_cast<std::size_t>(t)].load(std::memory_order_relaxed);
      }
    }
    for (std::int64_t q = 0; q < count; ++q) {
      const std::int64_t query = first_query + q;
      const std::int64_t begin = search_.within ? std::max<std::int64_t>(0, query + 1 - targets_.first()) : 0;
      if (begin < targets_.count()) take_row(worker, q, query, begin);
    }
    if (search_.target_neighbours > 0) {
      for (std::int64_t t = skipped; t < targets_.count(); ++t) lower_shared_limit(worker, t);
    }
  }

  void lower_shared_limit(const Worker& worker, std::int64_t t) {
    std::atomic<std::int32_t>& shared = shared_limits_[static_cast<std::size_t>(t)];
    const std::int32_t limit = worker.target_limits[static_cast<std::size_t>(t)];
    std::int32_t current = shared.load(std::memory_order_relaxed);
    while (limit < current && !shared.compare_exchange_weak(current, limit, std::memory_order_relaxed)) {
    }
  }

  // Puts the distances of one query to the targets [begin, …) of the block where they belong.
  void take_row(Worker& worker, std::int64_t q, std::int64_t query, std::int64_t begin) {
    std::int32_t* row = worker.distances.data() + q * stride();
    const auto end = static_cast<std::int32_t>(targets_.count());
    if (!classes_.dense) add_rare_sites(worker, q, row, static_cast<std::int32_t>(begin), end);
    const std::int64_t own = query - targets_.first();
    if (search_.exclude_self && own >= begin && own < end) row[own] = KeyTable::kNoLimit;

    if (search_.histogram) {
      for (std::int64_t t = begin; t < end; ++t) {
        if (row[t] != KeyTable::kNoLimit) ++worker.histogram[static_cast<std::size_t>(row[t])];
      }
    }
    if (search_.query_neighbours == 0 && search_.target_neighbours == 0) return;

    const std::int32_t* target_limits = search_.target_neighbours > 0 ? worker.target_limits.data() : nullptr;
    if (!classes_.exact()) {
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
    if (!classes_.exact()) {
      distance += static_cast<std::int32_t>(hidden_distance(
          classes_, instructions_, worker.queries.details(query - worker.queries.first()), targets_.details(t)));
    }
    if (distance <= row_limit) query_keys_.insert(query, distance, targets_.first() + t);
    if (distance <= target_limit) {
      worker.target_keys.insert(t, distance, query);
      worker.target_limits[static_cast<std::size_t>(t)] = std::min(target_limit, worker.target_keys.limit(t));
    }
  }

  // Completes distances of sketches by those over rare sites: count + count - 2 · shared.
  void add_rare_sites(Worker& worker, std::int64_t q, std::int32_t* row, std::int32_t begin, std::int32_t end) {
    const std::int32_t* carrier_begin = targets_.carrier_begin();
    const std::uint16_t* carriers = targets_.carriers();
    const std::vector<std::int32_t>& sites = worker.queries.rare_sites(q);
    count_steps(sites);
    for (std::size_t rank = 0; rank < sites.size(); ++rank) {
      // The carriers of a site are a cache line or two, anywhere: fetched a few sites ahead.
      if (rank + kCarriersAhead < sites.size()) {
        const std::uint16_t* ahead = carriers + carrier_begin[sites[rank + kCarriersAhead]];
        __builtin_prefetch(ahead);
        __builtin_prefetch(ahead + 32);
      }
      const std::int32_t site = sites[rank];
      const std::int32_t last = carrier_begin[site + 1];
      for (std::int32_t at = carrier_begin[site]; at < last; ++at) row[carriers[at]] -= 2;
    }
    instructions_.add_offsets(row + begin, end - begin, worker.queries.rare_counts()[q],
                              targets_.rare_counts() + begin);
  }

  // Gives up if the walks of the carriers cost more than the pairs so far would have without site classes. A request
  // for pruning is a request to go on.
  void count_steps(const std::vector<std::int32_t>& sites) {
    if (search_.pruning != Pruning::automatic) return;
    const std::int32_t* carrier_begin = targets_.carrier_begin();
    std::int64_t steps = 0;
    for (const std::int32_t site : sites) steps += carrier_begin[site + 1] - carrier_begin[site];
    const std::int64_t all = steps_.fetch_add(steps, std::memory_order_relaxed) + steps;
    const std::int64_t pairs = pairs_.fetch_add(targets_.count(), std::memory_order_relaxed) + targets_.count();
    if (static_cast<double>(all - kWastedSteps) > classes_.most_steps_a_pair * static_cast<double>(pairs)) {
      throw NotRare{};
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
  const SiteClasses classes_;
  const std::int64_t target_rows_, query_rows_;
  RowBlock targets_;
  KeyTable query_keys_, target_keys_;
  std::unique_ptr<std::atomic<std::int32_t>[]> shared_limits_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::atomic<std::int64_t> steps_{0}, pairs_{0};
};

Answer run(const Search& search, const InstructionSet& instructions) {
  try {
    return Engine(search, instructions, choose_site_classes(search, instructions)).run();
  } catch (const NotRare&) {
    return Engine(search, instructions, SiteClasses{}).run();
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
