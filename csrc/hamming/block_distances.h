// Distances between a block of queries and a block of targets: of all sites, or bounded by look-ups.
#pragma once

#include <cstdint>
#include <memory>

#include "hamming/choose_windows.h"
#include "hamming/hamming.h"

namespace artgen::hamming {

// A search of every pair prepares many queries and many targets at a time. Then each thread takes blocks of queries,
// and compares each with the prepared targets, block by block.
class BlockDistances {
 public:
  virtual ~BlockDistances() = default;

  // Rows that are prepared together, and of a block, at most; distances are computed for whole lines of targets.
  virtual std::int64_t queries_together() const = 0;
  virtual std::int64_t targets_together() const = 0;
  virtual std::int64_t query_rows() const = 0;
  virtual std::int64_t target_rows() const = 0;
  virtual std::int64_t targets_of_line() const = 0;

  virtual void prepare_queries(std::int64_t first, std::int64_t count) = 0;
  virtual void prepare_targets(std::int64_t first, std::int64_t count) = 0;

  // The thread's block from now on: some of the prepared queries.
  virtual void take_queries(int thread, std::int64_t first, std::int64_t count) = 0;

  // distances[q * stride + t] of the thread's queries to the prepared targets [begin + skipped, begin + count), counted
  // from the first of them; `begin` and `skipped` are whole lines.
  virtual void compare(int thread, std::int64_t begin, std::int64_t count, std::int64_t skipped,
                       std::int32_t* distances, std::int64_t stride) = 0;

  // Whether these are the distances themselves, or the least that they can be.
  virtual bool exact() const = 0;
  // Asks for what verify() reads of a prepared target.
  virtual void fetch(std::int64_t target) const = 0;
  // The distance of a pair, from the least that it can be: of a query, counted from the first of the thread's block,
  // and a prepared target. Above the limit, any number above it.
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
