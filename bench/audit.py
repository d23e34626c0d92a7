"""Time ``artgen audit`` at the size of a biobank, and see what it finds: ``python bench/audit.py``.

Training rows, unseen rows and a release, each of 100,000 mosaics of the rows of a real panel (chromosome 1 of the 1000
Genomes, 10,000 sites) in stretches of about 1,000 sites, with a flipped allele in 5,000: simulated people, many of whom
share founders. Some rows of the release are made of training rows: 5 are such rows, 20 have 50 other alleles, and 3 are
one for half of the sites. The time from start-up to table, the peak memory, which of these rows are called near copies,
and how many of the halves are among the rows of the least share of unseen rows with as long a stretch, are kept in
bench/results/; the exit status is 1 if one of the first 25 is not found, or any other row is.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
from pathlib import Path
from typing import Any

import cases
import machine
import numpy as np
import numpy.typing as npt
import rounds
import whole_process

UInt8Array = npt.NDArray[np.uint8]

ROWS, CPUS = 100_000, 2
STRETCH, ERROR = 1000, 2e-4
COPIES, NEAR, HALVES, CHANGED = 5, 20, 3, 50
_ROWS_PER_BLOCK = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[ROWS], help=f"of each panel (default: {ROWS})")
    parser.add_argument("--results", type=Path, default=rounds.RESULTS, help="folder for the results")
    options = parser.parse_args()
    machine.pin(CPUS)
    wrong = []
    for rows in options.rows:
        about = machine.about("numpy", "numba")
        try:
            measured = measure(rows)
        except cases.CaseUnavailableError as missing:
            sys.exit(str(missing))
        print(measured, flush=True)
        rounds.append(options.results, "audit", [about | measured])
        if measured["missed"] or measured["mistaken"]:
            wrong.append(
                f"{rows} rows: {measured['missed']} copies missed, {measured['mistaken']} other rows called so"
            )
    if wrong:
        sys.exit("\n".join(wrong))


def measure(rows: int) -> dict[str, Any]:
    """Audit a release of so many rows."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        # In another process, since a command is charged with the most that its starter ever had in memory.
        planted, halves, packed_input = rounds.in_own_process(write_panels, rows, folder)
        files = [folder / f"{name}.hapbits" for name in ("train", "release", "unseen")]
        artgen = "from artgen_fast.cli import main; main()"
        command = [sys.executable, "-c", artgen, "audit", *map(str, files[:2])]
        spent = whole_process.run([*command, "--holdout", str(files[2]), "-o", str(folder / "rows.tsv")])
        if spent.status:
            raise RuntimeError(f"artgen audit must end with exit status 0; it ended with {spent.status}")
        with open(folder / "rows.tsv", encoding="utf-8") as table:
            listed = {int(row["row"]) - 1: row for row in csv.DictReader(table, delimiter="\t")}
    found = {row for row, fields in listed.items() if fields["near_copy"] == "yes"}
    least = min(float(fields["unseen_sharing_as_much"]) for fields in listed.values())
    longest = {row for row, fields in listed.items() if float(fields["unseen_sharing_as_much"]) == least}
    return {
        "rows": rows,
        "n_sites": cases.CASES["real-10000"].n_sites,
        "cpus": rounds.cpus(),
        "seconds": round(spent.seconds, 1),
        "processor_seconds": round(spent.processor_seconds, 1),
        "peak_memory": spent.peak_memory,
        "packed_input": packed_input,
        "found": len(found & planted),
        "missed": len(planted - found),
        "mistaken": len(found - planted),
        "least_share_of_unseen_sharing_as_much": least,
        "rows_of_that_share": len(longest),
        "halves_among_them": len(longest & halves),
    }


def write_panels(rows: int, folder: Path) -> tuple[set[int], set[int], int]:
    """Write the three panels; returns the rows of the release that are copies and that are halves, and bytes of all."""
    from artgen_fast import io
    from artgen_fast.haplotypes import Haplotypes, Samples

    n_sites = cases.CASES["real-10000"].n_sites
    real = io.read(cases.real_panel(cases.CHR1))[:, slice(n_sites)]
    rng = np.random.default_rng(cases.SEED)
    train, unseen, release = (mosaics(real.packed.view(np.uint8), n_sites, rows, rng) for _ in range(3))
    places, donors = (rng.choice(rows, COPIES + NEAR + HALVES, replace=False) for _ in range(2))
    release[places[: COPIES + NEAR]] = train[donors[: COPIES + NEAR]]
    for row in places[COPIES : COPIES + NEAR]:
        flip(release[row : row + 1], np.zeros(CHANGED, np.int64), rng.choice(n_sites, CHANGED, replace=False))
    halves = places[COPIES + NEAR :], slice(n_sites // 16)
    release[halves] = train[donors[COPIES + NEAR :], halves[1]]
    for name, panel in (("train", train), ("unseen", unseen), ("release", release)):
        packed = panel.view(np.uint64)
        io.write(Haplotypes(packed, n_sites, real.sites, Samples.synthetic(rows)), folder / f"{name}.hapbits")
    copies, of_halves = places[: COPIES + NEAR].tolist(), places[COPIES + NEAR :].tolist()
    return set(copies), set(of_halves), 3 * train.nbytes


def mosaics(panel: UInt8Array, n_sites: int, rows: int, rng: np.random.Generator) -> UInt8Array:
    """Rows that copy stretches of eights of sites from the panel's rows, with errors; packed, as bytes."""
    used = -(-n_sites // 8)
    made = np.zeros((rows, panel.shape[1]), dtype=np.uint8)
    for start in range(0, rows, _ROWS_PER_BLOCK):
        size = min(_ROWS_PER_BLOCK, rows - start)
        switches = rng.random((size, used)) < 8 / STRETCH
        switches[:, 0] = True
        since = np.maximum.accumulate(np.where(switches, np.arange(used), 0), axis=1)
        source = np.take_along_axis(rng.integers(len(panel), size=(size, used)), since, axis=1)
        block = made[start : start + size]
        block[:, :used] = panel[source, np.arange(used)]
        errors = rng.poisson(ERROR * n_sites * size)
        flip(block, rng.integers(size, size=errors), rng.integers(n_sites, size=errors))
    return made


def flip(panel: UInt8Array, rows: npt.NDArray[np.int64], sites: npt.NDArray[np.int64]) -> None:
    """Change alleles in place."""
    np.bitwise_xor.at(panel, (rows, sites // 8), (1 << (sites % 8)).astype(np.uint8))


if __name__ == "__main__":
    main()
