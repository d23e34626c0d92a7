"""What a reader may leave out, and the account of what it left out."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from artgen_fast.array_types import Int64Array
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Sites
from artgen_fast.io.positions import position_from

_WITH_POSITIONS = re.compile(r"^(?P<contig>.+):(?P<start>[\d,]+)(?:(?P<dash>-)(?P<end>[\d,]*))?$")
_MISSPELT_POSITIONS = re.compile(r":(?:[-\d. ][-\d,. _+eEkKmMbB]*)?$")
"""What is meant to be positions; contigs may end in a colon and more (HLA:A*01, HLA-A*24:02:01:02L)."""
_NAMED_LIKE_A_FILE = re.compile(r"[/\\]|\.[A-Za-z]\w*$")
"""Unlike NC_000020.11, which may be both a contig and a file that lies there."""


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of one contig, by the position of a site: 1-based, both ends included.

    Examples
    --------
    >>> Region.parse("20:1,000-2,000")
    Region(contig='20', start=1000, end=2000)
    >>> Region.parse("chr1").end is None
    True
    """

    contig: str
    start: int = 1
    end: int | None = None

    @classmethod
    def parse(cls, text: str) -> Region:
        """Region from ``contig``, ``contig:start-end``, ``contig:start-`` or ``contig:position``."""
        match = _WITH_POSITIONS.match(text)
        if match is None:
            is_a_file = _NAMED_LIKE_A_FILE.search(text) is not None and os.path.isfile(text)
            if not text or text != text.strip() or "\t" in text or _MISSPELT_POSITIONS.search(text) or is_a_file:
                raise InputError(
                    f"a region must be CONTIG or CONTIG:START-END, such as 20:1000-2000; got {text[:60]!r}"
                    + (
                        ", which is a file. Give a list of sites instead (--sites), or the regions in it one by one."
                        if is_a_file
                        else ". Correct it."
                    )
                )
            return cls(text)
        start = position_from(match["start"].replace(",", ""))
        last = match["start"] if match["dash"] is None else match["end"]
        digits = last.replace(",", "")
        end = position_from(digits) if digits else None
        if start is None or start < 1 or (end is None and digits) or (end is not None and end < start):
            raise InputError(f"a region must have 1 <= START <= END < 2^63; got {text[:60]!r}.")
        return cls(match["contig"], start, end)

    def __str__(self) -> str:
        if self.end is None:
            return self.contig if self.start == 1 else f"{self.contig}:{self.start:,}-"
        return f"{self.contig}:{self.start:,}-{self.end:,}"

    def __contains__(self, site: tuple[str, int]) -> bool:
        contig, position = site
        return contig == self.contig and position >= self.start and (self.end is None or position <= self.end)


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """What `read` keeps; everything by default, and a fault is an error unless an option here drops the site.

    Attributes
    ----------
    region : str or Region, or sequence of them, optional
        Keep the sites of ``contig``, ``contig:start-end``, ``contig:start-`` or ``contig:position``, 1-based and
        inclusive, by the site's own position (a deletion that begins before the region is outside). Of several regions,
        the sites of any.
    samples : path or sequence of str, optional
        Keep these persons or haplotypes, in the file's order: names, or a text file (plain or gzip) with one name a
        line. A line that begins with ``#`` is a comment, unless somebody is called so.
    exclude_samples : path or sequence of str, optional
        Leave these persons or haplotypes out, named likewise.
    sites : path or Sites, optional
        Keep these sites, in the file's order: a text file with ``contig position [REF ALT]`` a line, a `.hapbits`
        file, or a site table. A line without alleles takes every site at its position.
    snps_only : bool
        Keep sites whose REF and ALT are one base each; records without an ALT allele are dropped, too.
    min_maf : float
        Keep sites whose minor-allele frequency in the kept haplotypes is at least this; 0 to 0.5.
    thin : int
        Keep sites at least this many base pairs after the kept site before them on the contig; 0 keeps all.
    pass_only : bool
        VCF and BCF: drop records whose FILTER names a filter that they failed.
    skip_multiallelic, split_multiallelic : bool
        VCF and BCF: drop records with several ALT alleles, or make one site of each ALT allele, at which haplotypes
        with another ALT allele count as REF (as ``bcftools norm -m -any`` writes them).
    skip_symbolic : bool
        VCF and BCF: drop ALT alleles that are not a sequence (``<DEL>``, ``*``, break ends).
    skip_no_alt : bool
        VCF and BCF: drop records without an ALT allele.
    skip_missing : bool
        VCF, BCF and `.npz`: drop sites with a missing call.
    skip_unphased : bool
        VCF and BCF: drop sites with an unphased heterozygous call.
    skip_haploid : bool
        VCF and BCF: drop sites with a call that is not diploid.
    legend : path, optional
        `.hapt`: the legend; by default the `.legend` or `.legend.gz` beside the file, if there is one.
    """

    region: str | Region | Sequence[str | Region] | None = None
    samples: str | os.PathLike[str] | Sequence[str] | None = None
    exclude_samples: str | os.PathLike[str] | Sequence[str] | None = None
    sites: str | os.PathLike[str] | Sites | None = None
    snps_only: bool = False
    min_maf: float = 0.0
    thin: int = 0
    pass_only: bool = False
    skip_multiallelic: bool = False
    split_multiallelic: bool = False
    skip_symbolic: bool = False
    skip_no_alt: bool = False
    skip_missing: bool = False
    skip_unphased: bool = False
    skip_haploid: bool = False
    legend: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.min_maf <= 0.5:
            raise InputError(f"min_maf must be a frequency from 0 to 0.5; got {self.min_maf}.")
        if self.thin < 0:
            raise InputError(f"thin must be a number of base pairs, 0 or more; got {self.thin}.")
        if self.skip_multiallelic and self.split_multiallelic:
            raise InputError("skip_multiallelic and split_multiallelic exclude each other; give one of them.")


LEAVE_OUT = "exclude_samples (artgen import --exclude-samples FILE)"
"""How to ask for a panel without some people, for error messages."""


def remedy(option: str) -> str:
    """How to ask for an option from Python and on the command line, for error messages."""
    return f"{option}=True (artgen import --{option.replace('_', '-')})"


@dataclass(slots=True)
class ImportReport:
    """What was read, what was kept, and why the rest was dropped.

    Attributes
    ----------
    path : Path
        The file.
    format : str
        Name of its format.
    haplotypes_kept, haplotypes_dropped : int
        Haplotypes in the panel, and those of the file that the options `samples` and `exclude_samples` left out.
    sites_kept : int
        Sites in the panel.
    dropped : dict of str to int
        Sites dropped, by reason. A record that was split counts once for each ALT allele.
    records_split : int
        Multi-allelic records that were split.
    sites_not_found : int
        Entries of the option `sites` that no site matched.
    contigs : dict of str to None
        Contigs of the sites in the file, in their order.
    regions_without_sites : list of Region
        Those of the option `region` in which no site is kept.
    faulty_calls : dict of str to (str, int64 array)
        For each reason to drop sites that is a fault of calls: whose calls they are ("people" or "haplotypes"), and at
        how many of these sites each of them has one.
    """

    path: Path
    format: str
    haplotypes_kept: int = 0
    haplotypes_dropped: int = 0
    sites_kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    records_split: int = 0
    sites_not_found: int = 0
    contigs: dict[str, None] = field(default_factory=dict)
    regions_without_sites: list[Region] = field(default_factory=list)
    faulty_calls: dict[str, tuple[str, Int64Array]] = field(default_factory=dict)

    @property
    def haplotypes_read(self) -> int:
        """Haplotypes in the file."""
        return self.haplotypes_kept + self.haplotypes_dropped

    @property
    def sites_read(self) -> int:
        """Sites in the file."""
        return self.sites_kept + sum(self.dropped.values())

    def drop(self, reason: str, n_sites: int = 1) -> None:
        """Count sites that are dropped for a reason."""
        if n_sites:
            self.dropped[reason] = self.dropped.get(reason, 0) + n_sites

    def count_faults(self, reason: str, whose: str, n_sites: Int64Array) -> None:
        """Count at how many of the sites that are dropped for a reason the calls of each person or haplotype are it."""
        before = self.faulty_calls.get(reason)
        self.faulty_calls[reason] = (whose, n_sites if before is None else before[1] + n_sites)

    def dropped_in_words(self) -> str:
        """The dropped sites as ``16 multi-allelic, 3 symbolic``, or ``none``."""
        return ", ".join(f"{count:,} {reason}" for reason, count in self.dropped.items()) or "none"
