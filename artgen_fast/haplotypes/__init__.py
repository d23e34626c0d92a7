"""Phased haplotypes as bits, with the sites and the samples they belong to.

Site ``j`` of a row is bit ``j % 64`` of 64-bit word ``j // 64`` (1 = ALT); `artgen_fast.haplotypes.bits` says more.
"""

from artgen_fast.haplotypes.bits import (
    BITS_PER_WORD,
    WORDS_PER_LINE,
    has_padding_bits,
    pack,
    packed_by_site,
    unpack,
    words_for,
)
from artgen_fast.haplotypes.columns import TEXT, as_text
from artgen_fast.haplotypes.panel import Haplotypes, concatenate
from artgen_fast.haplotypes.samples import NO_PHASE, Samples
from artgen_fast.haplotypes.sites import Sites

__all__ = [
    "BITS_PER_WORD",
    "NO_PHASE",
    "TEXT",
    "WORDS_PER_LINE",
    "Haplotypes",
    "Samples",
    "Sites",
    "as_text",
    "concatenate",
    "has_padding_bits",
    "pack",
    "packed_by_site",
    "unpack",
    "words_for",
]
