"""plink 1.9, a program of its own, as the time of its LD alone.

It has no sampled pairs: it is given a window of neighbours of every site, which keeps its sites in the cache. A second
run with a window of nearest neighbours alone starts, reads and writes as much; the difference of the two is taken.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import whole_process
from rounds import Entry, Truth

from pair_counts_contenders.workload import Workload, blocks

NEAREST = 2
"""--ld-window of neighbours alone: each site and the next."""

SITES_CHECKED = 400
ROUNDING = 1e-12
"""r² is of the same whole numbers as ours, divided in double precision in another order."""

_SITES_AT_A_TIME = 4096
_MAGIC = bytes([0x6C, 0x1B, 0x01])


def executable() -> str | None:
    """Path of plink 1.9; `apt install plink1.9` names it so."""
    return shutil.which("plink1.9")


def entries(work: Workload) -> Iterator[Entry]:
    """Persons with two haplotypes each, as plink is meant to be used, and one homozygous person a haplotype.

    r² of genotypes is not that of haplotypes; with homozygous persons it is.
    """
    printed = subprocess.run([str(executable()), "--version"], capture_output=True, text=True, check=True).stdout
    version, n_sites = printed.split()[1], work.panel.n_sites
    window = NEAREST + -(-work.n_pairs // n_sites)
    for name, persons, homozygous in (
        ("plink genotypes", "genotypes of half as many persons", False),
        ("plink haplotypes", "homozygous persons, one a haplotype", True),
    ):
        prefix = work.folder / name.replace(" ", "_")
        write(prefix, work, homozygous)
        yield Entry(
            name,
            version,
            lambda prefix=prefix: seconds(prefix, window, work.threads) - seconds(prefix, NEAREST, work.threads),
            lambda _, prefix=prefix: square(prefix, min(SITES_CHECKED, n_sites)),
            Truth(expected(work, homozygous), ROUNDING),
            units=pairs_within(n_sites, window) - pairs_within(n_sites, NEAREST),
            seconds=float,
            about=f"r² of {persons}, of each site with its next {window - 1}; a run of nearest neighbours subtracted",
        )


def pairs_within(n_sites: int, window: int) -> int:
    """Pairs of fewer than ``window`` sites apart, as --ld-window counts them."""
    reach = min(window, n_sites) - 1
    return reach * n_sites - reach * (reach + 1) // 2


def seconds(prefix: Path, window: int, threads: int) -> float:
    """Time of one run that computes r² within windows and keeps only r² = 1, so that hardly anything is written."""
    options = ["--ld-window", window, "--ld-window-kb", 1_000_000, "--ld-window-r2", 1, "--threads", threads]
    return run(prefix, "--r2", *options)


def square(prefix: Path, n_sites: int) -> npt.NDArray[np.float64]:
    """r² of all pairs of the first sites."""
    run(prefix, "--chr", 1, "--from-bp", 1, "--to-bp", n_sites, "--r2", "square", "bin")
    return np.fromfile(prefix.with_suffix(".ld.bin"), dtype="<f8").reshape(n_sites, n_sites)


def run(prefix: Path, *options: Any) -> float:
    """Run on the files of a prefix, which results are given as well."""
    arguments = [executable(), "--silent", "--bfile", prefix, *options, "--out", prefix]
    spent = whole_process.run([str(argument) for argument in arguments])
    if spent.status:
        raise RuntimeError(f"plink must end with exit status 0; it ended with {spent.status}: see {prefix}.log")
    return spent.seconds


def write(prefix: Path, work: Workload, homozygous: bool) -> None:
    """Write .bed, .bim and .fam, sites a base pair apart on one chromosome."""
    with open(prefix.with_suffix(".bed"), "wb") as bed:
        bed.write(_MAGIC)
        for block in blocks(work.panel.n_sites, _SITES_AT_A_TIME):
            one, other = _persons(work, block, homozygous)
            # Low bit, high bit: 00 has ALT twice, 01 (as a number, 2) once, 11 never.
            bits = np.stack([1 - (one | other), 1 - (one & other)], axis=2).reshape(len(one), -1)
            bed.write(np.packbits(bits, axis=1, bitorder="little").tobytes())
    prefix.with_suffix(".bim").write_text(
        "".join(f"1\ts{at}\t0\t{at}\tA\tC\n" for at in range(1, 1 + work.panel.n_sites))
    )
    # All men, so that none is reported to be of unknown sex; the chromosome is no sex chromosome.
    prefix.with_suffix(".fam").write_text("".join(f"p{person} p{person} 0 0 1 -9\n" for person in range(one.shape[1])))


def expected(work: Workload, homozygous: bool) -> npt.NDArray[np.float64]:
    """Squared correlation of the numbers of ALT alleles at the first sites; NaN where one does not vary."""
    one, other = _persons(work, slice(0, min(SITES_CHECKED, work.panel.n_sites)), homozygous)
    genotypes = one.astype(np.float64) + other
    # Products of whole numbers, so that nothing is rounded before the division.
    n = genotypes.shape[1]
    sums = genotypes.sum(axis=1)
    covariance = n * (genotypes @ genotypes.T) - np.outer(sums, sums)
    variance = np.diagonal(covariance)
    with np.errstate(invalid="ignore", divide="ignore"):
        squared: npt.NDArray[np.float64] = covariance**2 / np.outer(variance, variance)
    return squared


def _persons(work: Workload, sites: slice, homozygous: bool) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Both alleles of each person, uint8 of shape (sites, persons)."""
    n = len(work.panel)
    alleles = np.unpackbits(work.by_site.bits[sites].view(np.uint8), axis=1, count=n, bitorder="little")
    if homozygous:
        return alleles, alleles
    return alleles[:, 0 : n - 1 : 2], alleles[:, 1::2]
