"""Accuracy of a leave-one-out nearest-neighbour classifier that tells generated from real haplotypes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.aa_ts import AATS, aa_ts_of
from artgen_fast.metrics.neighbours.pool import NearestClasses
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.uncertainty.intervals import Interval, percentile_interval
from artgen_fast.metrics.uncertainty.label_permutations import PERMUTATIONS, p_value, permuted_labels, permuted_unit


@dataclass(frozen=True, slots=True)
class OneNNAccuracy:
    """Leave-one-out 1-NN accuracy on real rows, on generated rows and overall.

    Attributes
    ----------
    real, generated, overall : float
        Share of rows whose nearest other row in the pool has their own label; a nearest distance shared by both
        labels counts ½. At equal sizes ``real`` and ``generated`` *are* the half-tie AA_truth and AA_syn (a row is
        classified rightly where the other set is farther than its own): the same evidence, not more.
    real_interval, generated_interval, overall_interval : Interval
        Those of `AATS`: bootstrap by person with neighbours fixed.
    real_exchangeable, generated_exchangeable, overall_exchangeable : Interval
        Where the accuracy lies for permuted labels, hence for sets that cannot be told apart. Wider than the
        bootstrap, which sees nothing of the chance that decides which set holds a row that is nearest to many others.
    expected : float
        Mean for exchangeable sets of n rows, (n - 1) / (2n - 1).
    p_value : float
        Permutation p-value of ``|overall - expected|``. Blind where one half is too high and the other too low.
    p_value_worst_half : float
        Permutation p-value of max(|real - expected|, |generated - expected|), which sees that.
        Where panels were cut to one size several times, accuracies and their intervals are means over the cuts; what is
        permuted, these p-values and the exchangeable intervals, is the first cut, whose accuracies are others.
    permutations : int
    permuted : str
        "persons" or "haplotypes": what the labels are permuted over.
    n : int
        Haplotypes compared of each set.
    """

    real: float
    generated: float
    overall: float
    real_interval: Interval
    generated_interval: Interval
    overall_interval: Interval
    real_exchangeable: Interval
    generated_exchangeable: Interval
    overall_exchangeable: Interval
    expected: float
    p_value: float
    p_value_worst_half: float
    permutations: int
    permuted: str
    n: int


def one_nn_accuracy(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    repeats: int = 1,
    backend: str | None = None,
    threads: int | None = None,
) -> OneNNAccuracy:
    """1-NN accuracy of real against synthetic haplotypes (Xu et al. 2018, arXiv:1806.07755).

    Parameters are those of `aa_ts`. The p-values permute labels over the fixed nearest neighbours of the first cut's
    pool, with all rows that are equally near: a nearest distance shared by both labels counts ½ there, too.

    Returns
    -------
    OneNNAccuracy

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    searches = NeighbourSearches(
        {"real": real, "synthetic": synthetic}, seed=seed, repeats=repeats, backend=backend, threads=threads
    )
    return one_nn_accuracy_of(searches, "real", "synthetic", seed=seed)


def one_nn_accuracy_of(
    searches: NeighbourSearches, real: str, synthetic: str, *, seed: int = 0, aa: AATS | None = None
) -> OneNNAccuracy:
    """1-NN accuracy of two named panels from shared searches, and from their AA_TS where it is at hand."""
    aa = aa_ts_of(searches, real, synthetic, seed=seed) if aa is None else aa
    pool = searches.pool(real, synthetic)
    n = searches.n
    expected = (n - 1) / (2 * n - 1)

    rng = np.random.default_rng([seed, 2 * n, 1])
    permuted = np.concatenate([_accuracies(labels, pool.nearest) for labels in permuted_labels(pool, rng)])
    null = _departures(permuted, expected)
    observed = _departures(_accuracies(pool.is_real, pool.nearest), expected)
    return OneNNAccuracy(
        real=aa.truth_half_tie,
        generated=aa.syn_half_tie,
        overall=aa.half_tie,
        real_interval=aa.truth_half_tie_interval,
        generated_interval=aa.syn_half_tie_interval,
        overall_interval=aa.half_tie_interval,
        real_exchangeable=percentile_interval(permuted[:, 0]),
        generated_exchangeable=percentile_interval(permuted[:, 1]),
        overall_exchangeable=percentile_interval(permuted.mean(axis=1)),
        expected=expected,
        p_value=p_value(float(observed[0]), null[:, 0]),
        p_value_worst_half=p_value(float(observed[1]), null[:, 1]),
        permutations=PERMUTATIONS,
        permuted=permuted_unit(pool),
        n=n,
    )


def _accuracies(is_real: BoolArray, nearest: NearestClasses) -> Float64Array:
    """1-NN accuracy on real and on generated rows, float64 of shape (..., 2), for labels of shape (..., rows)."""
    n = is_real.shape[-1] // 2
    halves = nearest.halves_agreeing(is_real)
    of_real = (halves * is_real).sum(axis=-1, dtype=np.int64)
    of_generated = halves.sum(axis=-1, dtype=np.int64) - of_real
    accuracies: Float64Array = np.stack([of_real, of_generated], axis=-1) / (2 * n)
    return accuracies


def _departures(accuracies: Float64Array, expected: float) -> Float64Array:
    """|overall - expected|, and the same of the worse half: float64 of shape (..., 2)."""
    return np.stack([np.abs(accuracies.mean(axis=-1) - expected), np.abs(accuracies - expected).max(axis=-1)], axis=-1)
