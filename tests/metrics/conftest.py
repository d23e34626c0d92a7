"""Panels, and the same statistics computed the slow way: from all distances at once, without the package's kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from artgen_fast import io
from artgen_fast.haplotypes import Haplotypes, Sites


@pytest.fixture(scope="session")
def panels(real_data: Path) -> Callable[[str], Haplotypes]:
    """Read a real panel by its file's name."""

    @cache
    def read(name: str) -> Haplotypes:
        return io.read(real_data / "panels" / f"{name}.npz")

    return read


class BruteForce:
    """Distances, halves, accuracies and chains from dense tables."""

    @staticmethod
    def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        """Hamming distances of alleles by matrix products, int16 (exact: all sums are below 2²⁴)."""
        table = np.empty((len(first), len(second)), dtype=np.int16)
        b = second.astype(np.float32)
        for start in range(0, len(first), 512):
            a = first[start : start + 512].astype(np.float32)
            table[start : start + 512] = a.sum(1)[:, None] + b.sum(1) - 2 * (a @ b.T)
        return table

    @staticmethod
    def halves(pool: np.ndarray, is_real: np.ndarray) -> dict[str, float]:
        """Strict and half-tie halves of AA_TS from the pool's distances, a row's distance to itself left out."""
        far = np.iinfo(pool.dtype).max
        apart = pool.copy()
        np.fill_diagonal(apart, far)
        result = {}
        for half, own in (("truth", is_real), ("syn", ~is_real)):
            to_own = apart[np.ix_(own, own)].min(axis=1)
            to_other = apart[np.ix_(own, ~own)].min(axis=1)
            result[half] = np.mean(to_other > to_own)
            result[f"{half}_tie_rate"] = np.mean(to_other == to_own)
            result[f"{half}_half_tie"] = result[half] + result[f"{half}_tie_rate"] / 2
        for whole, half in (("value", "{}"), ("tie_rate", "{}_tie_rate"), ("half_tie", "{}_half_tie")):
            result[whole] = (result[half.format("truth")] + result[half.format("syn")]) / 2
        return result

    @staticmethod
    def one_nn(pool: np.ndarray, is_real: np.ndarray) -> tuple[float, float]:
        """Leave-one-out 1-NN accuracy on real and generated rows; labels among all nearest rows vote, both count ½."""
        apart = pool.copy()
        np.fill_diagonal(apart, np.iinfo(pool.dtype).max)
        nearest = apart == apart.min(axis=1, keepdims=True)
        some_real, some_generated = nearest[:, is_real].any(axis=1), nearest[:, ~is_real].any(axis=1)
        right = np.where(is_real, some_real, some_generated)
        wrong = np.where(is_real, some_generated, some_real)
        credit = np.where(right & wrong, 0.5, right)
        return credit[is_real].mean(), credit[~is_real].mean()

    @staticmethod
    def chains(pool: np.ndarray, is_real: np.ndarray, size: int) -> dict[str, float]:
        """Share of each label pattern: every step goes to the nearest unvisited row, on ties the first one."""
        far = np.iinfo(pool.dtype).max
        counts: dict[str, float] = {}
        for start in range(0, len(pool), 500):
            starts = np.arange(start, min(start + 500, len(pool)))
            visited = [starts]
            for _ in range(size - 1):
                rows = pool[visited[-1]].copy()
                for earlier in visited:
                    rows[np.arange(len(starts)), earlier] = far
                visited.append(rows.argmin(axis=1))
            for chain in np.stack(visited, axis=1):
                pattern = "".join("T" if is_real[row] else "S" for row in chain)
                counts[pattern] = counts.get(pattern, 0) + 1
        return {pattern: count / len(pool) for pattern, count in counts.items()}


@pytest.fixture(scope="session")
def brute_force() -> type[BruteForce]:
    return BruteForce


@pytest.fixture(scope="session")
def spaced_halves(
    founders_panel: Haplotypes, without_persons: Callable[[Haplotypes], Haplotypes]
) -> tuple[Haplotypes, Haplotypes]:
    """Two halves of the founders' panel, sites 150 base pairs apart; the second one's rows belong to nobody."""
    spaced = Sites.from_columns(np.arange(1, 301) * 150, contig="1")
    panel = Haplotypes(founders_panel.packed, 300, spaced, founders_panel.samples)
    half, other = panel.split_by_person([0.5, 0.5], seed=0)
    return half, without_persons(other)
