"""Which sites a hidden unit is connected to, where it is not to all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from artgen_fast.array_types import Int64Array
from artgen_fast.kernels.gibbs.reference import outside


class Connections(NamedTuple):
    """Pairs of a site and a hidden unit that have a weight, and those that have none."""

    fields: Int64Array | None
    """For each hidden unit, its first site and the one after its last, of shape (hidden, 2), as the Gibbs kernel takes
    them; None where it has a weight to sites elsewhere, too."""
    missing: torch.Tensor
    """Where there is none, bool of shape (visible, hidden)."""


def local_connections(n_visible: int, n_hidden: int, width: int | None, n_context: int = 0) -> Connections | None:
    """Those of `receptive_fields`; None without a width: then there are all.

    Every hidden unit sees the first ``n_context`` sites, which are not neighbours of the others, and some of these.
    """
    if width is None:
        return None
    fields = n_context + receptive_fields(n_visible - n_context, n_hidden, width)
    missing = outside(fields, n_visible)
    missing[:n_context] = False
    return Connections(None if n_context else fields, torch.from_numpy(missing))


def receptive_fields(n_visible: int, n_hidden: int, width: int) -> Int64Array:
    """Fields of one width, evenly spaced so that every site is in as many as any other, give or take one.

    The outer fields are cut at the ends of the sites: a width of all sites does not connect all. Hidden units are in
    the order of their fields, so that the Gibbs kernel, which takes them in blocks, can leave out what a block is not
    connected to.

    Parameters
    ----------
    n_visible, n_hidden : int
        Sites and hidden units.
    width : int
        Sites of a field that is not cut.

    Returns
    -------
    int64 array of shape (hidden, 2)
        For each hidden unit, its first site and the one after its last.

    Examples
    --------
    >>> receptive_fields(100, 4, 40).tolist()
    [[0, 18], [13, 53], [47, 87], [82, 100]]
    """
    # From 1 on, where a field has the first site only, there are so many places for the end of one with any site.
    places = n_visible + width - 1
    ends = 1 + (2 * np.arange(n_hidden, dtype=np.int64) + 1) * places // (2 * n_hidden)
    return np.clip(np.stack([ends - width, ends], axis=1), 0, n_visible)
