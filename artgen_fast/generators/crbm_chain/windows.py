"""The windows of sites that a chain of conditional machines is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import UInt64Array
from artgen_fast.errors import InputError
from artgen_fast.whole_numbers import whole_number

_WORD_BITS = 64


class Window(NamedTuple):
    """Sites [start, end) of one machine; those before ``first_generated`` are pinned: given, not generated.

    So are ``context`` sites, which lie before ``start``.
    """

    start: int
    first_generated: int
    end: int
    context: tuple[int, ...] = ()

    @property
    def n_pinned(self) -> int:
        """Number of sites that are given."""
        return len(self.context) + self.first_generated - self.start

    @property
    def n_sites(self) -> int:
        """Number of sites of the machine."""
        return len(self.context) + self.end - self.start

    def sites(self) -> slice | npt.NDArray[np.int64]:
        """The machine's sites, those that are given first."""
        if not self.context:
            return slice(self.start, self.end)
        return np.concatenate([np.array(self.context, dtype=np.int64), np.arange(self.start, self.end)])

    def record(self) -> dict[str, Any]:
        """What is kept of it beside its machine; `of_record` is its inverse."""
        # "generated" as in the models that there are.
        return {
            "start": self.start,
            "generated": self.first_generated,
            "end": self.end,
            "context": list(self.context),
        }

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> Window:
        """The window that was recorded."""
        return cls(record["start"], record["generated"], record["end"], tuple(record["context"]))


def windows_of(
    n_sites: int,
    step: int,
    pinned: int,
    first: int,
    context: int = 0,
    common: npt.NDArray[np.int64] | None = None,
) -> tuple[Window, ...]:
    """Windows that generate all sites, from left to right.

    The first one generates ``first`` sites with nothing given; each further one generates ``step`` sites, the last one
    what is left, given the ``pinned`` sites before them and, evenly spaced, ``context`` of the common sites before
    these (as many as there are).

    Parameters
    ----------
    n_sites, step, pinned, first, context : int
    common : int64 array, optional
        The sites that a context is taken from, ascending; default: all.

    Examples
    --------
    >>> windows_of(12, step=5, pinned=5, first=5)
    (Window(start=0, first_generated=0, end=5, context=()), Window(start=0, first_generated=5, end=10, context=()), \
Window(start=5, first_generated=10, end=12, context=()))
    """
    if common is None:
        common = np.arange(n_sites)
    windows = [Window(0, 0, min(first, n_sites))]
    while (first_generated := windows[-1].end) < n_sites:
        start = max(first_generated - pinned, 0)
        before = _evenly_spaced(common[: np.searchsorted(common, start)], context)
        windows.append(Window(start, first_generated, min(first_generated + step, n_sites), before))
    return tuple(windows)


def _evenly_spaced(sites: npt.NDArray[np.int64], n: int) -> tuple[int, ...]:
    """So many of the sites, or all of them: as far from each other as from the ends."""
    n = min(n, len(sites))
    return tuple(sites[(2 * np.arange(n) + 1) * len(sites) // (2 * n)].tolist()) if n else ()


def checked_sizes(step: Any, pinned: Any, first: Any, context: Any = 0) -> tuple[int, int, int, int]:
    """The sizes as int; raises InputError unless windows can have them."""
    return (
        _sites_from("step", step, 1),
        _sites_from("pinned", pinned, 1),
        _sites_from("first", first, 1),
        _sites_from("context", context, 0),
    )


def _sites_from(name: str, value: Any, least: int) -> int:
    number = whole_number(value)
    if number is None or number < least:
        raise InputError(f"{name} must be a whole number of sites, at least {least}; got {value!r}.")
    return number


def put(rows: UInt64Array, into: UInt64Array, offset: int) -> None:
    """OR packed rows into longer ones, from a site on.

    Parameters
    ----------
    rows : uint64 array of shape (rows, words)
    into : uint64 array of shape (rows, more words)
        Must have room for every bit of ``rows`` that is 1.
    offset : int
        Site of ``into`` that site 0 of ``rows`` is put at.
    """
    first, shift = divmod(offset, _WORD_BITS)
    words = min(rows.shape[1], into.shape[1] - first)
    into[:, first : first + words] |= rows[:, :words] << shift
    if shift:
        words = min(rows.shape[1], into.shape[1] - first - 1)
        into[:, first + 1 : first + 1 + words] |= rows[:, :words] >> (_WORD_BITS - shift)
