"""Which populations the synthetic haplotypes resemble, which real ones they leave out, and how well they fit each.

Synthetic rows have no label of their own: each takes that of the majority of its five nearest training rows. Unseen
people's rows are given labels in the same way where they stand in the synthetic set's place, so that both can be
compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int64Array, TextArray
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, as_text
from artgen_fast.metrics.agreement.count_regression import CountRegression
from artgen_fast.metrics.allele_frequencies import RARE
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.panels.grouped_panel import CountedAlleles, GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import (
    CORRELATION,
    NOT_NEGATIVE,
    Interval,
    percentile_interval,
    resampled_totals,
    sum_by_unit,
)
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between

VOTERS = 5
"""Nearest training rows whose majority gives a synthetic row its label."""


@dataclass(frozen=True, slots=True)
class Population:
    """One label among the real rows and among the synthetic rows, which take it from their neighbours.

    Attributes
    ----------
    label : str
    real_haplotypes : int
        Real rows of this label among those compared.
    real_share : float
        The same as a share.
    synthetic_haplotypes : int
        Synthetic rows with this label: that of the majority of their five nearest real rows, of the nearest in a tie.
    synthetic_share : float
        The same as a share.
    synthetic_share_interval : Interval
        Bootstrap of the synthetic rows.
    truth_half_tie : float
        AA_truth of this label's rows alone, ties ½: above ½ where the synthetic set leaves the label out.
    truth_half_tie_interval : Interval
        Bootstrap by person.
    syn_half_tie : float
        AA_syn of the synthetic rows with this label alone, ties ½: above ½ where they lie beside the real rows, or
        outnumber them. NaN without such rows.
    syn_half_tie_interval : Interval
        Bootstrap of the synthetic rows.
    rare_frequencies_r : float
        Pearson r of allele frequencies between the real and the synthetic rows of this label, over sites of frequency
        ≤ 0.2 in the real ones; NaN with fewer than two rows of either.
    rare_frequencies_r_interval : Interval
        Delete-a-group jackknife over groups of persons.
    heterozygosity_ratio : float
        Expected heterozygosity of the synthetic rows of this label over that of the real ones, all sites together:
        below 1 where the population has lost diversity. NaN with fewer than two rows of either.
    heterozygosity_ratio_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    label: str
    real_haplotypes: int
    real_share: float
    synthetic_haplotypes: int
    synthetic_share: float
    synthetic_share_interval: Interval
    truth_half_tie: float
    truth_half_tie_interval: Interval
    syn_half_tie: float
    syn_half_tie_interval: Interval
    rare_frequencies_r: float
    rare_frequencies_r_interval: Interval
    heterozygosity_ratio: float
    heterozygosity_ratio_interval: Interval


@dataclass(frozen=True, slots=True)
class Populations:
    """All labels; unseen real people in the synthetic set's place show what to expect.

    Attributes
    ----------
    populations : tuple of Population
        In alphabetical order.
    """

    populations: tuple[Population, ...]


def row_labels(haplotypes: Haplotypes, labels: Mapping[str, str]) -> TextArray:
    """Label of each row by its person.

    Parameters
    ----------
    haplotypes : Haplotypes
    labels : mapping of str to str
        Person → label; people who are not in the panel do no harm.

    Raises
    ------
    InputError
        If a row has no person, or its person no label.
    """
    found = [labels.get(str(person)) if person else None for person in haplotypes.samples.person]
    missing = [row for row, label in enumerate(found) if label is None]
    if missing:
        row = missing[0]
        why = "whose person is not among the labels" if haplotypes.samples.person[row] else "which belongs to no person"
        raise InputError(
            f"labels must name every person of the real panel; {len(missing)} of {len(found)} rows have none, "
            f"the first is row {row + 1}, {why}. Give a label for each person, by the name in the panel."
        )
    return as_text(found)


def populations(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    labels: Mapping[str, str],
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> Populations:
    """Compare each population of the real panel with the synthetic rows that resemble it.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. The larger one is cut to the size of the other, at random, by person.
    labels : mapping of str to str
        Person of the real panel → population; people who are not in the panel do no harm.
    seed : int
        Of the cut, the bootstrap and the jackknife's groups of persons.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.

    Returns
    -------
    Populations

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, or a row of the real one has no person or no label.

    Examples
    --------
    >>> from artgen_fast.haplotypes import Samples
    >>> people = Samples.from_persons(["Ann", "Bo"])
    >>> real = Haplotypes.from_alleles([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], samples=people)
    >>> synthetic = Haplotypes.from_alleles([[0, 0, 0], [0, 0, 1], [0, 0, 0], [1, 1, 1]])
    >>> found = populations(real, synthetic, labels={"Ann": "north", "Bo": "south"}, backend="reference")
    >>> [(each.label, each.real_haplotypes, each.synthetic_haplotypes) for each in found.populations]
    [('north', 2, 3), ('south', 2, 1)]
    """
    searches = NeighbourSearches({"real": real, "synthetic": synthetic}, seed=seed, backend=backend, threads=threads)
    return populations_of(searches, "real", "synthetic", row_labels(real, labels), seed=seed)


def populations_of(
    searches: NeighbourSearches, real: str, synthetic: str, labels: TextArray, *, seed: int = 0
) -> Populations:
    """Populations of the first cut of two named panels.

    Parameters
    ----------
    searches : NeighbourSearches
    real, synthetic : str
    labels : array of strings of shape (rows,)
        Label of each row of the whole real panel.
    seed : int
        Of the bootstrap.
    """
    label_of_row = labels[searches.rows(real)]
    between = searches.cross(real, synthetic)
    truth = _nearer_to_its_own(searches.within(real).distances[:, 0], between.row_distances)
    syn = _nearer_to_its_own(searches.within(synthetic).distances[:, 0], between.column_distances)
    names = np.unique(labels)
    place = np.searchsorted(names, label_of_row)
    voters = searches.nearest(synthetic, real, min(VOTERS, searches.n))
    elected = majority(place[voters.indices], len(names))
    rng = np.random.default_rng([seed, searches.n, 5])
    result = []
    for at, name in enumerate(names):
        has_label, is_elected = place == at, elected == at
        share, share_interval = _share(is_elected, np.ones(searches.n), searches, synthetic, rng)
        truth_half, truth_interval = _share(truth * has_label, has_label, searches, real, rng)
        syn_half, syn_interval = _share(syn * is_elected, is_elected, searches, synthetic, rng)
        r, heterozygosity = _of_counts(searches.panel(real)[has_label], searches.panel(synthetic)[is_elected], seed)
        count = int(np.count_nonzero(has_label))
        result.append(
            Population(
                label=str(name),
                real_haplotypes=count,
                real_share=count / searches.n,
                synthetic_haplotypes=int(np.count_nonzero(is_elected)),
                synthetic_share=share,
                synthetic_share_interval=share_interval,
                truth_half_tie=truth_half,
                truth_half_tie_interval=truth_interval,
                syn_half_tie=syn_half,
                syn_half_tie_interval=syn_interval,
                rare_frequencies_r=r[0],
                rare_frequencies_r_interval=r[1],
                heterozygosity_ratio=heterozygosity[0],
                heterozygosity_ratio_interval=heterozygosity[1],
            )
        )
    return Populations(tuple(result))


def majority(votes: Int64Array, n_candidates: int) -> Int64Array:
    """The candidate with most votes of each row; among equals the one that is voted for first.

    Parameters
    ----------
    votes : int64 array of shape (rows, voters)
        Candidates 0 … n_candidates - 1, the nearest voter's first.
    n_candidates : int

    Returns
    -------
    int64 array of shape (rows,)
    """
    rows = np.arange(len(votes))
    tally = np.zeros((len(votes), n_candidates), dtype=np.int64)
    for voter in range(votes.shape[1]):
        tally[rows, votes[:, voter]] += 1
    # A voter counts as many times as its candidate has votes; the first of the largest is the nearest.
    support = np.take_along_axis(tally, votes, axis=1)
    elected: Int64Array = votes[rows, support.argmax(axis=1)]
    return elected


def _nearer_to_its_own(own: npt.NDArray[np.int32], other: npt.NDArray[np.int32]) -> Float64Array:
    """1 where a row's nearest neighbour is of its own panel, ½ where one of the other is as near."""
    nearer: Float64Array = (other > own) + (other == own) / 2
    return nearer


def _of_counts(
    real: Haplotypes, synthetic: Haplotypes, seed: int
) -> tuple[tuple[float, Interval], tuple[float, Interval]]:
    """The correlation of rare alleles' frequencies, and the ratio of heterozygosities."""
    if min(len(real), len(synthetic)) < 2:
        unknown = float("nan"), Interval(float("nan"), float("nan"))
        return unknown, unknown
    grouped = _counted(GroupedPanel.of(real, seed)), _counted(GroupedPanel.of(synthetic, seed))
    rare = np.flatnonzero(grouped[0].whole.frequency <= RARE)

    def r(first: CountedAlleles, second: CountedAlleles) -> float:
        regression = CountRegression(first.n, second.n)
        regression.add(first.alternative[rare], second.alternative[rare])
        return regression.line().r

    def ratio(first: CountedAlleles, second: CountedAlleles) -> float:
        expected = _heterozygosity(first)
        return _heterozygosity(second) / expected if expected > 0 else float("nan")

    wholes = grouped[0].whole, grouped[1].whole
    return (
        (r(*wholes), interval_between(r, *grouped).within(*CORRELATION)),
        (ratio(*wholes), interval_between(ratio, *grouped).within(*NOT_NEGATIVE)),
    )


def _heterozygosity(alleles: CountedAlleles) -> float:
    """Differences of two haplotypes, summed over sites: Σ 2p(n - p)/(n(n - 1))."""
    carriers = alleles.alternative.astype(np.float64)
    return float(np.sum(2 * carriers * (alleles.n - carriers)) / (alleles.n * (alleles.n - 1)))


def _counted(panel: GroupedPanel) -> LeftOut[CountedAlleles]:
    return LeftOut(panel.counted(), [panel.counted(group) for group in groups_to_leave_out(panel)])


def _share(
    part: npt.ArrayLike, whole: npt.ArrayLike, searches: NeighbourSearches, name: str, rng: np.random.Generator
) -> tuple[float, Interval]:
    """Sum of the part over sum of the whole, and its bootstrap interval by person."""
    n_units, units = searches.n_units(name), searches.units(name)
    totals = np.stack([sum_by_unit(part, units, n_units), sum_by_unit(whole, units, n_units)], axis=1)
    totals = totals[totals[:, 1] > 0]
    if len(totals) == 0:
        return float("nan"), Interval(float("nan"), float("nan"))
    draws = resampled_totals(totals, rng)
    return float(totals[:, 0].sum() / totals[:, 1].sum()), percentile_interval(draws[:, 0] / draws[:, 1])
