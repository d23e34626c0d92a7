"""Fixtures that several test folders share."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, Samples

# Shells start jobs in the background with SIGINT ignored, and every process that the tests start would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real panels; tests that use it carry the marker `real_data`."""
    folder = Path(os.environ.get("ARTGEN_FAST_DATA", Path(__file__).parents[1] / ".." / "shared" / "data")).resolve()
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"real data is required in CI; {folder} does not exist (ARTGEN_FAST_DATA)")
        pytest.skip(f"real data is not here: {folder} does not exist (ARTGEN_FAST_DATA)")
    return folder


@pytest.fixture(scope="session")
def founders_panel() -> Haplotypes:
    """240 persons whose haplotypes are mosaics of 40 founders: linked sites, few exact ties, no simulation needed."""
    rng = np.random.default_rng(7)
    frequencies = rng.beta(0.4, 1.2, size=300)
    founders = rng.random((40, 300)) < frequencies
    switches = rng.random((480, 300)) < 0.03
    switches[:, 0] = True
    segment = np.cumsum(switches, axis=1) - 1
    sources = rng.integers(40, size=(480, segment.max() + 1))
    mosaic = founders[np.take_along_axis(sources, segment, axis=1), np.arange(300)]
    return Haplotypes.from_alleles(mosaic, samples=Samples.from_persons([f"P{i}" for i in range(240)]))


@pytest.fixture(scope="session")
def without_persons() -> Callable[[Haplotypes], Haplotypes]:
    """The same bits as rows that belong to nobody, as a generator gives them."""

    def strip(panel: Haplotypes) -> Haplotypes:
        return Haplotypes(panel.packed.copy(), panel.n_sites, panel.sites, Samples.synthetic(len(panel)))

    return strip
