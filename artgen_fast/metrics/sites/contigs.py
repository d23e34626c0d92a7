"""Where the sites of a panel pass from one contig to the next: no linkage is looked for across such a border."""

from __future__ import annotations

import numpy as np

from artgen_fast.array_types import Int64Array
from artgen_fast.haplotypes import Sites


def contig_borders(sites: Sites) -> Int64Array:
    """Indices of the sites whose contig is not that of the site before, int64, ascending."""
    return sites.contig_bounds()[1:-1]


def contig_runs(sites: Sites) -> Int64Array:
    """Number of the run of sites of one contig that each site lies in, int64 of shape (sites,), from 0."""
    runs = np.zeros(len(sites), dtype=np.int64)
    runs[contig_borders(sites)] = 1
    return np.cumsum(runs)
