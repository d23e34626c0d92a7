"""`.hapt` text, plain, gzip or zip, with the sites in a `.legend` beside it (Methods of Yelmen et al. 2023, "Data").

A `.hapt` has no header; a line is ``LABEL HAPLOTYPE ALLELE ALLELE …``, separated by spaces, 0 = REF and 1 = ALT.
The label (``Real``, ``AG``, …) is not kept; written files say ``Real`` for a haplotype of a person and ``AG`` for one
without. Persons are known by the names of their haplotypes only (`Samples.from_haplotype_names`).

A `.legend` has the header line ``id position a0 a1`` and a line a site; ``.`` stands for an id or allele that is not
known. A contig is taken from a column ``contig``, or from an id that begins with ``CONTIG:POSITION``; where the ids
name one contig, it is that of all sites, since such files hold a chromosome each. The column is written only where the
ids do not say it. Without a legend, sites are numbered from 1.
"""

from __future__ import annotations

import gzip
import os
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO

import numpy as np

from artgen_fast.array_types import UInt8Array
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Haplotypes, Samples, Sites, words_for
from artgen_fast.io.file_start import FileStart
from artgen_fast.io.filters import Filters
from artgen_fast.io.options import ImportReport
from artgen_fast.io.positions import position_from
from artgen_fast.whole_files import whole_file

_LONGEST_LINE = 1 << 28
_START_OF_LINE = re.compile(rb"^\S+[ \t]+\S+[ \t]+[01][ \t\r\n]")
_LEGEND_COLUMNS = ("id", "position", "a0", "a1")
_UNKNOWN = "."
_COMPRESSION = 6
"""Level of gzip; 9, the default of Python, takes 20 times as long on alleles for a file 14 % smaller."""


def recognises(start: FileStart) -> bool:
    """Whether a file is `.hapt` text, plain, gzip or in a zip archive."""
    if start.members:
        return any(member.lower().endswith(".hapt") for member in start.members)
    named = start.name.removesuffix(".gz").endswith(".hapt")
    return _START_OF_LINE.match(start.text) is not None or (named and b"\0" not in start.text)


def read(start: FileStart, filters: Filters, report: ImportReport) -> Haplotypes:
    """Read a `.hapt` file and its legend.

    Raises
    ------
    FileFormatError
        If a line or the legend is not what the format says; the message names the line, and the site where there is
        one.
    """
    names: list[str] = []
    rows: list[UInt8Array] = []
    n_sites = 0
    try:
        with _open(start) as stream:
            for number, line in enumerate(_lines(stream, start.path), start=1):
                name, alleles = _parse(line, start.path, number)
                if number == 1:
                    n_sites = len(alleles)
                elif len(alleles) != n_sites:
                    raise FileFormatError(
                        f"{start.path}, line {number}: every line must have as many alleles as line 1, {n_sites:,}; "
                        f"got {len(alleles):,}. The file may be truncated: get or write it again."
                    )
                names.append(name)
                rows.append(np.packbits(alleles, bitorder="little"))
    except FileFormatError:
        raise
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError) as error:
        raise FileFormatError(
            f"{start.path} is damaged or truncated after line {len(rows)} ({error}). Get or write the file again."
        ) from error
    if not rows:
        raise FileFormatError(f"{start.path} has no lines. Get or write the file again.")
    packed = np.zeros((len(rows), words_for(n_sites) * 8), dtype=np.uint8)
    for row, bits in enumerate(rows):
        packed[row, : len(bits)] = bits
    sites = _sites(start, filters.options.legend, n_sites)
    return Haplotypes(packed.view(np.uint64), n_sites, sites, Samples.from_haplotype_names(names))


def write(haplotypes: Haplotypes, path: str | os.PathLike[str]) -> None:
    """Write a panel as `.hapt` or `.hapt.gz`, and its sites as `.legend` or `.legend.gz` beside it.

    Raises
    ------
    InputError
        If a name, id or allele has white space in it, or the names of the haplotypes do not say their persons and
        phases.
    """
    target = Path(path)
    samples, sites = haplotypes.samples, haplotypes.sites
    _require_names_that_say_the_persons(samples)
    compressed = target.name.lower().endswith(".gz")
    legend_text = _legend_text(sites)
    with (
        whole_file(_legend_beside(target, compressed)) as partial_legend,
        # The inner one is what a full disk is blamed on: nearly always the rows do not fit.
        whole_file(target) as partial,
        _create(partial, compressed) as file,
        _create(partial_legend, compressed) as legend,
    ):
        legend.write(legend_text.encode())
        names = samples.name.tolist()
        labels = np.where(samples.person != "", "Real", "AG").tolist()
        for rows, alleles in haplotypes.allele_blocks():
            text = np.full((len(alleles), 2 * haplotypes.n_sites), ord(" "), dtype=np.uint8)
            text[:, ::2] = alleles + ord("0")
            text[:, -1] = ord("\n")
            for row, line in enumerate(text, start=rows.start):
                file.write(f"{labels[row]} {names[row]} ".encode() + line.tobytes())


def require_writable(sites: Sites, samples: Samples) -> None:
    """Raise InputError unless `.hapt` and `.legend` can hold these sites and samples, as `write` says."""
    _require_names_that_say_the_persons(samples)
    _legend_text(sites)


def _require_names_that_say_the_persons(samples: Samples) -> None:
    _require_words(samples.name.tolist(), "haplotype names")
    read_back = Samples.from_haplotype_names(samples.name)
    same = (read_back.person == samples.person) & (read_back.phase == samples.phase)
    if not same.all():
        raise InputError(
            "in .hapt, persons are known by the names of their two haplotypes only (X_A and X_B, or X_HAP_1 and "
            "X_HAP_2, are the first and second haplotype of person X); the names of this panel say another person or "
            f"phase than its table does in {np.count_nonzero(~same)} of {len(samples)} rows, the first is row "
            f"{int(np.argmin(same)) + 1}. Rename them, or write .hapbits or .npz."
        )


def _parse(line: bytes, path: Path, number: int) -> tuple[str, UInt8Array]:
    """Name and alleles of a line."""
    words = line.split(None, 2)
    if len(words) < 3:
        raise FileFormatError(
            f"{path}, line {number}: a line must be a label, a haplotype name and the alleles, separated by spaces; "
            f"got {len(words)} of the three."
        )
    try:
        name = words[1].decode()
    except UnicodeDecodeError as error:
        raise FileFormatError(
            f"{path}, line {number}: the haplotype name must be UTF-8 text ({error}). Write it in UTF-8."
        ) from error
    text = np.frombuffer(words[2].rstrip(), dtype=np.uint8)
    alleles: UInt8Array = text[::2] - np.uint8(ord("0"))
    separators = text[1::2]
    if len(text) % 2 and np.all(alleles <= 1) and np.all((separators == ord(" ")) | (separators == ord("\t"))):
        return name, alleles
    # Something else than one space between the alleles, or a fault: word by word, to name it.
    each = words[2].split()
    for site, allele in enumerate(each, start=1):
        if allele not in (b"0", b"1"):
            raise FileFormatError(
                f"{path}, line {number}, site {site}: an allele must be 0 (REF) or 1 (ALT); got "
                f"{allele[:20].decode(errors='replace')!r}. Drop missing calls and split multi-allelic sites first."
            )
    return name, np.array([allele == b"1" for allele in each], dtype=np.uint8)


def _lines(stream: BinaryIO | gzip.GzipFile | IO[bytes], path: Path) -> Iterator[bytes]:
    number = 0
    while line := stream.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE:
            raise FileFormatError(
                f"{path}, line {number}: a line must be shorter than {_LONGEST_LINE:,} bytes; this one is not. "
                "Is this a .hapt file?"
            )
        if line.strip():
            yield line


@contextmanager
def _open(start: FileStart) -> Iterator[BinaryIO | gzip.GzipFile | IO[bytes]]:
    if start.members:
        inside = [member for member in start.members if member.lower().endswith(".hapt")]
        if len(inside) != 1:
            raise FileFormatError(
                f"{start.path} must hold one .hapt file; it holds {', '.join(inside)}. Unzip it first."
            )
        with zipfile.ZipFile(start.path) as archive, archive.open(inside[0]) as member:
            yield member
    elif start.gzipped:
        with gzip.open(start.path, "rb") as unzipped:
            yield unzipped
    else:
        with open(start.path, "rb") as plain:
            yield plain


@contextmanager
def _create(path: Path, compressed: bool) -> Iterator[BinaryIO | gzip.GzipFile]:
    with open(path, "wb") as file:
        if not compressed:
            yield file
            return
        # Without a name and a time, the same panel gives the same bytes.
        with gzip.GzipFile(filename="", mode="wb", compresslevel=_COMPRESSION, fileobj=file, mtime=0) as unzipped:
            yield unzipped


def _stem(path: Path) -> str:
    name = path.name
    for ending in (".gz", ".zip", ".hapt"):
        if name.lower().endswith(ending):
            name = name[: -len(ending)]
    return name


def _legend_beside(path: Path, compressed: bool) -> Path:
    return path.with_name(f"{_stem(path)}.legend{'.gz' if compressed else ''}")


def _sites(start: FileStart, legend: str | os.PathLike[str] | None, n_sites: int) -> Sites:
    if legend is not None:
        return _read_legend(Path(legend), start.path, n_sites)
    for compressed in (start.gzipped, not start.gzipped):
        beside = _legend_beside(start.path, compressed)
        if beside.is_file():
            return _read_legend(beside, start.path, n_sites)
    return Sites.numbered(n_sites)


def _read_legend(path: Path, hapt: Path, n_sites: int) -> Sites:
    try:
        content = path.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        lines = content.decode().splitlines()
    except (gzip.BadGzipFile, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise FileFormatError(f"{path} must be a text file, plain or gzip; it is damaged ({error}).") from error
    columns = lines[0].split() if lines else []
    if not set(_LEGEND_COLUMNS) <= set(columns):
        raise FileFormatError(
            f"{path}, line 1: a legend must begin with the names of its columns, 'id position a0 a1'; it lacks "
            f"{', '.join(name for name in _LEGEND_COLUMNS if name not in columns)}. Give the legend (--legend)."
        )
    at = [columns.index(name) for name in _LEGEND_COLUMNS]
    contig_at = columns.index("contig") if "contig" in columns else None
    table: list[tuple[str, int, str, str, str]] = []
    for number, line in enumerate(lines[1:], start=2):
        fields = line.split()
        if not fields:
            continue
        position = position_from(fields[at[1]]) if len(fields) == len(columns) else None
        if position is None:
            raise FileFormatError(
                f"{path}, line {number}: a line must have {len(columns)} columns with a whole number below 2^63 as "
                f"position; got {f'{len(fields)} columns' if len(fields) != len(columns) else 'another position'}."
            )
        identifier, _, ref, alt = ("" if fields[place] == _UNKNOWN else fields[place] for place in at)
        contig = "" if contig_at is None or fields[contig_at] == _UNKNOWN else fields[contig_at]
        table.append((contig, position, identifier, ref, alt))
    if len(table) != n_sites:
        raise FileFormatError(
            f"{path} must have one line for each of the {n_sites:,} sites of {hapt}; it has {len(table):,}. "
            "Give the legend that belongs to it (--legend)."
        )
    contigs, positions, ids, refs, alts = zip(*table, strict=True)
    if contig_at is None:
        contigs = tuple(_contigs_of(ids, positions))
    return Sites.from_columns(positions, contigs, ids, refs, alts)


def _contigs_of(ids: Sequence[str], positions: Sequence[int]) -> list[str]:
    """The contig of each site as the ids say it."""
    each = [_contig_of(identifier, str(position)) for identifier, position in zip(ids, positions, strict=True)]
    named = set(each) - {""}
    return [named.pop()] * len(each) if len(named) == 1 else each


def _contig_of(identifier: str, position: str) -> str:
    """The contig of an id that begins with ``CONTIG:POSITION``, or empty."""
    match = re.match(rf"([^:]+):{position}(?!\d)", identifier)
    return match[1] if match else ""


def _legend_text(sites: Sites) -> str:
    contigs, positions = sites.contig.tolist(), sites.position.tolist()
    ids, refs, alts = ([text or _UNKNOWN for text in column.tolist()] for column in (sites.id, sites.ref, sites.alt))
    for texts, what in ((ids, "ids"), (refs, "REF alleles"), (alts, "ALT alleles")):
        _require_words(texts, what)
    implied = _contigs_of(ids, positions) == contigs
    if np.any(sites.position < 0):
        raise InputError("a legend needs positions that are not negative. Write .hapbits or .npz.")
    lines = [f"{' '.join(_LEGEND_COLUMNS)}{'' if implied else ' contig'}"]
    contigs = [contig or _UNKNOWN for contig in contigs]
    if not implied:
        _require_words(contigs, "contigs")
    for identifier, position, ref, alt, contig in zip(ids, positions, refs, alts, contigs, strict=True):
        lines.append(f"{identifier} {position} {ref} {alt}{'' if implied else f' {contig}'}")
    return "\n".join(lines) + "\n"


def _require_words(texts: list[str], what: str) -> None:
    for number, text in enumerate(texts, start=1):
        if len(text.split()) != 1 or text.split()[0] != text:
            raise InputError(
                f"{what} must be words without spaces in .hapt and .legend; number {number} of {len(texts)} is not. "
                "Rename it."
            )
