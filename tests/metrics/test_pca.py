from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from scipy import stats

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, concatenate
from artgen_fast.metrics.pca import pca, principal_axes

RESIDUAL = 1e-5
"""Relative residual at which the iteration stops."""

ROUNDING = 24 * 2.0**-24
"""Most relative rounding error of a product: 24 additions in float32."""


@pytest.fixture(scope="module")
def structured():
    """Three populations of 100, 70 and 30 haplotypes: two clear components above a flat floor."""
    rng = np.random.default_rng(0)
    ancestral = rng.uniform(0.1, 0.9, 500)
    drifted = [np.clip(ancestral + rng.normal(0, 0.15, 500), 0, 1) for _ in range(3)]
    return Haplotypes.from_alleles(
        np.concatenate([rng.random((n, 500)) < f for n, f in zip((100, 70, 30), drifted, strict=True)])
    )


def exact(alleles):
    centred = alleles - alleles.mean(axis=0)
    _, singular, axes = np.linalg.svd(centred.astype(float), full_matrices=False)
    return centred, singular**2 / (len(alleles) - 1), axes.T


def assert_orthonormal(axes):
    products = axes.T.astype(np.float64) @ axes.astype(np.float64)
    np.testing.assert_allclose(products, np.eye(axes.shape[1]), atol=ROUNDING)


def assert_principal_axes(axes, alleles, components, variances, total):
    """Equal to exact axes up to sign, as near as residuals of RESIDUAL and the gaps between variances say.

    ``components`` and ``variances`` include one more than ``axes``.
    """
    n = len(axes.variances)
    np.testing.assert_allclose(axes.variances, variances[:n], rtol=ROUNDING)
    np.testing.assert_allclose(axes.explained, variances[:n] / total, rtol=ROUNDING)
    assert_orthonormal(axes.axes)
    np.testing.assert_allclose(axes.mean, alleles.mean(axis=0), rtol=1e-12)
    gaps = np.array([np.abs(np.delete(variances, at) - variances[at]).min() for at in range(n)])
    angles = RESIDUAL * variances[:n] / gaps + ROUNDING
    signs = np.sign(np.sum(axes.axes * components[:, :n], axis=0))
    assert np.all(np.linalg.norm(axes.axes - signs * components[:, :n], axis=0) <= angles)
    # Coordinates are off by an axis's angle times the rows' distance from the centre.
    centred = alleles - alleles.mean(axis=0)
    scores = axes.project(Haplotypes.from_alleles(alleles))
    off = np.abs(scores - signs * (centred @ components[:, :n]))
    assert np.all(off <= np.outer(np.linalg.norm(centred, axis=1), angles) + ROUNDING * np.sqrt(alleles.shape[1]))
    np.testing.assert_allclose(scores.var(axis=0, ddof=1), axes.variances, rtol=ROUNDING)
    assert np.all(axes.axes[np.argmax(np.abs(axes.axes), axis=0), np.arange(n)] > 0)


def test_axes_are_those_of_the_singular_value_decomposition(structured):
    _, variances, components = exact(structured.alleles())
    assert_principal_axes(
        principal_axes([structured]), structured.alleles(), components[:, :7], variances[:7], variances.sum()
    )


@pytest.mark.parametrize(("rows", "n_sites"), [(40, 700), (700, 40), (17, 17), (2, 300), (300, 2)])
def test_axes_of_any_shape(rows, n_sites):
    alleles = np.random.default_rng(rows).integers(0, 2, (rows, n_sites)).astype(np.uint8)
    _, variances, components = exact(alleles)
    n = min(6, rows - 1, n_sites)
    axes = principal_axes([Haplotypes.from_alleles(alleles)])
    assert axes.axes.shape == (n_sites, n)
    if n + 1 > len(variances):
        variances, components = np.append(variances, 0), np.pad(components, ((0, 0), (0, 1)))
    assert_principal_axes(axes, alleles, components[:, : n + 1], variances[: n + 1], variances.sum())


@pytest.mark.real_data
@pytest.mark.parametrize("other", [None, "805_SNP_GAN_AG_20000epochs", "805_SNP_RBM_AG_800Epochs"])
def test_axes_of_published_sets_are_those_of_scikit_learn(panels, other):
    decomposition = pytest.importorskip("sklearn.decomposition")
    pooled = [panels("805_SNP_1000G_real")] + ([panels(other)] if other else [])
    alleles = np.concatenate([panel.alleles() for panel in pooled])
    model = decomposition.PCA(7, svd_solver="covariance_eigh").fit(alleles.astype(np.float64))
    assert_principal_axes(
        principal_axes(pooled),
        alleles,
        model.components_.T,
        model.explained_variance_,
        model.explained_variance_[0] / model.explained_variance_ratio_[0],
    )


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["kg1000_chr1_d1s1656_rephased", "kg1000_7loci_rephased"])
def test_axes_of_real_panels_are_those_of_scikit_learn(panels, name):
    decomposition = pytest.importorskip("sklearn.decomposition")
    alleles = panels(name)[:700, :5000].alleles()
    model = decomposition.PCA(7, svd_solver="full").fit(alleles.astype(np.float64))
    assert_principal_axes(
        principal_axes([Haplotypes.from_alleles(alleles)]),
        alleles,
        model.components_.T,
        model.explained_variance_,
        model.explained_variance_[0] / model.explained_variance_ratio_[0],
    )


def test_axes_depend_neither_on_the_seed_nor_on_the_threads(structured):
    first, second = principal_axes([structured], 2, seed=0), principal_axes([structured], 2, seed=1)
    assert not np.array_equal(first.axes, second.axes)
    np.testing.assert_allclose(first.axes, second.axes, atol=20 * RESIDUAL)
    for threads in (1, 3):
        again = principal_axes([structured], 2, seed=1, threads=threads)
        np.testing.assert_array_equal(again.axes, second.axes)
        np.testing.assert_array_equal(again.project(structured, threads=threads), second.project(structured))


def test_pooled_axes_are_those_of_the_stacked_rows(structured):
    parts = [structured[:120], structured[120:130], structured[130:]]
    both = principal_axes(parts, 2)
    np.testing.assert_allclose(both.axes, principal_axes([concatenate(parts)], 2).axes, atol=20 * RESIDUAL)


def test_wasserstein_is_in_real_standard_deviations(structured):
    real, synthetic = structured[::2], structured[1::2]
    result = pca(real, synthetic).real_axes
    axes = principal_axes([real])
    for component in range(6):
        t, s = (axes.project(panel)[:, component] for panel in (real, synthetic))
        assert result.wasserstein[component] == pytest.approx(stats.wasserstein_distance(t, s) / t.std(ddof=1))
        assert result.wasserstein_intervals[component].contains(result.wasserstein[component])


def test_a_lost_population_shows(structured):
    whole, without = pca(structured, structured[:170]), pca(structured, structured)
    assert whole.real_axes.wasserstein[:2].max() > 0.2
    np.testing.assert_allclose(without.real_axes.wasserstein, 0, atol=1e-9)
    np.testing.assert_allclose(without.joint_axes.wasserstein, 0, atol=1e-9)


def test_joint_axes_see_what_only_the_synthetic_rows_vary_in(structured):
    real = structured.alleles()
    real[:, 400:] = 0
    synthetic = real.copy()
    synthetic[:100, 400:] = 1
    result = pca(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic))
    assert result.real_axes.wasserstein[0] < 0.01
    assert result.joint_axes.wasserstein[0] > 0.5


def test_densities_count_every_row(structured):
    result = pca(structured[:150], structured[150:]).real_axes
    assert [density.components for density in result.densities] == [(1, 2), (3, 4), (5, 6)]
    for density in result.densities:
        assert (density.real.sum(), density.synthetic.sum()) == (150, 50)
        assert density.real.shape == (50, 50)


@pytest.mark.parametrize("components", [0, -1, 2.0, True, None, "3"], ids=str)
def test_components_must_be_a_positive_whole_number(structured, components):
    with pytest.raises(InputError, match="components must be a whole number of at least 1; got"):
        pca(structured, structured, components=components)


def test_small_panels_have_fewer_components():
    few = Haplotypes.from_alleles([[0, 0, 1], [1, 0, 1], [1, 1, 1]])
    axes = principal_axes([few])
    assert axes.axes.shape == (3, 2)
    np.testing.assert_allclose(axes.variances, exact(few.alleles())[1][:2], rtol=1e-6)
    one_site = Haplotypes.from_alleles([[0], [1], [1]])
    assert pca(one_site, one_site).real_axes.densities == ()


def test_steps_beyond_the_last_needed_find_nothing_twice(structured, monkeypatch):
    # Rounding errors along directions that are known already would grow into copies of them.
    rows = np.repeat(structured.alleles()[:60], 4, axis=0)
    rows[np.arange(240), np.arange(240)] ^= 1
    # (The package's attribute of this name is the function.)
    monkeypatch.setattr(importlib.import_module("artgen_fast.metrics.pca"), "_TOLERANCE", 0.0)
    axes = principal_axes([Haplotypes.from_alleles(rows)], 60)
    np.testing.assert_allclose(axes.variances, exact(rows)[1][:60], rtol=0, atol=ROUNDING * axes.variances[0])
    assert_orthonormal(axes.axes)


def test_fewer_directions_than_components():
    # Three different rows, many times: two directions, and four in which nothing varies.
    rows = np.random.default_rng(0).integers(0, 2, (3, 200))[np.arange(600) % 3]
    axes = principal_axes([Haplotypes.from_alleles(rows)])
    np.testing.assert_allclose(axes.variances[:2], exact(rows)[1][:2], rtol=ROUNDING)
    np.testing.assert_allclose(axes.variances[2:], 0, atol=ROUNDING * axes.variances[0])
    assert_orthonormal(axes.axes)


def test_there_is_no_distance_along_axes_that_only_rounding_varies_along():
    # Three different rows, many times; the synthetic ones have noise at 20 sites besides.
    rng = np.random.default_rng(0)
    real = rng.integers(0, 2, (3, 1000))[rng.integers(3, size=300)]
    synthetic = real.copy()
    synthetic[:, :20] ^= rng.random((300, 20)) < 0.3
    result = pca(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic)).real_axes
    assert np.isnan(result.wasserstein).tolist() == [False] * 2 + [True] * 4
    assert [math.isnan(each.low) for each in result.wasserstein_intervals] == [False] * 2 + [True] * 4
    # Of real rows that are all the same, none is along the axes of the pool either, though the pool varies.
    same = Haplotypes.from_alleles(np.repeat(real[:1], 300, axis=0))
    joint = pca(same, Haplotypes.from_alleles(synthetic)).joint_axes
    assert np.all(joint.explained > 1e-4)
    assert np.isnan(joint.wasserstein).all()


def test_a_component_of_little_variance_has_a_distance():
    # Two kinds of rows, and one site besides: a ten-thousandth of the first component's variance.
    real = np.repeat(np.eye(2, dtype=int), 100, axis=0)[:, np.arange(10_000) % 2]
    real[::2, 0] ^= 1
    result = pca(Haplotypes.from_alleles(real), Haplotypes.from_alleles(1 - real)).real_axes
    assert result.explained[1] < 1.1e-4
    assert np.isfinite(result.wasserstein[:2]).all()
    assert np.isnan(result.wasserstein[2:]).all()


def test_nothing_varies():
    same = Haplotypes.from_alleles(np.zeros((5, 9), int))
    result = pca(same, same).real_axes
    assert np.isnan(result.explained).all()
    assert all(math.isnan(value) for value in result.wasserstein)
