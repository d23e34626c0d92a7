"""Gibbs chains, plainly: dense states, float64, one step after the other.

The functions take the same arguments as those of the other backends; instruction set and threads mean nothing here.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

UInt32Array = npt.NDArray[np.uint32]
UInt64Array = npt.NDArray[np.uint64]
Float32Array = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
Int64Array = npt.NDArray[np.int64]

LARGEST_SUM = 32_639
"""Of four weights, in scales of ``int8x2``: then both parts of any weight fit 8 bits, the lower one signed."""

WEIGHTS_TOGETHER = 4
"""Inputs whose weights are summed before anything else."""

SMALLEST_SUM = 1e-30
"""A unit none of whose sums of four is above it has weights of 0 in ``int8x2``."""

HIDDEN, VISIBLE, START = range(3)
"""Layers, as the uniform numbers count them; the last is of the states that chains begin with."""

_MULTIPLIERS = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_STEPS = 0x9E3779B9, 0xBB67AE85
_ROUNDS = 10
_UNITS_A_DRAW = 8
_LOWER_HALVES = 1 << 29


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """Weights and biases, finite and C-contiguous.

    Attributes
    ----------
    weights : float32 array of shape (visible, hidden)
        Rounded to bf16 where that is the precision.
    visible_bias, hidden_bias : float32 arrays of shape (visible,) and (hidden,)
    fixed_point : bool
        Whether sums are those of ``int8x2``.
    """

    weights: Float32Array
    visible_bias: Float32Array
    hidden_bias: Float32Array
    fixed_point: bool

    @property
    def n_visible(self) -> int:
        """Number of visible units."""
        return int(self.weights.shape[0])

    @property
    def n_hidden(self) -> int:
        """Number of hidden units."""
        return int(self.weights.shape[1])


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
    w_hidden, w_visible = effective_weights(parameters)
    begin = states(start, parameters.n_visible)
    kept = np.zeros(parameters.n_visible, bool) if pinned is None else states(pinned[None], parameters.n_visible)[0] > 0
    visible, hidden = begin, np.zeros((len(start), parameters.n_hidden))
    chains = first_chain + np.arange(len(start))
    for sweep in range(steps):
        p = sigmoid(visible @ w_hidden + parameters.hidden_bias)
        hidden = np.where(uniforms(seed, update, chains, sweep, HIDDEN, parameters.n_hidden) < p, 1.0, 0.0)
        p = sigmoid(hidden @ w_visible.T + parameters.visible_bias)
        fresh = np.where(uniforms(seed, update, chains, sweep, VISIBLE, parameters.n_visible) < p, 1.0, 0.0)
        visible = np.where(kept, begin, fresh)
    words = -(-parameters.n_hidden // 512) * 8
    return packed(visible, start.shape[1]), packed(hidden, words)


def hidden_probabilities(
    parameters: Parameters, visible: UInt64Array, instruction_set: str = "", threads: int = 1
) -> Float32Array:
    """P(h = 1 | v), float32 of shape (rows, hidden)."""
    weights, _ = effective_weights(parameters)
    activation = states(visible, parameters.n_visible) @ weights + parameters.hidden_bias
    return sigmoid(activation).astype(np.float32)


def moments(
    parameters: Parameters,
    visible: UInt64Array,
    fields: Int64Array | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Float64Array, Float64Array, Float32Array]:
    """Means of v, of P(h = 1 | v) and of their products."""
    v = states(visible, parameters.n_visible)
    p = hidden_probabilities(parameters, visible).astype(np.float64)
    products = (v.T @ p / len(v)).astype(np.float32)
    if fields is not None:
        products[outside(fields, parameters.n_visible)] = 0
    return v.mean(axis=0), p.mean(axis=0), products


def outside(fields: Int64Array, n_visible: int) -> npt.NDArray[np.bool_]:
    """Which visible units are not in the receptive field of which hidden unit, of shape (visible, hidden)."""
    units = np.arange(n_visible)[:, None]
    beyond: npt.NDArray[np.bool_] = (units < fields[:, 0]) | (units >= fields[:, 1])
    return beyond


def effective_weights(parameters: Parameters) -> tuple[Float64Array, Float64Array]:
    """W as the hidden units and as the visible units see it, of shape (visible, hidden) both."""
    if not parameters.fixed_point:
        weights = parameters.weights.astype(np.float64)
        return weights, weights
    for_hidden, scale = fixed_point(parameters.weights.T)
    for_visible, visible_scale = fixed_point(parameters.weights)
    return (
        (for_hidden * scale.astype(np.float64)[:, None]).T,
        for_visible * visible_scale.astype(np.float64)[:, None],
    )


def fixed_point(rows: Float32Array) -> tuple[npt.NDArray[np.int16], Float32Array]:
    """Weights of units (a row each) as whole multiples of a scale a unit, by which sums of four fit 16 bits."""
    padded = np.zeros((len(rows), -(-rows.shape[1] // WEIGHTS_TOGETHER) * WEIGHTS_TOGETHER), np.float32)
    padded[:, : rows.shape[1]] = rows
    together = padded.reshape(len(rows), -1, WEIGHTS_TOGETHER)
    positive, negative = np.zeros(together.shape[:2], np.float32), np.zeros(together.shape[:2], np.float32)
    for place in range(WEIGHTS_TOGETHER):  # one after the other, so that they are rounded alike everywhere
        positive += np.maximum(together[:, :, place], 0)
        negative += np.maximum(-together[:, :, place], 0)
    largest = np.maximum(positive, negative).max(axis=1)
    scale = np.where(largest > np.float32(SMALLEST_SUM), largest / np.float32(LARGEST_SUM), np.float32(1))
    return np.rint(rows / scale[:, None]).astype(np.int16), scale


def uniforms(
    seed: int, update: int, chains: npt.NDArray[np.int64], sweep: int, layer: int, n_units: int
) -> Float64Array:
    """Uniform numbers in [0, 1) of 32 bits, of shape (chains, units).

    The upper 16 bits of eight units come from one draw, the lower ones from a second: two units a word.
    """
    blocks = np.arange(-(-n_units // _UNITS_A_DRAW))
    halves = []
    for lower in (0, _LOWER_HALVES):
        words = philox(blocks[None, :] | layer << 30 | lower, np.asarray(chains)[:, None], sweep, update, seed)
        pairs = np.stack([words & np.uint32(0xFFFF), words >> np.uint32(16)], axis=-1)
        halves.append(pairs.reshape(len(chains), _UNITS_A_DRAW * len(blocks))[:, :n_units].astype(np.float64))
    uniform: Float64Array = (halves[0] + halves[1] / 2**16) / 2**16
    return uniform


def random_bits(bits: UInt64Array, n_units: int, seed: int, update: int, first_chain: int) -> None:
    """Fill packed rows with random states: a draw for every 128 units."""
    chains = first_chain + np.arange(len(bits))
    for begin in range(0, len(bits), 1024):
        rows = slice(begin, begin + 1024)
        words = philox(np.arange(-(-n_units // 128)) | START << 30, chains[rows, None], 0, update, seed)
        in_bytes = np.ascontiguousarray(words, "<u4").reshape(len(words), -1).view(np.uint8)
        alleles = np.unpackbits(in_bytes, axis=1, count=n_units, bitorder="little")
        bits[rows] = packed(alleles, bits.shape[1])


def philox(c0: npt.ArrayLike, c1: npt.ArrayLike, c2: npt.ArrayLike, c3: npt.ArrayLike, key: int) -> UInt32Array:
    """Philox4x32-10 of counters that are broadcast against each other, a last axis of four words."""
    x0, x1, x2, x3 = np.broadcast_arrays(*(np.asarray(c, dtype=np.uint64) for c in (c0, c1, c2, c3)))
    low, high = key & 0xFFFFFFFF, key >> 32
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(_ROUNDS):
        first, second = x0 * _MULTIPLIERS[0], x2 * _MULTIPLIERS[1]
        x0, x1 = (second >> shift) ^ x1 ^ np.uint64(low), second & mask
        x2, x3 = (first >> shift) ^ x3 ^ np.uint64(high), first & mask
        low, high = (low + _STEPS[0]) & 0xFFFFFFFF, (high + _STEPS[1]) & 0xFFFFFFFF
    return np.stack([x0, x1, x2, x3], axis=-1).astype(np.uint32)


def sigmoid(x: Float64Array) -> Float64Array:
    """1 / (1 + exp(-x)), without overflow."""
    e = np.exp(-np.abs(x))
    p: Float64Array = np.where(x < 0, e, 1.0) / (1.0 + e)
    return p


def states(rows: UInt64Array, n_units: int) -> Float64Array:
    """0 and 1, float64 of shape (rows, units)."""
    in_bytes = np.ascontiguousarray(rows, dtype="<u8").view(np.uint8)
    return np.unpackbits(in_bytes, axis=1, count=n_units, bitorder="little").astype(np.float64)


def packed(values: npt.NDArray[np.generic], words: int) -> UInt64Array:
    """The inverse of `states`, padded with zeros to a number of words."""
    in_bytes = np.zeros((len(values), 8 * words), np.uint8)
    bits = np.packbits(values.astype(bool), axis=1, bitorder="little")
    in_bytes[:, : bits.shape[1]] = bits
    return in_bytes.view("<u8").astype(np.uint64, copy=False)
