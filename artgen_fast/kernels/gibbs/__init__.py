"""Gibbs chains of a restricted Boltzmann machine with binary units, on bits.

The machine has units in {0, 1} and energy ``E(v, h) = -vᵀWh - aᵀv - bᵀh``. A step samples h from P(h | v), then v from
P(v | h), where P(unit = 1) = sigmoid(bias + Σ weight · state). States stay packed: 64 units a word, like haplotypes.

A unit becomes 1 where its uniform number of 32 bits is below its probability. That number is a function of (seed,
update, chain, sweep, layer, unit) alone (Philox4x32-10, Salmon et al. 2011, doi:10.1145/2063384.2063405), so the same
call gives the same chains on any backend, instruction set and number of threads: bit for bit where sums are the same
(`PRECISIONS`), else but where a probability and its uniform number all but coincide.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float32Array, Float64Array, Int64Array, UInt64Array
from artgen_fast.arrays import packed_rows
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import BITS_PER_WORD, has_padding_bits, words_for
from artgen_fast.host_arrays import host_array
from artgen_fast.kernels import dispatch
from artgen_fast.kernels.answers import in_kind
from artgen_fast.kernels.gibbs.parameters import DEFAULT_PRECISION, PRECISIONS, checked_parameters
from artgen_fast.kernels.gibbs.reference import Parameters, random_bits
from artgen_fast.whole_numbers import require_seed, whole_number

__all__ = [
    "BACKENDS",
    "DEFAULT_PRECISION",
    "PRECISIONS",
    "Contrast",
    "Moments",
    "States",
    "contrast",
    "hidden_probabilities",
    "moments",
    "random_start",
    "sample",
]

BACKENDS = ("compiled", "numba", "cuda", "reference")
"""The backends that this kernel has."""


class States(NamedTuple):
    """States of both layers after a step, one chain a row."""

    visible: UInt64Array
    """Packed, uint64 of shape (chains, words), a multiple of 8 words; the padding is 0."""
    hidden: UInt64Array
    """Packed, uint64 of shape (chains, words); v was sampled given this h."""


class Moments(NamedTuple):
    """Means over some rows of visible states, as the gradient of the likelihood wants them."""

    visible: Float64Array
    """Mean of v, of shape (visible,)."""
    hidden: Float64Array
    """Mean of P(h = 1 | v), of shape (hidden,)."""
    products: Float32Array
    """Mean of v · P(h = 1 | v)ᵀ, of shape (visible, hidden)."""


class Contrast(NamedTuple):
    """Data and chains: what an update of a training compares."""

    states: States
    """Of the chains, after their last step."""
    data: Moments
    """Of the data."""
    chains: Moments
    """Of the chains' visible states."""


@in_kind("start")
def sample(
    weights: Any,
    visible_bias: Any,
    hidden_bias: Any,
    start: Any,
    steps: int,
    pinned: npt.ArrayLike | None = None,
    seed: int = 0,
    precision: str | None = None,
    backend: str | None = None,
    threads: int | None = None,
    *,
    update: int = 0,
    first_chain: int = 0,
    instruction_set: str | None = None,
) -> States:
    """Run Gibbs chains for some steps v → h → v.

    Parameters
    ----------
    weights : float32 array of shape (visible, hidden)
        W. NumPy, torch or CuPy; these arrays and ``start`` are all in host memory or all on one device.
    visible_bias, hidden_bias : float32 arrays of shape (visible,) and (hidden,)
        a and b.
    start : Haplotypes, or uint64 array of shape (chains, words)
        Visible states that the chains begin with (`random_start` makes some); a torch tensor is answered with tensors,
        device arrays are answered with such.
        Unit ``j`` is bit ``j % 64`` of word ``j // 64``; rows are padded with zeros to a multiple of 8 words, as
        `artgen_fast.haplotypes.pack` does (70 units have 8 words).
    steps : int
        At least 1.
    pinned : bool array of shape (visible,), optional
        Visible units that keep the states of ``start``, each chain its own.
    seed, update, first_chain : int
        Of the uniform numbers: ``update`` tells the calls of a training from one another, ``first_chain`` is the number
        of the first row, so that chains can be run in batches.
    precision : {"int8x2", "float32", "bf16"}, optional
        See `PRECISIONS`; default: `DEFAULT_PRECISION`.
    backend : {"compiled", "numba", "cuda", "reference"}, optional
        Used or refused; default: the best that can run here.
    threads : int, optional
        Default: the usable CPUs.
    instruction_set : str, optional
        Of the compiled backend (see ``artgen doctor``); used or refused.

    Returns
    -------
    States

    Raises
    ------
    InputError
        If an argument has the wrong dtype, shape or value, or a parameter is not finite.
    BackendUnavailableError
        If the requested backend cannot run here.

    Examples
    --------
    Two sites, the first pinned; the hidden unit passes its state on:

    >>> import numpy as np
    >>> from artgen_fast.haplotypes import pack
    >>> weights = np.float32([[40], [40]])
    >>> start = pack([[1, 0], [1, 0], [0, 0], [0, 0]])
    >>> states = sample(weights, np.float32([0, -20]), np.float32([-20]), start, 1, pinned=[True, False])
    >>> states.visible[:, 0].tolist()
    [3, 3, 0, 0]
    """
    parameters = checked_parameters(weights, visible_bias, hidden_bias, precision)
    states = _visible_states(start, parameters, "start")
    mask = _pinned_bits(pinned, parameters.n_visible, states.shape[1])
    run, arguments = _prepare(backend, instruction_set, threads, states)
    visible, hidden = run.sample(
        parameters,
        states,
        _in_range(steps, "steps", 1, 2**31 - 1),
        mask,
        require_seed(seed),
        _in_range(update, "update", 0, 2**32 - 1),
        _in_range(first_chain, "first_chain", 0, 2**32 - 1 - len(states)),
        *arguments,
    )
    return States(visible, hidden)


@in_kind("visible")
def hidden_probabilities(
    weights: Any,
    hidden_bias: Any,
    visible: Any,
    precision: str | None = None,
    backend: str | None = None,
    threads: int | None = None,
    *,
    instruction_set: str | None = None,
) -> Float32Array:
    """P(h = 1 | v) of each row, float32 of shape (rows, hidden).

    Parameters and errors are those of `sample`.

    Examples
    --------
    >>> import numpy as np
    >>> from artgen_fast.haplotypes import pack
    >>> hidden_probabilities(np.float32([[1], [2]]), np.float32([0]), pack([[0, 0]])).tolist()
    [[0.5]]
    """
    parameters = checked_parameters(weights, None, hidden_bias, precision)
    states = _visible_states(visible, parameters, "visible")
    run, arguments = _prepare(backend, instruction_set, threads, states)
    probabilities: Float32Array = run.hidden_probabilities(parameters, states, *arguments)
    return probabilities


@in_kind("visible")
def moments(
    weights: Any,
    hidden_bias: Any,
    visible: Any,
    precision: str | None = None,
    backend: str | None = None,
    threads: int | None = None,
    *,
    receptive_fields: npt.ArrayLike | None = None,
    instruction_set: str | None = None,
) -> Moments:
    """Means of v, of P(h = 1 | v) and of their products over rows of visible states.

    Half of a gradient: that of the likelihood is the difference between the moments of data and those of chains.
    Products are sums in float32 whatever the precision, which is that of the probabilities.

    Parameters and errors are those of `sample`; there must be at least one row.

    Parameters
    ----------
    receptive_fields : int array of shape (hidden, 2), optional
        For each hidden unit, the first visible unit that it is connected to and the one after the last. Products with
        others are 0, and the compiled backend spends no time on them.

    Examples
    --------
    >>> import numpy as np
    >>> from artgen_fast.haplotypes import pack
    >>> found = moments(np.zeros((2, 1), np.float32), np.float32([0]), pack([[0, 1], [0, 0]]))
    >>> found.visible.tolist(), found.hidden.tolist(), found.products.tolist()
    ([0.0, 0.5], [0.5], [[0.0], [0.25]])
    """
    parameters = checked_parameters(weights, None, hidden_bias, precision)
    states = _visible_states(visible, parameters, "visible")
    if not len(states):
        raise InputError("moments are means over rows; got no row.")
    run, arguments = _prepare(backend, instruction_set, threads, states)
    fields = _fields(receptive_fields, parameters)
    return Moments(*run.moments(parameters, states, fields, *arguments))


@in_kind("data", "start")
def contrast(
    weights: Any,
    visible_bias: Any,
    hidden_bias: Any,
    data: Any,
    start: Any,
    steps: int,
    pinned: npt.ArrayLike | None = None,
    seed: int = 0,
    precision: str | None = None,
    backend: str | None = None,
    threads: int | None = None,
    *,
    update: int = 0,
    receptive_fields: npt.ArrayLike | None = None,
    instruction_set: str | None = None,
) -> Contrast:
    """Run chains, and take the moments of data and of the chains: an update of a training in one call.

    The answers are those of `sample` and of twice `moments`, whose parameters and errors it has; the compiled backend
    lays the weights out once instead of three times.

    Examples
    --------
    >>> import numpy as np
    >>> weights, bias = np.float32([[40], [40]]), np.float32([-20])
    >>> start = random_start(4, 2)
    >>> found = contrast(weights, np.float32([-20, -20]), bias, start[:2], start, 3)
    >>> bool((found.data.visible == moments(weights, bias, start[:2]).visible).all())
    True
    """
    parameters = checked_parameters(weights, visible_bias, hidden_bias, precision)
    rows = _visible_states(data, parameters, "data")
    states = _visible_states(start, parameters, "start")
    if not len(rows) or not len(states):
        raise InputError(f"moments are means over rows; got {len(rows)} rows of data and {len(states)} chains.")
    mask = _pinned_bits(pinned, parameters.n_visible, states.shape[1])
    fields = _fields(receptive_fields, parameters)
    run, arguments = _prepare(backend, instruction_set, threads, states)
    numbers = (
        _in_range(steps, "steps", 1, 2**31 - 1),
        mask,
        require_seed(seed),
        _in_range(update, "update", 0, 2**32 - 1),
    )
    if hasattr(run, "contrast"):
        visible, hidden, of_data, of_chains = run.contrast(parameters, rows, states, *numbers, fields, *arguments)
    else:
        visible, hidden = run.sample(parameters, states, *numbers, 0, *arguments)
        of_data, of_chains = (run.moments(parameters, each, fields, *arguments) for each in (rows, visible))
    return Contrast(States(visible, hidden), Moments(*of_data), Moments(*of_chains))


def random_start(n_chains: int, n_visible: int, seed: int = 0, *, update: int = 0, first_chain: int = 0) -> UInt64Array:
    """Visible states from Bernoulli(1/2), by the same counter-based numbers as the chains.

    Parameters
    ----------
    n_chains, n_visible : int
    seed, update, first_chain : int
        As for `sample`.

    Returns
    -------
    uint64 array of shape (chains, words)
        Packed rows; the padding is 0.

    Examples
    --------
    >>> bool((random_start(5, 70, seed=3)[2:] == random_start(3, 70, seed=3, first_chain=2)).all())
    True
    """
    chains = _in_range(n_chains, "n_chains", 0, 2**31)
    first = _in_range(first_chain, "first_chain", 0, 2**32 - 1 - chains)
    units = _in_range(n_visible, "n_visible", 1, 2**31)
    bits = np.zeros((chains, words_for(units)), dtype=np.uint64)
    random_bits(bits, units, require_seed(seed), _in_range(update, "update", 0, 2**32 - 1), first)
    return bits


def _visible_states(value: Any, parameters: Parameters, name: str) -> UInt64Array:
    rows = packed_rows(value, name)
    _require_one_memory(parameters, rows.on_device, name)
    states: UInt64Array = rows.array
    n = parameters.n_visible
    stated = rows.n_sites if hasattr(value, "n_sites") else n
    if stated != n or states.shape[1] != words_for(n):
        raise InputError(
            f"{name} must hold a state for each of the {n} visible units, {words_for(n)} words a row; "
            f"got {stated} sites and {states.shape[1]} words. "
            + (
                "Pad the rows with zeros to so many words, as artgen_fast.haplotypes.pack(alleles) does."
                if stated == n and -(-n // BITS_PER_WORD) <= states.shape[1] < words_for(n)
                else "Take the sites that the machine was trained on."
            )
        )
    if has_padding_bits(states, n):
        raise InputError(f"{name} must have no bits beyond its {n} visible units; some are set. Clear them.")
    return states


def _require_one_memory(parameters: Parameters, on_device: bool, name: str) -> None:
    """Refuse some arguments in host memory and others on a device."""
    places = {name: on_device}
    for part in ("weights", "visible_bias", "hidden_bias"):
        places[part] = not isinstance(getattr(parameters, part), np.ndarray)
    if len(set(places.values())) > 1:
        host, device = (", ".join(part for part, there in places.items() if there == place) for place in (False, True))
        raise InputError(
            f"states and parameters must be in the same memory; got {host} on the host and {device} on a device. "
            "Copy them to one."
        )


def _pinned_bits(pinned: npt.ArrayLike | None, n_visible: int, words: int) -> UInt64Array | None:
    """The mask as a row of bits."""
    if pinned is None:
        return None
    if hasattr(pinned, "__cuda_array_interface__"):
        raise InputError("pinned must be in host memory, wherever the states are; got a device array. Copy it first.")
    mask = host_array(pinned, "pinned")
    if mask.shape != (n_visible,) or mask.dtype != np.bool_:
        raise InputError(
            f"pinned must be bool of shape ({n_visible},), one value a visible unit; got {mask.dtype} of shape "
            f"{mask.shape}."
        )
    bits = np.zeros(words * 8, dtype=np.uint8)
    in_bytes = np.packbits(mask, bitorder="little")
    bits[: len(in_bytes)] = in_bytes
    return bits.view("<u8").astype(np.uint64, copy=False)


def _fields(receptive_fields: npt.ArrayLike | None, parameters: Parameters) -> Int64Array | None:
    """First and one after the last visible unit of each hidden unit, checked."""
    if receptive_fields is None:
        return None
    fields = host_array(receptive_fields, "receptive_fields")
    n_visible, n_hidden = parameters.n_visible, parameters.n_hidden
    if fields.shape != (n_hidden, 2) or not np.issubdtype(fields.dtype, np.integer):
        raise InputError(
            f"receptive_fields must be whole numbers of shape ({n_hidden}, 2), two a hidden unit; got {fields.dtype} "
            f"of shape {fields.shape}."
        )
    begin, end = fields.T
    if (begin < 0).any() or (begin > end).any() or (end > n_visible).any():
        raise InputError(
            f"receptive_fields must begin and end, in this order, within 0 and {n_visible} visible units; some do not."
        )
    return np.ascontiguousarray(fields, np.int64)


def _in_range(value: Any, name: str, least: int, most: int) -> int:
    number = whole_number(value)
    if number is None or not least <= number <= most:
        raise InputError(f"{name} must be a whole number from {least} to {most}; got {value!r}.")
    return number


def _prepare(
    backend: str | None, instruction_set: str | None, threads: int | None, states: Any
) -> tuple[Any, tuple[str, int]]:
    return dispatch.prepare("gibbs", backend, instruction_set, threads, not isinstance(states, np.ndarray), BACKENDS)
