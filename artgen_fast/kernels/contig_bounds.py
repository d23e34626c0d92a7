"""Where the contigs of a panel begin and end, as an argument of kernels that never look across such a border."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.host_arrays import as_int64, host_array


def sites_of(*panels: Any) -> Sites | None:
    """The sites of the first of some panels of the same sites that is Haplotypes; None where all are arrays."""
    return next((panel.sites for panel in panels if isinstance(panel, Haplotypes)), None)


def bounds_or_contigs(bounds: npt.ArrayLike | None, sites: Sites | None, n_sites: int) -> Int64Array:
    """Bounds of contigs: those given, checked; without any those of the sites; without these one contig."""
    if bounds is not None:
        return checked_bounds(bounds, n_sites)
    return np.array([0, n_sites], dtype=np.int64) if sites is None else sites.contig_bounds()


def checked_bounds(bounds: npt.ArrayLike, n_sites: int, name: str = "bounds") -> Int64Array:
    """Bounds of contigs, checked: contig ``c`` holds the sites ``bounds[c]`` … ``bounds[c + 1] - 1``.

    Parameters
    ----------
    bounds : integer array of shape (contigs + 1,)
        Ascending, from 0 to the number of sites.
    n_sites : int
    name : str
        The argument's name, for the error.

    Raises
    ------
    InputError
        If they are anything else.
    """
    given = host_array(bounds, name)
    if (
        given.ndim != 1
        or given.dtype.kind not in "iu"
        or len(given) < 2
        or given[0] != 0
        or given[-1] != n_sites
        or np.any(given[1:] < given[:-1])
    ):
        raise InputError(
            f"{name} must be whole numbers that ascend from 0 to the number of sites ({n_sites}); "
            f"got {given.tolist()!s:.80}."
        )
    return as_int64(given, name)
