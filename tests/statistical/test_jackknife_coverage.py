"""Jackknife intervals of site statistics hold what two samples of one population give on average.

32 pairs of samples of a simulated population of 12,800 haplotypes; nobody is in two samples. The expectation is the
mean over the pairs, or what the rest of the population says. Every check fails by chance with a probability of 1 in
1000 (ALPHA); the seeds are fixed.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.metrics.allele_frequencies import allele_frequencies_of
from artgen_fast.metrics.kmer_motifs import kmer_motifs_of
from artgen_fast.metrics.ld_decay import distance_edges, ld_decay_of
from artgen_fast.metrics.ld_heat_map import ld_heat_map_of
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.pairs import CountedPairs, sample_pairs
from artgen_fast.metrics.three_point import draw_triplets, three_point_of
from artgen_fast.metrics.uncertainty.intervals import JACKKNIFE_GROUPS
from artgen_fast.simulation import simulate_panel

ALPHA = 1e-3
PAIRS = 32

SMOOTH = ("frequency slope", "LD ratio", "3-point slope", "4-mer slope", "8-mer slope")
"""Statistics whose intervals are as wide as they should be."""

CORRELATIONS = ("frequency r", "LD r", "3-point r", "4-mer r", "8-mer r", "heat map r")
"""Near 1, where the first order of their change vanishes: the jackknife's intervals are then too wide."""


@pytest.fixture(scope="module")
def population():
    return simulate_panel(200 * 2 * PAIRS, 1000, min_maf=0.01, seed=1)


@pytest.fixture(scope="module")
def samples(population):
    parts = [GroupedPanel.of(part) for part in population.split_by_person([1 / (2 * PAIRS)] * (2 * PAIRS), seed=0)]
    return list(zip(parts[::2], parts[1::2], strict=True))


@pytest.fixture(scope="module")
def compared(population, samples):
    """Value, interval for each statistic and pair of samples, of the same pairs and triplets of sites."""
    pairs, edges = sample_pairs(population), distance_edges(population.sites)
    triplets = draw_triplets(population.sites)
    rows = []
    for real, synthetic in samples:
        frequencies = allele_frequencies_of(real, synthetic).all_sites
        ld = ld_decay_of(edges, CountedPairs.of(real, pairs), CountedPairs.of(synthetic, pairs))
        nearest = three_point_of(triplets, real, synthetic).by_distance[0]
        four, eight = kmer_motifs_of(real, synthetic).lengths
        heat = ld_heat_map_of(real, synthetic, 30)
        rows.append(
            {
                "frequency slope": (frequencies.slope, frequencies.slope_interval),
                "frequency r": (frequencies.r, frequencies.r_interval),
                "LD ratio": (ld.ratio, ld.ratio_interval),
                "LD r": (ld.pair_correlation, ld.pair_correlation_interval),
                "3-point slope": (nearest.slope, nearest.slope_interval),
                "3-point r": (nearest.r, nearest.r_interval),
                "4-mer slope": (four.slope, four.slope_interval),
                "4-mer r": (four.r, four.r_interval),
                "8-mer slope": (eight.slope, eight.slope_interval),
                "8-mer r": (eight.r, eight.r_interval),
                "heat map r": (heat.correlation, heat.correlation_interval),
            }
        )
    return {name: [row[name] for row in rows] for name in rows[0]}


def standard_error(interval):
    return (interval.high - interval.low) / 2 / stats.t.ppf(0.975, JACKKNIFE_GROUPS - 1)


@pytest.mark.parametrize("name", SMOOTH + CORRELATIONS)
def test_intervals_hold_the_mean_of_all_pairs(compared, name):
    values, intervals = zip(*compared[name], strict=True)
    inside = sum(interval.contains(np.mean(values)) for interval in intervals)
    assert stats.binomtest(inside, PAIRS, 0.95, alternative="less").pvalue > ALPHA


@pytest.mark.parametrize("name", SMOOTH)
def test_standard_errors_are_the_spread_over_pairs(compared, name):
    values, intervals = zip(*compared[name], strict=True)
    expected = np.mean([standard_error(interval) ** 2 for interval in intervals])
    statistic = (PAIRS - 1) * np.var(values, ddof=1) / expected
    assert ALPHA / 2 < stats.chi2.cdf(statistic, PAIRS - 1) < 1 - ALPHA / 2


@pytest.mark.parametrize("name", CORRELATIONS)
def test_correlations_have_intervals_that_are_at_most_three_times_too_wide(compared, name):
    values, intervals = zip(*compared[name], strict=True)
    ratio = np.sqrt(np.mean([standard_error(interval) ** 2 for interval in intervals])) / np.std(values, ddof=1)
    assert 0.7 < ratio < 3


def test_means_of_frequency_classes_hold_the_rest_of_the_population_s(population, samples):
    # Given the sites of a class, which the real sample chooses, the other sample is drawn from everybody else.
    counts, n = population.allele_counts(), len(population)
    inside: dict[str, list[bool]] = {}
    for real, synthetic in samples:
        alternative, size = real.counted()
        rarer = np.minimum(alternative, size - alternative)
        rest = (counts - alternative) / (n - size)
        rest = np.where(alternative > size - alternative, 1 - rest, rest)
        edges = {"1–5 %": (0.01, 0.05), "5–20 %": (0.05, 0.2), "20–50 %": (0.2, 0.51)}
        for each in allele_frequencies_of(real, synthetic).classes:
            if each.name in edges:
                low, high = edges[each.name]
                sites = (rarer > 2) & (rarer / size >= low) & (rarer / size < high)
                assert np.count_nonzero(sites) == each.n_sites
                inside.setdefault(each.name, []).append(each.synthetic_mean_interval.contains(rest[sites].mean()))
    assert len(inside) == 3
    for found in inside.values():
        assert stats.binomtest(sum(found), PAIRS, 0.95, alternative="less").pvalue > ALPHA
