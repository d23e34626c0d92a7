"""Panels of haplotypes from and to files; the format goes by the content on reading, by the extension on writing."""

from __future__ import annotations

import os
from dataclasses import fields
from typing import Any

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.io import hapbits
from artgen_fast.io.formats import FORMATS, format_of_file, format_to_write
from artgen_fast.io.lists import load_filters
from artgen_fast.io.options import ImportReport, ReadOptions, Region
from artgen_fast.io.population_labels import read_labels
from artgen_fast.whole_files import require_place

__all__ = [
    "FORMATS",
    "ImportReport",
    "ReadOptions",
    "Region",
    "read",
    "read_labels",
    "read_with_report",
    "require_writable",
    "verify",
    "write",
]


IN_ORDER = "of a contig together and in the order of their positions"


def read(path: str | os.PathLike[str], **options: Any) -> Haplotypes:
    """Read a panel: `.hapbits`, `.vcf`, `.vcf.gz`, `.bcf`, `.npz`, or `.hapt` (`.gz`, `.zip`; with its `.legend`).

    Parameters
    ----------
    path : path
        The file. A `.hapbits` file is mapped into memory, its alleles unread and unchecked: `verify`, or
        ``artgen info --verify``, checks them. Others are read, and checked on the way.
    **options
        What to keep and what to drop: the fields of `ReadOptions`, such as ``region="20:1000000-2000000"``,
        ``samples=``, ``sites=``, ``snps_only=True``, ``min_maf=0.01``, ``thin=1000``, ``skip_multiallelic=True``.
        A single text is a file: ``samples="people.txt"`` keeps those whom the file names, ``samples=["NA12878"]`` one
        person.

    Returns
    -------
    Haplotypes

    Raises
    ------
    FileFormatError
        If the file is damaged (of `.hapbits`: anything but its alleles), is not sorted, or holds what a panel cannot;
        the message names the option that drops it.
    InputError
        If an option has an impossible value, names samples that are not there, or leaves no site.
    TypeError
        If there is no such option.
    """
    return read_with_report(path, **options)[0]


def read_with_report(path: str | os.PathLike[str], **options: Any) -> tuple[Haplotypes, ImportReport]:
    """Read a panel as `read` does, with the account of what was dropped and why."""
    known = [field.name for field in fields(ReadOptions)]
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise TypeError(f"options of read must be among {', '.join(known)}; got {', '.join(unknown)}.")
    chosen = load_filters(ReadOptions(**options))
    file_format, start = format_of_file(path)
    if chosen.options.legend is not None and file_format.name != "hapt":
        raise InputError(f"a legend belongs to a .hapt file; {path} is {file_format.name}. Leave the legend out.")
    report = ImportReport(start.path, file_format.name)
    panel = file_format.read(start, chosen, report)
    disorder = panel.sites.first_disorder()
    if disorder is not None:
        raise FileFormatError(
            f"{path} must hold the sites {IN_ORDER}; {disorder}. Sort the file first (bcftools sort)."
        )
    return chosen.apply(panel, report), report


def write(haplotypes: Haplotypes, path: str | os.PathLike[str]) -> None:
    """Write a panel; the format goes by the extension.

    The file appears when it is whole. `.hapt` also gets a `.legend` beside it.

    Raises
    ------
    InputError
        If it is no panel, the extension is unknown, the panel is empty, its sites are not in order, or it does not have
        what the format needs.
    """
    if not isinstance(haplotypes, Haplotypes) or not isinstance(path, str | os.PathLike):
        raise InputError(
            "what is written must be Haplotypes, and where to a path; "
            f"got {type(haplotypes).__name__} and {type(path).__name__}. Use write(panel, path)."
        )
    if not len(haplotypes) or not haplotypes.n_sites:
        raise InputError(f"a panel file must hold at least one haplotype and one site; got {haplotypes!r}.")
    _require_order(haplotypes.sites)
    format_to_write(path).write(haplotypes, path)


def require_writable(sites: Sites, samples: Samples, path: str | os.PathLike[str]) -> None:
    """Refuse what `write` would refuse of a panel's tables and of the file's name, before the alleles are made.

    Raises
    ------
    InputError
        If the extension is unknown, the folder does not exist, the sites are not in order, or the tables do not have
        what the format needs.
    """
    file_format = format_to_write(path)
    require_place(path)
    _require_order(sites)
    file_format.require_writable(sites, samples)


def _require_order(sites: Sites) -> None:
    disorder = sites.first_disorder()
    if disorder is not None:
        raise InputError(f"a panel file must hold the sites {IN_ORDER}; {disorder}. Sort the sites first.")


def verify(path: str | os.PathLike[str]) -> str:
    """Check all of a file, and say what was checked.

    Raises
    ------
    FileFormatError
        If the file is damaged.
    """
    file_format, _ = format_of_file(path)
    if file_format.name == "hapbits":
        return f"{hapbits.verify(path):,} blocks of bits match their checksums, and the padding is zero"
    return f"reading {file_format.name} checks all of it; the format has no further checksums to verify"
