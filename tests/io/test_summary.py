"""The numbers of `artgen info`, against a count by hand."""

from __future__ import annotations

import numpy as np

from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.io.summary import summarise


def test_every_count():
    alleles = np.zeros((200, 7), dtype=np.uint8)
    alleles[:, 1] = 1  # fixed for ALT; site 0 for REF
    alleles[7, 2] = 1  # singleton
    alleles[:199, 3] = 1  # singleton: the minor allele is REF
    alleles[:2, 4] = 1  # MAF exactly 1 %
    alleles[:3, 5] = 1  # common
    alleles[::2, 6] = 1  # common
    sites = Sites.from_columns(
        [10, 20, 20, 30, 5, 5, 1], ["1", "1", "1", "1", "2", "2", "1"], ref="A", alt=["C"] * 6 + ["CT"]
    )
    people = Samples.from_persons([f"P{row}" for row in range(99)])
    nobody = Samples.synthetic(2)
    samples = Samples(*(np.concatenate([getattr(people, c), getattr(nobody, c)]) for c in ("name", "person", "phase")))
    summary = summarise(Haplotypes.from_alleles(alleles, sites, samples))
    assert (summary.n_haplotypes, summary.n_persons, summary.n_without_person) == (200, 99, 2)
    assert summary.n_duplicate_rows == 200 - len({row.tobytes() for row in alleles})
    assert (summary.n_sites, summary.n_snps, summary.n_duplicate_positions) == (7, 6, 2)
    assert (summary.n_fixed, summary.n_singletons, summary.n_common) == (2, 2, 2)
    assert summary.spans == (("1", 1, 30), ("2", 5, 5))
    assert summary.packed_bytes == 200 * 64
