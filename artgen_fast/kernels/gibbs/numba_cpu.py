"""Gibbs chains compiled by Numba for the CPU they run on.

Sixteen units are summed at a time, each lane of a vector one of them. Four inputs have 16 combinations of states, and
so one of 16 sums of their weights: these are tabled for eight times four inputs, which is what a word of 32 states of a
chain chooses from. The order of the additions and every rounding are those of the compiled backend.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.extending import intrinsic

from artgen_fast.array_types import Float32Array, Float64Array, Int64Array, UInt16Array, UInt32Array, UInt64Array
from artgen_fast.haplotypes import words_for
from artgen_fast.kernels.gibbs.reference import HIDDEN, VISIBLE, Parameters, fixed_point, outside
from artgen_fast.kernels.numba_functions import compiled
from artgen_fast.kernels.numba_threads import share_blocks

UNITS = 16
"""Units that are summed together: a row of weights or sums is a cache line."""

TABLES, COMBINATIONS = 8, 16

CHAINS = 2048
"""Chains that are run together at most: their sums stay in the L2 cache."""

_POWERS = np.float32(2.0) ** -np.arange(128, dtype=np.float32)

_ONE, _ZERO = np.float32(1), np.float32(0)
_MOST = np.float32(87)
_LOG2_E, _ROUND = np.float32(1.44269504), np.float32(12582912)
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_C0, _C1, _C2 = np.float32(1.9875691500e-4), np.float32(1.3981999507e-3), np.float32(8.3334519073e-3)
_C3, _C4, _C5 = np.float32(4.1665795894e-2), np.float32(1.6666665459e-1), np.float32(5.0000001201e-1)
_BELOW_ONE = np.float32(1 - 2**-24)
_UPPER_HALVES = np.float32(65536)


def _add_tabled_rows(typing_context: Any, sums: Any, row: Any, tables: Any, word: Any) -> Any:
    """``sums[row] += tables[t, t-th four bits of word]``, t = 0 … 7, one addition after the other."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        whole = signature.args[0].dtype == numba.int32
        lane = ir.IntType(32) if whole else ir.FloatType()
        add = builder.add if whole else builder.fadd

        def pointer(array_type: Any, value: Any, place: Any) -> Any:
            array = context.make_array(array_type)(context, builder, value)
            first = builder.gep(array.data, [builder.mul(place, ir.Constant(ir.IntType(64), UNITS))])
            return builder.bitcast(first, ir.VectorType(lane, UNITS).as_pointer())

        to = pointer(signature.args[0], *arguments[:2])
        total = builder.load(to, align=4)
        for table in range(TABLES):
            shifted = builder.lshr(arguments[3], ir.Constant(ir.IntType(64), 4 * table))
            place = builder.and_(shifted, ir.Constant(ir.IntType(64), COMBINATIONS - 1))
            place = builder.or_(place, ir.Constant(ir.IntType(64), COMBINATIONS * table))
            total = add(total, builder.load(pointer(signature.args[2], arguments[2], place), align=4))
        builder.store(total, to, align=4)
        return context.get_dummy_value()

    return numba.void(sums, row, tables, word), generate


_add_tabled = intrinsic(_add_tabled_rows)


@compiled
def _add_sums(weights: Any, states: UInt32Array, tables: Any, sums: Any) -> None:
    """Set the sums of 16 units, (chains, UNITS), of weights (inputs, UNITS) over the inputs whose state is 1."""
    kind = sums.dtype.type
    sums[:] = 0
    for word in range(states.shape[1]):
        for table in range(TABLES):
            first = 32 * word + 4 * table
            for number in range(COMBINATIONS):
                row = COMBINATIONS * table + number
                a, b = kind(number & 1), kind(number >> 1 & 1)
                c, d = kind(number >> 2 & 1), kind(number >> 3)
                for lane in range(UNITS):
                    low = weights[first, lane] * a + weights[first + 1, lane] * b
                    tables[row, lane] = low + (weights[first + 2, lane] * c + weights[first + 3, lane] * d)
        for chain in range(np.uint64(len(states))):
            _add_tabled(sums, chain, tables, np.uint64(states[chain, word]))


@compiled
def _probabilities(sums: Any, scale: Float32Array, bias: Float32Array, out: Float32Array) -> None:
    """1 / (1 + exp(-x)) of UNITS units of a chain, x = scale · sum + bias; at most 1 - 2^-24."""
    for lane in range(UNITS):
        x = np.float32(sums[lane]) * scale[lane] + bias[lane]
        positive = -x if x < _ZERO else x
        a = positive if positive < _MOST else _MOST
        n = (a * _LOG2_E + _ROUND) - _ROUND
        z = n * _LN2_HIGH - a + n * _LN2_LOW
        y = z * _C0 + _C1
        y = y * z + _C2
        y = y * z + _C3
        y = y * z + _C4
        y = y * z + _C5
        y = y * (z * z) + z + _ONE
        e = y * _POWERS[np.int32(n)]
        d = _ONE / (e + _ONE)
        p = e * d if x < _ZERO else d
        out[lane] = p if p < _BELOW_ONE else _BELOW_ONE


@compiled
def _draw(units: int, chain: int, sweep: int, update: int, seed: np.uint64, random: UInt64Array) -> None:
    """Four words of Philox4x32-10; ``units`` is the counter's first word, as in the reference."""
    mask = np.uint64(0xFFFFFFFF)
    x0, x1, x2, x3 = np.uint64(units), np.uint64(chain), np.uint64(sweep), np.uint64(update)
    low, high = seed & mask, seed >> np.uint64(32)
    for _ in range(10):
        first, second = x0 * np.uint64(0xD2511F53), x2 * np.uint64(0xCD9E8D57)
        x0, x1 = (second >> np.uint64(32)) ^ x1 ^ low, second & mask
        x2, x3 = (first >> np.uint64(32)) ^ x3 ^ high, first & mask
        low, high = (low + np.uint64(0x9E3779B9)) & mask, (high + np.uint64(0xBB67AE85)) & mask
    random[0], random[1], random[2], random[3] = x0, x1, x2, x3


@compiled
def _sample(
    sums: Any,
    scale: Float32Array,
    bias: Float32Array,
    block: int,
    free: int,
    layer: int,
    sweep: int,
    update: int,
    seed: np.uint64,
    first_chain: int,
    states: UInt16Array,
) -> None:
    """New states of the block's 16 units that are free, in a column of ``states`` (chains, blocks)."""
    p = np.empty(UNITS, np.float32)
    random = np.empty(4, np.uint64)
    for chain in range(len(states)):
        _probabilities(sums[chain], scale, bias, p)
        fresh = 0
        for half in range(2):
            units = (2 * block + half) | (layer << 30)
            _draw(units, first_chain + chain, sweep, update, seed, random)
            undecided = False
            for place in range(8):
                threshold = np.int32(p[8 * half + place] * _UPPER_HALVES)
                upper = np.int32((random[place >> 1] >> np.uint64(16 * (place & 1))) & np.uint64(0xFFFF))
                fresh |= int(upper < threshold) << (8 * half + place)
                undecided |= upper == threshold
            if undecided:
                fresh = _decide(p, half, units, first_chain + chain, sweep, update, seed, random, fresh)
        kept = states[chain, block]
        states[chain, block] = np.uint16((kept & ~free) | (fresh & free))


@compiled
def _decide(
    p: Float32Array,
    half: int,
    units: int,
    chain: int,
    sweep: int,
    update: int,
    seed: np.uint64,
    random: UInt64Array,
    fresh: int,
) -> int:
    """The states with those decided whose probability has the upper half of the uniform number."""
    lower = np.empty(4, np.uint64)
    _draw(units | (1 << 29), chain, sweep, update, seed, lower)
    for place in range(8):
        scaled = p[8 * half + place] * _UPPER_HALVES
        threshold = np.int32(scaled)
        shift = np.uint64(16 * (place & 1))
        if np.int32((random[place >> 1] >> shift) & np.uint64(0xFFFF)) == threshold:
            remainder = np.int32((scaled - np.float32(threshold)) * _UPPER_HALVES)
            if np.int32((lower[place >> 1] >> shift) & np.uint64(0xFFFF)) < remainder:
                fresh |= 1 << (8 * half + place)
    return fresh


@compiled
def _all_probabilities(sums: Any, scale: Float32Array, bias: Float32Array, out: Float32Array) -> None:
    """Probabilities of UNITS units of each chain, (chains, UNITS)."""
    for chain in range(len(sums)):
        _probabilities(sums[chain], scale, bias, out[chain])


class _Draw(NamedTuple):
    """All that tells one uniform number from another but unit and chain."""

    layer: int
    sweep: int
    update: int
    seed: np.uint64


class _Layer:
    """Weights of one layer, (blocks of units, inputs, UNITS), with the units' scales and biases."""

    def __init__(self, rows: Float32Array, bias: Float32Array, whole: bool) -> None:
        n, n_inputs = rows.shape
        self.blocks = -(-n // UNITS)
        padded = (self.blocks * UNITS, -(-n_inputs // 32) * 32)
        self.scale, self.bias = np.ones(padded[0], np.float32), np.zeros(padded[0], np.float32)
        self.bias[:n] = bias
        weights: npt.NDArray[Any] = np.zeros(padded, np.int32 if whole else np.float32)
        if whole:
            weights[:n, :n_inputs], self.scale[:n] = fixed_point(rows)
        else:
            weights[:n, :n_inputs] = rows
        self.weights = np.ascontiguousarray(weights.reshape(self.blocks, UNITS, -1).transpose(0, 2, 1))
        self.words = padded[1] // 32

    def sums(self, block: int, states: UInt32Array) -> npt.NDArray[Any]:
        """Sums of a block's units for some chains."""
        sums = np.empty((len(states), UNITS), self.weights.dtype)
        tables = np.empty((TABLES * COMBINATIONS, UNITS), self.weights.dtype)
        _add_sums(self.weights[block], states[:, : self.words], tables, sums)
        return sums

    def of(self, block: int) -> tuple[Float32Array, Float32Array]:
        """Scales and biases of a block."""
        units = slice(UNITS * block, UNITS * (block + 1))
        return self.scale[units], self.bias[units]


def sample(
    parameters: Parameters,
    start: UInt64Array,
    steps: int,
    pinned: UInt64Array | None,
    seed: int,
    update: int,
    first_chain: int,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[UInt64Array, UInt64Array]:
    """Packed visible and hidden states after the last step."""
    to_hidden, to_visible = _hidden_layer(parameters), _visible_layer(parameters)
    visible = np.ascontiguousarray(start, "<u8").copy()
    hidden = np.zeros((len(start), words_for(parameters.n_hidden)), "<u8")
    free_hidden = _units(parameters.n_hidden, hidden.shape[1])
    free_visible = _units(parameters.n_visible, visible.shape[1])
    if pinned is not None:
        free_visible = free_visible & ~np.ascontiguousarray(pinned, "<u8").view(np.uint16)
    for sweep in range(steps):
        for layer, inputs, states, free, number in (
            (to_hidden, visible, hidden, free_hidden, HIDDEN),
            (to_visible, hidden, visible, free_visible, VISIBLE),
        ):
            _half_step(layer, inputs, states, free, _Draw(number, sweep, update, np.uint64(seed)), first_chain, threads)
    return visible.astype(np.uint64, copy=False), hidden.astype(np.uint64, copy=False)


def hidden_probabilities(
    parameters: Parameters, visible: UInt64Array, instruction_set: str = "", threads: int = 1
) -> Float32Array:
    """P(h = 1 | v), float32 of shape (rows, hidden)."""
    layer = _hidden_layer(parameters)
    out = np.empty((len(visible), UNITS * layer.blocks), np.float32)
    inputs = np.ascontiguousarray(visible, "<u8").view(np.uint32)

    def block_of(block: int, chains: slice) -> None:
        some = np.empty((len(inputs[chains]), UNITS), np.float32)
        _all_probabilities(layer.sums(block, inputs[chains]), *layer.of(block), some)
        out[chains, UNITS * block : UNITS * (block + 1)] = some

    _share(layer.blocks, len(visible), threads, block_of)
    return np.ascontiguousarray(out[:, : parameters.n_hidden])


def moments(
    parameters: Parameters,
    visible: UInt64Array,
    fields: Int64Array | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Float64Array, Float64Array, Float32Array]:
    """Means of v, of P(h = 1 | v) and of their products."""
    p = hidden_probabilities(parameters, visible, threads=threads)
    # The rows take the place of inputs, and visible units that of chains.
    alleles = np.unpackbits(
        np.ascontiguousarray(visible, "<u8").view(np.uint8), axis=1, count=parameters.n_visible, bitorder="little"
    )
    rows = np.zeros((parameters.n_visible, 4 * -(-len(visible) // 32)), np.uint8)
    in_bytes = np.packbits(alleles.T, axis=1, bitorder="little")
    rows[:, : in_bytes.shape[1]] = in_bytes
    inputs = rows.view("<u4")
    layer = _Layer(p.T, np.zeros(parameters.n_hidden, np.float32), whole=False)
    products = np.empty((parameters.n_visible, UNITS * layer.blocks), np.float32)

    def block_of(block: int, units: slice) -> None:
        products[units, UNITS * block : UNITS * (block + 1)] = layer.sums(block, inputs[units]) * np.float32(
            1 / len(visible)
        )

    _share(layer.blocks, parameters.n_visible, threads, block_of)
    products = np.ascontiguousarray(products[:, : parameters.n_hidden])
    if fields is not None:
        products[outside(fields, parameters.n_visible)] = 0
    return alleles.mean(axis=0, dtype=np.float64), p.mean(axis=0, dtype=np.float64), products


def _half_step(
    layer: _Layer,
    inputs: UInt64Array,
    states: UInt64Array,
    free: UInt16Array,
    draw: _Draw,
    first_chain: int,
    threads: int,
) -> None:
    """Sample one layer given the other."""
    in_words, in_blocks = inputs.view(np.uint32), states.view(np.uint16)

    def block_of(block: int, chains: slice) -> None:
        if not free[block]:
            return
        sums = layer.sums(block, in_words[chains])
        scale, bias = layer.of(block)
        first = first_chain + chains.start
        _sample(
            sums, scale, bias, block, int(free[block]), draw.layer, draw.sweep, draw.update, draw.seed, first,
            in_blocks[chains],
        )  # fmt: skip

    _share(layer.blocks, len(inputs), threads, block_of)


def _share(blocks: int, n_chains: int, threads: int, work: Callable[[int, slice], None]) -> None:
    """Call ``work(block, chains)`` for all blocks of units and ranges of chains, on some threads."""
    ranges = max(1, -(-n_chains // CHAINS))

    def task(_: int, number: int) -> None:
        block, first = divmod(number, ranges)
        work(block, slice(CHAINS * first, min(CHAINS * (first + 1), n_chains)))

    share_blocks(blocks * ranges if n_chains else 0, 1, threads, task)


def _hidden_layer(parameters: Parameters) -> _Layer:
    return _Layer(parameters.weights.T, parameters.hidden_bias, parameters.fixed_point)


def _visible_layer(parameters: Parameters) -> _Layer:
    return _Layer(parameters.weights, parameters.visible_bias, parameters.fixed_point)


def _units(n: int, words: int) -> UInt16Array:
    """Ones for the units of a row, as its 16-bit words."""
    bits = np.zeros(64 * words, np.uint8)
    bits[:n] = 1
    return np.packbits(bits, bitorder="little").view("<u2")
