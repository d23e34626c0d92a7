"""Which statistics are held against those of unseen people in the verdict on a set."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from artgen_fast.evaluation.fidelity import Check, check
from artgen_fast.evaluation.verdict import POPULATION
from artgen_fast.metrics.kmer_motifs import LENGTHS
from artgen_fast.metrics.uncertainty.intervals import Interval

LONGEST_MOTIFS = f"motifs of {LENGTHS[-1]} sites"
"""Name of the check of motifs, of which the longest alone are judged."""

Results = Mapping[str, Any]
"""Result, or None, of each statistic by its name (`STATISTICS`)."""

Found = tuple[float, Interval]


@dataclass(frozen=True, slots=True)
class _Checked:
    """A number of one statistic.

    Attributes
    ----------
    source : str
        Name of the statistic.
    name, what : str
    ideal : float
    read : callable
        From the statistic's result to the number and its interval, or None where there is none.
    known : bool
        Whether sets that cannot be told apart are at the ideal, so that no unseen people are needed.
    told : callable
        From the statistic's result to whether real rows have the number at all, asked where it is held against the
        ideal: what nobody has, the set does not lack.
    """

    source: str
    name: str
    what: str
    ideal: float
    read: Callable[[Any], Found | None]
    known: bool = False
    told: Callable[[Any], bool] = lambda _: True


def checks_of(results: Results, unseen: Results | None) -> tuple[Check, ...]:
    """Every check that the results allow.

    Parameters
    ----------
    results : mapping of str to result
        The statistics of the set.
    unseen : mapping of str to result, or None
        The same of the hold-out. Without it only numbers are judged whose value is known for sets that cannot be told
        apart.
    """
    found = [_compare(each, results, unseen) for each in _CHECKED]
    return tuple(each for each in [*found, *_populations(results, unseen)] if each is not None)


def _compare(checked: _Checked, results: Results, unseen: Results | None) -> Check | None:
    value = _read(checked, results)
    expected = None if unseen is None else _read(checked, unseen)
    if value is None or (expected is None and not (checked.known and checked.told(results[checked.source]))):
        return None
    return check(checked.name, checked.what, checked.ideal, value, expected, source=checked.source)


def _read(checked: _Checked, results: Results) -> Found | None:
    result = results.get(checked.source)
    return None if result is None else checked.read(result)


def _populations(results: Results, unseen: Results | None) -> Iterator[Check | None]:
    """Of each population its share of the rows, which take their labels from their neighbours."""
    mine, theirs = results.get("populations"), None if unseen is None else unseen.get("populations")
    if mine is None or theirs is None:
        return
    for found, expected in zip(mine.populations, theirs.populations, strict=True):
        yield check(
            f"{POPULATION}{found.label}",
            "share of the rows",
            found.real_share,
            (found.synthetic_share, found.synthetic_share_interval),
            (expected.synthetic_share, expected.synthetic_share_interval),
            source="populations",
        )


def _lost(name: str) -> Callable[[Any], Found | None]:
    """Share of the sites of a frequency class that do not vary in the set."""

    def read(frequencies: Any) -> Found | None:
        of_class = next(each for each in frequencies.classes if each.name == name)
        return (of_class.fixed_in_synthetic, of_class.fixed_in_synthetic_interval) if of_class.n_sites else None

    return read


def _component(place: int) -> Callable[[Any], Found | None]:
    def read(pca: Any) -> Found | None:
        on_axes = pca.real_axes
        if place >= len(on_axes.wasserstein):
            return None
        return float(on_axes.wasserstein[place]), on_axes.wasserstein_intervals[place]

    return read


def _longest_motifs(motifs: Any) -> Found | None:
    longest = motifs.lengths[-1]
    return longest.r, longest.r_interval


def _nearest_triplets(three_point: Any) -> Found | None:
    nearest = next(iter(three_point.by_distance), None)
    return None if nearest is None else (nearest.r, nearest.r_interval)


def _stretches(shared: Any) -> Found | None:
    against = shared.against_unseen
    return None if against is None else (against.base_pairs_ratio, against.base_pairs_ratio_interval)


_CHECKED = (
    _Checked(
        "allele_frequencies",
        "allele frequencies",
        "r at frequencies ≤ 0.2",
        1,
        lambda found: (found.rare_sites.r, found.rare_sites.r_interval),
    ),
    *(
        _Checked(
            "allele_frequencies",
            f"sites of frequency {name.removeprefix('other ')}",
            "share of them that do not vary",
            0,
            _lost(name),
        )
        for name in ("other < 0.5 %", "0.5–1 %", "1–5 %")
    ),
    _Checked(
        "frequency_spectrum",
        "site-frequency spectrum",
        "distance of the folded spectra",
        0,
        lambda found: (found.by_minor.distance, found.by_minor.distance_interval),
    ),
    _Checked(
        "frequency_spectrum",
        "singletons",
        "share over the real rows' share",
        1,
        lambda found: (found.singletons.ratio, found.singletons.ratio_interval),
    ),
    _Checked(
        "diversity",
        "heterozygosity",
        "over that of the real rows",
        1,
        lambda found: (found.heterozygosity_ratio, found.heterozygosity_ratio_interval),
        known=True,
        told=lambda found: found.real.heterozygosity > 0,
    ),
    _Checked(
        "diversity",
        "Tajima's D",
        "less that of the real rows",
        0,
        lambda found: (found.tajimas_d_difference, found.tajimas_d_difference_interval),
        known=True,
        told=lambda found: math.isfinite(found.real.tajimas_d),
    ),
    _Checked(
        "ld_decay",
        "linkage disequilibrium",
        "mean r² over that of the real rows",
        1,
        lambda found: (found.ratio, found.ratio_interval),
        known=True,
        told=lambda found: found.sampled_pairs > 0,
    ),
    # Beside the mean: strong LD of near sites that is lost makes up little of it where most pairs are far apart.
    _Checked(
        "ld_decay",
        "decay of linkage disequilibrium",
        "agreement of mean r² over distance",
        1,
        lambda found: (found.score, found.score_interval),
    ),
    _Checked(
        "ld_decay",
        "r² of single pairs of sites",
        "correlation with the real rows'",
        1,
        lambda found: (found.pair_correlation, found.pair_correlation_interval),
    ),
    _Checked(
        "ld_heat_map",
        "linkage disequilibrium over the region",
        "r of mean r² between its parts",
        1,
        lambda found: (found.correlation, found.correlation_interval),
    ),
    _Checked(
        "haplotype_homozygosity",
        "haplotype homozygosity",
        "mean iHH over that of the real rows",
        1,
        lambda found: (found.integrated_ratio, found.integrated_ratio_interval),
        known=True,
        # Where no core has enough carriers in both sets, the result does not say in which.
        told=lambda found: math.isfinite(found.integrated_ratio),
    ),
    _Checked("three_point", "3-point correlations of neighbours", "uncentred r", 1, _nearest_triplets),
    _Checked(
        "three_point",
        "3-point correlations at random",
        "uncentred r",
        1,
        lambda found: (found.random.r, found.random.r_interval),
    ),
    _Checked("kmer_motifs", LONGEST_MOTIFS, "r of their frequencies", 1, _longest_motifs),
    _Checked(
        "pairwise_distances",
        "pairwise distances",
        "score, 0 for independent sites",
        1,
        lambda found: (found.score, found.score_interval),
    ),
    _Checked(
        "pairwise_distances",
        "identical rows",
        "share of rows with a twin in the set",
        0,
        lambda found: (found.synthetic_with_twin.value, found.synthetic_with_twin.interval),
    ),
    *(
        _Checked(
            "pca",
            f"principal component {place + 1}",
            "distance in standard deviations",
            0,
            _component(place),
        )
        for place in range(4)
    ),
    _Checked(
        "shared_haplotypes",
        "stretches shared with training rows",
        "mean length over that of unseen people's",
        1,
        _stretches,
        known=True,
        told=lambda found: found.holdout is not None and found.holdout.mean_base_pairs > 0,
    ),
)
