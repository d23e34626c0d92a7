#include <algorithm>
#include <vector>

#include "common/aligned_buffer.h"
#include "common/parallel_for.h"
#include "hamming/block_distances.h"

namespace artgen::hamming {
namespace {

constexpr std::int64_t kTargets = 2048;
constexpr std::int64_t kTargetBytes = std::int64_t{64} << 20;  // of a block, if that is fewer targets
constexpr std::int64_t kFewestQueries = 16;                    // of a task
constexpr std::int64_t kTasksAThread = 4;                      // or the last ones leave many threads idle
constexpr std::int64_t kTargetsOfTask = 64;

// Queries of a task: as many as suit the instructions, or fewer where these would be too few tasks for the threads.
std::int64_t queries_of_task(const Search& search, const InstructionSet& instructions) {
  std::int64_t block = instructions.query_block;
  if (search.threads == 1) return block;
  const std::int64_t fewest = std::max<std::int64_t>(kFewestQueries, instructions.query_group);
  while (block / 2 >= fewest && search.queries.count < kTasksAThread * search.threads * block) block /= 2;
  return block;
}

class DenseDistances final : public BlockDistances {
 public:
  DenseDistances(const Search& search, const InstructionSet& instructions)
      : search_(search),
        instructions_(instructions),
        target_rows_(std::clamp(kTargetBytes / (8 * search.targets.words), std::int64_t{1}, kTargets)),
        query_rows_(queries_of_task(search, instructions)),
        workers_(static_cast<std::size_t>(search.threads)) {}

  std::int64_t queries_together() const override { return search_.queries.count; }
  std::int64_t targets_together() const override { return target_rows_; }
  std::int64_t query_rows() const override { return query_rows_; }
  std::int64_t target_rows() const override { return target_rows_; }
  std::int64_t targets_of_line() const override { return instructions_.target_group; }

  void prepare_queries(std::int64_t, std::int64_t) override {}

  void prepare_targets(std::int64_t first, std::int64_t count) override {
    target_panel_.resize(static_cast<std::size_t>(whole_groups(count, instructions_.target_group) * row_bytes()));
    parallel_for(search_.threads, (count + kTargetsOfTask - 1) / kTargetsOfTask, [&](int, std::int64_t task) {
      const std::int64_t begin = task * kTargetsOfTask, end = std::min(count, begin + kTargetsOfTask);
      instructions_.lay_out_targets(search_.targets.row(first + begin), words(), end - begin, words(),
                                    target_panel_.data() + begin * row_bytes());
    });
  }

  void take_queries(int thread, std::int64_t first, std::int64_t count) override {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    worker.queries = whole_groups(count, instructions_.query_group);
    worker.panel.resize(static_cast<std::size_t>(worker.queries * row_bytes()));
    worker.scratch.resize(static_cast<std::size_t>(instructions_.scratch_bytes));
    instructions_.lay_out_queries(search_.queries.row(first), words(), count, words(), worker.panel.data());
  }

  void compare(int thread, std::int64_t begin, std::int64_t count, std::int64_t skipped, std::int32_t* distances,
               std::int64_t stride) override {
    Worker& worker = workers_[static_cast<std::size_t>(thread)];
    instructions_.distances(worker.panel.data(), worker.queries, target_panel_.data() + (begin + skipped) * row_bytes(),
                            whole_groups(count, instructions_.target_group) - skipped, words(), distances + skipped,
                            stride, worker.scratch.data());
  }

  bool exact() const override { return true; }
  void fetch(std::int64_t) const override {}
  std::int32_t verify(int, std::int64_t, std::int64_t, std::int32_t least, std::int32_t) override { return least; }

 private:
  struct Worker {
    std::int64_t queries = 0;  // in whole groups
    AlignedBuffer<std::uint8_t> panel, scratch;
  };

  static std::int64_t whole_groups(std::int64_t rows, std::int64_t group) { return (rows + group - 1) / group * group; }
  std::int64_t words() const { return search_.queries.words; }
  std::int64_t row_bytes() const { return instructions_.panel_row_bytes(words()); }

  const Search& search_;
  const InstructionSet& instructions_;
  const std::int64_t target_rows_, query_rows_;
  AlignedBuffer<std::uint8_t> target_panel_;
  std::vector<Worker> workers_;
};

}  // namespace

std::unique_ptr<BlockDistances> dense_distances(const Search& search, const InstructionSet& instructions) {
  return std::make_unique<DenseDistances>(search, instructions);
}

}  // namespace artgen::hamming
