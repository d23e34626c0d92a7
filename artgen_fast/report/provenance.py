"""What an evaluation was made from and how, without paths or names of persons."""

from __future__ import annotations

from artgen_fast.evaluation import Evaluation, PanelSize
from artgen_fast.report.numbers import count, percent


def provenance(evaluation: Evaluation, version: str) -> list[tuple[str, str]]:
    """Label and text of every line of the page's footer."""
    protocol, sites = evaluation.protocol, evaluation.sites
    contigs = sites.contigs
    if len(contigs) == 1:
        where = f"contig {contigs[0]}, positions {count(sites.first_position)} to {count(sites.last_position)}"
    else:
        where = f"{len(contigs)} contigs, {contigs[0]} to {contigs[-1]}"
    lines = [
        ("Software", f"artgen_fast {version}"),
        ("Sites", f"{count(sites.number)}, {where}"),
        ("Real (training) set", _size(evaluation.real)),
    ]
    if evaluation.holdout is not None:
        lines.append(("Unseen people (hold-out)", _size(evaluation.holdout.panel)))
    lines += [(f"{each.name} ({each.role})", _size(each.panel)) for each in evaluation.sets.values()]
    repeats = (
        " AA_TS, 1-NN accuracy and privacy score are means over these cuts; the other statistics are of the first, but "
        "for copies, near copies, nearest training rows and shared stretches, which are looked for among all rows."
        if protocol.repeats > 1
        else ""
    )
    lines += [
        (
            "Compared",
            f"{count(protocol.n)} haplotypes of every set. {protocol.cut}".rstrip(". ") + f".{repeats} Halves of AA_TS "
            "depend on this number: compare those of equal ones.",
        ),
        ("Seed", str(protocol.seed)),
        (
            "Intervals",
            f"{percent(protocol.interval_level)}: of nearest-neighbour statistics by "
            f"{count(protocol.bootstrap_draws)} bootstrap draws of persons, of counts by a jackknife over "
            f"{protocol.jackknife_groups} groups of persons",
        ),
        ("Permutations", count(protocol.permutations)),
    ]
    return lines


def scale(evaluation: Evaluation) -> str:
    """How much was compared, in a line."""
    sites = evaluation.sites
    where = f"contig {sites.contigs[0]}" if len(sites.contigs) == 1 else f"{len(sites.contigs)} contigs"
    if not sites.contigs[0] and len(sites.contigs) == 1:
        where = "one contig"
    unseen = (
        "no unseen people" if evaluation.holdout is None else f"{count(evaluation.holdout.panel.haplotypes)} unseen"
    )
    return (
        f"{count(evaluation.real.haplotypes)} training haplotypes, {unseen}; {count(sites.number)} sites on {where}; "
        f"{count(evaluation.protocol.n)} haplotypes of every set compared."
    )


def _size(panel: PanelSize) -> str:
    persons = f" of {count(panel.persons)} persons" if panel.persons else ""
    return f"{count(panel.haplotypes)} haplotypes{persons}"
