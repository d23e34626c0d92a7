"""The number on which the training of an RBM is watched, stopped and chosen."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch

from artgen_fast.array_types import UInt64Array
from artgen_fast.errors import InputError
from artgen_fast.generators.interface import derived_seed
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import Pinned, generate
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.kernels import pair_counts
from artgen_fast.kernels.gibbs import DEFAULT_PRECISION
from artgen_fast.metrics.aa_ts import aa_ts
from artgen_fast.metrics.agreement.correlation import pearson
from artgen_fast.metrics.panels.equal_sizes import rows_by_person

_SINGULAR_VALUES = 5
"""How many of the largest singular values of W are recorded."""


class TrainingCheck(NamedTuple):
    """State of a training at the end of an epoch."""

    epoch: int
    singular_values: list[float]
    """The largest of W, largest first: they should grow smoothly from about 0 to the order of 1 … 10."""
    frequency_correlation: float
    """Pearson r between allele frequencies of the generated and the reference rows."""
    truth_half_tie: float
    """Half-tie AA_truth of the reference rows against generated ones."""
    syn_half_tie: float
    """Half-tie AA_syn of the same."""
    precision: str = DEFAULT_PRECISION
    """Of the chains that generated them, and of the training from there on."""

    @property
    def worst_half_distance(self) -> float:
        """The larger |half - 1/2| of the two halves of AA_TS, in [0, 1/2]: what the training is to make small.

        Not the mean of the halves, which calls independent sites perfect.
        """
        return self.rank[0]

    @property
    def rank(self) -> tuple[float, float]:
        """Both halves' distances from 1/2, the larger first: the lower in this order, the better the machine.

        Early on the larger one stands at 1/2, and only the other moves.
        """
        truth, syn = abs(self.truth_half_tie - 0.5), abs(self.syn_half_tie - 0.5)
        return max(truth, syn), min(truth, syn)


@dataclass(frozen=True, slots=True, eq=False)
class Checker:
    """Compares generated rows with real ones, which are chosen once: the numbers move only because the machine does.

    Attributes
    ----------
    reference : Haplotypes
        Rows of the validation panel, or else of the training panel.
    given : uint64 array of shape (rows, words), optional
        Rows from which the generated ones take their pinned sites: training rows of other people, since rows that
        share the pinned sites of the reference would be nearer to it than anybody is.
    settings, pinned, seed, threads
        As for the training.
    """

    reference: Haplotypes
    given: UInt64Array | None
    settings: Settings
    pinned: Pinned | None
    seed: int
    threads: int | None

    @classmethod
    def of(
        cls,
        train: Haplotypes,
        validation: Haplotypes | None,
        settings: Settings,
        pinned: Pinned | None,
        seed: int,
        threads: int | None,
    ) -> Checker:
        """Choose the rows."""
        random = derived_seed(seed, "checking")
        if pinned is None:
            reference = fixed_subset(train if validation is None else validation, settings.check_rows, random)
            return cls(reference, None, settings, None, seed, threads)
        if validation is None:
            validation, train = train.split_by_person([0.5, 0.5], random)
        reference = fixed_subset(validation, settings.check_rows, random)
        rows = np.random.default_rng(random).permutation(len(train))
        given = train.packed[np.resize(rows, len(reference))]
        return cls(reference, given, settings, pinned, seed, threads)

    def check(self, machine: Machine, epoch: int, precision: str) -> TrainingCheck:
        """Compare as many generated rows as there are reference rows, at the sites that were generated."""
        packed = generate(
            machine,
            len(self.reference),
            self.settings,
            derived_seed(self.seed, "checking", epoch),
            precision=precision,
            pinned=self.pinned,
            given=self.given,
            threads=self.threads,
        )
        generated = Haplotypes(packed, self.reference.n_sites, self.reference.sites, Samples.synthetic(len(packed)))
        reference = self.reference
        if self.pinned is not None:
            n_pinned = int(self.pinned.units.sum())
            generated, reference = generated[:, n_pinned:], reference[:, n_pinned:]
        return compare(machine, generated, reference, epoch)._replace(precision=precision)


def compare(machine: Machine, generated: Haplotypes, reference: Haplotypes, epoch: int) -> TrainingCheck:
    """Compare generated rows with as many reference rows."""
    halves = aa_ts(reference, generated)
    singular_values = torch.linalg.svdvals(machine.weights)[:_SINGULAR_VALUES]
    return TrainingCheck(
        epoch,
        [round(float(value), 6) for value in singular_values],
        _correlation(generated, reference),
        halves.truth_half_tie,
        halves.syn_half_tie,
    )


def fixed_subset(haplotypes: Haplotypes, n: int, seed: int) -> Haplotypes:
    """At most ``n`` rows of a panel, chosen at random by person, in the panel's order."""
    if len(haplotypes) <= n:
        return haplotypes
    rows = np.sort(rows_by_person(haplotypes.samples.units(), n, np.random.default_rng(seed)))
    if len(rows) < 2:
        raise InputError(f"a check needs at least 2 haplotypes; got room for {n}. Raise check_rows.")
    return haplotypes[rows]


def _correlation(generated: Haplotypes, reference: Haplotypes) -> float:
    """Pearson r of allele frequencies; 0 where either set has the same frequency everywhere."""
    r = pearson(*(pair_counts.allele_counts(panel) / len(panel) for panel in (generated, reference)))
    return 0.0 if math.isnan(r) else r
