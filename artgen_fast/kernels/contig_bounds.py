"""Where the contigs of a panel begin and end, as an argument of kernels that never look across such a border."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array
from artgen_fast.errors import InputError


def checked_bounds(bounds: npt.ArrayLike | None, n_sites: int) -> Int64Array:
    """Bounds of contigs, checked: contig ``c`` holds the sites ``bounds[c]`` … ``bounds[c + 1] - 1``.

    Parameters
    ----------
    bounds : integer array of shape (contigs + 1,), optional
        Ascending, from 0 to the number of sites; default: one contig.
    n_sites : int

    Raises
    ------
    InputError
        If they are anything else.
    """
    given = np.array([0, n_sites]) if bounds is None else np.asarray(bounds)
    if (
        given.ndim != 1
        or given.dtype.kind not in "iu"
        or len(given) < 2
        or given[0] != 0
        or given[-1] != n_sites
        or np.any(given[1:] < given[:-1])
    ):
        raise InputError(
            f"bounds must be whole numbers that ascend from 0 to the number of sites ({n_sites}); "
            f"got {given.tolist()!s:.80}."
        )
    return given.astype(np.int64)
