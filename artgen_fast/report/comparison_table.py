"""The numbers of all sets side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from artgen_fast.evaluation import SetEvaluation
from artgen_fast.evaluation.checks import LONGEST_MOTIFS
from artgen_fast.metrics.kmer_motifs import LENGTHS
from artgen_fast.report import table_cells as cells
from artgen_fast.report.numbers import NONE
from artgen_fast.report.shown_sets import ShownSet
from artgen_fast.report.signs import DOES_NOT_PASS, NOT_JUDGED, PASSES, Evidence, Sign, leak_sign
from artgen_fast.report.table_cells import Cell

_MOST_SIDE_BY_SIDE = 2
"""Sets, unseen people included, of which two tables have room beside each other."""


@dataclass(frozen=True, slots=True)
class Row:
    """One statistic of all sets.

    Attributes
    ----------
    label : str
    meaning : str
        What it is, in a few words.
    best : str
        What real people would give.
    cells : tuple of Cell
    """

    label: str
    meaning: str
    best: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows on one subject."""

    title: str
    rows: tuple[Row, ...]


def comparison_table(sets: Sequence[ShownSet]) -> list[Group]:
    """All groups of rows; rows of statistics that no set has are left out."""
    groups = []
    for title, lines in _GROUPS:
        rows = []
        for line in lines:
            found = [line.cell(each.results) for each in sets]
            if any(each is not None for each in found):
                judged = (_judged(cell, each, line) for cell, each in zip(found, sets, strict=True))
                rows.append(Row(line.label, line.meaning, line.best, tuple(judged)))
        if rows:
            groups.append(Group(title, tuple(rows)))
    return groups


def side_by_side(groups: Sequence[Group], sets: int) -> list[list[Group]]:
    """The groups in two tables about as long as each other where two have room beside each other, else in one."""
    if sets > _MOST_SIDE_BY_SIDE or len(groups) < 2:
        return [list(groups)]
    rows = [len(group.rows) for group in groups]
    first = min(range(1, len(groups)), key=lambda end: abs(sum(rows[:end]) - sum(rows[end:])))
    return [list(groups[:first]), list(groups[first:])]


@dataclass(frozen=True, slots=True)
class _Line:
    """A row before the sets are known.

    Attributes
    ----------
    label, meaning, best : str
    cell : callable
        From a set's results to its cell, or None where there is no such statistic.
    check : str
        Name of the check (`Verdict.checks`) that judges the number; empty where none does.
    leak : callable, optional
        What the number says of leaks, where it tells them.
    """

    label: str
    meaning: str
    best: str
    cell: Callable[[SetEvaluation], Cell | None]
    check: str = ""
    leak: Evidence | None = None


_TRUTH, _SYN = "AA_truth", "AA_syn"
"""In the place of a check's name."""


def _judged(cell: Cell | None, each: ShownSet, line: _Line) -> Cell:
    """The cell with its sign; the yardstick itself has none."""
    shown, sign = cell or Cell(NONE), _sign(each.results, line)
    judged = not each.is_holdout and (shown.text != NONE or sign is DOES_NOT_PASS)
    return replace(shown, sign=sign if judged else None)


def _sign(each: SetEvaluation, line: _Line) -> Sign:
    if line.leak is not None:
        return leak_sign(each, line.leak)
    verdict, aa = each.verdict, each.aa_ts
    if verdict is None or not line.check:
        return NOT_JUDGED
    if line.check in (_TRUTH, _SYN):
        if aa is None or verdict.reference is None:
            return NOT_JUDGED
        found, accepted = {
            _TRUTH: (aa.truth_half_tie_interval, verdict.reference.truth_interval),
            _SYN: (aa.syn_half_tie_interval, verdict.reference.syn_interval),
        }[line.check]
        return PASSES if found.overlaps(accepted) else DOES_NOT_PASS
    for one in verdict.checks:
        if one.name == line.check:
            return DOES_NOT_PASS if one.fails else PASSES
    return NOT_JUDGED


_GROUPS: tuple[tuple[str, tuple[_Line, ...]], ...] = (
    (
        "Nearest neighbours: can the set be told from the training rows?",
        (
            _Line("AA_truth, ties ½", "real rows nearer to real rows", "½", cells.truth, _TRUTH),
            _Line("AA_syn, ties ½", "rows of the set nearer to their own", "½", cells.syn, _SYN),
            _Line("Worse half from ½", "the larger |half − ½|; permutation test", "0", cells.worst_half),
            _Line(
                "AA_TS, strict",
                "mean of the strict halves (AA_truth / AA_syn), as in the papers",
                "½ less ties",
                cells.strict,
            ),
            _Line("Ties", "rows as near to the one set as to the other", "", cells.ties),
            _Line("1-NN accuracy", "mean of the two halves above, not further evidence", "½", cells.one_nn),
            _Line("Chains of 5", "departure from equally frequent patterns", "0", cells.chains),
        ),
    ),
    (
        "Privacy: does the set know the training people?",
        (
            _Line(
                "Privacy score, ties ½",
                "AA_TS against unseen people less that against training people",
                "0",
                cells.privacy,
                leak=lambda evidence: evidence.of_privacy_score(),
            ),
            _Line(
                "Nearest to training",
                "rows whose nearest real row is a training row",
                "chance",
                cells.nearest,
                leak=lambda evidence: evidence.of_test(evidence.nearest),
            ),
            _Line(
                "Shared with training",
                "rows whose longest stretch is a training row's",
                "chance",
                cells.shared_with_training,
                leak=lambda evidence: evidence.of_test(evidence.shared.with_training if evidence.shared else None),
            ),
            _Line(
                "Near copies",
                "rows nearer to a training row than people come",
                "0",
                cells.near_copies,
                leak=lambda evidence: evidence.of_near_copies(),
            ),
            _Line(
                "Nearest people",
                "training people among those nearest to the rows",
                "their share of all",
                cells.nearest_people,
                leak=lambda evidence: evidence.of_test(evidence.near),
            ),
            _Line(
                "Copied people",
                "training : unseen persons with a haplotype in the set",
                "alike",
                cells.copies,
                leak=lambda evidence: evidence.of_test(evidence.copies),
            ),
        ),
    ),
    (
        "Allele frequencies",
        (
            _Line("r, all sites", "Pearson's r with the real frequencies", "1", cells.all_sites),
            _Line("r, rare", "the same where the real frequency is ≤ 0.2", "1", cells.rare_sites, "allele frequencies"),
            _Line("Slope", "of the set's on the real frequencies", "1", cells.slope),
            _Line("Sites lost : gained", "that vary only in the real rows : only in the set", "", cells.lost),
            _Line(
                "Lost below 0.5 %",
                "of the sites whose rarer real allele is that rare, singletons and doubletons apart",
                "0",
                cells.lost_of_class("other < 0.5 %"),
                "sites of frequency < 0.5 %",
            ),
            _Line(
                "Lost at 0.5–1 %",
                "the same of these",
                "0",
                cells.lost_of_class("0.5–1 %"),
                "sites of frequency 0.5–1 %",
            ),
            _Line("Lost at 1–5 %", "the same of these", "0", cells.lost_of_class("1–5 %"), "sites of frequency 1–5 %"),
            _Line(
                "Spectrum",
                "distance of the folded site-frequency spectra",
                "0",
                cells.spectrum,
                "site-frequency spectrum",
            ),
            _Line(
                "Singletons",
                "share of the varying sites, over the real rows' share",
                "1",
                cells.singletons,
                "singletons",
            ),
        ),
    ),
    (
        "Diversity",
        (
            _Line(
                "Heterozygosity", "of the set over that of the real rows", "1", cells.heterozygosity, "heterozygosity"
            ),
            _Line("Tajima's D", "of the set less that of the real rows", "0", cells.tajimas_d, "Tajima's D"),
        ),
    ),
    (
        "Linkage disequilibrium and haplotype distances",
        (
            _Line(
                "LD score",
                "agreement of mean r² over distance",
                "1",
                cells.ld("score"),
                "decay of linkage disequilibrium",
            ),
            _Line(
                "LD kept",
                "mean r² of the set over that of the real rows",
                "1",
                cells.ld("ratio"),
                "linkage disequilibrium",
            ),
            _Line("r² by distance, r", "Pearson's r of mean r² in bins of distance", "1", cells.ld("correlation", 3)),
            _Line("|D′|", "mean over the bins of distance", "as real", cells.d_prime),
            _Line(
                "r² of pairs, r",
                "Pearson's r of the r² of single pairs of sites",
                "1",
                cells.ld("pair_correlation", 3),
                "r² of single pairs of sites",
            ),
            _Line("r² of pairs, difference", "root mean square over the pairs", "0", cells.ld("rmse", 3)),
            _Line(
                "Runs of linked sites",
                f"mean length over the real rows', r² ≥ {cells.RUN_THRESHOLD:g}",
                "1",
                cells.run_length,
            ),
            _Line(
                "LD map, r",
                "Pearson's r of mean r² between all parts of the region",
                "1",
                cells.ld_map,
                "linkage disequilibrium over the region",
            ),
            _Line(
                "Shared stretches",
                "longest with training rows: mean over that of unseen people",
                "1",
                cells.shared_stretches,
                "stretches shared with training rows",
            ),
            _Line(
                "EHH, integrated",
                "mean iHH over that of the real rows",
                "1",
                cells.homozygosity,
                "haplotype homozygosity",
            ),
            _Line(
                "3-point r, near",
                "correlations of triplets of near sites, uncentred r",
                "1",
                cells.three_point_neighbours,
                "3-point correlations of neighbours",
            ),
            _Line(
                "3-point r, random",
                "the same of triplets anywhere on a contig",
                "1",
                cells.three_point,
                "3-point correlations at random",
            ),
            _Line(
                f"Motifs of {LENGTHS[0]}, r",
                "Pearson's r of motifs' frequencies in windows of sites",
                "1",
                cells.motifs(0),
            ),
            _Line(f"Motifs of {LENGTHS[1]}, r", "the same", "1", cells.motifs(1), LONGEST_MOTIFS),
            _Line(
                "Pairwise score",
                "1 less the distributions' distance, in units of independent sites'",
                "1",
                cells.pairwise,
                "pairwise distances",
            ),
            _Line("With a twin", "rows identical to another row of the set", "", cells.twins, "identical rows"),
            _Line(
                "Identical to real",
                "rows identical to a training row",
                "",
                cells.identical,
                leak=lambda evidence: evidence.of_identical_rows(),
            ),
        ),
    ),
    (
        "Population structure",
        (
            _Line(
                "PC 1",
                "distance of the distributions, in standard deviations",
                "0",
                cells.component(0),
                "principal component 1",
            ),
            _Line("PC 2", "the same", "0", cells.component(1), "principal component 2"),
            _Line("PC 3", "the same", "0", cells.component(2), "principal component 3"),
            _Line("PC 4", "the same", "0", cells.component(3), "principal component 4"),
            _Line(
                "Beyond the real rows",
                "rows farther out than 99.9 % of the real ones are",
                "as unseen people",
                cells.off_support,
            ),
        ),
    ),
    (
        "Usefulness: what the set is good for",
        (
            _Line(
                "Imputation r², common",
                "of unseen people's alleles of frequency ≥ 5 %",
                "as real",
                cells.imputed_common,
            ),
            _Line(
                "Imputation r², rare",
                "the same of the rarer ones, the mean over classes of frequency",
                "as real",
                cells.imputed_rare,
            ),
            _Line("Selection scan, r", "Pearson's r of unstandardised iHS", "1", cells.selection),
            _Line(
                "The same, standardised",
                "of iHS standardised by frequency, as scans do it",
                "1",
                cells.standardised_selection,
            ),
            _Line(
                "Common haplotypes, H12",
                "mean over windows of 400 sites or more, over that of the training rows",
                "1",
                cells.common_haplotypes,
            ),
            _Line(
                "H12 along the sites, r",
                "Pearson's r of its logarithm over the windows, where there are eight",
                "1",
                cells.common_haplotypes_along,
            ),
        ),
    ),
)
