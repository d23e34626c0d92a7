"""The pair-counts kernel on an NVIDIA GPU, through CuPy: launches `pair_counts.cuh`, which NVRTC compiles at first use.

A panel on a device is read where it is, on CuPy's current stream, and answered with device arrays. A panel on the host
is copied to the current device and answered with host arrays. Indices, groups and edges may be on the host either way.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import cupy
import numpy as np

from artgen_fast.kernels.pair_counts.varying_pairs import varying_pairs

THREADS = 256
"""Threads of a block, and of its sites, pairs or windows (PAIR_COUNTS_THREADS of the device code)."""

PAIR_THREADS = 16
"""Threads of a sampled pair (PAIR_COUNTS_PAIR_THREADS of the device code)."""

TURNED_WORDS = 4
"""Words of the rows that a block transposes (PAIR_COUNTS_TURNED_WORDS of the device code)."""

TILE_SITES = 64
"""Sites whose pairs with as many others a block goes through at a time (PAIR_COUNTS_TILE of the device code)."""

TILE_THREADS = (16, 16)
"""Threads of a block for a tile of pairs (PAIR_COUNTS_SIDE_THREADS of the device code)."""

ROW_SHARES = 64
"""Blocks among which the rows of a panel are shared out."""

MOST_SHARES = 65_535
"""Most blocks in y that a launch may have."""

_SOURCE = "pair_counts.cuh"


def transpose(rows: Any, n_columns: int, row_of_bit: Any, instruction_set: str = "", threads: int = 1) -> Any:
    """Columns as rows: bit ``b`` of row ``j`` is bit ``j`` of row ``row_of_bit[b]``, or 0 where that is -1."""
    rows, answer = _on_device(rows)
    words, out_words = rows.shape[1], len(row_of_bit) // 64
    with rows.device:
        bits = cupy.empty((n_columns, out_words), dtype=np.uint64)
        grid = (_blocks(-(-n_columns // 64), TURNED_WORDS), min(out_words, MOST_SHARES))
        arguments = (rows, np.int64(words), np.int64(n_columns), _indices(row_of_bit), bits, np.int64(out_words))
        _launch("transpose", grid, arguments)
        return answer(bits)


def allele_counts(rows: Any, n_sites: int, instruction_set: str = "", threads: int = 1) -> Any:
    """Rows that have a 1 at each site."""
    rows, answer = _on_device(rows)
    n_rows, words = rows.shape
    with rows.device:
        counts = cupy.zeros(n_sites, dtype=np.int64)
        grid = (_blocks(n_sites, THREADS), min(n_rows, ROW_SHARES))
        _launch("allele_counts", grid, (rows, np.int64(n_rows), np.int64(words), np.int64(n_sites), counts))
        return answer(counts)


def site_counts(bits: Any, group_words: Any, instruction_set: str = "", threads: int = 1) -> Any:
    """Ones of each site in each group of words, int32 of shape (sites, groups)."""
    every_site = np.arange(len(bits))
    return joint_counts(bits, group_words, every_site, every_site, None)


def joint_counts(
    bits: Any,
    group_words: Any,
    first: Any,
    second: Any,
    third: Any,
    instruction_set: str = "",
    threads: int = 1,
) -> Any:
    """Ones that the two or three sites share in each group, int32 of shape (pairs or triplets, groups)."""
    bits, answer = _on_device(bits)
    n_tuples, n_groups = len(first), len(group_words) - 1
    with bits.device:
        counts = cupy.empty((n_tuples, n_groups), dtype=np.int32)
        first, second = _indices(first), _indices(second)
        # What a pair shares with its second site is what the pair shares.
        tuples = (first, second, second if third is None else _indices(third), np.int64(n_tuples))
        words = (np.int64(bits.shape[1]), _indices(group_words), np.int64(n_groups))
        _launch("joint_counts", (_blocks(n_tuples * n_groups, THREADS), 1), (bits, *words, *tuples, counts))
        return answer(counts)


def r2(
    bits: Any,
    counts: Any,
    n_haplotypes: int,
    first: Any,
    second: Any,
    instruction_set: str = "",
    threads: int = 1,
) -> Any:
    """r² of pairs of sites: D² / (p(1 - p) q(1 - q)), from whole numbers; NaN where a site is fixed."""
    bits, answer = _on_device(bits)
    n_pairs = len(first)
    with bits.device:
        values = cupy.empty(n_pairs, dtype=np.float64)
        panel = (bits, np.int64(bits.shape[1]), _indices(counts), np.int64(n_haplotypes))
        pairs = (_indices(first), _indices(second), np.int64(n_pairs))
        _launch("r2", (_blocks(n_pairs * PAIR_THREADS, THREADS), 1), (*panel, *pairs, values))
        return answer(values)


def r2_matrix(bits: Any, counts: Any, n_haplotypes: int, instruction_set: str = "", threads: int = 1) -> Any:
    """r² of every pair of sites, float64 of shape (sites, sites)."""
    bits, answer = _on_device(bits)
    with bits.device:
        values = cupy.empty((len(bits), len(bits)), dtype=np.float64)
        _launch_tiles("r2_matrix", bits, counts, n_haplotypes, values)
        return answer(values)


def r2_sums(
    bits: Any, counts: Any, n_haplotypes: int, edges: Any, instruction_set: str = "", threads: int = 1
) -> tuple[Any, Any]:
    """Sum of r² in units of 2⁻³⁰, and number of pairs, over the pairs of different sites of each two bins of sites.

    Bin ``b`` holds the sites ``edges[b]`` … ``edges[b + 1] - 1``. Each pair counts once, in both triangles. Pairs with
    a fixed site count in neither.
    """
    bits, answer = _on_device(bits)
    n_bins = len(edges) - 1
    bins = np.repeat(np.arange(n_bins), np.diff(edges))
    with bits.device:
        sums = cupy.zeros((n_bins, n_bins), dtype=np.int64)
        _launch_tiles("r2_sums", bits, counts, n_haplotypes, _indices(bins), np.int64(n_bins), sums)
        pairs = cupy.asarray(varying_pairs(cupy.asnumpy(counts), n_haplotypes, edges))
        return answer(sums + cupy.triu(sums, 1).T), answer(pairs)


def motif_counts(
    rows: Any,
    k: int,
    first_window: int,
    n_windows: int,
    rows_by_group: Any,
    group_ends: Any,
    instruction_set: str = "",
    threads: int = 1,
) -> Any:
    """Rows of each group with each motif, int32 of shape (windows, groups, 2ᵏ).

    Window ``w`` holds the sites ``k·w`` … ``k·w + k - 1``; a motif's first site is its lowest bit. The rows
    ``rows_by_group[group_ends[g - 1]:group_ends[g]]`` are those of group ``g``.
    """
    rows, answer = _on_device(rows)
    n_groups = len(group_ends)
    group_of_position = np.repeat(np.arange(n_groups), np.diff(group_ends, prepend=0))
    with rows.device:
        counts = cupy.zeros((n_windows, n_groups, 1 << k), dtype=np.int32)
        windows = (np.int32(k), np.int64(first_window), np.int64(n_windows))
        groups = (_indices(rows_by_group), _indices(group_of_position), np.int64(len(rows)), np.int64(n_groups))
        grid = (_blocks(n_windows, THREADS), min(len(rows), ROW_SHARES))
        _launch("motif_counts", grid, (rows, np.int64(rows.shape[1]), *windows, *groups, counts))
        return answer(counts)


def _on_device(panel: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The panel on a device, and the function that brings an answer to where the panel was."""
    if isinstance(panel, np.ndarray):
        return cupy.asarray(panel), cupy.asnumpy
    return panel, lambda array: array


def _indices(array: Any) -> Any:
    """Whole numbers on the current device, int64."""
    return cupy.asarray(array, dtype=np.int64)


def _blocks(n_items: int, block: int) -> int:
    return -(-n_items // block)


def _launch_tiles(name: str, bits: Any, counts: Any, n_haplotypes: int, *others: Any) -> None:
    """Go through the pairs of sites in tiles."""
    n_sites, words = bits.shape
    tiles = _blocks(n_sites, TILE_SITES)
    panel = (bits, np.int64(n_sites), np.int64(words), _indices(counts), np.int64(n_haplotypes))
    _launch(name, (tiles, min(tiles, MOST_SHARES)), (*panel, *others), TILE_THREADS)


def _launch(
    name: str, grid: tuple[int, int], arguments: tuple[Any, ...], block: tuple[int, int] = (THREADS, 1)
) -> None:
    if all(grid):
        _module().get_function(f"pair_counts_{name}")(grid, block, arguments)


@cache
def _module() -> Any:
    return cupy.RawModule(code=source_path().read_text("utf-8"), options=("--std=c++17",))


def source_path() -> Path:
    """The device code: beside this module once installed, in ``csrc`` when run from the source tree."""
    installed = Path(__file__).with_name(_SOURCE)
    return installed if installed.exists() else Path(__file__).parents[3] / "csrc" / "pair_counts" / _SOURCE
