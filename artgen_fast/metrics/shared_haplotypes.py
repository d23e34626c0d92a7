"""Longest stretches that synthetic haplotypes share with training ones, beside those that unseen people share.

Everybody shares long stretches with somebody: people descend from common ancestors. A generator that copies pieces of
its training rows shares longer ones than unseen people do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes, Sites
from artgen_fast.kernels.shared_haplotypes import LongestShared, longest_shared
from artgen_fast.metrics.panels.checks import require_comparable, require_holdout
from artgen_fast.metrics.sites.contigs import contig_borders
from artgen_fast.metrics.uncertainty.intervals import (
    NOT_NEGATIVE,
    SHARE,
    Interval,
    person_groups,
)
from artgen_fast.metrics.uncertainty.label_permutations import PERMUTATIONS
from artgen_fast.metrics.uncertainty.left_out import LeftOut, interval_between, interval_of
from artgen_fast.metrics.uncertainty.person_votes import TwoParts
from artgen_fast.whole_numbers import require_seed

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0)

UNSEEN_QUANTILE = 0.99
"""Quantile of the unseen people's stretches from which on a stretch counts as long."""

LONGEST_SHARE = 0.01
"""Share of the synthetic rows, those of the longest stretches, that are also looked at alone: a few copied pieces."""

BINS = 48
"""Bins of lengths up to the longest contig, all but the first evenly spaced in the logarithm over three decades."""


@dataclass(frozen=True, slots=True, eq=False)
class SharedStretches:
    """The longest stretch that each row of a set shares with any training row, without a difference.

    Attributes
    ----------
    haplotypes : int
        Rows of the set.
    mean_sites, mean_base_pairs : float
        Mean over the rows of the longest stretch in sites, and of the longest in base pairs, from first to last site.
    site_quantiles, base_pair_quantiles : float64 arrays of shape (quantiles,)
    by_sites, by_base_pairs : int64 arrays of shape (bins,)
        Rows by length.
    mean_sites_interval, mean_base_pairs_interval : Interval
        Delete-a-group jackknife over groups of persons of this set, the training rows fixed.
    """

    haplotypes: int
    mean_sites: float
    mean_base_pairs: float
    site_quantiles: Float64Array
    base_pair_quantiles: Float64Array
    by_sites: Int64Array
    by_base_pairs: Int64Array
    mean_sites_interval: Interval
    mean_base_pairs_interval: Interval


@dataclass(frozen=True, slots=True)
class AgainstUnseen:
    """Synthetic stretches beside those of unseen people, both shared with the training rows.

    Attributes
    ----------
    sites_ratio, base_pairs_ratio : float
        Mean of the synthetic rows over that of the unseen ones: about 1 for a good generator that does not copy, above
        it where pieces are copied, below it where they are broken up.
    quantile : float
    long_sites, long_base_pairs : float
        That quantile of the unseen rows' stretches.
    share_long_sites, share_long_base_pairs : float
        Share of synthetic rows with a stretch that is at least as long.
    unseen_share_long_sites, unseen_share_long_base_pairs : float
        The same of unseen rows: 1 - quantile, or more where many stretches are of that length, as those are that reach
        over a whole contig.
    sites_ratio_interval, base_pairs_ratio_interval : Interval
    share_long_sites_interval, share_long_base_pairs_interval : Interval
        Delete-a-group jackknife over groups of persons of both sets, the training rows fixed.
    """

    sites_ratio: float
    base_pairs_ratio: float
    quantile: float
    long_sites: float
    long_base_pairs: float
    share_long_sites: float
    share_long_base_pairs: float
    unseen_share_long_sites: float
    unseen_share_long_base_pairs: float
    sites_ratio_interval: Interval
    base_pairs_ratio_interval: Interval
    share_long_sites_interval: Interval
    share_long_base_pairs_interval: Interval


@dataclass(frozen=True, slots=True)
class SharedWithTraining:
    """Whether synthetic rows share their longest stretch, in sites, with training people or with unseen ones.

    Attributes
    ----------
    rows : int
        Synthetic rows looked at.
    share : float
        Share of them whose longest stretch among all real rows is shared with a training row. Of stretches of one
        length the first along the sites counts; of the rows that share it, training and unseen, one is drawn at random.
    longer, tied : float
        Share of them that share a longer stretch with a training row than with any unseen person's, and one as long.
    chance : float
        The share without a leak: that of training persons among all.
    exchangeable : Interval
        Where the share lies for persons split at random between training and hold-out.
    p_value : float
        Permutation p-value of a share at least so high: who is a training person is permuted over persons. Exact where
        the split was random, however alike the synthetic rows are.
    permutations : int
    """

    rows: int
    share: float
    longer: float
    tied: float
    chance: float
    exchangeable: Interval
    p_value: float
    permutations: int


@dataclass(frozen=True, slots=True, eq=False)
class SharedHaplotypes:
    """Longest stretches shared with training rows. It holds no stretch and no row of anybody.

    Attributes
    ----------
    quantiles : float64 array of shape (quantiles,)
    site_edges, base_pair_edges : float64 arrays of shape (bins + 1,)
        Edges of the bins of lengths; a bin holds its lower edge, not its upper one.
    synthetic : SharedStretches
    holdout : SharedStretches or None
        The same of unseen people; None without a hold-out, as the next three.
    against_unseen : AgainstUnseen or None
    with_training : SharedWithTraining or None
    longest_with_training : SharedWithTraining or None
        The same of the 1 % of the synthetic rows (more, where stretches are equally long) that share the longest ones
        with any real row, training or unseen: where few rows hold copied pieces, the others hide them.
    """

    quantiles: Float64Array
    site_edges: Float64Array
    base_pair_edges: Float64Array
    synthetic: SharedStretches
    holdout: SharedStretches | None
    against_unseen: AgainstUnseen | None
    with_training: SharedWithTraining | None
    longest_with_training: SharedWithTraining | None


class StretchSearches:
    """Longest stretches that named panels share with each other; each search runs at its first use.

    Parameters
    ----------
    panels : mapping of str to Haplotypes
        Panels of the same sites, of any sizes.
    seed : int
        Of the random order in which the targets are searched, so that the order of the file decides no tie.
    backend, threads
        As for `artgen_fast.kernels.shared_haplotypes.longest_shared`.
    """

    def __init__(
        self,
        panels: Mapping[str, Haplotypes],
        *,
        seed: int = 0,
        backend: str | None = None,
        threads: int | None = None,
    ) -> None:
        require_comparable(panels)
        self.sites = next(iter(panels.values())).sites
        self.bounds = _bounds(self.sites)
        self._panels = panels
        self._order = {
            name: np.random.default_rng([require_seed(seed), place]).permutation(len(panel))
            for place, (name, panel) in enumerate(panels.items())
        }
        self._backend = backend
        self._threads = threads
        self._longest: dict[tuple[str, str], LongestShared] = {}

    def units(self, name: str) -> Int64Array:
        """Sampling unit of each row of a panel."""
        return self._panels[name].samples.units()

    def target_units(self, name: str) -> Int64Array:
        """Sampling unit of each row of a panel, in the order in which it is searched."""
        units: Int64Array = self.units(name)[self._order[name]]
        return units

    def target_rows(self, targets: str, found: LongestShared) -> Int64Array:
        """Row of the panel that each longest stretch is shared with; -1 where nothing is shared."""
        return np.where(found.target >= 0, self._order[targets][found.target], -1)

    def longest(self, rows: str, targets: str) -> LongestShared:
        """Longest stretch that each row of a panel shares with any of another one, whose rows are in their order."""
        if (rows, targets) not in self._longest:
            self._longest[rows, targets] = longest_shared(
                self._panels[rows],
                self._panels[targets][self._order[targets]],
                self.sites.position,
                self.bounds,
                backend=self._backend,
                threads=self._threads,
            )
        return self._longest[rows, targets]


def shared_haplotypes(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes | None = None,
    seed: int = 0,
    backend: str | None = None,
    threads: int | None = None,
) -> SharedHaplotypes:
    """Compare the longest stretches that synthetic rows, and unseen people, share with training rows.

    A stretch is shared if no allele of it differs; it ends with a contig. Genotyping and phasing errors end stretches
    of real people, and mutation of generated ones, so that lengths say something beside each other only.

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on.
    synthetic : Haplotypes
    holdout : Haplotypes, optional
        Rows of other people, split off at random.
    seed : int
        Of the jackknife's groups of persons, of ties and of the permutations.
    backend, threads
        As for `artgen_fast.kernels.shared_haplotypes.longest_shared`.

    Returns
    -------
    SharedHaplotypes

    Raises
    ------
    InputError
        If the sites differ, a panel has fewer than two haplotypes, people of the hold-out are among the real ones, or
        the rows of one of the two belong to persons and the other's do not.
    """
    if holdout is not None:
        require_holdout(holdout, real)
    panels = {"real": real, "synthetic": synthetic} | ({} if holdout is None else {"holdout": holdout})
    searches = StretchSearches(panels, seed=seed, backend=backend, threads=threads)
    return shared_haplotypes_of(searches, "real", "synthetic", None if holdout is None else "holdout", seed=seed)


def shared_haplotypes_of(
    searches: StretchSearches, real: str, synthetic: str, holdout: str | None = None, *, seed: int = 0
) -> SharedHaplotypes:
    """Compare named panels, from searches that are shared with other sets."""
    contigs = searches.bounds[:-1], searches.bounds[1:] - 1
    position = searches.sites.position
    site_edges = _edges(int(np.diff(searches.bounds).max()))
    base_pair_edges = _edges(int((position[contigs[1]] - position[contigs[0]]).max()))
    of_synthetic = _lengths(searches, synthetic, real, seed)
    of_holdout = None if holdout is None else _lengths(searches, holdout, real, seed)
    of_all, of_longest = (
        (None, None)
        if holdout is None
        else (_with_training(searches, real, holdout, synthetic, seed, share) for share in (1, LONGEST_SHARE))
    )
    return SharedHaplotypes(
        quantiles=np.array(QUANTILES),
        site_edges=site_edges,
        base_pair_edges=base_pair_edges,
        synthetic=_summary(of_synthetic, site_edges, base_pair_edges),
        holdout=None if of_holdout is None else _summary(of_holdout, site_edges, base_pair_edges),
        against_unseen=None if of_holdout is None else _against_unseen(of_synthetic, of_holdout),
        with_training=of_all,
        longest_with_training=of_longest,
    )


class _Lengths(NamedTuple):
    """Longest stretches of some rows: int arrays of shape (rows,)."""

    sites: npt.NDArray[np.integer]
    base_pairs: npt.NDArray[np.integer]


def _bounds(sites: Sites) -> Int64Array:
    """Bounds of the contigs; positions that descend begin a new one, too."""
    descends = np.flatnonzero(np.diff(sites.position) < 0) + 1
    within = np.union1d(contig_borders(sites), descends)
    return np.concatenate([[0], within, [len(sites)]]).astype(np.int64)


def _edges(longest: int) -> Float64Array:
    """Edges of bins that reach to a longest length, it included."""
    return np.concatenate([[0], np.geomspace((longest + 1) / 1000, longest + 1, BINS)])


def _lengths(searches: StretchSearches, rows: str, targets: str, seed: int) -> LeftOut[_Lengths]:
    longest = searches.longest(rows, targets)
    groups = person_groups(searches.units(rows), seed)
    everyone = range(int(groups.max()) + 1)
    return LeftOut(
        _Lengths(longest.sites, longest.base_pairs),
        [
            _Lengths(longest.sites[groups != group], longest.base_pairs[groups != group])
            for group in everyone
            if len(everyone) > 1
        ],
    )


def _summary(lengths: LeftOut[_Lengths], site_edges: Float64Array, base_pair_edges: Float64Array) -> SharedStretches:
    sites, base_pairs = lengths.whole
    return SharedStretches(
        haplotypes=len(sites),
        mean_sites=_mean_sites(lengths.whole),
        mean_base_pairs=_mean_base_pairs(lengths.whole),
        site_quantiles=np.quantile(sites, QUANTILES),
        base_pair_quantiles=np.quantile(base_pairs, QUANTILES),
        by_sites=np.histogram(sites, site_edges)[0].astype(np.int64),
        by_base_pairs=np.histogram(base_pairs, base_pair_edges)[0].astype(np.int64),
        mean_sites_interval=interval_of(_mean_sites, lengths).within(*NOT_NEGATIVE),
        mean_base_pairs_interval=interval_of(_mean_base_pairs, lengths).within(*NOT_NEGATIVE),
    )


def _mean_sites(lengths: _Lengths) -> float:
    return float(lengths.sites.mean())


def _mean_base_pairs(lengths: _Lengths) -> float:
    return float(lengths.base_pairs.mean())


def _against_unseen(synthetic: LeftOut[_Lengths], holdout: LeftOut[_Lengths]) -> AgainstUnseen:
    def sites_ratio(unseen: _Lengths, generated: _Lengths) -> float:
        return _ratio(_mean_sites(generated), _mean_sites(unseen))

    def base_pairs_ratio(unseen: _Lengths, generated: _Lengths) -> float:
        return _ratio(_mean_base_pairs(generated), _mean_base_pairs(unseen))

    def share_long_sites(unseen: _Lengths, generated: _Lengths) -> float:
        return float(np.mean(generated.sites >= np.quantile(unseen.sites, UNSEEN_QUANTILE)))

    def share_long_base_pairs(unseen: _Lengths, generated: _Lengths) -> float:
        return float(np.mean(generated.base_pairs >= np.quantile(unseen.base_pairs, UNSEEN_QUANTILE)))

    return AgainstUnseen(
        sites_ratio=sites_ratio(holdout.whole, synthetic.whole),
        base_pairs_ratio=base_pairs_ratio(holdout.whole, synthetic.whole),
        quantile=UNSEEN_QUANTILE,
        long_sites=float(np.quantile(holdout.whole.sites, UNSEEN_QUANTILE)),
        long_base_pairs=float(np.quantile(holdout.whole.base_pairs, UNSEEN_QUANTILE)),
        share_long_sites=share_long_sites(holdout.whole, synthetic.whole),
        share_long_base_pairs=share_long_base_pairs(holdout.whole, synthetic.whole),
        unseen_share_long_sites=share_long_sites(holdout.whole, holdout.whole),
        unseen_share_long_base_pairs=share_long_base_pairs(holdout.whole, holdout.whole),
        sites_ratio_interval=interval_between(sites_ratio, holdout, synthetic).within(*NOT_NEGATIVE),
        base_pairs_ratio_interval=interval_between(base_pairs_ratio, holdout, synthetic).within(*NOT_NEGATIVE),
        share_long_sites_interval=interval_between(share_long_sites, holdout, synthetic).within(*SHARE),
        share_long_base_pairs_interval=interval_between(share_long_base_pairs, holdout, synthetic).within(*SHARE),
    )


def _ratio(over: float, under: float) -> float:
    return over / under if under > 0 else float("nan")


def _with_training(
    searches: StretchSearches, train: str, holdout: str, synthetic: str, seed: int, longest_share: float
) -> SharedWithTraining:
    """Of the share of the rows with the longest stretches, which are chosen blind to who is a training person."""
    to_train, to_holdout = searches.longest(synthetic, train), searches.longest(synthetic, holdout)
    parts = TwoParts(searches.target_units(train), searches.target_units(holdout))
    rng = np.random.default_rng([seed, len(parts.train_units) + len(parts.holdout_units), 7])
    # In each panel the first of the longest stretches was found, and of the rows that share it the first: with places
    # among all rows, that is what one search of both panels would find.
    train_place, holdout_place = parts.places(rng)
    tied = to_train.sites == to_holdout.sites
    first = (to_train.begin < to_holdout.begin) | (
        (to_train.begin == to_holdout.begin) & (train_place[to_train.target] < holdout_place[to_holdout.target])
    )
    is_train = (to_train.sites > to_holdout.sites) | (tied & first)

    longest = np.maximum(to_train.sites, to_holdout.sites)
    looked_at = (longest > 0) & (longest >= np.quantile(longest, 1 - longest_share))
    votes = parts.count(is_train, to_train.target, to_holdout.target, rng, looked_at)
    rows = int(looked_at.sum())
    return SharedWithTraining(
        rows=rows,
        share=votes.share,
        longer=float(np.sum(looked_at & is_train & ~tied) / max(rows, 1)),
        tied=float(np.sum(looked_at & tied) / max(rows, 1)),
        chance=votes.chance,
        exchangeable=votes.exchangeable,
        p_value=votes.p_value,
        permutations=PERMUTATIONS,
    )
