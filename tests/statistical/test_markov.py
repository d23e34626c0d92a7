"""Samples of the Markov generator against its conditionals, by chi-square with fixed seeds."""

import numpy as np
import pytest
from scipy import stats

from artgen_fast.generators.markov import Markov
from artgen_fast.haplotypes import Haplotypes

LOWEST_P = 1e-3
N_SAMPLED = 40_000
N_SITES = 15


@pytest.fixture(scope="module")
def train() -> Haplotypes:
    """200 mosaics of six founders: neighbouring sites are linked, and most contexts of three sites are seen."""
    rng = np.random.default_rng(4)
    founders = rng.integers(0, 2, (6, N_SITES))
    switches = (rng.random((200, N_SITES)) < 0.3).cumsum(axis=1)
    copied = (switches + rng.integers(0, 6, (200, 1))) % 6
    return Haplotypes.from_alleles(founders[copied, np.arange(N_SITES)])


@pytest.mark.parametrize(("window", "min_count"), [(0, 1), (1, 1), (3, 1), (3, 20)])
def test_every_conditional_is_followed(train: Haplotypes, window: int, min_count: int) -> None:
    model = Markov(window, min_count).fit(train)
    alleles = model.sample(N_SAMPLED, seed=8).alleles().astype(np.int64)
    codes = np.zeros(N_SAMPLED, dtype=np.int64)
    statistic, cells = 0.0, 0
    for site in range(N_SITES):
        p = model.conditional_frequencies(site)
        rows = np.bincount(codes, minlength=len(p))
        alternative = np.bincount(codes, alleles[:, site], minlength=len(p))
        # Where the conditional is certain there is nothing to test but that it is obeyed.
        assert np.all(alternative[p == 0] == 0)
        assert np.all(alternative[p == 1] == rows[p == 1])
        uncertain = (p > 0) & (p < 1) & (rows * np.minimum(p, 1 - p) >= 5)
        deviation = alternative - rows * p
        statistic += (deviation[uncertain] ** 2 / (rows * p * (1 - p))[uncertain]).sum()
        cells += int(uncertain.sum())
        codes = (codes << 1 | alleles[:, site]) & (len(p) - 1)
    assert cells >= N_SITES
    assert stats.chi2.sf(statistic, cells) > LOWEST_P


def test_joint_frequencies_within_the_window_are_those_of_the_training_rows(train: Haplotypes) -> None:
    # With exact conditionals on 3 sites, the first 4 sites together have their empirical distribution.
    sampled = Markov(window=3).fit(train).sample(N_SAMPLED, seed=9).alleles()[:, :4]
    place = 1 << np.arange(4)
    expected = np.bincount(train.alleles()[:, :4] @ place, minlength=16) / len(train)
    observed = np.bincount(sampled @ place, minlength=16)
    assert np.all(observed[expected == 0] == 0)
    seen = expected > 0
    assert stats.chisquare(observed[seen], N_SAMPLED * expected[seen]).pvalue > LOWEST_P
    # Shuffled sites would not pass: the alleles of the four sites are linked.
    frequency = train.alleles()[:, :4].mean(axis=0)
    bits = (np.arange(16)[:, None] & place) > 0
    independent = np.where(bits, frequency, 1 - frequency).prod(axis=1)
    assert stats.chisquare(observed, N_SAMPLED * independent).pvalue < 1e-12
