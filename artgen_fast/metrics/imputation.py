"""How useful synthetic rows are as a reference panel: hidden alleles of unseen people, copied from it.

A share of the sites is hidden in people whom no model has seen. Each of their haplotypes then takes each hidden allele
from the few reference rows that share the longest stretch of observed sites with it around there, in the way in which
imputation copies from a reference panel (Li and Stephens 2003, Genetics 165:2213), without a model of recombination and
mutation. The same simple method serves every panel, so that their accuracies can be read beside each other; a program
made for imputation would be more accurate with each of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from artgen_fast.array_types import Float64Array, Int64Array, UInt8Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.surrounding_stretches import longest_around
from artgen_fast.metrics.allele_frequencies import CLASSES, frequency_classes
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.equal_sizes import equal_sizes
from artgen_fast.metrics.uncertainty.intervals import SHARE, Interval, jackknife_interval, person_groups
from artgen_fast.whole_numbers import require_seed

OBSERVED = 0.5
"""Share of the sites that are observed, drawn at random without regard to their frequency (our choice)."""

MOST_HAPLOTYPES = 200
"""Unseen haplotypes whose alleles are imputed at most, by person: 100 persons (our choice)."""

MOST_SITES = 2000
"""Hidden sites that are imputed at most, about equally many of each frequency class (our choice)."""

COPIED_ROWS = 8
"""Reference rows that an allele is copied from (our choice: of 1, 4, 8, 16 and 32 rows of real people on chromosome 1,
4 and 8 gave the best alleles)."""

COMMON = ("5–20 %", "20–50 %")
"""Frequency classes that count as common."""

LEAST_ROWS = 4
"""Rows that a panel must have, so that each half of a mixed one has two."""


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How well the alleles at some hidden sites are imputed from one reference panel.

    Attributes
    ----------
    r2 : float
        Squared correlation of imputed dosage and true allele over all haplotypes and sites of a frequency class, both
        less their mean at the site, so that who knows frequencies only has 0; of several classes the mean, in which
        every site counts alike. 0 where the dosage varies at no site; NaN where the truth does not.
    concordance : float
        Share of alleles that are right when the dosage is rounded (½ to the commoner allele). At rare sites it is high
        even where the rarer allele is never given.
    r2_interval, concordance_interval : Interval
        Delete-a-group jackknife over groups of the unseen persons; the panel and the sites are fixed.
    """

    r2: float
    concordance: float
    r2_interval: Interval
    concordance_interval: Interval


@dataclass(frozen=True, slots=True)
class ImputedSites:
    """Accuracy at the hidden sites of one or several frequency classes, from each reference panel.

    Attributes
    ----------
    name : str
    n_sites : int
        Hidden sites that were imputed.
    rarer_alleles : int
        How often the imputed haplotypes carry the rarer allele there: a few tell little.
    real, half_real, mixed, synthetic : Accuracy
        From the training rows; from half as many of them; from that half and as many synthetic rows; from synthetic
        rows alone.
    synthetic_less_real : float
        r² from the synthetic rows less that from as many training rows.
    mixed_less_half_real : float
        r² from the mixed panel less that from its real half alone: what the synthetic rows add to it.
    synthetic_less_real_interval, mixed_less_half_real_interval : Interval
        Delete-a-group jackknife over groups of the unseen persons, who are the same in both panels.
    """

    name: str
    n_sites: int
    rarer_alleles: int
    real: Accuracy
    half_real: Accuracy
    mixed: Accuracy
    synthetic: Accuracy
    synthetic_less_real: float
    mixed_less_half_real: float
    synthetic_less_real_interval: Interval
    mixed_less_half_real_interval: Interval


@dataclass(frozen=True, slots=True)
class Imputation:
    """Alleles of unseen people, imputed from real, synthetic and mixed reference panels by one method.

    Attributes
    ----------
    haplotypes, persons : int
        Whose alleles were imputed; 0 persons where rows belong to nobody.
    observed_sites : int
    hidden_sites : int
        Of these only `imputed_sites` were imputed.
    imputed_sites : int
        Drawn at random among hidden sites that vary in real people, about equally many of each frequency class.
    copied_rows : int
    rows, mixed_rows : int
        Rows of the real and of the synthetic reference panel, and of the mixed one.
    common, rare : ImputedSites
        Sites whose rarer allele has a frequency of 5 % or more in training and unseen people together, and the others.
    classes : tuple of ImputedSites
        By `allele_frequencies.CLASSES`, of the same people together.
    """

    haplotypes: int
    persons: int
    observed_sites: int
    hidden_sites: int
    imputed_sites: int
    copied_rows: int
    rows: int
    mixed_rows: int
    common: ImputedSites
    rare: ImputedSites
    classes: tuple[ImputedSites, ...]


def imputation(
    real: Haplotypes, synthetic: Haplotypes, *, holdout: Haplotypes, seed: int = 0, threads: int | None = None
) -> Imputation:
    """Impute hidden alleles of unseen people from a real, a synthetic and a mixed reference panel of one size.

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on.
    synthetic : Haplotypes
        The larger of these two panels is cut to the size of the smaller, by person.
    holdout : Haplotypes
        Real people that no model has seen.
    seed : int
        Of the cut, of the sites and persons, of the panels' halves and their order, and of the jackknife's groups.
    threads : int, optional
        Default: the usable CPUs.

    Returns
    -------
    Imputation

    Raises
    ------
    InputError
        If the sites differ, a reference panel has fewer than four rows, the hold-out fewer than two, or no hidden site
        varies in real people.
    """
    require_comparable({"real": real, "synthetic": synthetic, "holdout": holdout})
    panels = {"real": real, "synthetic": synthetic}
    rows = equal_sizes(panels, seed).rows
    cut = {name: panel[rows[name][0]] for name, panel in panels.items()}
    return imputation_of(HiddenAlleles(cut["real"], holdout, seed=seed, threads=threads), cut["synthetic"])


class HiddenAlleles:
    """Alleles of unseen people that are to be imputed, and how well the training rows do it.

    Parameters
    ----------
    real, holdout : Haplotypes
        Panels of the same sites. Ties among reference rows go to the first of them: the order of ``real`` must be
        random, as that of `equal_sizes` is.
    seed : int
    threads : int, optional
    """

    def __init__(self, real: Haplotypes, holdout: Haplotypes, *, seed: int = 0, threads: int | None = None) -> None:
        if len(real) < LEAST_ROWS:
            raise InputError(
                f"imputation needs a reference panel of at least {LEAST_ROWS} rows; got {len(real)}. Use more people."
            )
        self._seed = require_seed(seed)
        self._threads = threads
        self._real = real
        target_rows = equal_sizes({"holdout": holdout}, seed, at_most=MOST_HAPLOTYPES).rows["holdout"][0]
        self.targets = holdout[target_rows]
        rng = np.random.default_rng([self._seed, real.n_sites, 11])
        self.observed = rng.random(real.n_sites) < OBSERVED
        counts = [pair_counts.allele_counts(panel, threads=threads) for panel in (real, holdout)]
        self.reference_is_rarer, place = frequency_classes(counts[0] + counts[1], len(real) + len(holdout))
        self.sites = _drawn_evenly(np.flatnonzero(~self.observed & (place >= 0)), place, rng)
        if not len(self.sites) or not self.observed.any():
            raise InputError(
                "imputation needs sites that vary in real people, some to observe and some to hide; "
                f"of {real.n_sites} sites {np.count_nonzero(place >= 0)} vary. Use a panel of more sites."
            )
        self.place = place[self.sites]
        self._groups = person_groups(self.targets.samples.units(), self._seed)
        self._bounds = real.sites.contig_bounds()
        self._truth = self._rarer(alleles_at(self.targets, self.sites).astype(np.float64))

    @cached_property
    def half_real(self) -> Haplotypes:
        """Half of the training rows, by person: the real half of every mixed panel."""
        rows = equal_sizes({"real": self._real}, self._seed, at_most=len(self._real) // 2).rows["real"][0]
        return self._real[rows]

    @property
    def copied_rows(self) -> int:
        """Reference rows that an allele is copied from, the same number of every panel."""
        return min(COPIED_ROWS, len(self.half_real))

    @cached_property
    def from_real(self) -> Float64Array:
        """What `sums` gives of the training rows."""
        return self.sums(self._real)

    @cached_property
    def from_half_real(self) -> Float64Array:
        """What `sums` gives of half of the training rows."""
        return self.sums(self.half_real)

    @property
    def rarer_alleles(self) -> Int64Array:
        """How often the unseen haplotypes carry the rarer allele of each imputed site, int64 of shape (imputed,)."""
        carriers: Int64Array = self._truth.sum(axis=0).astype(np.int64)
        return carriers

    def mixed(self, synthetic: Haplotypes) -> Haplotypes:
        """The real half and as many synthetic rows, in random order, so that ties favour neither."""
        half = equal_sizes({"synthetic": synthetic}, self._seed, at_most=len(self.half_real)).rows["synthetic"][0]
        packed = np.concatenate([self.half_real.packed, synthetic.packed[half]])
        order = np.random.default_rng([self._seed, len(packed), 12]).permutation(len(packed))
        return Haplotypes(packed[order], synthetic.n_sites, synthetic.sites, Samples.synthetic(len(packed)))

    def dosages(self, reference: Haplotypes) -> Float64Array:
        """Impute ALT from a reference panel, whose rows are in random order.

        A dosage is the mean of the copied rows' alleles, weighted by the number of sites of their stretches; the hidden
        site is one of them.

        Returns
        -------
        float64 array of shape (unseen haplotypes, imputed sites)
        """
        found = longest_around(
            self.targets, reference, self.observed, self.sites, self.copied_rows, self._bounds, threads=self._threads
        )
        alleles = alleles_at(reference, self.sites)
        weighted, weights = np.zeros(found.lengths.shape[:2]), np.zeros(found.lengths.shape[:2])
        for rank in range(self.copied_rows):
            weight = found.lengths[..., rank] + 1.0
            weighted += weight * alleles[found.targets[..., rank], np.arange(len(self.sites))]
            weights += weight
        return weighted / weights

    def sums(self, reference: Haplotypes) -> Float64Array:
        """Sums over the alleles of each site and group of persons, imputed from a reference panel.

        Returns
        -------
        float64 array of shape (7 sums, imputed sites, groups)
            Alleles; sum of the dosages x, of the true alleles y, of x², y² and xy; alleles that are right when rounded.
        """
        x, y = self._rarer(self.dosages(reference)), self._truth
        terms = (np.ones_like(y), x, y, x * x, y * y, x * y, (x > 0.5) == (y > 0.5))
        in_group = (self._groups[:, None] == np.arange(int(self._groups.max()) + 1)).astype(np.float64)
        return np.stack([term.T @ in_group for term in terms])

    def _rarer(self, alternative: Float64Array) -> Float64Array:
        """Dosages of the rarer allele from those of ALT."""
        return np.where(self.reference_is_rarer[self.sites], 1 - alternative, alternative)


def imputation_of(hidden: HiddenAlleles, synthetic: Haplotypes) -> Imputation:
    """Impute from a synthetic panel of as many rows as the training one, and from a mixed one."""
    mixed = hidden.mixed(synthetic)
    references = hidden.from_real, hidden.from_half_real, hidden.sums(mixed), hidden.sums(synthetic)

    def of_classes(name: str, places: Sequence[int]) -> ImputedSites:
        inside = np.isin(hidden.place, places)
        return _imputed_sites(
            name,
            hidden.place[inside],
            int(hidden.rarer_alleles[inside].sum()),
            [sums[:, inside] for sums in references],
        )

    common = [place for place, name in enumerate(CLASSES) if name in COMMON]
    targets = hidden.targets.samples.person
    return Imputation(
        haplotypes=len(hidden.targets),
        persons=len(np.unique(targets[targets != ""])),
        observed_sites=int(np.count_nonzero(hidden.observed)),
        hidden_sites=int(np.count_nonzero(~hidden.observed)),
        imputed_sites=len(hidden.sites),
        copied_rows=hidden.copied_rows,
        rows=len(synthetic),
        mixed_rows=len(mixed),
        common=of_classes("common", common),
        rare=of_classes("rare", [place for place in range(len(CLASSES)) if place not in common]),
        classes=tuple(of_classes(name, [place]) for place, name in enumerate(CLASSES)),
    )


def alleles_at(panel: Haplotypes, sites: Int64Array) -> UInt8Array:
    """Alleles of all rows at a few sites, uint8 of shape (rows, chosen sites)."""
    alleles: UInt8Array = panel.packed.view(np.uint8)[:, sites >> 3] >> (sites & 7).astype(np.uint8) & np.uint8(1)
    return alleles


def _drawn_evenly(sites: Int64Array, place: Int64Array, rng: np.random.Generator) -> Int64Array:
    """At most `MOST_SITES` of the sites, drawn at random, as equally many of each class as there are; ascending."""
    shuffled = rng.permutation(sites)
    turn = np.empty(len(shuffled), dtype=np.int64)
    for of_class in range(len(CLASSES)):
        own = place[shuffled] == of_class
        turn[own] = np.arange(np.count_nonzero(own))
    return np.sort(shuffled[np.argsort(turn, kind="stable")[:MOST_SITES]])


def _imputed_sites(
    name: str, place: Int64Array, rarer_alleles: int, references: Sequence[Float64Array]
) -> ImputedSites:
    """Accuracies from sums of shape (7, sites, groups), those of real, half real, mixed and synthetic panels."""
    classes, sites_of_class = np.unique(place, return_counts=True)

    def mean_r2(sums: Float64Array) -> float:
        each = np.array([_r2(sums[:, place == of_class]) for of_class in classes])
        told = np.isfinite(each)
        return float(np.average(each[told], weights=sites_of_class[told])) if told.any() else math.nan

    r2, concordance = ([_values(statistic, sums) for sums in references] for statistic in (mean_r2, _concordance))
    accuracies = [
        Accuracy(
            float(of_r2[0]),
            float(of_concordance[0]),
            jackknife_interval(float(of_r2[0]), of_r2[1:]).within(*SHARE),
            jackknife_interval(float(of_concordance[0]), of_concordance[1:]).within(*SHARE),
        )
        for of_r2, of_concordance in zip(r2, concordance, strict=True)
    ]
    less_real, less_half_real = r2[3] - r2[0], r2[2] - r2[1]
    return ImputedSites(
        name,
        len(place),
        rarer_alleles,
        *(accuracies[0], accuracies[1], accuracies[2], accuracies[3]),
        *(float(less_real[0]), float(less_half_real[0])),
        jackknife_interval(float(less_real[0]), less_real[1:]),
        jackknife_interval(float(less_half_real[0]), less_half_real[1:]),
    )


def _values(statistic: Callable[[Float64Array], float], sums: Float64Array) -> Float64Array:
    """A statistic of everybody, then without each group of persons; without the latter where there is one group."""
    whole = sums.sum(axis=-1)
    groups = sums.shape[-1] if sums.shape[-1] > 1 else 0
    return np.array([statistic(whole), *(statistic(whole - sums[..., group]) for group in range(groups))])


def _r2(sums: Float64Array) -> float:
    """Within sites, from sums of shape (7, sites)."""
    n, x, y, xx, yy, xy, _ = sums
    in_x, in_y, in_both = (float(np.sum(n * both - a * b)) for both, a, b in ((xx, x, x), (yy, y, y), (xy, x, y)))
    if in_y <= 0:
        return math.nan
    # Dosages are sums of fractions: what rounding leaves of no variance is none.
    return in_both**2 / (in_x * in_y) if in_x > 1e-12 * float(np.sum(n * xx)) else 0.0


def _concordance(sums: Float64Array) -> float:
    alleles, right = sums[0].sum(), sums[6].sum()
    return float(right / alleles) if alleles > 0 else math.nan
