// The table of instruction sets, best first; and the runs of chains, in blocks of units spread over the threads.
#include "gibbs/gibbs.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/aligned_buffer.h"
#include "common/cpu_features.h"
#include "common/parallel_for.h"
#include "common/parallel_phases.h"
#include "gibbs/layer.h"
#include "gibbs/states.h"

namespace artgen::gibbs {
namespace {

// Fewer groups of chains would not be worth their tables.
constexpr std::int64_t kFewestGroups = 5;
constexpr std::int64_t kTasksAThread = 4;

constexpr std::uint32_t kHiddenLayer = 0, kVisibleLayer = 1;

std::int64_t divided_up(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

// Blocks of units × ranges of chains.
struct Tasks {
  std::int64_t groups;  // of chains, in all
  std::int64_t groups_a_task;
  std::int64_t ranges;
  std::int64_t count;

  Tasks(std::int64_t blocks, std::int64_t all_groups, int threads) : groups(all_groups) {
    const std::int64_t wanted = divided_up(kTasksAThread * threads, std::max<std::int64_t>(blocks, 1));
    groups_a_task = std::clamp(divided_up(groups, wanted), std::min(kFewestGroups, kMostGroups), kMostGroups);
    ranges = divided_up(groups, groups_a_task);
    count = blocks * ranges;
  }
  std::int64_t block(std::int64_t task) const { return task / ranges; }
  std::int64_t first_group(std::int64_t task) const { return task % ranges * groups_a_task; }
  std::int64_t groups_of(std::int64_t task) const { return std::min(groups_a_task, groups - first_group(task)); }
};

// Memory of one thread.
struct Scratch {
  AlignedBuffer<char> tables;
  AlignedBuffer<std::int32_t> sums;  // or floats
  AlignedBuffer<float> probabilities;
};

std::vector<Scratch> scratch_for(int threads, const InstructionSet& instructions, std::int64_t groups,
                                 bool probabilities = false) {
  std::vector<Scratch> scratch(static_cast<std::size_t>(threads));
  const auto sums = static_cast<std::size_t>(kUnits * kLanes * std::min(groups, kMostGroups));
  for (Scratch& own : scratch) {
    own.tables.resize(static_cast<std::size_t>(instructions.scratch_bytes));
    own.sums.resize(sums);
    if (probabilities) own.probabilities.resize(sums);
  }
  return scratch;
}

// The bits of each word that may change, and the words of which there are any.
struct Free {
  std::vector<std::uint32_t> bits;
  std::vector<std::int64_t> blocks;

  Free(std::int64_t units, const std::uint64_t* pinned) {
    for (std::int64_t word = 0; word < words_of(units); ++word) {
      std::uint32_t fixed = 0;
      if (pinned != nullptr) fixed = static_cast<std::uint32_t>(pinned[word / 2] >> (word % 2 * kUnits));
      bits.push_back(units_in_word(units, word) & ~fixed);
      if (bits.back() != 0) blocks.push_back(word);
    }
  }
};

// Lays out the weights of one layer or of both.
void lay_out(Layer& layer, Layer* other, int threads) {
  const std::int64_t blocks = layer.blocks(), all = blocks + (other == nullptr ? 0 : other->blocks());
  const auto each_block = [&](void (Layer::*work)(std::int64_t)) {
    parallel_for(threads, all, [&](int, std::int64_t task) {
      if (task < blocks) {
        (layer.*work)(task);
      } else {
        (other->*work)(task - blocks);
      }
    });
  };
  each_block(&Layer::find_span);
  layer.allocate();
  if (other != nullptr) other->allocate();
  each_block(&Layer::prepare);
}

States read(const Rows& rows, std::int64_t units, int threads) {
  States states(rows.count, units);
  parallel_for(threads, states.groups(), [&](int, std::int64_t group) { states.read(rows, group); });
  return states;
}

// The states after the last step, in rows of bits.
void run_chains(const Layer& hidden_layer, const Layer& visible_layer, const Run& run, std::uint64_t* visible_bits,
                std::uint64_t* hidden_bits, std::int64_t hidden_words, const InstructionSet& instructions,
                int threads) {
  States visible = read(run.start, visible_layer.units(), threads), hidden(run.start.count, hidden_layer.units());
  const Free free_visible(visible_layer.units(), run.pinned), free_hidden(hidden_layer.units(), nullptr);
  const std::int64_t groups = visible.groups();
  const Tasks hidden_tasks(static_cast<std::int64_t>(free_hidden.blocks.size()), groups, threads);
  const Tasks visible_tasks(static_cast<std::int64_t>(free_visible.blocks.size()), groups, threads);
  // Threads without a task would only be waited for, twice a step.
  const std::int64_t most_tasks = std::max({hidden_tasks.count, visible_tasks.count, groups});
  threads = static_cast<int>(std::clamp<std::int64_t>(most_tasks, 1, threads));
  std::vector<Scratch> scratch = scratch_for(threads, instructions, groups);

  const auto half_step = [&](int thread, std::int64_t sweep, std::int64_t task, bool to_hidden) {
    Scratch& own = scratch[static_cast<std::size_t>(thread)];
    const Tasks& tasks = to_hidden ? hidden_tasks : visible_tasks;
    const Layer& layer = to_hidden ? hidden_layer : visible_layer;
    const Free& free = to_hidden ? free_hidden : free_visible;
    States& inputs = to_hidden ? visible : hidden;
    States& outputs = to_hidden ? hidden : visible;
    const std::int64_t block = free.blocks[static_cast<std::size_t>(tasks.block(task))];
    const std::int64_t first = tasks.first_group(task), count = tasks.groups_of(task);
    layer.sum(block, inputs, first, count, instructions, own.sums.data(), own.tables.data());
    const Draw draw{run.seed, run.update, static_cast<std::uint32_t>(sweep), to_hidden ? kHiddenLayer : kVisibleLayer};
    const auto first_chain = run.first_chain + static_cast<std::uint32_t>(first * kLanes);
    instructions.sample(layer.of(block, own.sums.data(), first_chain, count), draw,
                        free.bits[static_cast<std::size_t>(block)], outputs.at(first, block), outputs.stride());
  };

  // Two phases a step; the last one writes the states.
  const std::int64_t last = 2 * run.steps;
  parallel_phases(
      threads, last + 1,
      [&](std::int64_t phase) {
        if (phase == last) return groups;
        return phase % 2 == 0 ? hidden_tasks.count : visible_tasks.count;
      },
      [&](int thread, std::int64_t phase, std::int64_t task) {
        if (phase == last) {
          visible.write(visible_bits, run.start.words, task);
          hidden.write(hidden_bits, hidden_words, task);
        } else {
          half_step(thread, phase / 2, task, phase % 2 == 0);
        }
      });
}

// Calls visit(probabilities, block, first group, groups) with those of the hidden units of a block.
template <typename Visit>
void for_hidden_probabilities(const Layer& layer, const Rows& rows, std::int64_t n_visible,
                              const InstructionSet& instructions, int threads, const Visit& visit) {
  States visible = read(rows, n_visible, threads);
  const Tasks tasks(layer.blocks(), visible.groups(), threads);
  std::vector<Scratch> scratch = scratch_for(threads, instructions, visible.groups(), true);
  parallel_for(threads, tasks.count, [&](int thread, std::int64_t task) {
    Scratch& own = scratch[static_cast<std::size_t>(thread)];
    const std::int64_t block = tasks.block(task), first = tasks.first_group(task), count = tasks.groups_of(task);
    layer.sum(block, visible, first, count, instructions, own.sums.data(), own.tables.data());
    instructions.probabilities(layer.of(block, own.sums.data(), 0, count), own.probabilities.data());
    visit(own.probabilities.data(), block, first, count);
  });
}

// Visible units that any hidden unit of a block is connected to.
Field field_of(std::int64_t block, const Machine& machine, const Field* fields) {
  if (fields == nullptr) return {0, machine.visible};
  Field all{machine.visible, 0};
  for (std::int64_t unit = block * kUnits; unit < std::min((block + 1) * kUnits, machine.hidden); ++unit) {
    if (fields[unit].begin >= fields[unit].end) continue;
    all.begin = std::min(all.begin, fields[unit].begin);
    all.end = std::max(all.end, fields[unit].end);
  }
  return all;
}

void moments_of(const Machine& machine, const Layer& layer, const Rows& visible, const Field* fields,
                const Moments& out, const InstructionSet& instructions, int threads) {
  // The probabilities take the place of weights, the rows that of inputs, and visible units that of chains.
  const std::int64_t row_words = words_of(visible.count), padded = row_words * kUnits;
  const std::int64_t blocks = words_of(machine.hidden);
  AlignedBuffer<float> of_unit(static_cast<std::size_t>(blocks * kUnits * padded));
  for_hidden_probabilities(
      layer, visible, machine.visible, instructions, threads,
      [&](const float* probabilities, std::int64_t block, std::int64_t first, std::int64_t groups) {
        const std::int64_t units = std::min(kUnits, machine.hidden - block * kUnits);
        const std::int64_t begin = first * kLanes, count = std::min(groups * kLanes, visible.count - begin);
        for (std::int64_t unit = 0; unit < units; ++unit) {
          std::copy_n(probabilities + unit * groups * kLanes, count,
                      of_unit.data() + (block * kUnits + unit) * padded + begin);
        }
      });

  States transposed(machine.visible, visible.count);
  parallel_for(threads, row_words, [&](int, std::int64_t word) { transposed.read_transposed(visible, word); });
  const auto rows = static_cast<double>(visible.count);
  parallel_for(threads, machine.hidden, [&](int, std::int64_t unit) {
    double sum = 0;
    for (std::int64_t row = 0; row < visible.count; ++row) {
      sum += static_cast<double>(of_unit[static_cast<std::size_t>(unit * padded + row)]);
    }
    out.hidden[unit] = sum / rows;
  });
  for (std::int64_t unit = 0; unit < machine.visible; ++unit) {
    std::int64_t ones = 0;
    for (std::int64_t word = 0; word < row_words; ++word) {
      ones += std::popcount(transposed.at(unit / kLanes, word)[unit % kLanes]);
    }
    out.visible[unit] = static_cast<double>(ones) / rows;
  }

  const Tasks tasks(blocks, transposed.groups(), threads);
  std::vector<Scratch> scratch = scratch_for(threads, instructions, transposed.groups());
  const auto one_over = static_cast<float>(1.0 / rows);
  parallel_for(threads, tasks.count, [&](int thread, std::int64_t task) {
    Scratch& own = scratch[static_cast<std::size_t>(thread)];
    const std::int64_t block = tasks.block(task), units = std::min(kUnits, machine.hidden - block * kUnits);
    const std::int64_t task_begin = tasks.first_group(task), task_end = task_begin + tasks.groups_of(task);
    const Field field = field_of(block, machine, fields);
    const std::int64_t first = std::clamp(field.begin / kLanes, task_begin, task_end);
    const std::int64_t groups = std::clamp(groups_of(field.end), first, task_end) - first;
    auto* sums = reinterpret_cast<float*>(own.sums.data());
    if (groups > 0) {
      instructions.sums_of_floats(of_unit.data() + block * kUnits * padded,
                                  transposed.inputs(first, groups, transposed.all()), sums, own.tables.data());
    }
    const std::int64_t end = std::min(task_end * kLanes, machine.visible);
    for (std::int64_t at = task_begin * kLanes; at < end; ++at) {
      float* to = out.products + at * machine.hidden + block * kUnits;
      const std::int64_t place = at - first * kLanes;
      if (place < 0 || place >= groups * kLanes) {
        std::fill_n(to, units, 0.0F);
        continue;
      }
      for (std::int64_t unit = 0; unit < units; ++unit) to[unit] = sums[unit * groups * kLanes + place] * one_over;
      for (std::int64_t unit = 0; fields != nullptr && unit < units; ++unit) {
        const Field& own_field = fields[block * kUnits + unit];
        if (at < own_field.begin || at >= own_field.end) to[unit] = 0;
      }
    }
  });
}

}  // namespace

void sample(const Machine& machine, const Run& run, std::uint64_t* visible_bits, std::uint64_t* hidden_bits,
            std::int64_t hidden_words, const InstructionSet& instructions, int threads) {
  Layer hidden_layer(machine, true), visible_layer(machine, false);
  lay_out(hidden_layer, &visible_layer, threads);
  run_chains(hidden_layer, visible_layer, run, visible_bits, hidden_bits, hidden_words, instructions, threads);
}

void hidden_probabilities(const Machine& machine, const Rows& visible, float* out, const InstructionSet& instructions,
                          int threads) {
  Layer layer(machine, true);
  lay_out(layer, nullptr, threads);
  for_hidden_probabilities(
      layer, visible, machine.visible, instructions, threads,
      [&](const float* probabilities, std::int64_t block, std::int64_t first, std::int64_t groups) {
        const std::int64_t units = std::min(kUnits, machine.hidden - block * kUnits);
        const std::int64_t begin = first * kLanes, end = std::min(begin + groups * kLanes, visible.count);
        for (std::int64_t row = begin; row < end; ++row) {
          for (std::int64_t unit = 0; unit < units; ++unit) {
            out[row * machine.hidden + block * kUnits + unit] = probabilities[unit * groups * kLanes + row - begin];
          }
        }
      });
}

void moments(const Machine& machine, const Rows& visible, const Field* fields, const Moments& out,
             const InstructionSet& instructions, int threads) {
  Layer layer(machine, true);
  lay_out(layer, nullptr, threads);
  moments_of(machine, layer, visible, fields, out, instructions, threads);
}

void contrast(const Machine& machine, const Rows& data, const Run& run, const Field* fields, const Moments& of_data,
              const Moments& of_chains, std::uint64_t* visible_bits, std::uint64_t* hidden_bits,
              std::int64_t hidden_words, const InstructionSet& instructions, int threads) {
  Layer hidden_layer(machine, true), visible_layer(machine, false);
  lay_out(hidden_layer, &visible_layer, threads);
  moments_of(machine, hidden_layer, data, fields, of_data, instructions, threads);
  run_chains(hidden_layer, visible_layer, run, visible_bits, hidden_bits, hidden_words, instructions, threads);
  const Rows chains{visible_bits, run.start.count, run.start.words};
  moments_of(machine, hidden_layer, chains, fields, of_chains, instructions, threads);
}

const std::vector<Level>& levels() {
  static const std::vector<Level> table = {
#if defined(ARTGEN_FAST_X86)
#if defined(ARTGEN_FAST_EMULATE_AMX)
      {&amx_int8, cpu::avx512_vpopcntdq()},
#else
      {&amx_int8, cpu::amx_int8()},
#endif
      {&avx512_vpopcntdq, cpu::avx512_vpopcntdq()},
      {&avx2, cpu::avx2_bmi2()},
#endif
      {&portable, cpu::popcnt()},
  };
  return table;
}

}  // namespace artgen::gibbs
