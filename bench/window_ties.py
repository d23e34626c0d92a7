"""What windows that know nothing of each other could reach at best: ``python bench/window_ties.py``.

Unseen real people (1000 Genomes phase 3 genotypes, re-phased with SHAPEIT4; the seven-locus panel, cut into windows as
a chain is) are compared with the training people, once as they are and once with each window's rows dealt anew: among
all of them, among those of their superpopulation, among those of their population. Every window stays that of a real
haplotype; what is lost is what ties windows to each other. Kept in bench/results/.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Sequence

import cases
import machine
import numpy as np
import numpy.typing as npt
import rounds
import trainings
from chain_quality import N_SITES, halves

from artgen_fast import io
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.crbm_chain.windows import Window
from artgen_fast.haplotypes import Haplotypes, Samples, pack

STEP = 5000


def main() -> None:
    parser = trainings.parser(__doc__, N_SITES)
    parser.add_argument("--step", type=int, default=STEP, help="sites of a window (default: %(default)s)")
    options = trainings.parse(parser)
    about = machine.about("numpy")
    try:
        panel = io.read(cases.real_panel(cases.SEVEN_LOCI))[slice(options.rows), slice(options.sites)]
        labels = cases.real_file("labels", cases.LABELS)
    except cases.CaseUnavailableError as missing:
        sys.exit(str(missing))
    train, _, unseen = panel.split_by_person(trainings.SHARES, options.seed)
    windows = CRBMChain(step=options.step).windows(panel.n_sites)
    with labels.open(encoding="utf-8") as file:
        of_person = {row["sample"]: row for row in csv.DictReader(file, delimiter="\t")}
    found = {"as_they_are": halves(train, unseen, 0, panel.n_sites)}
    for column in (None, "superpopulation", "population"):
        groups = ["" if column is None else of_person[str(person)][column] for person in unseen.samples.person]
        dealt = deal(unseen, windows, groups, options.seed)
        found[f"among_{column or 'all'}"] = halves(train, dealt, 0, panel.n_sites)
    for name, each in found.items():
        print(f"{name:22} AA_truth {each[0]:.3f}, AA_syn {each[1]:.3f}")
    if options.results is not None:
        what = {"panel": cases.SEVEN_LOCI, "n_sites": panel.n_sites, "step": options.step, "seed": options.seed}
        rounds.append(options.results, "window_ties", [about | what | {"halves": found}])


def deal(people: Haplotypes, windows: Sequence[Window], groups: Sequence[str], seed: int) -> Haplotypes:
    """The same rows of every window, each window's dealt anew among the rows of a group."""
    alleles = people.alleles()
    dealt = alleles.copy()
    random = np.random.default_rng(seed)
    names: npt.NDArray[np.str_] = np.asarray(groups)
    for window in windows:
        for name in np.unique(names):
            rows = np.flatnonzero(names == name)
            sites = slice(window.first_generated, window.end)
            dealt[rows, sites] = alleles[random.permutation(rows), sites]
    return Haplotypes(pack(dealt), people.n_sites, people.sites, Samples.synthetic(len(dealt)))


if __name__ == "__main__":
    main()
