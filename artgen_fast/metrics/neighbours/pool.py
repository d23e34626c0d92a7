"""The rows of two panels in one pool, with the nearest rows of each: ties and all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import BoolArray, Int64Array, UInt8Array, UInt64Array
from artgen_fast.kernels import hamming
from artgen_fast.metrics.panels.identical_rows import identical_classes

POOL_NEIGHBOURS = 4
"""Neighbours of each row in the pool: the longest chain, of 5, has visited 3 others of a row's 4 nearest at most."""

MOST_TIED = 64
"""Most classes of equally near rows that are kept of a row. Where all of them have one label, which they hardly have by
chance, the row's distances are computed again."""

_NOBODY = np.iinfo(np.int64).max
_TIED_PER_BLOCK = 1 << 23
_WORDS_PER_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class NearestClasses:
    """The rows at the least distance of each row of a pool, as classes of rows that are identical.

    Attributes
    ----------
    class_of_row : int64 array of shape (rows,)
        Numbered from 0 by first appearance.
    has_twin : bool array of shape (rows,)
        Whether another row is identical: the nearest rows are the others of its class then.
    tied : int64 array
        The nearest classes of each row, one row after the other; of more than 64 that are equally near, the first 64.
    first_tied : int64 array of shape (rows,)
        Where those of each row begin.
    has_more : bool array of shape (rows,)
        Whether more are equally near.
    packed : uint64 array of shape (classes, words)
        A row of each class; none of them where no row has more.
    """

    class_of_row: Int64Array
    has_twin: BoolArray
    tied: Int64Array
    first_tied: Int64Array
    has_more: BoolArray
    packed: UInt64Array

    def halves_agreeing(self, labels: BoolArray) -> UInt8Array:
        """Whether the nearest rows of each row have its label.

        Parameters
        ----------
        labels : bool array of shape (..., rows)

        Returns
        -------
        uint8 array of shape (..., rows)
            2 where all of them have it, 0 where none has, 1 where they have both labels.
        """
        by_class = np.argsort(self.class_of_row, kind="stable")
        sizes = np.bincount(self.class_of_row)
        first_rows = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        rows = np.add.reduceat(sizes[self.tied], self.first_tied) - self.has_twin
        relabelled = labels.reshape(-1, labels.shape[-1])
        halves = np.empty(relabelled.shape, dtype=np.uint8)
        block = max(1, _TIED_PER_BLOCK // len(self.tied))
        for start in range(0, len(relabelled), block):
            part, found = relabelled[start : start + block], halves[start : start + block]
            labelled = np.add.reduceat(part[:, by_class].astype(np.int32), first_rows, axis=1)
            nearest = np.add.reduceat(labelled[:, self.tied], self.first_tied, axis=1)
            found[:] = _halves(part, nearest - (part & self.has_twin), rows)
            for row in np.flatnonzero(self.has_more & np.any(found != 1, axis=0)):
                tied = _as_near(self.packed, self.class_of_row[row], self.tied[self.first_tied[row]])
                found[:, row] = _halves(part[:, row], labelled[:, tied].sum(axis=1), sizes[tied].sum())
        return halves.reshape(labels.shape)


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Two panels of n rows each, shuffled together, with the neighbours of every row.

    Where only one row can be the nearest, ties go to the lowest index of the shuffled pool, so they favour neither
    panel; listing one panel before the other would.

    Attributes
    ----------
    order : int64 array of shape (2n,)
        Which row each row of the pool is, of the two cuts laid end to end.
    is_real : bool array of shape (2n,)
        Whether a row of the pool comes from the first panel.
    units : int64 array of shape (2n,)
        Sampling unit of each row; those of the second panel follow those of the first.
    indices : int64 array of shape (2n, k)
        The k nearest other rows, by distance, then index; k = 4, or fewer in a pool of fewer than 5 rows.
    nearest : NearestClasses
        All that are equally near.
    """

    order: Int64Array
    is_real: BoolArray
    units: Int64Array
    indices: Int64Array
    nearest: NearestClasses


def pool_neighbours(
    packed: UInt64Array, backend: str | None = None, threads: int | None = None
) -> tuple[Int64Array, NearestClasses]:
    """The nearest other rows of each row of a pool: the first few, and all that are equally near.

    Only one row of those that are identical is searched for.

    Parameters
    ----------
    packed : uint64 array of shape (rows, words)
        At least two rows.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.

    Returns
    -------
    indices : int64 array of shape (rows, k)
        By distance, then index; k = 4, or rows - 1 if that is less.
    nearest : NearestClasses
    """
    rows = len(packed)
    class_of_row, first_rows = identical_classes(packed)
    classes = len(first_rows)
    found = min(POOL_NEIGHBOURS, classes - 1)
    distances, near = np.zeros((classes, 0), dtype=np.int32), np.zeros((classes, 0), dtype=np.int64)
    if found:
        within = hamming.within(packed[first_rows], k=found, backend=backend, threads=threads)
        distances, near = within.distances, within.indices
    return (
        _first_rows(class_of_row, distances, near, min(POOL_NEIGHBOURS, rows - 1)),
        _nearest_classes(packed[first_rows], class_of_row, distances, near),
    )


def _nearest_classes(
    packed: UInt64Array, class_of_row: Int64Array, distances: npt.NDArray[np.int32], near: Int64Array
) -> NearestClasses:
    has_twin = np.bincount(class_of_row)[class_of_row] > 1
    tied = distances[class_of_row] == distances[class_of_row, :1]
    # Where all that were found are equally near, others may be, too.
    crowded = ~has_twin & tied.all(axis=1) & (distances.shape[1] < len(packed) - 1)
    # One column more, for the class itself.
    own = np.concatenate([has_twin[:, None], tied & ~has_twin[:, None]], axis=1)
    candidates = np.concatenate([class_of_row[:, None], near[class_of_row]], axis=1)
    counts, has_more, of_crowded = own.sum(axis=1), np.zeros(len(own), dtype=bool), [np.empty(0, dtype=np.int64)]
    for row in np.flatnonzero(crowded):
        all_tied = _as_near(packed, class_of_row[row], near[class_of_row[row], 0])
        of_crowded.append(all_tied[:MOST_TIED].copy())
        counts[row], has_more[row] = len(of_crowded[-1]), len(all_tied) > MOST_TIED
    kept = np.empty(int(counts.sum()), dtype=np.int64)
    is_crowded = np.repeat(crowded, counts)
    kept[~is_crowded] = candidates[own & ~crowded[:, None]]
    kept[is_crowded] = np.concatenate(of_crowded)
    # A pool is kept for long: without the rows of its classes, where none of them is needed again.
    needed = packed if has_more.any() else np.empty((0, packed.shape[1]), dtype=np.uint64)
    return NearestClasses(class_of_row, has_twin, kept, np.cumsum(counts) - counts, has_more, needed)


def _as_near(packed: UInt64Array, row: int, other: int) -> Int64Array:
    """The rows that are as far from a row as another one is, ascending."""
    distance = np.bitwise_count(packed[row] ^ packed[other]).sum()
    block = max(1, _WORDS_PER_BLOCK // packed.shape[1])
    parts = [packed[start : start + block] for start in range(0, len(packed), block)]
    return np.flatnonzero(
        np.concatenate([np.bitwise_count(part ^ packed[row]).sum(axis=1) == distance for part in parts])
    )


def _halves(labels: BoolArray, nearest: npt.NDArray[np.integer], rows: Int64Array | np.int64) -> UInt8Array:
    """`NearestClasses.halves_agreeing`, from how many of the nearest rows are labelled and how many there are."""
    alike = np.where(labels, nearest, rows - nearest)
    halves: UInt8Array = (alike > 0).astype(np.uint8) + (alike == rows)
    return halves


def _first_rows(class_of_row: Int64Array, distances: npt.NDArray[np.int32], near: Int64Array, k: int) -> Int64Array:
    """The k nearest rows from the nearest classes: of the same distance, the lowest indices of all their rows."""
    rows, classes = len(class_of_row), len(distances)
    by_class = np.argsort(class_of_row, kind="stable")
    sizes = np.bincount(class_of_row)
    first = np.cumsum(sizes) - sizes
    # Of a class no more than k rows, and the row itself, can be wanted.
    place = np.arange(k + 1)
    members = np.where(place < sizes[:, None], by_class[np.minimum(first[:, None] + place, rows - 1)], rows)
    distance_of = np.concatenate([np.zeros((classes, 1), dtype=np.int64), distances], axis=1)
    candidates = np.concatenate([np.arange(classes)[:, None], near], axis=1)
    keys = (distance_of[:, :, None] * (rows + 1) + members[candidates]).reshape(classes, -1)
    keys[(members[candidates] == rows).reshape(classes, -1)] = _NOBODY
    keys.sort(axis=1)
    of_row = keys[class_of_row, : k + 1]
    of_row = np.where(of_row == np.arange(rows)[:, None], _NOBODY, of_row)  # itself, at distance 0
    of_row.sort(axis=1)
    indices: Int64Array = of_row[:, :k] % (rows + 1)
    return indices
