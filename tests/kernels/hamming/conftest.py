"""Panels on which a wrong tie, tail or no-op shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest

Panel = np.ndarray[tuple[int, int], np.dtype[np.uint64]]


@pytest.fixture(scope="session")
def panel() -> Callable[[str, int, int], Panel]:
    """Panels by kind, rows and words, the same at every call; read-only."""
    return _panel


@cache
def _panel(kind: str, rows: int, words: int) -> Panel:
    rng = np.random.default_rng([*kind.encode(), rows, words])
    n_sites = 64 * words
    match kind:
        case "noise":
            panel = rng.integers(0, 2**64, (rows, words), dtype=np.uint64)
        case "zeros":
            panel = np.zeros((rows, words), np.uint64)
        case "ones":
            panel = np.full((rows, words), 2**64 - 1, np.uint64)
        case "single bits":
            # One 1 a row, from the last site backwards: a word left out changes answers.
            alleles = np.zeros((rows, n_sites), bool)
            alleles[np.arange(rows), n_sites - 1 - (np.arange(rows) * 11) % n_sites] = True
            panel = _packed(alleles)
        case "rare":
            # Few distances are possible: almost every nearest neighbour is a tie.
            panel = _packed(rng.random((rows, n_sites)) < 1 / n_sites)
        case "copies":
            # Each of a few rows many times, in mixed order: ties at distance 0, with and without the row itself.
            panel = rng.integers(0, 2**64, (-(-rows // 3), words), dtype=np.uint64)[
                rng.integers(0, -(-rows // 3), rows)
            ]
        case "mosaic":
            # As in people: rows copy stretches of a few ancestors, at sites of which most are rare.
            ancestors = rng.random((12, n_sites)) < rng.beta(0.15, 1, n_sites)
            switches = rng.random((rows, n_sites)) < 8 / n_sites
            copied = (rng.integers(0, 12, (rows, 1)) + np.cumsum(switches, axis=1) * 5) % 12
            panel = _packed(ancestors[copied, np.arange(n_sites)] ^ (rng.random((rows, n_sites)) < 0.002))
        case _:
            raise ValueError(kind)
    panel.flags.writeable = False
    return panel


def _packed(alleles: np.ndarray[Any, np.dtype[np.bool_]]) -> Panel:
    return np.packbits(alleles, axis=1, bitorder="little").view(np.uint64)
