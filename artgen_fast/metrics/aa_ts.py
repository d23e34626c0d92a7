"""Nearest-neighbour adversarial accuracy, AA_TS: how far generated and real haplotypes can be told apart."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from artgen_fast.array_types import Float64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.uncertainty.intervals import Interval, percentile_interval, resampled_totals, sum_by_unit

FARTHER, TIED, ROWS = 0, 1, 2
"""Columns of a half's totals: rows farther from the other set than from their own, tied rows, all rows."""


@dataclass(frozen=True, slots=True)
class AATS:
    """AA_TS with both halves, its ties and their intervals.

    Attributes
    ----------
    truth, syn, value : float
        Share of real rows that are farther from the synthetic set than from the other real rows (a tie counts 0); the
        same share of synthetic rows; their mean, which is AA_TS.
    truth_tie_rate, syn_tie_rate, tie_rate : float
        Share of rows as far from the one set as from the other: of real rows, of synthetic rows, of all.
    truth_half_tie, syn_half_tie, half_tie : float
        The same as truth, syn and value with a tie counted ½. One half is ½ where the two sets cannot be told apart.
    truth_half_tie_interval, syn_half_tie_interval, half_tie_interval : Interval
        Bootstrap by person with neighbours fixed: how precise the value is for these neighbours. It leaves out the
        chance that decides which set holds a row that is nearest to many others, so that it covers ½ for sets drawn
        from the same people less often than its level says (measured on 1000 Genomes panels: 65 to 90 % instead of
        95 %). To ask whether two sets differ, use `OneNNAccuracy.real_exchangeable` and `.generated_exchangeable`.
    truth_interval, syn_interval, value_interval : Interval
        The same of the strict values.
    n : int
        Haplotypes compared of each set.
    repeats : int
        Number of cuts over which everything is averaged.
    cut : str
        Which set was cut to n haplotypes, in words; empty if none was.

    Notes
    -----
    Judge by the two half-tie halves. Their mean is ½ for generators that fail (independent sites give 1 and 0), and
    ties, which are common over few sites, make the strict values look overfitted.
    """

    truth: float
    syn: float
    value: float
    truth_tie_rate: float
    syn_tie_rate: float
    tie_rate: float
    truth_half_tie: float
    syn_half_tie: float
    half_tie: float
    truth_interval: Interval = field(repr=False)
    syn_interval: Interval = field(repr=False)
    value_interval: Interval = field(repr=False)
    truth_half_tie_interval: Interval
    syn_half_tie_interval: Interval
    half_tie_interval: Interval = field(repr=False)
    n: int
    repeats: int
    cut: str

    @property
    def worst_half_distance(self) -> float:
        """Distance of the worse half-tie half from ½, in [0, ½]: the number to judge, stop and rank by."""
        return max(abs(self.truth_half_tie - 0.5), abs(self.syn_half_tie - 0.5))


def aa_ts(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    seed: int = 0,
    repeats: int = 1,
    backend: str | None = None,
    threads: int | None = None,
) -> AATS:
    """Nearest-neighbour adversarial accuracy of a synthetic set.

    With d the Hamming distance to the nearest row, T the real and S the synthetic set, and a row never its own
    neighbour, truth = mean over T of 1[d_TS > d_TT], syn = mean over S of 1[d_ST > d_SS], and AA_TS is their mean
    (Yale et al. 2020, Neurocomputing 416:244; Methods of Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites. The larger one is cut to the size of the other, at random, by person.
    seed : int
        Of the cut and of the bootstrap.
    repeats : int
        Number of different cuts to average over, where a set has to be cut.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.

    Returns
    -------
    AATS

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.

    Examples
    --------
    >>> real = Haplotypes.from_alleles([[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 0, 0]])
    >>> copies = aa_ts(real, real, backend="reference")
    >>> copies.truth_half_tie, copies.syn_half_tie
    (0.0, 0.0)
    """
    searches = NeighbourSearches(
        {"real": real, "synthetic": synthetic}, seed=seed, repeats=repeats, backend=backend, threads=threads
    )
    return aa_ts_of(searches, "real", "synthetic", seed=seed)


def aa_ts_of(searches: NeighbourSearches, real: str, synthetic: str, *, seed: int = 0) -> AATS:
    """AA_TS of two named panels from searches that are shared with other statistics."""
    truth_totals, syn_totals = half_totals(searches, real, synthetic)
    truth, syn = _values(truth_totals.sum(axis=0)), _values(syn_totals.sum(axis=0))
    mean = (truth + syn) / 2
    rng = np.random.default_rng([seed, searches.n])
    truth_draws = _values(resampled_totals(truth_totals, rng))
    syn_draws = _values(resampled_totals(syn_totals, rng))
    mean_draws = (truth_draws + syn_draws) / 2
    return AATS(
        truth=float(truth[0]),
        syn=float(syn[0]),
        value=float(mean[0]),
        truth_tie_rate=float(truth[1]),
        syn_tie_rate=float(syn[1]),
        tie_rate=float(mean[1]),
        truth_half_tie=float(truth[2]),
        syn_half_tie=float(syn[2]),
        half_tie=float(mean[2]),
        truth_interval=percentile_interval(truth_draws[:, 0]),
        syn_interval=percentile_interval(syn_draws[:, 0]),
        value_interval=percentile_interval(mean_draws[:, 0]),
        truth_half_tie_interval=percentile_interval(truth_draws[:, 2]),
        syn_half_tie_interval=percentile_interval(syn_draws[:, 2]),
        half_tie_interval=percentile_interval(mean_draws[:, 2]),
        n=searches.n,
        repeats=searches.repeats,
        cut=searches.sizes.description,
    )


def half_totals(searches: NeighbourSearches, real: str, synthetic: str) -> tuple[Float64Array, Float64Array]:
    """What each person adds to the two halves.

    Returns
    -------
    truth, syn : float64 arrays of shape (units, repeats, 3)
        For each unit (of the real, of the synthetic set) and each cut: rows farther from the other set than from
        their own, tied rows, rows. Units that no cut holds are left out.
    """
    truth = np.zeros((searches.n_units(real), searches.repeats, 3))
    syn = np.zeros((searches.n_units(synthetic), searches.repeats, 3))
    for repeat in range(searches.repeats):
        between = searches.cross(real, synthetic, repeat)
        for totals, name, other in (
            (truth, real, between.row_distances),
            (syn, synthetic, between.column_distances),
        ):
            own = searches.within(name, repeat).distances[:, 0]
            units = searches.units(name, repeat)
            totals[:, repeat, FARTHER] = sum_by_unit(other > own, units, len(totals))
            totals[:, repeat, TIED] = sum_by_unit(other == own, units, len(totals))
            totals[:, repeat, ROWS] = sum_by_unit(np.ones(len(units)), units, len(totals))
    return truth[truth[..., ROWS].any(axis=1)], syn[syn[..., ROWS].any(axis=1)]


def half_tie_values(totals: Float64Array) -> Float64Array:
    """Half-tie values of summed totals of shape (..., repeats, 3), averaged over the repeats."""
    return _values(totals)[..., 2]


def strict_values(totals: Float64Array) -> Float64Array:
    """Strict values of summed totals of shape (..., repeats, 3), averaged over the repeats."""
    return _values(totals)[..., 0]


def _values(totals: Float64Array) -> Float64Array:
    """(strict, tie rate, half-tie) of shape (..., 3), averaged over the repeats."""
    # A bootstrap draw may hold no row of some cut where persons are few: that cut says nothing there.
    with np.errstate(invalid="ignore"):
        shares = totals[..., :ROWS] / totals[..., ROWS:]
        means = np.nansum(shares, axis=-2) / np.sum(~np.isnan(shares), axis=-2)
    strict, tied = np.moveaxis(means, -1, 0)
    return np.stack([strict, tied, strict + tied / 2], axis=-1)
