"""The formats of a panel, and which one a file is in.

A format is a module with ``recognises(start)``, ``read(start, filters, report)`` and ``write(haplotypes, path)``, and
``require_writable(sites, samples)`` if it cannot hold every panel; one more format is one more line here.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.io import hapbits, hapt, npz, vcf
from artgen_fast.io.file_start import HDF5_MAGIC, FileStart, file_start
from artgen_fast.io.filters import Filters
from artgen_fast.io.options import ImportReport


@dataclass(frozen=True, slots=True)
class Format:
    """A file format of panels.

    Attributes
    ----------
    name : str
        Its name for reports.
    extensions : tuple of str
        Extensions of the files that `write` makes.
    recognises, read, write : functions
        Whether the start of a file is in this format; file to panel; panel to file.
    require_writable : function
        Refuses sites and samples that the format cannot hold, before there are alleles to write.
    """

    name: str
    extensions: tuple[str, ...]
    recognises: Callable[[FileStart], bool]
    read: Callable[[FileStart, Filters, ImportReport], Haplotypes]
    write: Callable[[Haplotypes, str | os.PathLike[str]], None]
    require_writable: Callable[[Sites, Samples], None] = lambda sites, samples: None


FORMATS = (
    Format("hapbits", (".hapbits",), hapbits.recognises, hapbits.read, hapbits.write),
    Format(
        "VCF/BCF", (".vcf", ".vcf.gz", ".vcf.bgz", ".bcf"), vcf.recognises, vcf.read, vcf.write, vcf.require_writable
    ),
    Format("npz", (".npz",), npz.recognises, npz.read, npz.write),
    Format("hapt", (".hapt", ".hapt.gz"), hapt.recognises, hapt.read, hapt.write, hapt.require_writable),
)
"""All formats, in the order in which a file is tried."""


def format_of_file(path: str | os.PathLike[str]) -> tuple[Format, FileStart]:
    """Format of an existing file, by its content.

    Raises
    ------
    FileFormatError
        If it is in none of the formats.
    """
    start = file_start(path)
    for candidate in FORMATS:
        if candidate.recognises(start):
            return candidate, start
    raise FileFormatError(
        f"{start.path} must be a panel in one of the formats {_names()}; it is {_description(start)}."
    )


def format_to_write(path: str | os.PathLike[str]) -> Format:
    """Format of a file to write, by its extension.

    Raises
    ------
    InputError
        If the extension is that of no format.
    """
    name = os.fspath(path).lower()
    for candidate in FORMATS:
        if name.endswith(candidate.extensions):
            return candidate
    raise InputError(f"an output's name must end in one of {_names()}; got {os.fspath(path)}.")


def without_extension(path: str | os.PathLike[str]) -> str:
    """Name of a file without its folder and the extension of its format.

    Examples
    --------
    >>> without_extension("panels/chr20.vcf.gz")
    'chr20'
    """
    name = os.path.basename(os.fspath(path))
    extensions = [extension for each in FORMATS for extension in each.extensions] + [".hapt.zip"]
    for extension in sorted(extensions, key=len, reverse=True):
        if name.lower().endswith(extension):
            return name[: -len(extension)]
    return name


def _names() -> str:
    return ", ".join(extension for each in FORMATS for extension in each.extensions)


def _description(start: FileStart) -> str:
    if start.text.startswith(HDF5_MAGIC):
        return "HDF5, which is not read: write its matrix as .hapt or .npz first"
    if start.members:
        return f"a zip archive of {', '.join(start.members)[:100]}"
    return f"{'gzip of ' if start.gzipped else ''}a file that begins with {start.text[:24]!r}"
