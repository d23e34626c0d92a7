"""Every statistic is called by its name in `ag.metrics`, with the real and the synthetic panel first."""

from __future__ import annotations

import numpy as np
import pytest

import artgen_fast as ag


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("aa_ts", "AATS"),
        ("allele_frequencies", "AlleleFrequencies"),
        ("ld_decay", "LDDecay"),
        ("three_point", "ThreePoint"),
        ("kmer_motifs", "KmerMotifs"),
        ("pca", "PCA"),
        ("pairwise", "PairwiseDistances"),
    ],
)
def test_statistics_of_two_panels(founders_panel, name, result):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    assert isinstance(getattr(ag.metrics, name)(half, other), getattr(ag.metrics, result))


def test_r2_of_pairs_of_sites():
    alleles = np.random.default_rng(0).integers(2, size=(50, 8))
    alleles[:, 3] = 1
    first, second = [0, 2, 7, 3], [1, 5, 7, 4]
    found = ag.kernels.pair_counts.r2(ag.Haplotypes.from_alleles(alleles), first, second, threads=1)
    assert found.dtype == np.float64
    assert np.isnan(found).tolist() == [False, False, False, True], "site 3 is fixed"
    expected = [np.corrcoef(alleles[:, a], alleles[:, b])[0, 1] ** 2 for a, b in ((0, 1), (2, 5), (7, 7))]
    np.testing.assert_allclose(found[:3], expected, rtol=1e-12)
