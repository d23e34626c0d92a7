// Distances between a block of queries and a block of targets: of all sites, or bounded by look-ups.
#pragma once

#include <cstdint>
#include <memory>

#include "hamming/choose_windows.h"
#include "hamming/hamming.h"

namespace artgen::hamming {

// A search of every pair compares blocks of targets, one after the other, each with blocks of queries on its threads.
class BlockDistances {
 public:
  virtual ~BlockDistances() = default;

  // Rows of a block at most; distances are computed for whole lines of targets.
  virtual std::int64_t target_rows() const = 0;
  virtual std::int64_t query_rows() const = 0;
  virtual std::int64_t targets_of_line() const = 0;
  // Queries that are prepared together, for any number of blocks.
  virtual std::int64_t queries_together() const = 0;

  virtual void prepare_targets(std::int64_t first, std::int64_t count) = 0;
  virtual void prepare_queries(std::int64_t first, std::int64_t count) = 0;

  // distances[q * stride + t] of the queries [first, first + count) to the block's targets from `skipped`, which is
  // whole lines. A thread has one block of queries at a time.
  virtual void compare(int thread, std::int64_t first, std::int64_t count, std::int64_t skipped,
                       std::int32_t* distances, std::int64_t stride) = 0;

  // Whether these are the distances themselves, or the least that they can be.
  virtual bool exact() const = 0;
  // The distance of a pair of the thread's block, from the least that it can be; above the limit, any number above it.
  virtual std::int32_t verify(int thread, std::int64_t query, std::int64_t target, std::int32_t least,
                              std::int32_t limit) = 0;
};

// At all sites.
std::unique_ptr<BlockDistances> dense_distances(const Search& search, const InstructionSet& instructions);

// Thrown where the sample of rows misled, and sparing comparisons costs more than they would have.
struct NotCommon {};

// By the common haplotypes of windows (common_haplotypes.h).
std::unique_ptr<BlockDistances> rounded_distances(const Search& search, const InstructionSet& instructions,
                                                  Windows windows);

}  // namespace artgen::hamming
