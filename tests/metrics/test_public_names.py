"""Statistics are called by their names in `ag.metrics`: the real panel, the synthetic one, ``holdout=`` if need be."""

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


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("copies", "Copies"),
        ("near_copies", "NearCopies"),
        ("nearest_training", "NearestTraining"),
        ("privacy_score", "PrivacyScore"),
        ("shared_haplotypes", "SharedHaplotypes"),
        ("imputation", "Imputation"),
    ],
)
def test_statistics_beside_unseen_people(founders_panel, without_persons, name, result):
    real, holdout, rest = founders_panel.split_by_person([0.4, 0.3, 0.3], seed=0)
    synthetic = without_persons(rest)
    ask = getattr(ag.metrics, name)
    assert isinstance(ask(real, synthetic, holdout=holdout), getattr(ag.metrics, result))
    # By name only: two panels that change places give another number, and no error.
    with pytest.raises(TypeError, match="positional"):
        ask(real, holdout, synthetic)


def test_r2_of_pairs_of_sites():
    alleles = np.random.default_rng(0).integers(2, size=(50, 8))
    alleles[:, 3] = 1
    first, second = [0, 2, 7, 3], [1, 5, 7, 4]
    found = ag.kernels.pair_counts.r2(ag.Haplotypes.from_alleles(alleles), first, second, threads=1)
    assert found.dtype == np.float64
    assert np.isnan(found).tolist() == [False, False, False, True], "site 3 is fixed"
    expected = [np.corrcoef(alleles[:, a], alleles[:, b])[0, 1] ** 2 for a, b in ((0, 1), (2, 5), (7, 7))]
    np.testing.assert_allclose(found[:3], expected, rtol=1e-12)
