"""The statistics of an evaluation, in the order of the report: how each is computed, and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from artgen_fast.errors import InputError
from artgen_fast.evaluation.results import HOLDOUT, REAL
from artgen_fast.evaluation.shared import Shared
from artgen_fast.metrics.aa_ts import aa_ts_of
from artgen_fast.metrics.allele_frequencies import allele_frequencies_of
from artgen_fast.metrics.copies import Copies, copies
from artgen_fast.metrics.diversity import diversity_of
from artgen_fast.metrics.frequency_spectrum import frequency_spectrum_of
from artgen_fast.metrics.haplotype_homozygosity import haplotype_homozygosity_of
from artgen_fast.metrics.haplotype_windows import haplotype_windows_of
from artgen_fast.metrics.imputation import imputation_of
from artgen_fast.metrics.kmer_motifs import kmer_motifs_of
from artgen_fast.metrics.ld_decay import ld_decay_of
from artgen_fast.metrics.ld_heat_map import ld_heat_map_of
from artgen_fast.metrics.ld_runs import ld_runs_of
from artgen_fast.metrics.near_copies import near_copies_of
from artgen_fast.metrics.nearest_training import nearest_training_of
from artgen_fast.metrics.nn_chains import nn_chains_of
from artgen_fast.metrics.off_support import off_support_of
from artgen_fast.metrics.one_nn_accuracy import one_nn_accuracy_of
from artgen_fast.metrics.pairwise import pairwise_distances_of
from artgen_fast.metrics.pca import PCA, compare_on_axes, joint_comparison
from artgen_fast.metrics.populations import populations_of
from artgen_fast.metrics.privacy_score import privacy_score_of
from artgen_fast.metrics.selection_scan import selection_scan_of
from artgen_fast.metrics.shared_haplotypes import shared_haplotypes_of
from artgen_fast.metrics.three_point import three_point_of

QUICK_HAPLOTYPES = 1000
"""Haplotypes of each panel that a quick evaluation compares at most."""


@dataclass(frozen=True, slots=True)
class Statistic:
    """One statistic of a set against the real rows.

    Attributes
    ----------
    name : str
        Field of `SetEvaluation`, and the name by which it is chosen.
    what : str
        What it is, in words, for the progress bar and the help.
    compute : callable
        From what is shared and the set's name to the result.
    quick : bool
        Whether a quick evaluation computes it.
    needs_holdout, needs_labels : bool
        Without them there is none; what needs a hold-out is not computed of the hold-out itself.
    utility : bool
        Whether it tells what the rows are good for: computed only when asked for, and refused, not left out, where it
        cannot be.
    """

    name: str
    what: str
    compute: Callable[[Shared, str], Any]
    quick: bool = False
    needs_holdout: bool = False
    needs_labels: bool = False
    utility: bool = False


def chosen_statistics(metrics: Collection[str] | None, quick: bool = False, utility: bool = False) -> list[Statistic]:
    """The statistics of some names, in the order of the report; all of them, or the quick ones, without names.

    Those of utility are among them if they are named, or if ``utility``.

    Raises
    ------
    InputError
        If a name is unknown, or there is none.
    """
    if metrics is None:
        return [
            statistic for statistic in STATISTICS if (utility if statistic.utility else statistic.quick or not quick)
        ]
    if isinstance(metrics, str):
        metrics = [metrics]
    known = [statistic.name for statistic in STATISTICS]
    unknown = [str(name) for name in metrics if name not in known]
    if unknown or not metrics:
        raise InputError(f"metrics must be among {', '.join(known)}; got {', '.join(unknown) or 'none'}.")
    return [statistic for statistic in STATISTICS if statistic.name in metrics or (utility and statistic.utility)]


def _copies(shared: Shared, name: str) -> Copies:
    real, synthetic, holdout = (shared.searches.whole(each) for each in (REAL, name, HOLDOUT))
    return copies(real, synthetic, holdout=holdout)


def _pca(shared: Shared, name: str) -> PCA:
    real, synthetic, seed = shared.panel(REAL), shared.panel(name), shared.seed
    return PCA(
        compare_on_axes(
            shared.axes,
            real,
            synthetic,
            shared.coordinates(REAL),
            shared.coordinates(name),
            seed=seed,
            extent=shared.extent,
        ),
        joint_comparison(real, synthetic, seed=seed, threads=shared.threads),
    )


STATISTICS = (
    Statistic(
        "aa_ts",
        "adversarial accuracy (AA_TS)",
        lambda shared, name: aa_ts_of(shared.searches, REAL, name, seed=shared.seed),
        quick=True,
    ),
    Statistic(
        "one_nn_accuracy",
        "1-NN accuracy",
        lambda shared, name: one_nn_accuracy_of(shared.searches, REAL, name, seed=shared.seed),
        quick=True,
    ),
    Statistic(
        "nn_chains",
        "nearest-neighbour chains",
        lambda shared, name: nn_chains_of(shared.searches, REAL, name, seed=shared.seed),
        quick=True,
    ),
    Statistic(
        "privacy_score",
        "privacy score",
        lambda shared, name: privacy_score_of(shared.searches, REAL, HOLDOUT, name, seed=shared.seed),
        quick=True,
        needs_holdout=True,
    ),
    Statistic(
        "copies",
        "copied persons",
        _copies,
        quick=True,
        needs_holdout=True,
    ),
    Statistic(
        "near_copies",
        "rows too near to training rows",
        lambda shared, name: near_copies_of(shared.searches, REAL, HOLDOUT, name),
        quick=True,
        needs_holdout=True,
    ),
    Statistic(
        "nearest_training",
        "share nearest to training rows",
        lambda shared, name: nearest_training_of(shared.searches, REAL, HOLDOUT, name, seed=shared.seed),
        quick=True,
        needs_holdout=True,
    ),
    Statistic(
        "shared_haplotypes",
        "longest stretches shared with training rows",
        lambda shared, name: shared_haplotypes_of(
            shared.stretches,
            REAL,
            name,
            HOLDOUT if HOLDOUT in shared.compared and name != HOLDOUT else None,
            seed=shared.seed,
        ),
    ),
    Statistic(
        "allele_frequencies",
        "allele frequencies",
        lambda shared, name: allele_frequencies_of(shared.grouped(REAL), shared.grouped(name)),
        quick=True,
    ),
    Statistic(
        "frequency_spectrum",
        "site-frequency spectrum",
        lambda shared, name: frequency_spectrum_of(shared.grouped(REAL), shared.grouped(name)),
        quick=True,
    ),
    Statistic(
        "diversity",
        "heterozygosity and Tajima's D",
        lambda shared, name: diversity_of(shared.grouped(REAL), shared.grouped(name), shared.panel(REAL).sites),
        quick=True,
    ),
    Statistic(
        "ld_decay",
        "decay of linkage disequilibrium",
        lambda shared, name: ld_decay_of(
            shared.distance_edges, shared.counted_pairs(REAL), shared.counted_pairs(name), common=shared.common_pairs
        ),
        quick=True,
    ),
    Statistic(
        "ld_heat_map",
        "linkage disequilibrium over the region",
        lambda shared, name: ld_heat_map_of(shared.grouped(REAL), shared.grouped(name)),
    ),
    Statistic(
        "ld_runs",
        "runs of linked sites",
        lambda shared, name: ld_runs_of(shared.grouped(REAL), shared.grouped(name)),
    ),
    Statistic(
        "haplotype_homozygosity",
        "haplotype homozygosity (EHH)",
        lambda shared, name: haplotype_homozygosity_of(
            shared.grouped(REAL), shared.grouped(name), shared.cores, threads=shared.threads
        ),
    ),
    Statistic(
        "three_point",
        "3-point correlations",
        lambda shared, name: three_point_of(shared.triplets, shared.grouped(REAL), shared.grouped(name)),
        quick=True,
    ),
    Statistic(
        "kmer_motifs",
        "k-mer motifs",
        lambda shared, name: kmer_motifs_of(shared.grouped(REAL), shared.grouped(name)),
    ),
    Statistic(
        "pairwise_distances",
        "pairwise distances",
        lambda shared, name: pairwise_distances_of(shared.searches, REAL, name, seed=shared.seed),
    ),
    Statistic("pca", "principal components", _pca),
    Statistic(
        "off_support",
        "rows off the real support",
        lambda shared, name: off_support_of(
            shared.searches,
            REAL,
            name,
            shared.axes,
            shared.coordinates(REAL),
            shared.coordinates(name),
            seed=shared.seed,
        ),
    ),
    Statistic(
        "populations",
        "populations",
        lambda shared, name: populations_of(shared.searches, REAL, name, shared.labels, seed=shared.seed),
        quick=True,
        needs_labels=True,
    ),
    Statistic(
        "imputation",
        "imputation of unseen people's alleles",
        lambda shared, name: imputation_of(shared.hidden_alleles, shared.panel(name)),
        needs_holdout=True,
        utility=True,
    ),
    Statistic(
        "selection_scan",
        "selection scan (iHS)",
        lambda shared, name: selection_scan_of(
            shared.grouped(REAL), shared.sites_to_scan, shared.scanned(REAL), shared.scanned(name)
        ),
        utility=True,
    ),
    Statistic(
        "haplotype_windows",
        "common haplotypes (H12)",
        lambda shared, name: haplotype_windows_of(shared.grouped(REAL), shared.grouped(name), threads=shared.threads),
        utility=True,
    ),
)
"""Every statistic, in the order of the report."""
