"""The panels on which searches are timed: real, simulated, and noise."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from artgen_fast.haplotypes import pack, words_for
from artgen_fast.whole_files import whole_file

Panel = npt.NDArray[np.uint64]

REPOSITORY = Path(__file__).resolve().parents[1]
SEED = 20231025


@dataclass(frozen=True, slots=True)
class Case:
    """Two panels of the same sites: truth (T) and synthetic (S), equally many rows."""

    name: str
    about: str
    n_sites: int
    panels: Callable[[int | None], tuple[Panel, Panel]]
    """From the most rows wanted (None: all) to T and S."""
    rows: int | None = None
    """Rows to cut to, for peers that cannot do more in reasonable time."""
    with_scikit_learn: bool = False


class CaseUnavailableError(RuntimeError):
    """The case's data is not on this machine."""


def real_and_mosaics(file: str, n_sites: int) -> Callable[[int | None], tuple[Panel, Panel]]:
    """The first sites of a panel of `shared/data`, and as many mosaics of its rows (kept as simulated panels are)."""

    def load(rows: int | None) -> tuple[Panel, Panel]:
        path = real_panel(file)
        with np.load(path) as archive:
            real = first_sites(archive["packed"][:rows], n_sites)
        return real, kept(f"mosaics_{path.stem}_{len(real)}x{n_sites}_seed{SEED}", lambda: mosaics(real, n_sites))

    return load


def real_panel(file: str) -> Path:
    """Where a panel of `shared/data` lies."""
    return real_file("panels", file)


def real_file(folder: str, file: str) -> Path:
    """Where a file of `shared/data` lies."""
    path = Path(os.environ.get("ARTGEN_FAST_DATA", REPOSITORY / ".." / "shared" / "data")) / folder / file
    if not path.exists():
        raise CaseUnavailableError(f"{path.name} is not here; set ARTGEN_FAST_DATA to the folder of real data")
    return path


def simulated(n_sites: int) -> Callable[[int | None], tuple[Panel, Panel]]:
    """Two halves of a simulated population, by person; kept in the user's cache folder."""

    def load(rows: int | None) -> tuple[Panel, Panel]:
        halves = kept(f"out_of_africa_10016x{n_sites}_seed{SEED}", simulate)[:, :rows]
        return np.ascontiguousarray(halves[0]), np.ascontiguousarray(halves[1])

    def simulate() -> npt.NDArray[np.uint64]:
        from artgen_fast.simulation import simulate_panel

        panel = simulate_panel(10_016, n_sites, seed=SEED)
        return np.stack([part.packed for part in panel.split_by_person([0.5, 0.5], seed=SEED)])

    return load


def noise(n_sites: int) -> Callable[[int | None], tuple[Panel, Panel]]:
    """Independent alleles of frequency ½: nothing can be pruned."""

    def load(rows: int | None) -> tuple[Panel, Panel]:
        rng = np.random.default_rng(SEED)
        n_bytes = -(-n_sites // 8)
        both = rng.integers(0, 256, (2, 5008 if rows is None else rows, n_bytes), dtype=np.uint8)
        return first_sites(both[0], n_sites), first_sites(both[1], n_sites)

    return load


def first_sites(packed_bytes: npt.NDArray[np.uint8], n_sites: int) -> Panel:
    """Pad rows of little-endian bits, cut to their first sites, to whole lines of words."""
    n_bytes = -(-n_sites // 8)
    rows = np.zeros((len(packed_bytes), words_for(n_sites) * 8), dtype=np.uint8)
    rows[:, :n_bytes] = packed_bytes[:, :n_bytes]
    if n_sites % 8:
        rows[:, n_bytes - 1] &= (1 << n_sites % 8) - 1
    return rows.view(np.uint64)


def mosaics(panel: Panel, n_sites: int, mean_stretch: int = 2000, error: float = 1e-3, seed: int = SEED) -> Panel:
    """Artificial rows that copy stretches of the panel's rows, with errors, as a good generator's would.

    Parameters
    ----------
    panel : uint64 array of shape (rows, words)
    n_sites : int
    mean_stretch : int
        Mean number of sites copied from one row.
    error : float
        Probability of a flipped allele.
    seed : int
    """
    rng = np.random.default_rng(seed)
    copies = np.empty_like(panel)
    site = np.arange(n_sites)
    for row in range(len(panel)):
        switches = np.cumsum(rng.random(n_sites) < 1 / mean_stretch)
        source = rng.integers(0, len(panel), switches[-1] + 1)[switches]
        words = panel[source, site // 64] >> (site % 64).astype(np.uint64) & np.uint64(1)
        copies[row] = pack((words.astype(bool) ^ (rng.random(n_sites) < error))[None])[0]
    return copies


def kept(name: str, make: Callable[[], npt.NDArray[np.uint64]]) -> npt.NDArray[np.uint64]:
    """An array that is made once and kept between runs in the user's cache folder, outside the repository."""
    folder = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "artgen_fast" / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.npy"
    if not path.exists():
        with whole_file(path) as partial:
            np.save(partial, make(), allow_pickle=False)
    array: npt.NDArray[np.uint64] = np.load(path, allow_pickle=False)
    return array


CHR1 = "kg1000_chr1_d1s1656_rephased.npz"
SEVEN_LOCI = "kg1000_7loci_rephased.npz"
LABELS = "kg1000_2504_population_labels.tsv"

CASES = {
    case.name: case
    for case in (
        Case("real-10000", "1000 Genomes chr1 window, SHAPEIT4 phase, and mosaics", 10_000,
             real_and_mosaics(CHR1, 10_000)),
        Case("real-65535", "1000 Genomes, seven joined windows, SHAPEIT4 phase, and mosaics", 65_535,
             real_and_mosaics(SEVEN_LOCI, 65_535)),
        Case("simulated-65535", "simulated, three populations out of Africa: two halves", 65_535, simulated(65_535)),
        Case("noise-10000", "independent alleles of frequency 1/2", 10_000, noise(10_000)),
        Case("noise-65535", "independent alleles of frequency 1/2", 65_535, noise(65_535)),
        Case("reduced-10000", "noise, few enough rows for scikit-learn", 10_000, noise(10_000), rows=500,
             with_scikit_learn=True),
    )
}  # fmt: skip
"""Every case by name, in the order in which they run."""
