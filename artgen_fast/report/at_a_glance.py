"""The verdicts as a small table: a line a set, a column a kind of statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artgen_fast.evaluation import SetEvaluation
from artgen_fast.report.headline import LEAKS, UNKNOWN, leak_mark
from artgen_fast.report.numbers import number
from artgen_fast.report.shown_sets import ShownSet, having
from artgen_fast.report.signs import DOES_NOT_PASS, LEAKING, MAY_LEAK, NOT_JUDGED, PASSES, Sign

_KINDS = (
    ("frequencies", ("allele_frequencies", "frequency_spectrum")),
    ("diversity", ("diversity",)),
    ("linkage", ("ld_decay", "ld_heat_map", "haplotype_homozygosity")),
    ("3 sites, motifs", ("three_point", "kmer_motifs")),
    ("distances", ("pairwise_distances", "shared_haplotypes")),
    ("components", ("pca",)),
    ("populations", ("populations",)),
)
"""Heading, and the statistics whose checks (`Verdict.checks`) count."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A sign and what stands beside it, which may be nothing."""

    sign: Sign
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A set.

    Attributes
    ----------
    shown : ShownSet
    cells : tuple of Judgement
        In the order of the headings.
    """

    shown: ShownSet
    cells: tuple[Judgement, ...]


def at_a_glance(sets: Sequence[ShownSet]) -> tuple[tuple[str, ...], list[Line]]:
    """Headings and lines of the sets that were judged by more than leaks; none where none was."""
    judged = [each for each, verdict in having(sets, lambda each: each.verdict) if verdict.reference is not None]
    kinds = [kind for kind in _KINDS if any(_checks(each.results, kind[1]) for each in judged)]
    lines = [
        Line(
            each,
            (
                _neighbours(each.results),
                _leaks(each),
                *(_kind(each.results, sources) for _, sources in kinds),
            ),
        )
        for each in judged
    ]
    return ("neighbours", "leaks", *(heading for heading, _ in kinds)), lines


def _checks(each: SetEvaluation, sources: Sequence[str]) -> list[bool]:
    """Whether each check of some statistics fails."""
    return [] if each.verdict is None else [one.fails for one in each.verdict.checks if one.source in sources]


def _neighbours(each: SetEvaluation) -> Judgement:
    aa, verdict = each.aa_ts, each.verdict
    if aa is None or verdict is None:
        return Judgement(NOT_JUDGED)
    halves = f"{number(aa.truth_half_tie)} / {number(aa.syn_half_tie)}"
    return Judgement(DOES_NOT_PASS if verdict.neighbours_fail else PASSES, halves)


def _leaks(each: ShownSet) -> Judgement:
    mark, verdict = leak_mark(each), each.results.verdict
    if verdict is not None and verdict.leak_suspected:
        return Judgement(MAY_LEAK, mark.text)  # a doubt is no finding
    return Judgement({LEAKS: LEAKING, UNKNOWN: NOT_JUDGED}.get(mark.kind, PASSES), mark.text)


def _kind(each: SetEvaluation, sources: Sequence[str]) -> Judgement:
    fails = _checks(each, sources)
    if not fails:
        return Judgement(NOT_JUDGED)
    return Judgement(DOES_NOT_PASS, f"{sum(fails)} of {len(fails)}") if any(fails) else Judgement(PASSES)
