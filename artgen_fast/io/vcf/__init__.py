"""VCF and BCF (`.vcf`, `.vcf.gz`, `.bcf`), through cyvcf2 and htslib.

A panel needs phased diploid calls of two alleles. What VCF can say beyond that is refused, unless an option of
`ReadOptions` drops or splits it: several ALT alleles, ALT alleles that are no sequence, no ALT allele, missing calls,
calls that are not diploid, and unphased calls. A homozygous call written with ``/`` is accepted: both its haplotypes
are known whatever the phase. Duplicate positions and indels are kept; alleles are not trimmed or left-aligned.

A person's two haplotypes are consecutive rows, named ``PERSON_A`` and ``PERSON_B`` (left and right of the ``|``); those
of a file of artificial haplotypes belong to nobody (`write`).

Regions are chosen while the whole file is read: htslib's indexed queries end without an error where a block of the file
is damaged.
"""

from artgen_fast.io.file_start import FileStart
from artgen_fast.io.vcf.reader import read
from artgen_fast.io.vcf.wholeness import BCF_MAGIC, TEXT_MAGIC
from artgen_fast.io.vcf.writer import require_writable, write

__all__ = ["read", "recognises", "require_writable", "write"]


def recognises(start: FileStart) -> bool:
    """Whether a file is VCF or BCF."""
    return start.text.startswith((TEXT_MAGIC, BCF_MAGIC))
