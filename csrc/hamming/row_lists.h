// A list for each row of a block. Tasks fill many rows' lists at a time, each in any order; then they lie one after the
// other, where they take less memory and are found faster than as vectors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace artgen::hamming {

template <typename Entry>
class RowLists {
 public:
  void begin(std::int64_t rows, std::int64_t tasks) {
    spans_.assign(static_cast<std::size_t>(rows), {});
    if (of_tasks_.size() < static_cast<std::size_t>(tasks)) of_tasks_.resize(static_cast<std::size_t>(tasks));
  }

  // Copies the lists of a task's rows, which begin at `first`.
  void take(std::int64_t task, std::int64_t first, std::span<const std::vector<Entry>> lists) {
    std::vector<Entry>& all = of_tasks_[static_cast<std::size_t>(task)];
    std::size_t entries = 0;
    for (const auto& list : lists) entries += list.size();
    all.clear();
    all.reserve(entries);  // or the spans would point to where the lists lay before
    for (std::size_t row = 0; row < lists.size(); ++row) {
      spans_[static_cast<std::size_t>(first) + row] = {all.data() + all.size(), lists[row].size()};
      all.insert(all.end(), lists[row].begin(), lists[row].end());
    }
  }

  std::span<const Entry> of(std::int64_t row) const { return spans_[static_cast<std::size_t>(row)]; }

 private:
  std::vector<std::span<const Entry>> spans_;
  std::vector<std::vector<Entry>> of_tasks_;
};

}  // namespace artgen::hamming
