"""`.npz`: packed alleles in a NumPy archive.

==================  ===================================================================================================
Array               Content
==================  ===================================================================================================
``packed``          uint8 of shape (haplotypes, ⌈sites / 8⌉): ``numpy.packbits(alleles, axis=1, bitorder="little")``
``n_sites``         one integer
``sample_ids``      names of the persons (half as many as haplotypes: rows 2i and 2i + 1 are person i) or of the
                    haplotypes (as many; persons by name only, as `Samples.from_haplotype_names` pairs them)
``positions``       one integer a site
``chrom``           one text, or one a site
``variant_ids``     one text a site
``ref``, ``alt``    one text a site; ``major`` and ``minor`` are read in their place, major as REF
``missing_packed``  as ``packed``, 1 = missing call; refused unless the option `skip_missing` drops those sites
``persons``         the person of each haplotype, empty for none; only where ``sample_ids`` cannot say it
``phases``          0, 1 or -1 for each haplotype, beside ``persons``
==================  ===================================================================================================

``packed`` and ``n_sites`` are required; other arrays are ignored. No object arrays are read.
"""

from __future__ import annotations

import os
import zipfile
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import TextArray, UInt8Array
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import NO_PHASE, Haplotypes, Samples, Sites, as_text, words_for
from artgen_fast.io.file_start import LARGEST_COMPRESSION, FileStart
from artgen_fast.io.filters import Filters
from artgen_fast.io.options import LEAVE_OUT, ImportReport, remedy
from artgen_fast.io.positions import LARGEST_POSITION
from artgen_fast.whole_files import whole_file

_HEADER_LIMIT = 10_000


def recognises(start: FileStart) -> bool:
    """Whether a file is a NumPy archive."""
    return bool(start.members) and all(member.endswith(".npy") for member in start.members)


def read(start: FileStart, filters: Filters, report: ImportReport) -> Haplotypes:
    """Read a panel from `.npz`.

    Raises
    ------
    FileFormatError
        If the archive is damaged, an array is not what the layout says, or calls are missing.
    """
    with _Archive(start) as archive:
        n_sites = archive.integer("n_sites")
        packed = archive.bits("packed", n_sites)
        panel = Haplotypes(
            _padded(packed, n_sites).view(np.uint64),
            n_sites,
            archive.sites(n_sites),
            archive.samples(len(packed)),
        )
        # Calls that are missing of rows that are left out do no harm.
        rows = filters.rows(panel.samples, start.path)
        if rows is not None and not rows.all():
            report.haplotypes_dropped += int(np.count_nonzero(~rows))
            panel = panel[np.flatnonzero(rows)]
        if "missing_packed" not in archive.names:
            return panel
        missing = archive.bits("missing_packed", n_sites)
    if missing.shape != packed.shape:
        raise FileFormatError(
            f"{start.path}: 'missing_packed' must have the shape of 'packed', {packed.shape}; got {missing.shape}."
        )
    if rows is not None:
        missing = missing[rows]
    any_missing = np.bitwise_or.reduce(missing, axis=0)
    incomplete = np.unpackbits(any_missing, count=n_sites, bitorder="little").astype(np.bool_)
    if not incomplete.any():
        return panel
    n_incomplete = int(np.count_nonzero(incomplete))
    if not filters.options.skip_missing:
        site = int(np.argmax(incomplete))
        raise FileFormatError(
            f"{start.path} has missing calls at {n_incomplete:,} of {n_sites:,} sites, first at site {site + 1} "
            f"({panel.sites.describe(site)}); a panel needs all calls. "
            f"Use {remedy('skip_missing')} to drop those sites, or {LEAVE_OUT} to leave those with "
            "the most of them out."
        )
    report.drop("with missing calls", n_incomplete)
    of_rows = [int(np.count_nonzero(np.unpackbits(row, count=n_sites, bitorder="little"))) for row in missing]
    report.count_faults("with missing calls", "haplotypes", np.array(of_rows, dtype=np.int64))
    return panel[:, np.flatnonzero(~incomplete)]


def write(haplotypes: Haplotypes, path: str | os.PathLike[str]) -> None:
    """Write a panel as a compressed `.npz`."""
    sites, samples = haplotypes.sites, haplotypes.samples
    contigs = _fixed_width(sites.contig)
    arrays: dict[str, npt.NDArray[Any]] = {
        "packed": haplotypes.packed.view(np.uint8)[:, : -(-haplotypes.n_sites // 8)],
        "n_sites": np.array(haplotypes.n_sites),
        "positions": sites.position,
        "chrom": contigs[0] if np.all(contigs == contigs[0]) else contigs,
        "variant_ids": _fixed_width(sites.id),
        "ref": _fixed_width(sites.ref),
        "alt": _fixed_width(sites.alt),
        **_sample_arrays(samples),
    }
    with whole_file(path) as partial, open(partial, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def _sample_arrays(samples: Samples) -> dict[str, npt.NDArray[Any]]:
    persons = samples.person[::2]
    if len(samples) % 2 == 0 and np.all(persons != "") and _same(samples, Samples.from_persons(persons)):
        return {"sample_ids": _fixed_width(persons)}
    arrays: dict[str, npt.NDArray[Any]] = {"sample_ids": _fixed_width(samples.name)}
    if not _same(samples, Samples.from_haplotype_names(samples.name)):
        arrays |= {"persons": _fixed_width(samples.person), "phases": samples.phase}
    return arrays


def _same(left: Samples, right: Samples) -> bool:
    return (
        np.array_equal(left.name, right.name)
        and np.array_equal(left.person, right.person)
        and np.array_equal(left.phase, right.phase)
    )


def _fixed_width(column: TextArray) -> npt.NDArray[np.str_]:
    # NumPy's variable-width strings would be stored as Python objects, that is, pickled.
    texts = column.tolist()
    if any(text.endswith("\0") for text in texts):
        raise InputError("names and alleles must not end in a zero byte; NumPy's fixed-width text drops it.")
    return np.array(texts, dtype=np.str_)


def _padded(packed: UInt8Array, n_sites: int) -> UInt8Array:
    padded = np.zeros((len(packed), words_for(n_sites) * 8), dtype=np.uint8)
    padded[:, : packed.shape[1]] = packed
    if n_sites % 8:
        padded[:, packed.shape[1] - 1] &= (1 << (n_sites % 8)) - 1
    return padded


class _Archive:
    """The arrays of an `.npz`, each checked before anything is allocated for it."""

    def __init__(self, start: FileStart) -> None:
        self.path = start.path
        self.names = {member.removesuffix(".npy") for member in start.members}

    def __enter__(self) -> _Archive:
        self.file = zipfile.ZipFile(self.path)
        return self

    def __exit__(self, *exception: object) -> None:
        self.file.close()

    def array(self, name: str, kinds: str, shapes: tuple[tuple[int, ...], ...] | None = None) -> npt.NDArray[Any]:
        """One array, whose dtype is of the given kinds and whose shape is one of the given ones."""
        if name not in self.names:
            raise FileFormatError(
                f"{self.path} must hold the array {name!r}; it holds {', '.join(sorted(self.names))}. "
                "Give a panel of packed haplotypes (artgen import FILE -o PANEL.npz makes one)."
            )
        member = self.file.getinfo(f"{name}.npy")
        try:
            with self.file.open(member) as stream:
                shape, dtype, header_bytes = _array_header(stream)
                if dtype.kind not in kinds:
                    raise FileFormatError(f"{self.path}: the array {name!r} has the wrong dtype, {dtype}.")
                if shapes is not None and shape not in shapes:
                    wanted = " or ".join(map(str, shapes))
                    raise FileFormatError(f"{self.path}: the array {name!r} must have shape {wanted}; got {shape}.")
                size = dtype.itemsize
                for length in shape:
                    size *= length
                limit = min(member.file_size, (member.compress_size + 64) * LARGEST_COMPRESSION)
                if header_bytes + size > limit:
                    raise FileFormatError(
                        f"{self.path}: the array {name!r} claims shape {shape} and {size:,} bytes, more than the "
                        f"{limit:,} that the file can hold. The file is damaged: get or write it again."
                    )
            with self.file.open(member) as stream:
                return np.lib.format.read_array(stream, allow_pickle=False, max_header_size=_HEADER_LIMIT)
        except FileFormatError:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError) as error:
            raise FileFormatError(
                f"{self.path}: the array {name!r} is damaged ({error}). Get or write the file again."
            ) from error

    def integer(self, name: str) -> int:
        """A single positive integer."""
        value = int(self.array(name, "iu", ((), (1,))).reshape(()))
        if value < 1:
            raise FileFormatError(f"{self.path}: {name!r} must be at least 1; got {value}.")
        return value

    def bits(self, name: str, n_sites: int) -> UInt8Array:
        """Packed bits, uint8 of shape (haplotypes, ⌈sites / 8⌉)."""
        array = self.array(name, "u")
        if array.dtype != np.uint8 or array.ndim != 2 or array.shape[1] != -(-n_sites // 8) or not len(array):
            raise FileFormatError(
                f"{self.path}: {name!r} must be uint8 of shape (haplotypes, {-(-n_sites // 8)}), as n_sites is "
                f"{n_sites}; got {array.dtype} of shape {array.shape}."
            )
        return array

    def text(self, name: str, shapes: tuple[tuple[int, ...], ...]) -> TextArray:
        """One array of texts, flat."""
        array = self.array(name, "US", shapes).reshape(-1)
        try:
            # as_text would take any bytes, and whoever looks at them later would meet the fault.
            return as_text(np.strings.decode(array, "utf-8") if array.dtype.kind == "S" else array)
        except UnicodeDecodeError as error:
            raise FileFormatError(
                f"{self.path}: the array {name!r} must be text (dtype U), or bytes in UTF-8 (dtype S); it is not "
                f"({error.reason}). Store it as text."
            ) from error

    def texts(self, names: tuple[str, ...], n_sites: int) -> TextArray | str:
        """The first of these arrays that is there, one text a site; empty text if none is."""
        for name in names:
            if name in self.names:
                column = self.text(name, ((n_sites,), (), (1,)))
                return column if len(column) == n_sites else str(column[0])
        return ""

    def sites(self, n_sites: int) -> Sites:
        """The site table; sites are numbered where there are no positions."""
        if "positions" in self.names:
            positions = self.array("positions", "iu", ((n_sites,),))
            if int(positions.max()) > LARGEST_POSITION:
                raise FileFormatError(f"{self.path}: 'positions' must be below 2^63; got {positions.max()}.")
        else:
            positions = np.arange(1, n_sites + 1)
        return Sites.from_columns(
            positions,
            contig=self.texts(("chrom",), n_sites),
            id=self.texts(("variant_ids",), n_sites),
            ref=self.texts(("ref", "major"), n_sites),
            alt=self.texts(("alt", "minor"), n_sites),
        )

    def samples(self, n_haplotypes: int) -> Samples:
        """The sample table; rows are numbered where there are no names."""
        if "sample_ids" not in self.names:
            return Samples.synthetic(n_haplotypes, prefix="haplotype")
        shapes: tuple[tuple[int, ...], ...] = ((n_haplotypes,),)
        if n_haplotypes % 2 == 0:
            shapes += ((n_haplotypes // 2,),)
        names = self.text("sample_ids", shapes)
        if len(names) != n_haplotypes:
            return Samples.from_persons(names)
        if "persons" not in self.names:
            return Samples.from_haplotype_names(names)
        persons = self.text("persons", ((n_haplotypes,),))
        phases = self.array("phases", "i", ((n_haplotypes,),)).astype(np.int8)
        if not np.array_equal(phases == NO_PHASE, persons == "") or np.any((phases < NO_PHASE) | (phases > 1)):
            raise FileFormatError(f"{self.path}: 'phases' must be 0 or 1 for rows with a person and -1 for the others.")
        return Samples(names, persons, phases)


def _array_header(stream: Any) -> tuple[tuple[int, ...], np.dtype[Any], int]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=_HEADER_LIMIT)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream, max_header_size=_HEADER_LIMIT)
    else:
        raise ValueError(f"version {version} of the array format is not read")
    return shape, dtype, stream.tell()
