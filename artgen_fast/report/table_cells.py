"""Cells of the table of all sets: from the results of a set to a number and what stands beside it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from artgen_fast.evaluation import SetEvaluation
from artgen_fast.metrics.imputation import ImputedSites
from artgen_fast.metrics.nearest_training import NearestTraining
from artgen_fast.metrics.shared_haplotypes import SharedWithTraining
from artgen_fast.report.numbers import NONE, count, interval, number, p_value, percent, percent_interval
from artgen_fast.report.signs import Sign

RUN_THRESHOLD = 0.5
"""r² from which neighbours count as linked in the table; the figure shows the other thresholds too."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A number, or a dash where it is not defined, and what stands small beside it: its interval or p-value.

    Attributes
    ----------
    text, beside : str
    sign : Sign or None
        Whether it passes; None where there is nothing to judge.
    """

    text: str
    beside: str = ""
    sign: Sign | None = None


def truth(each: SetEvaluation) -> Cell | None:
    aa = each.aa_ts
    return None if aa is None else Cell(number(aa.truth_half_tie), interval(aa.truth_half_tie_interval))


def syn(each: SetEvaluation) -> Cell | None:
    aa = each.aa_ts
    return None if aa is None else Cell(number(aa.syn_half_tie), interval(aa.syn_half_tie_interval))


def strict(each: SetEvaluation) -> Cell | None:
    aa = each.aa_ts
    return None if aa is None else Cell(number(aa.value), f"{number(aa.truth)} / {number(aa.syn)}")


def ties(each: SetEvaluation) -> Cell | None:
    return None if each.aa_ts is None else Cell(percent(each.aa_ts.tie_rate))


def one_nn(each: SetEvaluation) -> Cell | None:
    accuracy = each.one_nn_accuracy
    return (
        None if accuracy is None else Cell(number(accuracy.overall), p_value(accuracy.p_value, accuracy.permutations))
    )


def worst_half(each: SetEvaluation) -> Cell | None:
    aa, accuracy = each.aa_ts, each.one_nn_accuracy
    if aa is None:
        return None
    beside = "" if accuracy is None else p_value(accuracy.p_value_worst_half, accuracy.permutations)
    return Cell(number(aa.worst_half_distance), beside)


def chains(each: SetEvaluation) -> Cell | None:
    chains = each.nn_chains
    if chains is None:
        return None
    longest = max(chains.departure)
    return Cell(number(chains.departure[longest]), p_value(chains.p_value[longest], chains.permutations))


def privacy(each: SetEvaluation) -> Cell | None:
    score = each.privacy_score
    return None if score is None else Cell(number(score.half_tie, 3), interval(score.half_tie_interval, 3))


def nearest(each: SetEvaluation) -> Cell | None:
    nearest = each.nearest_training
    if nearest is None:
        return None
    return Cell(percent(nearest.share), _beside_chance(nearest))


def copies(each: SetEvaluation) -> Cell | None:
    copies = each.copies
    if copies is None:
        return None
    return Cell(
        f"{count(copies.training_persons_copied)} : {count(copies.holdout_persons_copied)}", p_value(copies.p_value)
    )


def near_copies(each: SetEvaluation) -> Cell | None:
    near = each.near_copies
    if near is None:
        return None
    nearest, unseen = (
        number(float(quantiles[0]), 0) for quantiles in (near.synthetic_to_training, near.unseen_to_training)
    )
    least = f"nearest: {nearest} sites, unseen {unseen}"
    return Cell(count(near.near_copies) if near.copy_distance >= 0 else NONE, least)


def nearest_people(each: SetEvaluation) -> Cell | None:
    near = each.near_copies
    if near is None or not near.nearest_persons:
        return None
    most = min(near.nearest_persons, key=lambda each: each.p_value)
    return Cell(f"{count(most.training)} of {count(most.persons)}", p_value(near.p_value))


def shared_stretches(each: SetEvaluation) -> Cell | None:
    against = None if each.shared_haplotypes is None else each.shared_haplotypes.against_unseen
    if against is None:
        return None
    return Cell(number(against.base_pairs_ratio), interval(against.base_pairs_ratio_interval))


def shared_with_training(each: SetEvaluation) -> Cell | None:
    found = None if each.shared_haplotypes is None else each.shared_haplotypes.with_training
    if found is None:
        return None
    return Cell(percent(found.share), _beside_chance(found))


def _beside_chance(found: NearestTraining | SharedWithTraining) -> str:
    chance = f"chance {percent(found.chance)} {percent_interval(found.exchangeable)}"
    return f"{chance.rstrip()}, {p_value(found.p_value, found.permutations)}"


def all_sites(each: SetEvaluation) -> Cell | None:
    found = each.allele_frequencies
    return None if found is None else Cell(number(found.all_sites.r, 3), interval(found.all_sites.r_interval, 3))


def rare_sites(each: SetEvaluation) -> Cell | None:
    found = each.allele_frequencies
    return None if found is None else Cell(number(found.rare_sites.r, 3), interval(found.rare_sites.r_interval, 3))


def slope(each: SetEvaluation) -> Cell | None:
    found = each.allele_frequencies
    return None if found is None else Cell(number(found.all_sites.slope), interval(found.all_sites.slope_interval))


def lost(each: SetEvaluation) -> Cell | None:
    found = each.allele_frequencies
    return None if found is None else Cell(f"{count(found.fixed_in_synthetic)} : {count(found.fixed_in_real)}")


def lost_of_class(name: str) -> Callable[[SetEvaluation], Cell | None]:
    def cell(each: SetEvaluation) -> Cell | None:
        for found in () if each.allele_frequencies is None else each.allele_frequencies.classes:
            if found.name == name:
                return Cell(percent(found.fixed_in_synthetic), percent_interval(found.fixed_in_synthetic_interval))
        return None

    return cell


def spectrum(each: SetEvaluation) -> Cell | None:
    if each.frequency_spectrum is None:
        return None
    found = each.frequency_spectrum.by_minor
    return Cell(number(found.distance), interval(found.distance_interval))


def singletons(each: SetEvaluation) -> Cell | None:
    if each.frequency_spectrum is None:
        return None
    found = each.frequency_spectrum.singletons
    return Cell(number(found.ratio), interval(found.ratio_interval))


def heterozygosity(each: SetEvaluation) -> Cell | None:
    found = each.diversity
    if found is None:
        return None
    return Cell(number(found.heterozygosity_ratio), interval(found.heterozygosity_ratio_interval))


def tajimas_d(each: SetEvaluation) -> Cell | None:
    found = each.diversity
    if found is None:
        return None
    return Cell(number(found.tajimas_d_difference), interval(found.tajimas_d_difference_interval))


def ld(field: str, digits: int = 2) -> Callable[[SetEvaluation], Cell | None]:
    """A field of `LDDecay` that has an interval."""

    def cell(each: SetEvaluation) -> Cell | None:
        if each.ld_decay is None:
            return None
        ends = getattr(each.ld_decay, f"{field}_interval")
        return Cell(number(getattr(each.ld_decay, field), digits), interval(ends, digits))

    return cell


def d_prime(each: SetEvaluation) -> Cell | None:
    ld = each.ld_decay
    if ld is None:
        return None
    held = np.isfinite(ld.real_d_prime) & np.isfinite(ld.synthetic_d_prime)
    real, synthetic = (float(np.mean(values[held])) if held.any() else math.nan
                       for values in (ld.real_d_prime, ld.synthetic_d_prime))  # fmt: skip
    return Cell(number(synthetic), f"real rows {number(real)}")


def run_length(each: SetEvaluation) -> Cell | None:
    for found in () if each.ld_runs is None else each.ld_runs.thresholds:
        if found.threshold == RUN_THRESHOLD:
            return Cell(number(found.base_pairs_ratio), interval(found.base_pairs_ratio_interval))
    return None


def homozygosity(each: SetEvaluation) -> Cell | None:
    found = each.haplotype_homozygosity
    return None if found is None else Cell(number(found.integrated_ratio), interval(found.integrated_ratio_interval))


def ld_map(each: SetEvaluation) -> Cell | None:
    found = each.ld_heat_map
    return None if found is None else Cell(number(found.correlation, 3), interval(found.correlation_interval, 3))


def three_point(each: SetEvaluation) -> Cell | None:
    found = each.three_point
    return None if found is None else Cell(number(found.random.r), interval(found.random.r_interval))


def three_point_neighbours(each: SetEvaluation) -> Cell | None:
    for found in () if each.three_point is None else each.three_point.by_distance:
        return Cell(number(found.r), interval(found.r_interval))
    return None


def motifs(place: int) -> Callable[[SetEvaluation], Cell | None]:
    def cell(each: SetEvaluation) -> Cell | None:
        if each.kmer_motifs is None or place >= len(each.kmer_motifs.lengths):
            return None
        found = each.kmer_motifs.lengths[place]
        return Cell(number(found.r, 3), interval(found.r_interval, 3))

    return cell


def pairwise(each: SetEvaluation) -> Cell | None:
    distances = each.pairwise_distances
    return None if distances is None else Cell(number(distances.score), interval(distances.score_interval))


def twins(each: SetEvaluation) -> Cell | None:
    if each.pairwise_distances is None:
        return None
    share = each.pairwise_distances.synthetic_with_twin
    return Cell(percent(share.value), percent_interval(share.interval))


def identical(each: SetEvaluation) -> Cell | None:
    if each.pairwise_distances is None:
        return None
    share = each.pairwise_distances.synthetic_identical_to_real
    return Cell(percent(share.value), percent_interval(share.interval))


def component(place: int) -> Callable[[SetEvaluation], Cell | None]:
    def cell(each: SetEvaluation) -> Cell | None:
        if each.pca is None or place >= len(each.pca.real_axes.wasserstein):
            return None
        comparison = each.pca.real_axes
        return Cell(number(float(comparison.wasserstein[place])), interval(comparison.wasserstein_intervals[place]))

    return cell


def off_support(each: SetEvaluation) -> Cell | None:
    found = each.off_support
    if found is None:
        return None
    on_axes = f"{percent(found.by_mahalanobis_distance)} in PCs"
    beside = [percent_interval(found.by_nearest_distance_interval), on_axes]
    return Cell(percent(found.by_nearest_distance), ", ".join(filter(None, beside)))


def imputed_common(each: SetEvaluation) -> Cell | None:
    return None if each.imputation is None else _imputed(each.imputation.common)


def imputed_rare(each: SetEvaluation) -> Cell | None:
    return None if each.imputation is None else _imputed(each.imputation.rare)


def _imputed(found: ImputedSites) -> Cell:
    real, mixed = number(found.real.r2), number(found.mixed.r2)
    beside = f"{interval(found.synthetic.r2_interval)} real {real}, mixed {mixed}"
    return Cell(number(found.synthetic.r2), beside.lstrip())


def selection(each: SetEvaluation) -> Cell | None:
    found = each.selection_scan
    return None if found is None else Cell(number(found.correlation), interval(found.correlation_interval))


def standardised_selection(each: SetEvaluation) -> Cell | None:
    found = each.selection_scan
    if found is None:
        return None
    return Cell(number(found.standardised_correlation), interval(found.standardised_correlation_interval))


def common_haplotypes(each: SetEvaluation) -> Cell | None:
    found = each.haplotype_windows
    return None if found is None else Cell(number(found.h12_ratio), interval(found.h12_ratio_interval))


def common_haplotypes_along(each: SetEvaluation) -> Cell | None:
    found = each.haplotype_windows
    return None if found is None else Cell(number(found.h12_correlation), interval(found.h12_correlation_interval))
