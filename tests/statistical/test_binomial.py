"""Samples of the binomial generator against their distribution, by chi-square with fixed seeds."""

import numpy as np
import pytest
from scipy import stats

from artgen_fast.generators.binomial import Binomial
from artgen_fast.haplotypes import Haplotypes

LOWEST_P = 1e-3
"""A true null fails once in a thousand seeds; the seeds are fixed."""

N_SAMPLED = 40_000


@pytest.fixture(scope="module")
def sampled() -> tuple[Binomial, np.ndarray]:
    rng = np.random.default_rng(1)
    # Strongly linked training rows: the generator must not reproduce that.
    alleles = (rng.random((60, 1)) < rng.uniform(0.2, 0.8, 12)).astype(np.uint8)
    model = Binomial().fit(Haplotypes.from_alleles(alleles))
    return model, model.sample(N_SAMPLED, seed=3).alleles().astype(np.int64)


def test_allele_frequencies(sampled: tuple[Binomial, np.ndarray]) -> None:
    model, alleles = sampled
    p = model.frequencies()
    assert np.all((p > 0) & (p < 1))
    statistic = ((alleles.sum(axis=0) - N_SAMPLED * p) ** 2 / (N_SAMPLED * p * (1 - p))).sum()
    assert stats.chi2.sf(statistic, len(p)) > LOWEST_P


def test_sites_are_independent(sampled: tuple[Binomial, np.ndarray]) -> None:
    alleles = sampled[1]
    correlation = np.corrcoef(alleles.T)[np.triu_indices(12, 1)]
    # n r² is chi-square with one degree of freedom for independent sites; pairs of sites are uncorrelated with pairs.
    assert stats.chi2.sf((N_SAMPLED * correlation**2).sum(), len(correlation)) > LOWEST_P


def test_rows_are_independent(sampled: tuple[Binomial, np.ndarray]) -> None:
    model, alleles = sampled
    p = model.frequencies()
    # Two rows that follow each other differ at a site with probability 2p(1 - p).
    differ = (alleles[0::2] != alleles[1::2]).sum(axis=0)
    expected = 2 * p * (1 - p)
    pairs = N_SAMPLED // 2
    statistic = ((differ - pairs * expected) ** 2 / (pairs * expected * (1 - expected))).sum()
    assert stats.chi2.sf(statistic, len(p)) > LOWEST_P
