// The compiled module artgen_fast._core: the only file that knows Python.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hamming/hamming.h"

namespace py = pybind11;
using artgen::hamming::Answer;
using artgen::hamming::InstructionSet;
using artgen::hamming::Neighbours;
using artgen::hamming::Pruning;
using artgen::hamming::Rows;
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

const InstructionSet& usable_instruction_set(const std::string& name) {
  for (const auto& level : artgen::hamming::levels()) {
    if (level.instructions->name == name) {
      if (level.reason.empty()) return *level.instructions;
      throw std::invalid_argument("the instruction set " + name + " cannot run here: " + level.reason);
    }
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
  const InstructionSet& instructions = usable_instruction_set(instruction_set);

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

std::vector<std::pair<std::string, std::string>> hamming_instruction_sets() {
  std::vector<std::pair<std::string, std::string>> sets;
  for (const auto& level : artgen::hamming::levels()) sets.emplace_back(level.instructions->name, level.reason);
  return sets;
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "Compiled kernels; called through artgen_fast.kernels, which checks the arguments.";
  module.attr("__version__") = ARTGEN_FAST_VERSION;
  module.def("hamming_search", &hamming_search, py::arg("queries"), py::arg("targets"), py::arg("query_neighbours"),
             py::arg("target_neighbours"), py::arg("exclude_self"), py::arg("histogram"), py::arg("pruning"),
             py::arg("instruction_set"), py::arg("threads"));
  module.def("hamming_instruction_sets", &hamming_instruction_sets,
             "Name and reason of refusal (empty if usable) of each instruction set, best first.");
}
