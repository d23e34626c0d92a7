// The compiled module artgen_fast._core: the only file that knows Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bit_product/bit_product.h"
#include "common/aligned_buffer.h"
#include "common/interruption.h"
#include "common/rows.h"
#include "gibbs/gibbs.h"
#include "hamming/hamming.h"
#include "identical_haplotypes/identical_haplotypes.h"
#include "pair_counts/pair_counts.h"
#include "shared_haplotypes/shared_haplotypes.h"
#include "surrounding_stretches/surrounding_stretches.h"

namespace py = pybind11;
using artgen::Rows;
using artgen::hamming::Answer;
using artgen::hamming::InstructionSet;
using artgen::hamming::Neighbours;
using artgen::hamming::Pruning;
using artgen::hamming::Search;

namespace {

using PackedRows = py::array_t<std::uint64_t, py::array::c_style>;

Rows rows_of(const PackedRows& array) {
  if (array.ndim() != 2) throw std::invalid_argument("packed rows must have two dimensions");
  return {array.data(), array.shape(0), array.shape(1)};
}

// Hands a vector's memory to NumPy without a copy.
template <typename T>
py::array_t<T> to_numpy(std::vector<T>&& values, std::vector<py::ssize_t> shape) {
  auto* owned = new std::vector<T>(std::move(values));
  const py::capsule owner(owned, [](void* pointer) { delete static_cast<std::vector<T>*>(pointer); });
  return py::array_t<T>(std::move(shape), owned->data(), owner);
}

py::object neighbours_to_numpy(Neighbours&& neighbours, py::ssize_t rows, int k) {
  if (k == 0) return py::none();
  return py::make_tuple(to_numpy(std::move(neighbours.distances), {rows, k}),
                        to_numpy(std::move(neighbours.indices), {rows, k}));
}

template <typename Level>
std::vector<std::pair<std::string, std::string>> names_and_reasons(const std::vector<Level>& levels) {
  std::vector<std::pair<std::string, std::string>> sets;
  for (const auto& level : levels) sets.emplace_back(level.instructions->name, level.reason);
  return sets;
}

template <typename Level>
auto& usable(const std::vector<Level>& levels, const std::string& name) {
  for (const auto& level : levels) {
    if (level.instructions->name != name) continue;
    if (level.reason.empty()) return *level.instructions;
    throw std::invalid_argument("the instruction set " + name + " cannot run here: " + level.reason);
  }
  throw std::invalid_argument("unknown instruction set: " + name);
}

py::tuple hamming_search(const PackedRows& queries, const std::optional<PackedRows>& targets, int query_neighbours,
                         int target_neighbours, bool exclude_self, bool histogram, std::optional<bool> pruning,
                         const std::string& instruction_set, int threads) {
  Search search;
  search.queries = rows_of(queries);
  search.targets = targets ? rows_of(*targets) : search.queries;
  if (search.queries.words != search.targets.words) throw std::invalid_argument("rows must have the same words");
  search.within = !targets;
  search.exclude_self = exclude_self;
  search.query_neighbours = query_neighbours;
  search.target_neighbours = search.within ? query_neighbours : target_neighbours;
  search.histogram = histogram;
  search.pruning = !pruning ? Pruning::automatic : *pruning ? Pruning::on : Pruning::off;
  search.threads = threads;
  const InstructionSet& instructions = usable(artgen::hamming::levels(), instruction_set);

  Answer answer;
  {
    const py::gil_scoped_release release;
    answer = artgen::hamming::search(search, instructions);
  }
  py::object counts = py::none();
  if (histogram) {
    const auto bins = static_cast<py::ssize_t>(answer.histogram.size());
    counts = to_numpy(std::move(answer.histogram), {bins});
  }
  return py::make_tuple(
      neighbours_to_numpy(std::move(answer.of_queries), search.queries.count, query_neighbours),
      neighbours_to_numpy(std::move(answer.of_targets), search.targets.count, search.within ? 0 : target_neighbours),
      counts);
}

using Indices = py::array_t<std::int64_t, py::array::c_style>;

const auto& counting(const std::string& name) { return usable(artgen::pair_counts::levels(), name); }

artgen::pair_counts::Groups groups_of(const Indices& first_words) {
  return {first_words.data(), first_words.size() - 1};
}

artgen::pair_counts::SiteTuples tuples_of(const Indices& first, const Indices& second,
                                          const std::optional<Indices>& third) {
  return {first.data(), second.data(), third ? third->data() : nullptr, first.size()};
}

// An array that begins on a cache line, all zero.
template <typename T>
py::array_t<T> aligned_array(py::ssize_t rows, py::ssize_t columns) {
  artgen::AlignedBuffer<T>* owned = nullptr;
  {
    const py::gil_scoped_release release;  // clearing gigabytes takes a while
    owned = new artgen::AlignedBuffer<T>(static_cast<std::size_t>(rows * columns));
  }
  const py::capsule owner(owned, [](void* pointer) { delete static_cast<artgen::AlignedBuffer<T>*>(pointer); });
  return py::array_t<T>({rows, columns}, owned->data(), owner);
}

py::array_t<std::uint64_t> pair_counts_transpose(const PackedRows& rows, std::int64_t columns,
                                                 const Indices& row_of_bit, const std::string& instruction_set,
                                                 int threads) {
  const auto& instructions = counting(instruction_set);
  const std::int64_t out_words = row_of_bit.size() / 64;
  py::array_t<std::uint64_t> out;
  {
    out = aligned_array<std::uint64_t>(columns, out_words);
    std::uint64_t* to = out.mutable_data();
    const auto bits = rows_of(rows);
    const std::int64_t* from = row_of_bit.data();
    const py::gil_scoped_release release;
    artgen::pair_counts::transpose(bits, columns, from, out_words, to, instructions, threads);
  }
  return out;
}

py::array_t<std::int64_t> pair_counts_allele_counts(const PackedRows& rows, const std::string& instruction_set,
                                                    int threads) {
  const auto& instructions = counting(instruction_set);
  const auto bits = rows_of(rows);
  py::array_t<std::int64_t> counts(64 * bits.words);
  std::int64_t* to = counts.mutable_data();
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::allele_counts(bits, to, instructions, threads);
  }
  return counts;
}

py::array_t<std::int32_t> pair_counts_site_counts(const PackedRows& bits, const Indices& group_words,
                                                  const std::string& instruction_set, int threads) {
  const auto& instructions = counting(instruction_set);
  const auto groups = groups_of(group_words);
  const auto rows = rows_of(bits);
  py::array_t<std::int32_t> counts({rows.count, groups.count});
  std::int32_t* to = counts.mutable_data();
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::site_counts(rows, groups, to, instructions, threads);
  }
  return counts;
}

py::array_t<std::int32_t> pair_counts_joint_counts(const PackedRows& bits, const Indices& group_words,
                                                   const Indices& first, const Indices& second,
                                                   const std::optional<Indices>& third,
                                                   const std::string& instruction_set, int threads) {
  const auto& instructions = counting(instruction_set);
  const auto groups = groups_of(group_words);
  const auto tuples = tuples_of(first, second, third);
  py::array_t<std::int32_t> counts({tuples.count, groups.count});
  std::int32_t* to = counts.mutable_data();
  const auto rows = rows_of(bits);
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::joint_counts(rows, groups, tuples, to, instructions, threads);
  }
  return counts;
}

py::array_t<double> pair_counts_r2(const PackedRows& bits, const Indices& counts, std::int64_t haplotypes,
                                   const Indices& first, const Indices& second, const std::string& instruction_set,
                                   int threads) {
  const auto& instructions = counting(instruction_set);
  py::array_t<double> values(first.size());
  double* to = values.mutable_data();
  const auto rows = rows_of(bits);
  const auto pairs = tuples_of(first, second, std::nullopt);
  const artgen::pair_counts::AlleleCounts alleles{counts.data(), haplotypes};
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::r2(rows, alleles, pairs, to, instructions, threads);
  }
  return values;
}

py::array_t<double> pair_counts_r2_matrix(const PackedRows& bits, const Indices& counts, std::int64_t haplotypes,
                                          const std::string& instruction_set, int threads) {
  const auto& instructions = counting(instruction_set);
  const auto rows = rows_of(bits);
  py::array_t<double> values({rows.count, rows.count});
  double* to = values.mutable_data();
  const artgen::pair_counts::AlleleCounts alleles{counts.data(), haplotypes};
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::r2_matrix(rows, alleles, to, instructions, threads);
  }
  return values;
}

py::array_t<std::int64_t> pair_counts_r2_sums(const PackedRows& bits, const Indices& counts, std::int64_t haplotypes,
                                              const Indices& edges, const std::string& instruction_set, int threads) {
  const auto& instructions = counting(instruction_set);
  const std::int64_t bins = edges.size() - 1;
  py::array_t<std::int64_t> sums({bins, bins});
  std::int64_t* to = sums.mutable_data();
  const auto rows = rows_of(bits);
  const std::int64_t* ends = edges.data();
  const artgen::pair_counts::AlleleCounts alleles{counts.data(), haplotypes};
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::r2_sums(rows, alleles, ends, bins, to, instructions, threads);
  }
  return sums;
}

py::array_t<std::int32_t> pair_counts_motif_counts(const PackedRows& rows, int sites, std::int64_t first_window,
                                                   std::int64_t windows, const Indices& rows_by_group,
                                                   const Indices& group_ends, int threads) {
  const std::int64_t groups = group_ends.size();
  py::array_t<std::int32_t> counts({windows, groups, std::int64_t{1} << sites});
  std::int32_t* to = counts.mutable_data();
  const auto bits = rows_of(rows);
  const std::int64_t* order = rows_by_group.data();
  const std::int64_t* ends = group_ends.data();
  {
    const py::gil_scoped_release release;
    artgen::pair_counts::motif_counts(bits, {sites, first_window, windows}, order, ends, groups, to, threads);
  }
  return counts;
}

using Floats = py::array_t<float, py::array::c_style>;

py::array_t<double> bit_product(const PackedRows& rows, const Floats& matrix, bool transposed,
                                const std::string& instruction_set, int threads) {
  const auto& instructions = usable(artgen::bit_product::levels(), instruction_set);
  const Rows bits = rows_of(rows);
  if (matrix.ndim() != 2) throw std::invalid_argument("the matrix must have two dimensions");
  const artgen::bit_product::Matrix factor{matrix.data(), matrix.shape(0), matrix.shape(1)};
  const std::int64_t sides[] = {bits.count, 64 * bits.words};
  if (factor.rows > sides[transposed ? 0 : 1]) throw std::invalid_argument("the matrix has too many rows");
  py::array_t<double> product({sides[transposed ? 1 : 0], factor.columns});
  double* to = product.mutable_data();
  {
    const py::gil_scoped_release release;
    const auto multiply = transposed ? artgen::bit_product::transposed_times : artgen::bit_product::times;
    multiply(bits, factor, to, instructions, threads);
  }
  return product;
}

artgen::gibbs::Machine machine_of(const Floats& weights, const Floats& visible_bias, const Floats& hidden_bias,
                                  bool fixed_point) {
  if (weights.ndim() != 2 || visible_bias.size() != weights.shape(0) || hidden_bias.size() != weights.shape(1)) {
    throw std::invalid_argument("weights must be visible × hidden, with a bias for each unit");
  }
  return {weights.data(), visible_bias.data(), hidden_bias.data(), weights.shape(0), weights.shape(1), fixed_point};
}

Rows states_of(const PackedRows& array, const artgen::gibbs::Machine& machine) {
  const Rows rows = rows_of(array);
  if (rows.words * 64 < machine.visible) throw std::invalid_argument("rows must have a bit for each visible unit");
  return rows;
}

// What a run of chains writes. Refuses what would not fit it.
struct GibbsStates {
  py::array_t<std::uint64_t> visible, hidden;

  GibbsStates(const Rows& start, const artgen::gibbs::Machine& machine, std::int64_t hidden_words,
              const std::optional<PackedRows>& pinned) {
    if (hidden_words * 64 < machine.hidden) throw std::invalid_argument("too few words for the hidden units");
    if (pinned && pinned->size() != start.words) throw std::invalid_argument("pinned must be a row of bits");
    visible = aligned_array<std::uint64_t>(start.count, start.words);
    hidden = aligned_array<std::uint64_t>(start.count, hidden_words);
  }
};

py::tuple gibbs_sample(const Floats& weights, const Floats& visible_bias, const Floats& hidden_bias,
                       const PackedRows& start, std::int64_t steps, const std::optional<PackedRows>& pinned,
                       std::uint64_t seed, std::uint32_t update, std::uint32_t first_chain, bool fixed_point,
                       std::int64_t hidden_words, const std::string& instruction_set, int threads) {
  const auto& instructions = usable(artgen::gibbs::levels(), instruction_set);
  const auto machine = machine_of(weights, visible_bias, hidden_bias, fixed_point);
  const auto rows = states_of(start, machine);
  GibbsStates states(rows, machine, hidden_words, pinned);
  const artgen::gibbs::Run run{rows, pinned ? pinned->data() : nullptr, steps, seed, update, first_chain};
  std::uint64_t* to_visible = states.visible.mutable_data();
  std::uint64_t* to_hidden = states.hidden.mutable_data();
  {
    const py::gil_scoped_release release;
    artgen::gibbs::sample(machine, run, to_visible, to_hidden, hidden_words, instructions, threads);
  }
  return py::make_tuple(states.visible, states.hidden);
}

py::array_t<float> gibbs_hidden_probabilities(const Floats& weights, const Floats& visible_bias,
                                              const Floats& hidden_bias, const PackedRows& visible, bool fixed_point,
                                              const std::string& instruction_set, int threads) {
  const auto& instructions = usable(artgen::gibbs::levels(), instruction_set);
  const auto machine = machine_of(weights, visible_bias, hidden_bias, fixed_point);
  const auto rows = states_of(visible, machine);
  py::array_t<float> probabilities({rows.count, machine.hidden});
  float* to = probabilities.mutable_data();
  {
    const py::gil_scoped_release release;
    artgen::gibbs::hidden_probabilities(machine, rows, to, instructions, threads);
  }
  return probabilities;
}

using Fields = py::array_t<std::int64_t, py::array::c_style>;

// Null without any; the layout of a pair of numbers is that of a field.
const artgen::gibbs::Field* fields_of(const std::optional<Fields>& fields, const artgen::gibbs::Machine& machine) {
  static_assert(sizeof(artgen::gibbs::Field) == 2 * sizeof(std::int64_t));
  if (!fields) return nullptr;
  if (fields->ndim() != 2 || fields->shape(0) != machine.hidden || fields->shape(1) != 2) {
    throw std::invalid_argument("receptive fields must be hidden × 2");
  }
  const auto* of_units = reinterpret_cast<const artgen::gibbs::Field*>(fields->data());
  for (std::int64_t unit = 0; unit < machine.hidden; ++unit) {
    if (of_units[unit].begin < 0 || of_units[unit].end > machine.visible) {
      throw std::invalid_argument("receptive fields must be of visible units");
    }
  }
  return of_units;
}

struct GibbsMoments {
  py::array_t<double> visible, hidden;
  py::array_t<float> products;

  explicit GibbsMoments(const artgen::gibbs::Machine& machine)
      : visible(machine.visible), hidden(machine.hidden), products({machine.visible, machine.hidden}) {}
  artgen::gibbs::Moments out() { return {visible.mutable_data(), hidden.mutable_data(), products.mutable_data()}; }
  py::tuple tuple() const { return py::make_tuple(visible, hidden, products); }
};

py::tuple gibbs_moments(const Floats& weights, const Floats& visible_bias, const Floats& hidden_bias,
                        const PackedRows& visible, const std::optional<Fields>& receptive_fields, bool fixed_point,
                        const std::string& instruction_set, int threads) {
  const auto& instructions = usable(artgen::gibbs::levels(), instruction_set);
  const auto machine = machine_of(weights, visible_bias, hidden_bias, fixed_point);
  const auto rows = states_of(visible, machine);
  const auto* fields = fields_of(receptive_fields, machine);
  GibbsMoments moments(machine);
  const auto out = moments.out();
  {
    const py::gil_scoped_release release;
    artgen::gibbs::moments(machine, rows, fields, out, instructions, threads);
  }
  return moments.tuple();
}

py::tuple gibbs_contrast(const Floats& weights, const Floats& visible_bias, const Floats& hidden_bias,
                         const PackedRows& data, const PackedRows& start, std::int64_t steps,
                         const std::optional<PackedRows>& pinned, std::uint64_t seed, std::uint32_t update,
                         const std::optional<Fields>& receptive_fields, bool fixed_point, std::int64_t hidden_words,
                         const std::string& instruction_set, int threads) {
  const auto& instructions = usable(artgen::gibbs::levels(), instruction_set);
  const auto machine = machine_of(weights, visible_bias, hidden_bias, fixed_point);
  const auto rows = states_of(data, machine), first = states_of(start, machine);
  const auto* fields = fields_of(receptive_fields, machine);
  GibbsStates states(first, machine, hidden_words, pinned);
  GibbsMoments of_data(machine), of_chains(machine);
  const auto out_data = of_data.out(), out_chains = of_chains.out();
  const artgen::gibbs::Run run{first, pinned ? pinned->data() : nullptr, steps, seed, update, 0};
  std::uint64_t* to_visible = states.visible.mutable_data();
  std::uint64_t* to_hidden = states.hidden.mutable_data();
  {
    const py::gil_scoped_release release;
    artgen::gibbs::contrast(machine, rows, run, fields, out_data, out_chains, to_visible, to_hidden, hidden_words,
                            instructions, threads);
  }
  return py::make_tuple(states.visible, states.hidden, of_data.tuple(), of_chains.tuple());
}

std::vector<std::int64_t> to_vector(const Indices& values) { return {values.data(), values.data() + values.size()}; }

py::tuple shared_haplotypes_longest(const PackedRows& queries, const PackedRows& targets, const Indices& positions,
                                    const Indices& bounds, const Indices& cuts, const Indices& edges, int threads) {
  const Rows query_rows = rows_of(queries), target_rows = rows_of(targets);
  const artgen::shared_haplotypes::Division division{bounds.data(), to_vector(cuts), to_vector(edges)};
  const std::int64_t* places = positions.data();
  artgen::shared_haplotypes::Longest found;
  {
    const py::gil_scoped_release release;
    found = artgen::shared_haplotypes::longest_shared(query_rows, target_rows, places, division, threads);
  }
  const py::ssize_t rows = query_rows.count;
  return py::make_tuple(to_numpy(std::move(found.sites), {rows}), to_numpy(std::move(found.base_pairs), {rows}),
                        to_numpy(std::move(found.begin), {rows}), to_numpy(std::move(found.target), {rows}));
}

py::tuple surrounding_stretches_longest(const PackedRows& queries, const PackedRows& targets, const Indices& sites,
                                        const Indices& before, const Indices& begin, const Indices& end,
                                        const Indices& hidden_begin, const Indices& hidden_end, int k, int threads) {
  const Rows query_rows = rows_of(queries), target_rows = rows_of(targets);
  const artgen::surrounding_stretches::Layout layout{to_vector(sites), to_vector(before),       to_vector(begin),
                                                     to_vector(end),   to_vector(hidden_begin), to_vector(hidden_end)};
  const std::vector<py::ssize_t> shape{query_rows.count, layout.hidden(), k};
  py::array_t<std::int32_t> lengths(shape), nearest(shape);
  std::int32_t *to_lengths = lengths.mutable_data(), *to_nearest = nearest.mutable_data();
  {
    const py::gil_scoped_release release;
    artgen::surrounding_stretches::longest_around(query_rows, target_rows, layout, k, to_lengths, to_nearest, threads);
  }
  return py::make_tuple(lengths, nearest);
}

artgen::identical_haplotypes::Panel panel_of(const PackedRows& bits, const Indices& group_words,
                                             const Indices& group_sizes) {
  const Rows rows = rows_of(bits);
  return {rows.bits, rows.words, group_sizes.size(), group_words.data(), group_sizes.data()};
}

py::list identical_haplotypes_pairs(const PackedRows& bits, const Indices& group_words, const Indices& group_sizes,
                                    const Indices& cores, const Indices& alleles, const Indices& ends, double least,
                                    int threads) {
  const auto panel = panel_of(bits, group_words, group_sizes);
  std::vector<artgen::identical_haplotypes::Walk> walks;
  for (py::ssize_t i = 0; i < cores.size(); ++i) walks.push_back({cores.at(i), alleles.at(i) != 0, ends.at(i)});
  std::vector<std::vector<std::int64_t>> found;
  {
    const py::gil_scoped_release release;
    found = artgen::identical_haplotypes::identical_pairs(panel, walks, least, threads);
  }
  py::list steps;
  const py::ssize_t columns = panel.groups + 1;
  for (auto& each : found) {
    const py::ssize_t rows = static_cast<py::ssize_t>(each.size()) / columns;
    steps.append(to_numpy(std::move(each), {rows, columns}));
  }
  return steps;
}

py::array_t<std::int32_t> identical_haplotypes_classes(const PackedRows& bits, const Indices& group_words,
                                                       const Indices& group_sizes, const Indices& begins,
                                                       const Indices& ends, int threads) {
  const auto panel = panel_of(bits, group_words, group_sizes);
  std::int64_t haplotypes = 0;
  for (std::int64_t group = 0; group < panel.groups; ++group) haplotypes += panel.group_sizes[group];
  py::array_t<std::int32_t> classes({begins.size(), static_cast<py::ssize_t>(haplotypes)});
  std::int32_t* to = classes.mutable_data();
  const std::int64_t *first = begins.data(), *last = ends.data(), windows = begins.size();
  {
    const py::gil_scoped_release release;
    artgen::identical_haplotypes::haplotype_classes(panel, first, last, windows, to, threads);
  }
  return classes;
}

// Kernels run without the interpreter's lock, which Python's handling of signals needs.
void stop_if_python_is_interrupted() {
  const py::gil_scoped_acquire acquire;
  if (PyErr_CheckSignals() != 0) throw py::error_already_set();
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  artgen::stop_if_interrupted = stop_if_python_is_interrupted;
  module.doc() = "Compiled kernels; called through artgen_fast.kernels, which checks the arguments.";
  module.attr("__version__") = ARTGEN_FAST_VERSION;
  module.def("hamming_search", &hamming_search, py::arg("queries"), py::arg("targets"), py::arg("query_neighbours"),
             py::arg("target_neighbours"), py::arg("exclude_self"), py::arg("histogram"), py::arg("pruning"),
             py::arg("instruction_set"), py::arg("threads"));
  module.def(
      "hamming_instruction_sets", [] { return names_and_reasons(artgen::hamming::levels()); },
      "Name and reason of refusal (empty if usable) of each instruction set, best first.");

  module.def("pair_counts_transpose", &pair_counts_transpose);
  module.def("pair_counts_allele_counts", &pair_counts_allele_counts);
  module.def("pair_counts_site_counts", &pair_counts_site_counts);
  module.def("pair_counts_joint_counts", &pair_counts_joint_counts);
  module.def("pair_counts_r2", &pair_counts_r2);
  module.def("pair_counts_r2_matrix", &pair_counts_r2_matrix);
  module.def("pair_counts_r2_sums", &pair_counts_r2_sums);
  module.def("pair_counts_motif_counts", &pair_counts_motif_counts);
  module.def(
      "pair_counts_instruction_sets", [] { return names_and_reasons(artgen::pair_counts::levels()); },
      "Name and reason of refusal (empty if usable) of each instruction set, best first.");

  module.def("gibbs_sample", &gibbs_sample);
  module.def("gibbs_hidden_probabilities", &gibbs_hidden_probabilities);
  module.def("gibbs_moments", &gibbs_moments);
  module.def("gibbs_contrast", &gibbs_contrast);
  module.def(
      "gibbs_instruction_sets", [] { return names_and_reasons(artgen::gibbs::levels()); },
      "Name and reason of refusal (empty if usable) of each instruction set, best first.");

  module.def("shared_haplotypes_longest", &shared_haplotypes_longest);
  module.def("surrounding_stretches_longest", &surrounding_stretches_longest);
  module.def("identical_haplotypes_pairs", &identical_haplotypes_pairs);
  module.def("identical_haplotypes_classes", &identical_haplotypes_classes);

  module.def("bit_product", &bit_product);
  module.def(
      "bit_product_instruction_sets", [] { return names_and_reasons(artgen::bit_product::levels()); },
      "Name and reason of refusal (empty if usable) of each instruction set, best first.");
}
