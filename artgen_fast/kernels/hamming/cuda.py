"""The Hamming kernel on an NVIDIA GPU, through CuPy: launches `hamming.cuh`, which NVRTC compiles at the first call.

Device arrays are searched where they are, on CuPy's current stream, and answered with device arrays. Host arrays are
copied to the current device and answered with host arrays. ``pruning`` changes no answer and is not used here.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import cupy
import numpy as np

from artgen_fast.errors import InputError

TILE_ROWS = 64
"""Queries that one block of threads owns, and targets that it takes at a time (HAMMING_TILE of the device code)."""

BLOCK_THREADS = (16, 16)
"""Threads of a block (HAMMING_SIDE_THREADS of the device code)."""

BLOCKS_PER_MULTIPROCESSOR = 4
"""Blocks to start for each multiprocessor at least, by sharing out the targets where there are few queries."""

INDEX_BITS = 32
NO_KEY = np.uint64(2**64 - 1)
_NULL = np.uint64(0)

_SOURCE = "hamming.cuh"


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
        keys = _search(queries, targets, Pairs.OTHER if exclude_self else Pairs.ALL, k)
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
            keys = _search(rows, rows, Pairs.LATER, 1, with_columns=True, with_counts=with_histogram)
            smallest, counts = cupy.minimum(keys.rows, keys.columns[:, None]), keys.counts
        else:
            # Atomics can keep one answer a target, not k: so each pair twice.
            keys = _search(rows, rows, Pairs.OTHER, k, with_counts=with_histogram)
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
        keys = _search(queries, targets, Pairs.ALL, 1, with_columns=True, with_counts=with_histogram)
        row_distances, row_indices, column_distances, column_indices, counts = answer(
            *_distances_and_indices(keys.rows[:, 0]), *_distances_and_indices(keys.columns), keys.counts
        )
    return row_distances, row_indices, column_distances, column_indices, counts


def histogram(queries: Any, targets: Any, instruction_set: str = "", threads: int = 1) -> Any:
    """Number of pairs at each distance 0 … 64·words; without targets, each unordered pair of queries once."""
    pairs = Pairs.LATER if targets is None else Pairs.ALL
    queries, targets, answer = _on_device(queries, queries if targets is None else targets)
    with queries.device:
        (counts,) = answer(_search(queries, targets, pairs, 0, with_counts=True).counts)
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
    queries: Any, targets: Any, pairs: Pairs, k: int, with_columns: bool = False, with_counts: bool = False
) -> _Keys:
    """Compare the pairs of one panel or two on the current device and stream."""
    n_queries, n_targets, words = queries.shape[0], targets.shape[0], queries.shape[1]
    query_tiles, target_tiles = -(-n_queries // TILE_ROWS), -(-n_targets // TILE_ROWS)
    column_keys = cupy.full(n_targets, NO_KEY, dtype=np.uint64) if with_columns else None
    counts = cupy.zeros(64 * words + 1, dtype=np.int64) if with_counts else None
    if not query_tiles or not target_tiles:
        return _Keys(cupy.full((n_queries, k), NO_KEY, dtype=np.uint64), column_keys, counts)
    wanted_blocks = BLOCKS_PER_MULTIPROCESSOR * cupy.cuda.Device().attributes["MultiProcessorCount"]
    shares = min(target_tiles, -(-wanted_blocks // query_tiles))
    row_keys = cupy.empty((shares, n_queries, k), dtype=np.uint64)
    _kernel()(
        (query_tiles, shares),
        BLOCK_THREADS,
        (
            queries,
            np.int64(n_queries),
            targets,
            np.int64(n_targets),
            np.int32(words),
            np.int32(pairs),
            np.int32(k),
            row_keys,
            _NULL if column_keys is None else column_keys,
            _NULL if counts is None else counts,
        ),
    )
    merged = row_keys[0] if shares == 1 else cupy.sort(row_keys.transpose(1, 0, 2).reshape(n_queries, -1), axis=1)
    return _Keys(merged[:, :k], column_keys, counts)


def _distances_and_indices(keys: Any) -> tuple[Any, Any]:
    distances = (keys >> np.uint64(INDEX_BITS)).astype(np.int32)
    return distances, (keys & np.uint64(2**INDEX_BITS - 1)).astype(np.int64)


@cache
def _kernel() -> Any:
    return cupy.RawModule(code=source_path().read_text("utf-8"), options=("--std=c++17",)).get_function(
        "hamming_search"
    )


def source_path() -> Path:
    """The device code: beside this module once installed, in ``csrc`` when run from the source tree."""
    installed = Path(__file__).with_name(_SOURCE)
    return installed if installed.exists() else Path(__file__).parents[3] / "csrc" / "hamming" / _SOURCE
