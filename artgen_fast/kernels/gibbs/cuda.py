"""The Gibbs kernel on an NVIDIA GPU, through CuPy: launches `gibbs.cuh`, which NVRTC compiles at first use.

Device arrays are used where they are, on CuPy's current stream, and answered with device arrays. Host arrays are copied
to the current device and answered with host arrays. Bits are those of the compiled backend, in every precision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import cupy
import numpy as np
import numpy.typing as npt

from artgen_fast.errors import BackendUnavailableError, InputError
from artgen_fast.haplotypes import words_for
from artgen_fast.kernels.gibbs.reference import HIDDEN, VISIBLE, Parameters, outside

UNITS = 64
"""Units of a block, a word of their states (GIBBS_UNITS of the device code)."""

CHAINS = 128
"""Chains of a block, and its threads (GIBBS_CHAINS of the device code)."""

CHUNK_INPUTS = 256
"""Inputs that a block reads at a time (32 GIBBS_CHUNK of the device code); a row of states holds whole chunks."""

LEAST_MAJOR = 8
"""Compute capability whose matrix units multiply tiles of 8-bit numbers as the device code wants it."""

MOST_SHARES = 65_535
"""Most blocks in y that a launch may have."""

_NULL = np.uint64(0)

_SOURCE = "gibbs.cuh"


class _Layer:
    """Weights of one layer on the current device, in whole blocks of units and whole chunks of inputs; and biases."""

    def __init__(self, rows: Any, bias: Any, fixed_point: bool) -> None:
        self.units, n_inputs = rows.shape
        self.blocks, self.chunks = _blocks(self.units, UNITS), _blocks(n_inputs, CHUNK_INPUTS)
        padded = self.blocks * UNITS, self.chunks * CHUNK_INPUTS
        self.scale, self.bias = cupy.full(padded[0], 1, dtype=np.float32), cupy.zeros(padded[0], dtype=np.float32)
        self.bias[: self.units] = bias
        self.kind = "fixed_point" if fixed_point else "floats"
        if fixed_point:
            self.weights = cupy.zeros((2, *padded), dtype=np.int8)
            sizes = (np.int64(padded[0]), np.int64(padded[1]))
            arguments = (cupy.ascontiguousarray(rows), np.int64(n_inputs), self.scale, self.weights, *sizes)
            _launch("split", (self.units, 1), arguments)
        else:
            self.weights = cupy.zeros(padded, dtype=np.float32)
            self.weights[: self.units, :n_inputs] = rows

    def sample(
        self, inputs: Any, states: Any, pinned: Any, seed: int, update: int, sweep: int, layer: int, first_chain: int
    ) -> None:
        """New states of the units that are not pinned, given those of the other layer."""
        n_chains, words = states.shape
        to = (states, np.int64(words), pinned, np.int64(self.units), np.int64(n_chains))
        draw = (np.uint64(seed), np.uint32(update), np.uint32(sweep), np.uint32(layer), np.uint32(first_chain))
        _launch(f"sample_{self.kind}", self._grid(n_chains), (*self._layer(), *_rows(inputs), *to, *draw))

    def probabilities(self, inputs: Any) -> Any:
        """P(unit = 1), float32 of shape (chains, units)."""
        out = cupy.empty((len(inputs), self.units), dtype=np.float32)
        sizes = (np.int64(self.units), np.int64(len(inputs)))
        _launch(f"probabilities_{self.kind}", self._grid(len(inputs)), (*self._layer(), *_rows(inputs), out, *sizes))
        return out

    def mean_products(self, rows_of_unit: Any, n_rows: int) -> Any:
        """Where the weights are probabilities of rows: their means with other units' states, (others, units)."""
        others = len(rows_of_unit)
        out = cupy.empty((others, self.units), dtype=np.float32)
        weights = (self.weights, np.int32(self.chunks))
        sizes = (np.int64(self.units), np.int64(others))
        arguments = (*weights, *_rows(rows_of_unit), np.int64(n_rows), out, *sizes)
        _launch("mean_products", self._grid(others), arguments)
        return out

    def _layer(self) -> tuple[Any, ...]:
        return self.weights, np.int32(self.chunks), self.scale, self.bias

    def _grid(self, n_chains: int) -> tuple[int, int]:
        return self.blocks, min(_blocks(n_chains, CHAINS), MOST_SHARES)


def sample(
    parameters: Parameters,
    start: Any,
    steps: int,
    pinned: Any,
    seed: int,
    update: int,
    first_chain: int,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Any, Any]:
    """Packed visible and hidden states after the last step."""
    parameters, start, answer = _on_device(parameters, start)
    with start.device:
        hidden_layer, visible_layer = _hidden_layer(parameters), _visible_layer(parameters)
        visible, hidden = start.copy(), cupy.zeros((len(start), words_for(parameters.n_hidden)), dtype=np.uint64)
        kept = _NULL if pinned is None else cupy.asarray(pinned)
        for sweep in range(steps):
            hidden_layer.sample(visible, hidden, _NULL, seed, update, sweep, HIDDEN, first_chain)
            visible_layer.sample(hidden, visible, kept, seed, update, sweep, VISIBLE, first_chain)
        return answer(visible), answer(hidden)


def hidden_probabilities(parameters: Parameters, visible: Any, instruction_set: str = "", threads: int = 1) -> Any:
    """P(h = 1 | v), float32 of shape (rows, hidden)."""
    parameters, visible, answer = _on_device(parameters, visible)
    with visible.device:
        return answer(_hidden_layer(parameters).probabilities(visible))


def moments(
    parameters: Parameters,
    visible: Any,
    fields: npt.NDArray[np.int64] | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Any, Any, Any]:
    """Means of v, of P(h = 1 | v) and of their products."""
    parameters, visible, answer = _on_device(parameters, visible)
    n_rows, n_visible, n_hidden = len(visible), parameters.n_visible, parameters.n_hidden
    with visible.device:
        probabilities = _hidden_layer(parameters).probabilities(visible)
        of_hidden = cupy.empty(n_hidden, dtype=np.float64)
        rows = np.int64(n_rows)
        _launch(
            "mean_probabilities", (_blocks(n_hidden, CHAINS), 1), (probabilities, rows, np.int64(n_hidden), of_hidden)
        )
        # The rows take the place of inputs, and visible units that of chains.
        turned = cupy.empty((n_visible, words_for(n_rows)), dtype=np.uint64)
        arguments = (visible, np.int64(visible.shape[1]), rows, np.int64(n_visible), *_rows(turned))
        _launch("transpose", (_blocks(n_visible, CHAINS), min(2 * turned.shape[1], MOST_SHARES)), arguments)
        of_visible = cupy.empty(n_visible, dtype=np.float64)
        _launch("mean_states", (_blocks(n_visible, CHAINS), 1), (*_rows(turned), rows, np.int64(n_visible), of_visible))
        products = _Layer(probabilities.T, 0, fixed_point=False).mean_products(turned, n_rows)
        if fields is not None:
            products[cupy.asarray(outside(fields, n_visible))] = 0
        return answer(of_visible), answer(of_hidden), answer(products)


def _on_device(parameters: Parameters, rows: Any) -> tuple[Parameters, Any, Callable[[Any], Any]]:
    """The arguments on a device, and the function that brings answers to where they were."""
    names = ("weights", "visible_bias", "hidden_bias")
    if isinstance(rows, np.ndarray):
        parts = {name: cupy.asarray(getattr(parameters, name)) for name in names}
        return replace(parameters, **parts), cupy.asarray(rows), cupy.asnumpy
    for name in names:
        device = getattr(parameters, name).device
        if device != rows.device:
            raise InputError(
                "states and parameters must be on the same device; "
                f"got states on {rows.device} and {name} on {device}. Copy them to one."
            )
    return parameters, rows, lambda array: array


def _hidden_layer(parameters: Parameters) -> _Layer:
    return _Layer(parameters.weights.T, parameters.hidden_bias, parameters.fixed_point)


def _visible_layer(parameters: Parameters) -> _Layer:
    return _Layer(parameters.weights, parameters.visible_bias, parameters.fixed_point)


def _rows(states: Any) -> tuple[Any, np.int64]:
    """Rows of states, and the 32-bit words of each."""
    return states, np.int64(2 * states.shape[1])


def _blocks(n_items: int, block: int) -> int:
    return -(-n_items // block)


def _launch(name: str, grid: tuple[int, int], arguments: tuple[Any, ...]) -> None:
    if all(grid):
        _module().get_function(f"gibbs_{name}")(grid, (CHAINS, 1), arguments)


@cache
def _module() -> Any:
    major = cupy.cuda.Device().attributes["ComputeCapabilityMajor"]
    if major < LEAST_MAJOR:
        raise BackendUnavailableError(
            f"the backend 'cuda' cannot run here: Gibbs chains need a GPU of compute capability {LEAST_MAJOR}.0 or "
            f"later; this one has {major}.x. Copy the arrays to the host."
        )
    return cupy.RawModule(code=source_path().read_text("utf-8"), options=("--std=c++17",))


def source_path() -> Path:
    """The device code: beside this module once installed, in ``csrc`` when run from the source tree."""
    installed = Path(__file__).with_name(_SOURCE)
    return installed if installed.exists() else Path(__file__).parents[3] / "csrc" / "gibbs" / _SOURCE
