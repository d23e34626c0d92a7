from __future__ import annotations

import importlib
import math

import numpy as np
import pytest
from scipy import stats

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.pca import pca, principal_axes


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


def test_axes_are_those_of_the_singular_value_decomposition(structured):
    axes = principal_axes([structured], seed=0)
    centred, variances, expected = exact(structured.alleles())
    np.testing.assert_allclose(axes.variances, variances[:6], rtol=2e-3)
    np.testing.assert_allclose(axes.explained, variances[:6] / variances.sum(), rtol=2e-3)
    np.testing.assert_allclose(axes.axes.T @ axes.axes, np.eye(6), atol=1e-5)
    for component in (0, 1):
        assert abs(axes.axes[:, component] @ expected[:, component]) > 0.9999
    scores = axes.project(structured)
    np.testing.assert_allclose(scores, centred @ axes.axes, atol=1e-3)
    np.testing.assert_allclose(scores.var(axis=0, ddof=1), axes.variances, rtol=1e-3)


def test_axes_do_not_depend_on_the_seed_or_the_blocks(structured, monkeypatch):
    first = principal_axes([structured], 2, seed=0)
    # (The package's attribute of this name is the function.)
    monkeypatch.setattr(importlib.import_module("artgen_fast.metrics.pca"), "_BLOCK_BYTES", 500 * 7)
    second = principal_axes([structured], 2, seed=1)
    np.testing.assert_allclose(first.axes, second.axes, atol=0.02)
    assert np.all(first.axes[np.argmax(np.abs(first.axes), axis=0), [0, 1]] > 0)
    np.testing.assert_array_equal(principal_axes([structured], 2, seed=1).axes, second.axes)


def test_pooled_axes_are_those_of_the_stacked_rows(structured):
    both = principal_axes([structured[:120], structured[120:]], 2)
    np.testing.assert_allclose(both.axes, principal_axes([structured], 2).axes, atol=0.02)


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


def test_small_panels_have_fewer_components():
    few = Haplotypes.from_alleles([[0, 0, 1], [1, 0, 1], [1, 1, 1]])
    axes = principal_axes([few])
    assert axes.axes.shape == (3, 2)
    np.testing.assert_allclose(axes.variances, exact(few.alleles())[1][:2], rtol=1e-6)
    one_site = Haplotypes.from_alleles([[0], [1], [1]])
    assert pca(one_site, one_site).real_axes.densities == ()


def test_nothing_varies():
    same = Haplotypes.from_alleles(np.zeros((5, 9), int))
    result = pca(same, same).real_axes
    assert np.isnan(result.explained).all()
    assert all(math.isnan(value) for value in result.wasserstein)
