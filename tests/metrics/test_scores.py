from __future__ import annotations

import math

import pytest

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics import aa_ts, allele_frequencies, ld_decay, pairwise, scores, three_point
from artgen_fast.metrics.scores import overfitting, underfitting


@pytest.mark.parametrize(
    ("accuracy", "over", "under"), [(0, 0, 1), (0.25, 0.5, 1), (0.5, 1, 1), (0.75, 1, 0.5), (1, 1, 0)]
)
def test_over_and_underfitting(accuracy, over, under):
    assert (overfitting(accuracy), underfitting(accuracy)) == (over, under)


def test_scores_come_from_half_tie_values_and_rare_sites(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    aa = aa_ts(half, other, backend="reference")
    frequencies, ld = allele_frequencies(half, other), ld_decay(half, other)
    distances = pairwise(half, other, backend="reference")
    # Of near sites alone, so that random triplets are linked.
    triplets = three_point(half[:, :30], other[:, :30])
    result = scores(aa, frequencies, ld, distances, triplets)
    assert aa.truth_half_tie != aa.truth
    assert result.overfitting_truth == overfitting(aa.truth_half_tie)
    assert result.underfitting_syn == underfitting(aa.syn_half_tie)
    assert result.overfitting == overfitting(aa.half_tie)
    assert (result.allele_frequencies, result.ld, result.pairwise_distances) == (
        frequencies.rare_sites.r,
        ld.score,
        distances.score,
    )
    assert 0 < triplets.random.r < 1
    assert result.three_point == triplets.random.r != triplets.by_distance[0].r
    assert result.allele_frequencies_interval == frequencies.rare_sites.r_interval.within(0, 1)
    assert result.three_point_interval == triplets.random.r_interval.within(0, 1)
    assert (result.ld_interval, result.pairwise_distances_interval) == (ld.score_interval, distances.score_interval)
    for half, interval in (("truth", aa.truth_half_tie_interval), ("syn", aa.syn_half_tie_interval)):
        low, high = interval.low, interval.high
        over, under = getattr(result, f"overfitting_{half}_interval"), getattr(result, f"underfitting_{half}_interval")
        assert (over.low, over.high) == (overfitting(low), overfitting(high))
        assert (under.low, under.high) == (underfitting(high), underfitting(low))
        assert under.low < under.high or over.low < over.high
    for name in ("overfitting", "ld", "three_point", "allele_frequencies", "pairwise_distances"):
        interval = getattr(result, f"{name}_interval")
        assert 0 <= interval.low <= getattr(result, name) <= interval.high <= 1


def test_what_is_not_computed_has_no_score_and_no_interval():
    result = scores(None, None, None, None, None)
    assert all(math.isnan(getattr(result, name)) for name in ("overfitting", "ld", "three_point", "allele_frequencies"))
    assert math.isnan(result.ld_interval.low)
    assert math.isnan(result.underfitting_syn_interval.high)


def test_correlations_of_the_wrong_sign_score_nothing(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    # With REF and ALT exchanged at every site each correlation changes its sign.
    flipped = Haplotypes.from_alleles(1 - half.alleles(), half.sites)
    triplets, frequencies = three_point(half, flipped), allele_frequencies(half, flipped)
    assert (triplets.random.r, frequencies.rare_sites.r) == pytest.approx((-1, -1))
    result = scores(
        aa_ts(half, other, backend="reference"),
        frequencies,
        ld_decay(half, other),
        pairwise(half, other, backend="reference"),
        triplets,
    )
    assert (result.three_point, result.allele_frequencies) == (0, 0)
