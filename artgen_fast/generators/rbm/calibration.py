"""Visible biases moved, after training, until generated alleles are as frequent as training ones.

Stochastic approximation (Robbins & Monro 1951, Ann. Math. Stat. 22:400) of the biases alone, on whole samples: a round
generates rows as samples are made and moves each bias by part of the difference between the logits of both frequencies.
A training's updates see minibatches instead, and stop when the halves of AA_TS are best, which is before rare
frequencies are learnt (docs/rbm_trainings.md).
"""

from __future__ import annotations

import numpy as np
import torch

from artgen_fast.array_types import BoolArray, Float64Array, Int64Array
from artgen_fast.generators.interface import derived_seed
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import Pinned, generate, precision_for
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.kernels import pair_counts
from artgen_fast.metrics.agreement.correlation import pearson

FEWEST_ROWS = 2000
"""Rows of a round at least, so that rare alleles are among them."""

FIRST_STEP = 0.7
"""Part of the difference by which biases move in the first round, since hidden units follow; 2 / (2 + r) of it in round
r from 0 on, so that chance of single rounds is averaged out."""


def calibrate(
    machine: Machine,
    train: Haplotypes,
    settings: Settings,
    *,
    seed: int,
    pinned: Pinned | None = None,
    threads: int | None = None,
) -> list[float]:
    """Move the visible biases of a machine, in place, in as many rounds as the settings say.

    Parameters
    ----------
    machine : Machine
    train : Haplotypes
        Its training rows; pinned units are given from them, and keep their biases.
    settings : Settings
    seed : int
    pinned : Pinned, optional
    threads : int, optional

    Returns
    -------
    list of float
        Before each round, Pearson r of generated and training frequencies of the sites that move; 0 where there is
        none.
    """
    n = max(len(train), FEWEST_ROWS)
    counts = pair_counts.allele_counts(train)
    moves = np.ones(train.n_sites, dtype=bool) if pinned is None else ~pinned.units
    given = None
    if pinned is not None:
        given = train.packed[np.resize(np.random.default_rng([seed, n]).permutation(len(train)), n)]
    precision = precision_for(machine, settings, threads)
    found: list[float] = []
    for number in range(settings.calibration_rounds or 0):
        random = derived_seed(seed, "calibration", number)
        packed = generate(
            machine, n, settings, random, precision=precision, pinned=pinned, given=given, threads=threads
        )
        made = Haplotypes(packed, train.n_sites, train.sites, Samples.synthetic(n))
        generated = pair_counts.allele_counts(made)
        r = pearson(generated[moves] / n, counts[moves] / len(train))
        found.append(0.0 if np.isnan(r) else r)
        difference = _logit(counts, len(train)) - _logit(generated, n)
        # A site without one of its alleles in both stays as it is: how far out its frequencies are cannot be told.
        difference[~moves | _both_fixed(counts, len(train), generated, n)] = 0
        step = FIRST_STEP * 2 / (2 + number)
        machine.visible_bias += torch.from_numpy((step * difference).astype(np.float32)).to(machine.device)
    return found


def _logit(counts: Int64Array, rows: int) -> Float64Array:
    """Of frequencies that are drawn towards 1/2 by half a row of each allele."""
    ones = counts + 0.5
    logit: Float64Array = np.log(ones / (rows + 1 - ones))
    return logit


def _both_fixed(first: Int64Array, first_rows: int, second: Int64Array, second_rows: int) -> BoolArray:
    fixed: BoolArray = ((first == 0) & (second == 0)) | ((first == first_rows) & (second == second_rows))
    return fixed
