"""The lists of samples and sites that options name, and the filters made of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Sites
from artgen_fast.io import hapbits
from artgen_fast.io.filters import Filters, WantedSites
from artgen_fast.io.options import ReadOptions, Region
from artgen_fast.io.positions import position_from


def load_filters(options: ReadOptions) -> Filters:
    """Parse the region and load the lists of samples and sites.

    Raises
    ------
    InputError
        If the region is not one, or a list is empty.
    FileFormatError
        If a file is not such a list; the message names the line.
    """
    region = Region.parse(options.region) if isinstance(options.region, str) else options.region
    names = None if options.samples is None else _names(options.samples)
    excluded = None if options.exclude_samples is None else _names(options.exclude_samples)
    return Filters(options, region, names, excluded, None if options.sites is None else _wanted_sites(options.sites))


def _wanted_sites(sites: str | os.PathLike[str] | Sites) -> WantedSites:
    """Sites of a site table, a `.hapbits` file, or a text file with ``contig position [REF ALT]`` a line."""
    if isinstance(sites, Sites):
        return WantedSites.from_sites(sites)
    if hapbits.is_hapbits(sites):
        return WantedSites.from_sites(hapbits.open_panel(sites).sites)
    entries = []
    for number, fields in _fields_of_lines(sites):
        position = position_from(fields[1]) if len(fields) in (2, 4) else None
        if position is None:
            raise FileFormatError(
                f"{sites}, line {number}: a line of a site list must be 'contig position' or "
                f"'contig position REF ALT', the position below 2^63; got {' '.join(fields)[:80]!r}."
            )
        ref, alt = fields[2:] if len(fields) == 4 else ("", "")
        entries.append((fields[0], position, ref, alt))
    if not entries:
        raise FileFormatError(f"{sites} lists no sites. Give one 'contig position [REF ALT]' a line.")
    return WantedSites.from_entries(entries)


def _names(samples: str | os.PathLike[str] | Sequence[str]) -> dict[str, str]:
    """Each wanted person or haplotype, and where in the list it is."""
    names: dict[str, str] = {}
    if isinstance(samples, (str, os.PathLike)):
        for number, fields in _fields_of_lines(samples):
            if len(fields) != 1:
                raise FileFormatError(
                    f"{samples}, line {number}: a list of samples must have one name a line; got {len(fields)} words."
                )
            names.setdefault(fields[0], f"in line {number} of {samples}")
    else:
        for number, name in enumerate(samples, start=1):
            names.setdefault(name, f"number {number} of the list")
    if not names:
        raise InputError("the list of samples must name at least one person or haplotype; got none.")
    return names


def _fields_of_lines(path: str | os.PathLike[str]) -> Iterable[tuple[int, list[str]]]:
    try:
        with open(path, encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                fields = line.split()
                if fields and not fields[0].startswith("#"):
                    yield number, fields
    except UnicodeDecodeError as error:
        raise FileFormatError(f"{path} must be a text file; it is not ({error}).") from error
