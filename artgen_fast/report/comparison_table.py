"""The numbers of all sets side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from artgen_fast.evaluation import SetEvaluation
from artgen_fast.report.numbers import NONE, count, interval, number, p_value, percent, percent_interval
from artgen_fast.report.shown_sets import ShownSet


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, or a dash where it is not defined, and what stands small beside it: its interval or p-value."""

    text: str
    beside: str = ""


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
        for label, meaning, best, cell in lines:
            cells = [cell(each.results) for each in sets]
            if any(each is not None for each in cells):
                rows.append(Row(label, meaning, best, tuple(each or Cell(NONE) for each in cells)))
        if rows:
            groups.append(Group(title, tuple(rows)))
    return groups


def _truth(each: SetEvaluation) -> Cell:
    return Cell(number(each.aa_ts.truth_half_tie), interval(each.aa_ts.truth_half_tie_interval))


def _syn(each: SetEvaluation) -> Cell:
    return Cell(number(each.aa_ts.syn_half_tie), interval(each.aa_ts.syn_half_tie_interval))


def _strict(each: SetEvaluation) -> Cell:
    aa = each.aa_ts
    return Cell(number(aa.value), f"{number(aa.truth)} / {number(aa.syn)}")


def _ties(each: SetEvaluation) -> Cell:
    return Cell(percent(each.aa_ts.tie_rate))


def _one_nn(each: SetEvaluation) -> Cell:
    accuracy = each.one_nn_accuracy
    return Cell(number(accuracy.overall), p_value(accuracy.p_value, accuracy.permutations))


def _worst_half(each: SetEvaluation) -> Cell:
    accuracy = each.one_nn_accuracy
    return Cell(number(each.aa_ts.worst_half_distance), p_value(accuracy.p_value_worst_half, accuracy.permutations))


def _chains(each: SetEvaluation) -> Cell:
    chains = each.nn_chains
    longest = max(chains.departure)
    return Cell(number(chains.departure[longest]), p_value(chains.p_value[longest], chains.permutations))


def _privacy(each: SetEvaluation) -> Cell | None:
    score = each.privacy_score
    return None if score is None else Cell(number(score.half_tie, 3), interval(score.half_tie_interval, 3))


def _nearest(each: SetEvaluation) -> Cell | None:
    nearest = each.nearest_training
    if nearest is None:
        return None
    chance = f"chance {percent_interval(nearest.exchangeable)}, {p_value(nearest.p_value, nearest.permutations)}"
    return Cell(percent(nearest.share), chance)


def _copies(each: SetEvaluation) -> Cell | None:
    copies = each.copies
    if copies is None:
        return None
    return Cell(
        f"{count(copies.training_persons_copied)} : {count(copies.holdout_persons_copied)}", p_value(copies.p_value)
    )


def _all_sites(each: SetEvaluation) -> Cell:
    agreement = each.allele_frequencies.all_sites
    return Cell(number(agreement.r, 3), interval(agreement.r_interval, 3))


def _rare_sites(each: SetEvaluation) -> Cell:
    agreement = each.allele_frequencies.rare_sites
    return Cell(number(agreement.r, 3), interval(agreement.r_interval, 3))


def _slope(each: SetEvaluation) -> Cell:
    agreement = each.allele_frequencies.all_sites
    return Cell(number(agreement.slope), interval(agreement.slope_interval))


def _lost(each: SetEvaluation) -> Cell:
    frequencies = each.allele_frequencies
    return Cell(f"{count(frequencies.fixed_in_synthetic)} : {count(frequencies.fixed_in_real)}")


def _ld(each: SetEvaluation) -> Cell:
    return Cell(number(each.ld_decay.score), interval(each.ld_decay.score_interval))


def _ld_ratio(each: SetEvaluation) -> Cell:
    return Cell(number(each.ld_decay.ratio))


def _pairwise(each: SetEvaluation) -> Cell:
    return Cell(number(each.pairwise_distances.score))


def _twins(each: SetEvaluation) -> Cell:
    share = each.pairwise_distances.synthetic_with_twin
    return Cell(percent(share.value), percent_interval(share.interval))


def _identical(each: SetEvaluation) -> Cell:
    share = each.pairwise_distances.synthetic_identical_to_real
    return Cell(percent(share.value), percent_interval(share.interval))


def _component(place: int) -> Callable[[SetEvaluation], Cell | None]:
    def cell(each: SetEvaluation) -> Cell | None:
        comparison = each.pca.real_axes
        if place >= len(comparison.wasserstein):
            return None
        return Cell(number(float(comparison.wasserstein[place])), interval(comparison.wasserstein_intervals[place]))

    return cell


def _off_support(each: SetEvaluation) -> Cell:
    return Cell(
        percent(each.off_support.by_nearest_distance), f"{percent(each.off_support.by_mahalanobis_distance)} in PCs"
    )


_Line = tuple[str, str, str, Callable[[SetEvaluation], Cell | None]]
_GROUPS: tuple[tuple[str, tuple[_Line, ...]], ...] = (
    (
        "Nearest neighbours: can the set be told from the training rows?",
        (
            ("AA_truth, ties ½", "real rows nearer to real rows", "½", _truth),
            ("AA_syn, ties ½", "rows of the set nearer to their own", "½", _syn),
            ("Worse half from ½", "the larger |half − ½|; permutation test", "0", _worst_half),
            (
                "AA_TS, strict",
                "mean of the strict halves (AA_truth / AA_syn), as in the papers",
                "½ less ties",
                _strict,
            ),
            ("Ties", "rows as near to the one set as to the other", "", _ties),
            ("1-NN accuracy", "mean of the two halves above, not further evidence", "½", _one_nn),
            ("Chains of 5", "departure from equally frequent patterns", "0", _chains),
        ),
    ),
    (
        "Privacy: does the set know the training people?",
        (
            ("Privacy score, ties ½", "AA_TS against unseen people less that against training people", "0", _privacy),
            ("Nearest to training", "rows whose nearest real row is a training row", "½", _nearest),
            ("Copied people", "training : unseen persons with a haplotype in the set", "alike", _copies),
        ),
    ),
    (
        "Allele frequencies",
        (
            ("r, all sites", "Pearson's r with the real frequencies", "1", _all_sites),
            ("r, rare", "the same where the real frequency is ≤ 0.2", "1", _rare_sites),
            ("Slope", "of the set's on the real frequencies", "1", _slope),
            ("Sites lost : gained", "that vary only in the real rows : only in the set", "", _lost),
        ),
    ),
    (
        "Linkage disequilibrium and haplotype distances",
        (
            ("LD score", "agreement of mean r² over distance", "1", _ld),
            ("LD kept", "mean r² of the set over that of the real rows", "1", _ld_ratio),
            ("Pairwise score", "1 less the distributions' distance, in units of independent sites'", "1", _pairwise),
            ("With a twin", "rows identical to another row of the set", "", _twins),
            ("Identical to real", "rows identical to a training row", "", _identical),
        ),
    ),
    (
        "Population structure",
        (
            ("PC 1", "distance of the distributions, in standard deviations", "0", _component(0)),
            ("PC 2", "the same", "0", _component(1)),
            ("Beyond the real rows", "rows farther out than 99.9 % of the real ones are", "0.1 %", _off_support),
        ),
    ),
)
