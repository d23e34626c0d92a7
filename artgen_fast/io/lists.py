"""The lists of samples and sites that options name, and the filters made of them."""

from __future__ import annotations

import gzip
import io
import os
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Sites
from artgen_fast.io import hapbits
from artgen_fast.io.file_start import GZIP_MAGIC
from artgen_fast.io.filters import Filters, WantedSites
from artgen_fast.io.options import ReadOptions, Region
from artgen_fast.io.positions import position_from
from artgen_fast.io.vcf.wholeness import TEXT_MAGIC

_LIST_OF_VCF = r"bcftools query -f '%CHROM\t%POS\n'"
_LIST_OF_BED = "awk '{for (p = $2 + 1; p <= $3; p++) print $1, p}'"


def load_filters(options: ReadOptions) -> Filters:
    """Parse the region and load the lists of samples and sites.

    Raises
    ------
    InputError
        If the region is not one, or a list is empty.
    FileFormatError
        If a file is not such a list; the message names the line.
    """
    regions = None if options.region is None else _regions(options.region)
    names = None if options.samples is None else _names(options.samples)
    excluded = None if options.exclude_samples is None else _names(options.exclude_samples)
    return Filters(options, regions, names, excluded, None if options.sites is None else _wanted_sites(options.sites))


def _regions(given: str | Region | Sequence[str | Region]) -> tuple[Region, ...]:
    several = (given,) if isinstance(given, str | Region) else given
    if not several:
        raise InputError("the list of regions must hold at least one; got none. Leave it out to keep all sites.")
    return tuple(Region.parse(region) if isinstance(region, str) else region for region in several)


def _wanted_sites(sites: str | os.PathLike[str] | Sites) -> WantedSites:
    """Sites of a site table, a `.hapbits` file, or a text file with ``contig position [REF ALT]`` a line."""
    if isinstance(sites, Sites):
        return WantedSites.from_sites(sites)
    # Not of a pipe, whose first bytes would be gone.
    if Path(sites).is_file() and hapbits.is_hapbits(sites):
        return WantedSites.from_sites(hapbits.open_panel(sites).sites)
    entries = []
    for number, line in _lines(sites):
        if line.startswith(TEXT_MAGIC.decode()):
            raise FileFormatError(
                f"{sites} must be a list of sites or a .hapbits panel; it is a VCF file. Make a list of it: "
                f"{_LIST_OF_VCF} {sites} > LIST."
            )
        if not line.startswith("#"):
            entries.append(_wanted_site(line.split(), f"{sites}, line {number}"))
    if not entries:
        raise FileFormatError(f"{sites} lists no sites. Give one 'contig position [REF ALT]' a line.")
    return WantedSites.from_entries(entries)


def _wanted_site(fields: list[str], place: str) -> tuple[str, int, str, str]:
    """Contig, position, REF and ALT of a line of a list; both alleles empty where it names none."""
    rule = f"{place}: a line of a site list must be 'contig position' or 'contig position REF ALT'"
    if len(fields) > 2 and fields[1].isdigit() and fields[2].isdigit():
        raise FileFormatError(
            f"{rule}; this one has a second position, as BED has it, which counts from 0. Make a list of that: "
            f"{_LIST_OF_BED} BED > LIST."
        )
    position = position_from(fields[1]) if len(fields) in (2, 4) else None
    if position is None:
        # Words are counted, not shown: those of a wrong file may be people's names and genotypes.
        raise FileFormatError(
            f"{rule}, the position a whole number below 2^63; "
            + ("its second word is none." if len(fields) in (2, 4) else f"got {len(fields)} words.")
            + " Correct the line."
        )
    ref, alt = fields[2:] if len(fields) == 4 else ("", "")
    return fields[0], position, ref, alt


def _names(samples: str | os.PathLike[str] | Sequence[str]) -> dict[str, str | None]:
    """Each wanted person or haplotype, and where in the list it is; None for a line that may be a comment."""
    names: dict[str, str | None] = {}
    if isinstance(samples, (str, os.PathLike)):
        for number, line in _lines(samples):
            is_comment = line.startswith("#")
            if "\t" in line and not is_comment:
                raise FileFormatError(
                    f"{samples}, line {number}: a list of samples must have one name a line and nothing else; got "
                    f"{len(line.split(chr(9)))} columns. Keep that of the names (cut -f)."
                )
            names.setdefault(line, None if is_comment else f"in line {number} of {samples}")
    else:
        for number, name in enumerate(samples, start=1):
            names.setdefault(name, f"number {number} of the list")
    if not any(names.values()):
        raise InputError("the list of samples must name at least one person or haplotype; got none.")
    return names


def _lines(path: str | os.PathLike[str]) -> Iterable[tuple[int, str]]:
    """Lines of a text file, plain or gzip, that are not empty: their numbers, and they without blanks around them."""
    try:
        with open(path, "rb") as file:
            plain = gzip.GzipFile(fileobj=file) if file.peek().startswith(GZIP_MAGIC) else file
            # The mark that some programs begin UTF-8 text with would be a part of the first name.
            with io.TextIOWrapper(plain, encoding="utf-8-sig") as lines:
                for number, line in enumerate(lines, start=1):
                    if line.strip():
                        yield number, line.strip()
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"{path} must be a text file in UTF-8, plain or gzip; it is not. Save it as UTF-8 text."
        ) from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise FileFormatError(f"{path} is a damaged or truncated gzip file ({error}). Get it again.") from error
