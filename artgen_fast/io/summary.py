"""What a panel holds, in a few numbers."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.io.filters import is_snp

COMMON_MAF = 0.01
"""Sites above this minor-allele frequency are counted as common."""


@dataclass(frozen=True, slots=True)
class PanelSummary:
    """Counts of a panel.

    Attributes
    ----------
    n_haplotypes, n_persons, n_without_person : int
        Rows, persons that they belong to, and rows that belong to nobody.
    n_duplicate_rows : int
        Rows equal to an earlier one.
    n_sites, n_snps : int
        Sites, and those whose REF and ALT are one base each.
    n_duplicate_positions : int
        Sites at the contig and position of an earlier one.
    n_singletons, n_fixed, n_common : int
        Sites whose minor allele is seen once, sites with one allele only, and sites of MAF above 1 %.
    spans : tuple of (contig, first position, last position)
        One for each contig, in the order of the sites.
    packed_bytes : int
        Size of the packed alleles.
    """

    n_haplotypes: int
    n_persons: int
    n_without_person: int
    n_duplicate_rows: int
    n_sites: int
    n_snps: int
    n_duplicate_positions: int
    n_singletons: int
    n_fixed: int
    n_common: int
    spans: tuple[tuple[str, int, int], ...]
    packed_bytes: int


def summarise(haplotypes: Haplotypes) -> PanelSummary:
    """Count what a panel holds; reads all of its bits once or twice."""
    sites, person = haplotypes.sites, haplotypes.samples.person
    counts = haplotypes.allele_counts()
    minor = np.minimum(counts, len(haplotypes) - counts)
    contigs = sites.contig.tolist()
    return PanelSummary(
        n_haplotypes=len(haplotypes),
        n_persons=len(set(person.tolist()) - {""}),
        n_without_person=int(np.count_nonzero(person == "")),
        n_duplicate_rows=len(haplotypes) - len({blake2b(row, digest_size=16).digest() for row in haplotypes.packed}),
        n_sites=len(sites),
        n_snps=int(np.count_nonzero(is_snp(sites))),
        n_duplicate_positions=len(sites) - len(set(zip(contigs, sites.position.tolist(), strict=True))),
        n_singletons=int(np.count_nonzero(minor == 1)),
        n_fixed=int(np.count_nonzero(minor == 0)),
        n_common=int(np.count_nonzero(minor > COMMON_MAF * len(haplotypes))),
        spans=tuple(
            (contig, int(positions.min()), int(positions.max()))
            for contig in dict.fromkeys(contigs)
            for positions in (sites.position[sites.contig == contig],)
        ),
        packed_bytes=haplotypes.packed.nbytes,
    )
