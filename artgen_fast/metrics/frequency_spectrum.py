"""Site-frequency spectra of real and synthetic haplotypes at one number of haplotypes, with singletons apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int64Array
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.metrics.panels.checks import require_comparable
from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import NOT_NEGATIVE, SHARE, Interval
from artgen_fast.metrics.uncertainty.left_out import LeftOut, groups_to_leave_out, interval_between, interval_of


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """Varying sites of both sets by classes of allele counts: 1, 2, 3-4, 5-8, 9-16 and so on.

    Attributes
    ----------
    first, last : int64 arrays of shape (classes,)
        Least and greatest count of each class.
    real, synthetic : float64 arrays of shape (classes,)
        Sites of each class; of a set that is projected to fewer haplotypes their expected number.
    distance : float
        Total variation between the two spectra, each scaled to sum 1: half the sum of the absolute differences, 0 to 1.
        Never below 0, so two samples of one population are some way above it.
    distance_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    first: Int64Array
    last: Int64Array
    real: Float64Array
    synthetic: Float64Array
    distance: float
    distance_interval: Interval


@dataclass(frozen=True, slots=True)
class Singletons:
    """Sites whose rarer allele one haplotype carries, among the sites that vary.

    Attributes
    ----------
    real, synthetic : float
        Number of such sites, expected where a set is projected.
    real_share, synthetic_share : float
        The same over the varying sites.
    ratio : float
        Synthetic share over real share: below 1 where the rarest variants are lost.
    real_share_interval, synthetic_share_interval, ratio_interval : Interval
        Delete-a-group jackknife over groups of persons.
    """

    real: float
    synthetic: float
    real_share: float
    synthetic_share: float
    ratio: float
    real_share_interval: Interval
    synthetic_share_interval: Interval
    ratio_interval: Interval


@dataclass(frozen=True, slots=True)
class FrequencySpectrum:
    """How many sites have each allele count in both sets.

    Attributes
    ----------
    n : int
        Haplotypes for which both spectra are given: those of the smaller set.
    real_varying, synthetic_varying : float
        Sites that vary among n haplotypes, expected where a set is projected.
    by_alt : Spectrum
        By number of ALT alleles. ALT is not always the derived allele, so this is unfolded only in form: counts near n
        are REF alleles as rare as ALT alleles of low counts, and have classes as fine.
    by_minor : Spectrum
        Folded: by number of the rarer allele.
    singletons : Singletons
    """

    n: int
    real_varying: float
    synthetic_varying: float
    by_alt: Spectrum
    by_minor: Spectrum
    singletons: Singletons


def frequency_spectrum(real: Haplotypes, synthetic: Haplotypes, *, seed: int = 0) -> FrequencySpectrum:
    """Compare site-frequency spectra.

    A larger set is projected to the size of the smaller one: for each site the expectation over all samples of that
    many haplotypes (hypergeometric; Marth et al. 2004, Genetics 166:351), without a random cut.

    Parameters
    ----------
    real, synthetic : Haplotypes
        Panels of the same sites, of any sizes.
    seed : int
        Of the jackknife's groups of persons.

    Returns
    -------
    FrequencySpectrum

    Raises
    ------
    InputError
        If the sites differ, or a panel has fewer than two haplotypes.
    """
    require_comparable({"real": real, "synthetic": synthetic})
    return frequency_spectrum_of(GroupedPanel.of(real, seed), GroupedPanel.of(synthetic, seed))


def frequency_spectrum_of(real: GroupedPanel, synthetic: GroupedPanel) -> FrequencySpectrum:
    """Compare the spectra of two counted panels."""
    n = min(real.n_haplotypes, synthetic.n_haplotypes)
    real_sites, synthetic_sites = (project(spectrum_of(panel)[None], n)[0] for panel in (real, synthetic))
    # Without a group of persons a set is smaller: for the intervals both are compared at a size that is left to both.
    n_left = min(panel.n_haplotypes - int(panel.by_site.group_sizes.max()) for panel in (real, synthetic))
    left_out = _left_out(real, n_left), _left_out(synthetic, n_left)
    singletons = [_singleton_share(sites) for sites in (real_sites, synthetic_sites)]
    singleton_ratio = _singleton_ratio(real_sites, synthetic_sites)
    return FrequencySpectrum(
        n=n,
        real_varying=float(real_sites[1:-1].sum()),
        synthetic_varying=float(synthetic_sites[1:-1].sum()),
        by_alt=_compared(real_sites, synthetic_sites, *left_out, folded=False),
        by_minor=_compared(real_sites, synthetic_sites, *left_out, folded=True),
        singletons=Singletons(
            real=float(fold(real_sites)[1]),
            synthetic=float(fold(synthetic_sites)[1]),
            real_share=singletons[0],
            synthetic_share=singletons[1],
            ratio=singleton_ratio,
            real_share_interval=interval_of(_singleton_share, left_out[0], singletons[0]).within(*SHARE),
            synthetic_share_interval=interval_of(_singleton_share, left_out[1], singletons[1]).within(*SHARE),
            ratio_interval=interval_between(_singleton_ratio, *left_out, singleton_ratio).within(*NOT_NEGATIVE),
        ),
    )


def spectrum_of(panel: GroupedPanel, without: int | None = None) -> Int64Array:
    """Number of sites with each count of ALT, of all groups of persons or of all but one.

    Returns
    -------
    int64 array of shape (haplotypes + 1,)
        Sites that do not vary are the first and the last.
    """
    counts, n = panel.counted(without)
    return np.bincount(counts, minlength=n + 1).astype(np.int64)


def project(spectra: npt.NDArray[np.generic], n: int) -> Float64Array:
    """Expected spectra of samples of fewer haplotypes, drawn without replacement.

    Parameters
    ----------
    spectra : array of shape (spectra, haplotypes + 1)
    n : int
        Haplotypes of a sample.

    Returns
    -------
    float64 array of shape (spectra, n + 1)
    """
    n_all = spectra.shape[1] - 1
    if n == n_all:
        return spectra.astype(np.float64)
    projected = np.zeros((len(spectra), n + 1))
    counts = np.flatnonzero(spectra.any(axis=0))
    sites = spectra[:, counts].astype(np.float64)
    if n <= n_all - n:
        for drawn in range(n + 1):
            projected[:, drawn] = sites @ hypergeometric(n_all, counts, n, drawn)
        return projected
    # Drawing few haplotypes to leave out takes fewer steps than drawing many to keep.
    for left_out in range(n_all - n + 1):
        probability = hypergeometric(n_all, counts, n_all - n, left_out)
        possible = probability > 0
        projected[:, counts[possible] - left_out] += sites[:, possible] * probability[possible]
    return projected


def hypergeometric(n: int, carriers: Int64Array, sample: int, drawn: int) -> Float64Array:
    """Probability that a sample of n haplotypes, drawn without replacement, holds ``drawn`` of the carriers.

    Returns
    -------
    float64 array of the shape of ``carriers``
    """
    from scipy.special import gammaln

    carriers = np.asarray(carriers)
    possible = (drawn <= carriers) & (sample - drawn <= n - carriers)
    k = np.where(possible, carriers, drawn)
    log_of = gammaln(np.arange(n + 2) + 1.0)

    def log_choose(total: Int64Array | int, some: int) -> Float64Array:
        rest = np.maximum(np.asarray(total) - some, 0)
        chosen: Float64Array = log_of[total] - log_of[some] - log_of[rest]
        return chosen

    log_probability = log_choose(k, drawn) + log_choose(n - k, sample - drawn) - log_choose(n, sample)
    return np.where(possible, np.exp(log_probability), 0.0)


def count_classes(n: int, *, folded: bool) -> tuple[Int64Array, Int64Array]:
    """Least and greatest count of classes 1, 2, 3-4, 5-8, … of allele counts among n haplotypes.

    Counts of the rarer allele, up to n/2, or of ALT, where the counts above n/2 have the same classes from n - 1 down.
    """
    half = n // 2
    last = [1]
    while last[-1] < half:
        last.append(min(2 * last[-1], half))
    greatest = np.array(last, dtype=np.int64)
    least = np.concatenate([[1], greatest[:-1] + 1])
    if folded:
        return least, greatest
    mirrored_least, mirrored_greatest = (n - greatest)[::-1], (n - least)[::-1]
    # The count n/2 is the mirror of itself.
    kept = mirrored_greatest > half
    mirrored_least = np.maximum(mirrored_least, half + 1)
    return np.concatenate([least, mirrored_least[kept]]), np.concatenate([greatest, mirrored_greatest[kept]])


def fold(spectrum: Float64Array) -> Float64Array:
    """Sites by count of the rarer allele, float64 of shape (n // 2 + 1,), from those by count of ALT."""
    n = len(spectrum) - 1
    folded = spectrum + spectrum[::-1]
    if n % 2 == 0:
        folded[n // 2] = spectrum[n // 2]
    return folded[: n // 2 + 1]


def _left_out(panel: GroupedPanel, n: int) -> LeftOut[Float64Array]:
    """Spectra of a panel, and without each group of persons, all projected to n haplotypes."""
    groups = groups_to_leave_out(panel) if n >= 2 else ()
    spectra = [spectrum_of(panel), *(spectrum_of(panel, group) for group in groups)]
    projected: dict[int, Float64Array] = {}
    for size in {len(spectrum) for spectrum in spectra}:
        places = [place for place, spectrum in enumerate(spectra) if len(spectrum) == size]
        projected.update(zip(places, project(np.stack([spectra[place] for place in places]), n), strict=True))
    return LeftOut(projected[0], [projected[place] for place in range(1, len(spectra))])


def _compared(
    real: Float64Array,
    synthetic: Float64Array,
    real_left_out: LeftOut[Float64Array],
    synthetic_left_out: LeftOut[Float64Array],
    *,
    folded: bool,
) -> Spectrum:
    def distance(first: Float64Array, second: Float64Array) -> float:
        shares = [_by_class(spectrum, folded=folded) for spectrum in (first, second)]
        totals = [float(classes.sum()) for classes in shares]
        if min(totals) == 0:
            return float("nan")
        return float(np.abs(shares[0] / totals[0] - shares[1] / totals[1]).sum() / 2)

    value = distance(real, synthetic)
    return Spectrum(
        *count_classes(len(real) - 1, folded=folded),
        real=_by_class(real, folded=folded),
        synthetic=_by_class(synthetic, folded=folded),
        distance=value,
        distance_interval=interval_between(distance, real_left_out, synthetic_left_out, value).within(*SHARE),
    )


def _by_class(spectrum: Float64Array, *, folded: bool) -> Float64Array:
    first, last = count_classes(len(spectrum) - 1, folded=folded)
    sums = np.concatenate([[0.0], np.cumsum(fold(spectrum) if folded else spectrum)])
    classes: Float64Array = sums[last + 1] - sums[first]
    return classes


def _singleton_share(spectrum: Float64Array) -> float:
    varying = float(spectrum[1:-1].sum())
    return float(fold(spectrum)[1]) / varying if varying > 0 else float("nan")


def _singleton_ratio(real: Float64Array, synthetic: Float64Array) -> float:
    of_real = _singleton_share(real)
    return _singleton_share(synthetic) / of_real if of_real > 0 else float("nan")
