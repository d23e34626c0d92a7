from __future__ import annotations

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.off_support import off_support


def test_rows_outside_the_real_cloud_are_counted(founders_panel):
    half, other = founders_panel.split_by_person([0.5, 0.5], seed=0)
    alleles = other.alleles()
    rng = np.random.default_rng(0)
    noise = rng.random((60, 300)) < 0.5
    alleles[:60] = noise
    result = off_support(half, Haplotypes.from_alleles(alleles), backend="reference")
    assert result.by_nearest_distance >= 60 / 240
    assert off_support(half, other, backend="reference").by_nearest_distance < 0.02


def test_rows_far_out_on_the_components_are_counted():
    # Real rows vary along one direction of 100 linked sites; a quarter of the synthetic rows go many times as far.
    rng = np.random.default_rng(0)
    real, synthetic = (rng.random((200, 200)) < 0.1 for _ in range(2))
    for rows in (real, synthetic):
        rows[:, :100] = rng.random((200, 100)) < np.where(rng.random(200) < 0.5, 0.3, 0.4)[:, None]
    synthetic[:50, :100] = True
    result = off_support(Haplotypes.from_alleles(real), Haplotypes.from_alleles(synthetic), backend="reference")
    assert 0.25 <= result.by_mahalanobis_distance < 0.27
