"""Site statistics of real panels and of published artificial genomes equal independent implementations."""

from __future__ import annotations

from collections import Counter

import allel
import numpy as np
import pytest
from scipy import stats

from artgen_fast.metrics import allele_frequencies, kmer_motifs, ld_decay, ld_heat_map, three_point
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.sites.pairs import CountedPairs, SitePairs, sample_pairs
from artgen_fast.metrics.three_point import draw_triplets

pytestmark = pytest.mark.real_data

REAL = "805_SNP_1000G_real"
PUBLISHED = ["805_SNP_GAN_AG_20000epochs", "805_SNP_RBM_AG_800Epochs"]


@pytest.fixture(scope="module", params=[*PUBLISHED, "seven loci"])
def sets(request, panels):
    """The panel that a published set learned and that set; or two halves of the people, where two loci meet."""
    if request.param == "seven loci":
        panel = panels("kg1000_7loci_rephased")
        border = np.flatnonzero(panel.sites.contig[1:] != panel.sites.contig[:-1])[0] + 1
        return panel[:, border - 497 : border + 700].split_by_person([0.5, 0.5], seed=0)
    return panels(REAL), panels(request.param)


def squared_correlations(alleles):
    with np.errstate(invalid="ignore", divide="ignore"):
        table = np.corrcoef(alleles, rowvar=False) ** 2
    np.fill_diagonal(table, np.nan)
    return table


def test_r_squared_equals_scikit_allel_s(sets):
    some = np.sort(np.random.default_rng(0).choice(sets[0].n_sites, 100, replace=False))
    first, second = np.triu_indices(100, 1)
    pairs = SitePairs(some[first], some[second], np.zeros(len(first)))
    for panel in sets:
        # Haplotypes given as genotypes of 0 and 1 make its r that of alleles; it computes in single precision.
        expected = allel.rogers_huff_r(panel.alleles()[:, some].T.astype("i1")) ** 2
        found = CountedPairs.of(GroupedPanel.of(panel), pairs).r_squared()
        np.testing.assert_allclose(found, expected, atol=2e-5)


def test_ld_decay_averages_squared_correlations(sets):
    result = ld_decay(*sets)
    pairs = sample_pairs(sets[0])
    x, y = (squared_correlations(panel.alleles())[pairs.first, pairs.second] for panel in sets)
    kept = np.isfinite(x) & np.isfinite(y)
    which = np.digitize(pairs.distance, result.edges) - 1
    for place in np.flatnonzero(result.pairs):
        chosen = kept & (which == place)
        assert result.pairs[place] == np.count_nonzero(chosen)
        assert (result.real[place], result.synthetic[place]) == pytest.approx((x[chosen].mean(), y[chosen].mean()))
    assert result.rmse == pytest.approx(np.sqrt(np.mean((x[kept] - y[kept]) ** 2)))
    assert result.pair_correlation == pytest.approx(stats.pearsonr(x[kept], y[kept]).statistic)


def test_the_heat_map_averages_squared_correlations(sets):
    found = ld_heat_map(*sets, bins=40)
    alleles = [panel.alleles() for panel in sets]
    varying = np.flatnonzero(np.all([table.min(axis=0) < table.max(axis=0) for table in alleles], axis=0))
    assert found.sites == len(varying)
    contig, position = sets[0].sites.contig[varying], sets[0].sites.position[varying]
    # Each bin ends before the first site of the next; SNPs of one chromosome are in the order of their positions.
    of_bin = np.repeat(found.contigs, np.diff([*found.contig_bins, found.bins]))
    first_of_bin = zip(of_bin, found.first_position, strict=True)
    starts = [np.flatnonzero((contig == name) & (position == low))[0] for name, low in first_of_bin]
    bins = np.split(np.arange(len(varying)), starts[1:])
    assert [position[each[-1]] for each in bins] == found.last_position.tolist()
    for table, values in zip(alleles, (found.real, found.synthetic), strict=True):
        r2 = squared_correlations(table[:, varying])
        expected = [np.nanmean(r2[np.ix_(bins[a], bins[b])]) for a in range(40) for b in range(a + 1)]
        np.testing.assert_allclose(values * 1e-4, expected, atol=0.5001e-4)


def test_frequencies_equal_scipy_s_regression(sets):
    real, synthetic = sets
    x, y = real.alleles().mean(axis=0), synthetic.alleles().mean(axis=0)
    result = allele_frequencies(real, synthetic)
    for found, chosen in ((result.all_sites, x <= 1), (result.rare_sites, x <= 0.2)):
        line = stats.linregress(x[chosen], y[chosen])
        assert (found.r, found.slope, found.intercept) == pytest.approx((line.rvalue, line.slope, line.intercept))
    assert sum(each.n_sites for each in result.classes) == np.count_nonzero((x > 0) & (x < 1))


def test_three_point_correlations_equal_sums_over_the_alleles_of_triplets(sets):
    real, synthetic = sets
    result = three_point(real, synthetic)
    by_distance = {each.sites_between: each for each in (*result.by_distance, result.random)}
    for kind in draw_triplets(real.sites):
        if len(kind.sites) == 0:
            assert kind.sites_between in result.left_out
            continue
        values = []
        for panel in sets:
            # The third central moment of three 0/1 variables is their three-point correlation.
            centred = panel.alleles() - panel.alleles().mean(axis=0)
            first, second, third = (centred[:, kind.sites[:, place]] for place in range(3))
            values.append((first * second * third).mean(axis=0))
        x, y = (np.concatenate([each, -each]) for each in values)
        found = by_distance[kind.sites_between]
        assert found.r == pytest.approx(stats.pearsonr(x, y).statistic)
        assert found.r_interval.contains(found.r)


def test_motifs_equal_counts_of_rows_of_windows(sets):
    contig = sets[0].sites.contig
    alleles = [panel.alleles() for panel in sets]
    for found in kmer_motifs(*sets).lengths:
        k = found.k
        starts = range(0, len(contig) - k + 1, k)
        whole = [start for start in starts if len(set(contig[start : start + k])) == 1]
        assert (found.windows, found.windows_across_contigs) == (len(whole), len(starts) - len(whole))
        assert found.windows_across_contigs > 0
        points = []
        for start in whole:
            in_real, in_synthetic = (
                Counter(row.tobytes() for row in np.ascontiguousarray(table[:, start : start + k])) for table in alleles
            )
            points += [(in_real[motif], in_synthetic[motif]) for motif in in_real.keys() | in_synthetic.keys()]
        x, y = np.array(points).T / [[len(panel)] for panel in sets]
        line = stats.linregress(x, y)
        assert found.motifs == len(points)
        assert (found.r, found.slope, found.intercept) == pytest.approx((line.rvalue, line.slope, line.intercept))
        assert (found.only_real, found.only_synthetic) == pytest.approx((np.mean(y == 0), np.mean(x == 0)))
