"""The Hamming kernel on an NVIDIA GPU, through CuPy, which lets NVRTC compile its device code at the first call.

`hamming_tensor_cores.cuh` runs where the GPU multiplies matrices of bits, `hamming.cuh` elsewhere. Device arrays are
searched where they are, on CuPy's current stream, and answered with device arrays. Host arrays are copied to the
current device and answered with host arrays. ``pruning`` changes no answer and is not used here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cupy
import numpy as np

from artgen_fast.errors import BackendUnavailableError, InputError


@dataclass(frozen=True, slots=True)
class Code:
    """One way to search: its device code, and how it is launched."""

    source: str
    function: str
    query_rows: int
    """Of a tile, which a block of threads owns."""
    target_rows: int
    """Of the tiles that it goes through."""
    block: tuple[int, int]
    """Threads."""
    blocks_per_multiprocessor: int
    """To start at least, by sharing out the targets where there are few queries."""
    shared_memory: int
    """Bytes of it that are asked for at the launch."""
    least_major: int
    """Compute capability that it needs."""
    most_words: int
    """Of a row."""
    takes_ones: bool
    """Whether it is given the number of ones of each row."""


CODES = {
    "tensor_cores": Code(
        source="hamming_tensor_cores.cuh",
        function="hamming_search_by_tensor_cores",
        query_rows=128,
        target_rows=256,
        block=(256, 1),
        blocks_per_multiprocessor=8,  # one at a time, in eight turns, so that the last turn is a small part
        shared_memory=3 * (128 + 256) * 64 + 4 * 4096,
        least_major=8,
        most_words=(1 << 16) - 1,
        takes_ones=True,
    ),
    "population_count": Code(
        source="hamming.cuh",
        function="hamming_search",
        query_rows=64,
        target_rows=64,
        block=(16, 16),
        blocks_per_multiprocessor=4,
        shared_memory=0,
        least_major=0,
        most_words=(1 << 25) - 1,
        takes_ones=False,
    ),
}
"""By instruction set, best first. The numbers are those of constants of the device code."""

ONES_ROWS = 8
"""Rows whose ones a block of 256 threads counts."""

MOST_TARGETS = 1 << 24
"""Of one block, so that its counts fit 32 bits."""

INDEX_BITS = 32
NO_KEY = np.uint64(2**64 - 1)
_NULL = np.uint64(0)

_INCLUDED = "hamming.cuh"


class Pairs(IntEnum):
    """Which pairs are compared (HammingPairs of the device code)."""

    ALL = 0
    OTHER = 1
    """query ≠ target."""
    LATER = 2
    """query < target."""


class _Keys(NamedTuple):
    """Smallest keys, ``distance << 32 | index``, and counts."""

    rows: Any
    """uint64 of shape (queries, k), ascending."""
    columns: Any
    """uint64 of shape (targets,), or None."""
    counts: Any
    """int64 of shape (64·words + 1,), or None."""


def nearest(
    queries: Any,
    targets: Any,
    k: int,
    exclude_self: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Any, Any]:
    """The k nearest targets of each query: smallest distance first, then lowest index."""
    queries, targets, answer = _on_device(queries, targets)
    with queries.device:
        keys = _search(queries, targets, Pairs.OTHER if exclude_self else Pairs.ALL, k, instruction_set)
        distances, indices = answer(*_distances_and_indices(keys.rows))
    return distances, indices


def within(
    rows: Any,
    k: int,
    with_histogram: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Any, Any, Any]:
    """The k nearest other rows of each row, and the histogram if asked for."""
    rows, _, answer = _on_device(rows, rows)
    with rows.device:
        if k == 1:
            # Each pair once: it counts for its earlier row as a query and for its later one as a target.
            keys = _search(rows, rows, Pairs.LATER, 1, instruction_set, with_columns=True, with_counts=with_histogram)
            smallest, counts = cupy.minimum(keys.rows, keys.columns[:, None]), keys.counts
        else:
            # Atomics can keep one answer a target, not k: so each pair twice.
            keys = _search(rows, rows, Pairs.OTHER, k, instruction_set, with_counts=with_histogram)
            smallest, counts = keys.rows, None if keys.counts is None else keys.counts // 2
        distances, indices, histogram_ = answer(*_distances_and_indices(smallest), counts)
    return distances, indices, histogram_


def cross(
    queries: Any,
    targets: Any,
    with_histogram: bool,
    pruning: bool | None = None,
    instruction_set: str = "",
    threads: int = 1,
) -> tuple[Any, Any, Any, Any, Any]:
    """Nearest target of each query and nearest query of each target; the lowest index wins a tie."""
    queries, targets, answer = _on_device(queries, targets)
    with queries.device:
        keys = _search(queries, targets, Pairs.ALL, 1, instruction_set, with_columns=True, with_counts=with_histogram)
        row_distances, row_indices, column_distances, column_indices, counts = answer(
            *_distances_and_indices(keys.rows[:, 0]), *_distances_and_indices(keys.columns), keys.counts
        )
    return row_distances, row_indices, column_distances, column_indices, counts


def histogram(queries: Any, targets: Any, instruction_set: str = "", threads: int = 1) -> Any:
    """Number of pairs at each distance 0 … 64·words; without targets, each unordered pair of queries once."""
    pairs = Pairs.LATER if targets is None else Pairs.ALL
    queries, targets, answer = _on_device(queries, queries if targets is None else targets)
    with queries.device:
        (counts,) = answer(_search(queries, targets, pairs, 0, instruction_set, with_counts=True).counts)
    return counts


def _on_device(queries: Any, targets: Any) -> tuple[Any, Any, Callable[..., list[Any]]]:
    """Device arrays, and the function that brings answers to where the queries were."""
    if isinstance(queries, np.ndarray) and isinstance(targets, np.ndarray):
        on_device = cupy.asarray(queries)
        others = on_device if targets is queries else cupy.asarray(targets)
        return on_device, others, lambda *arrays: [None if one is None else cupy.asnumpy(one) for one in arrays]
    if queries.device != targets.device:
        raise InputError(
            f"queries and targets must be on the same device; got {queries.device} and {targets.device}. "
            "Copy one to the other's device."
        )
    return queries, targets, lambda *arrays: list(arrays)


def _search(
    queries: Any,
    targets: Any,
    pairs: Pairs,
    k: int,
    instruction_set: str,
    with_columns: bool = False,
    with_counts: bool = False,
) -> _Keys:
    """Compare the pairs of one panel or two on the current device and stream."""
    n_queries, n_targets, words = queries.shape[0], targets.shape[0], queries.shape[1]
    code = _code(instruction_set, words)
    query_tiles, target_tiles = -(-n_queries // code.query_rows), -(-n_targets // code.target_rows)
    column_keys = cupy.full(n_targets, NO_KEY, dtype=np.uint64) if with_columns else None
    counts = cupy.zeros(64 * words + 1, dtype=np.int64) if with_counts else None
    if not query_tiles or not target_tiles:
        return _Keys(cupy.full((n_queries, k), NO_KEY, dtype=np.uint64), column_keys, counts)
    query_side = _rows_and_ones(queries, code)
    target_side = query_side if targets is queries else _rows_and_ones(targets, code)
    wanted_blocks = code.blocks_per_multiprocessor * cupy.cuda.Device().attributes["MultiProcessorCount"]
    shares = min(target_tiles, max(-(-wanted_blocks // query_tiles), -(-n_targets // MOST_TARGETS)))
    row_keys = cupy.empty((shares, n_queries, k), dtype=np.uint64)
    search = _function(code.source, code.function)
    if code.shared_memory:
        search.max_dynamic_shared_size_bytes = code.shared_memory
    search(
        (query_tiles, shares),
        code.block,
        (
            *query_side,
            np.int64(n_queries),
            *target_side,
            np.int64(n_targets),
            np.int32(words),
            np.int32(pairs),
            np.int32(k),
            row_keys,
            _NULL if column_keys is None else column_keys,
            _NULL if counts is None else counts,
        ),
        shared_mem=code.shared_memory,
    )
    merged = row_keys[0] if shares == 1 else cupy.sort(row_keys.transpose(1, 0, 2).reshape(n_queries, -1), axis=1)
    return _Keys(merged[:, :k], column_keys, counts)


def instruction_sets() -> list[tuple[str, str]]:
    """Each instruction set, best first, and why it cannot run on the current device; empty where it can."""
    return [(name, _reason_against(code)) for name, code in CODES.items()]


def _reason_against(code: Code) -> str:
    major = cupy.cuda.Device().attributes["ComputeCapabilityMajor"]
    if major >= code.least_major:
        return ""
    return f"it needs a GPU of compute capability {code.least_major}.0 or later; this one has {major}.x"


def _code(instruction_set: str, words: int) -> Code:
    """The code that was asked for, or else the best one for rows of so many words on the current device."""
    if not instruction_set:
        return next(code for code in CODES.values() if words <= code.most_words and not _reason_against(code))
    code = CODES[instruction_set]
    reason = _reason_against(code)
    if words > code.most_words:
        reason = f"it takes at most {code.most_words:,} words a row; these have {words:,}"
    if reason:
        raise BackendUnavailableError(f"the instruction set '{instruction_set}' cannot run here: {reason}.")
    return code


def _rows_and_ones(rows: Any, code: Code) -> tuple[Any, ...]:
    """What a search is given of a panel: its rows, and the number of ones of each if the code takes them."""
    if not code.takes_ones:
        return (rows,)
    ones = cupy.empty(len(rows), dtype=np.int32)
    arguments = (rows, np.int64(len(rows)), np.int32(rows.shape[1]), ones)
    _function(code.source, "hamming_ones")((-(-len(rows) // ONES_ROWS), 1), code.block, arguments)
    return rows, ones


def _distances_and_indices(keys: Any) -> tuple[Any, Any]:
    distances = (keys >> np.uint64(INDEX_BITS)).astype(np.int32)
    return distances, (keys & np.uint64(2**INDEX_BITS - 1)).astype(np.int64)


@cache
def _function(source: str, name: str) -> Any:
    return cupy.RawModule(code=whole_source(source), options=("--std=c++17",)).get_function(name)


def whole_source(source: str) -> str:
    """The text of a file of device code, with that of the one which it includes in its place.

    CuPy keeps what it has compiled by the text that it is given: another text that was included would go unnoticed.
    """
    text, included = (source_path(name).read_text("utf-8") for name in (source, _INCLUDED))
    return text.replace(f'#include "{_INCLUDED}"', included)


def source_path(source: str) -> Path:
    """A file of device code: beside this module once installed, in ``csrc`` when run from the source tree."""
    installed = Path(__file__).with_name(source)
    return installed if installed.exists() else Path(__file__).parents[3] / "csrc" / "hamming" / source
