"""The windows of sites that a chain of conditional machines is made of."""

from __future__ import annotations

from typing import NamedTuple

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import UInt64Array

_WORD_BITS = 64


class Window(NamedTuple):
    """Sites [start, end) of one machine; those before ``generated`` are pinned: given, not generated."""

    start: int
    generated: int
    end: int

    @property
    def n_pinned(self) -> int:
        """Number of sites that are given."""
        return self.generated - self.start


def windows_of(n_sites: int, step: int, pinned: int, first: int) -> tuple[Window, ...]:
    """Windows that generate all sites, from left to right.

    The first one generates ``first`` sites with nothing given; each further one generates ``step`` sites, the last one
    what is left, given the ``pinned`` sites before them (as many as there are).

    Parameters
    ----------
    n_sites, step, pinned, first : int

    Examples
    --------
    >>> windows_of(12, step=5, pinned=5, first=5)
    (Window(start=0, generated=0, end=5), Window(start=0, generated=5, end=10), Window(start=5, generated=10, end=12))
    """
    windows = [Window(0, 0, min(first, n_sites))]
    while (generated := windows[-1].end) < n_sites:
        windows.append(Window(max(generated - pinned, 0), generated, min(generated + step, n_sites)))
    return tuple(windows)


def require_sizes(step: int, pinned: int, first: int) -> None:
    """Raise InputError unless windows can have these sizes."""
    for name, value in (("step", step), ("pinned", pinned), ("first", first)):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise InputError(f"{name} must be a whole number of sites, at least 1; got {value!r}.")


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
