r"""`.hapbits`, the native packed file: opened by mapping it into memory, whatever its size.

All numbers are little-endian. A checksum is BLAKE2b with a digest of 16 bytes.

======================  ==============================================================================================
Bytes                   Content
======================  ==============================================================================================
0 … 7                   ``\x93HAPBIT``, then a zero byte: the magic
8 … 11                  version of the layout, uint32 (1)
12 … 15                 size of the header in bytes, uint32, at most 1 MiB
16 … 31                 checksum of bytes 0 … 15 and of the header
32 … 63                 zero
64 …                    header, JSON in UTF-8: ``n_haplotypes``, ``n_sites``, ``words``, ``rows_per_block``, and where
                        the tables, the checksums of the blocks and the bits are
next                    tables of the sites and of the samples, one column after the other, each starting at a multiple
                        of 64 bytes and with a checksum in the header
next                    checksums of the blocks of bits, 16 bytes a block, themselves with a checksum in the header
next multiple of 4,096  bits: ``n_haplotypes`` rows of ``words`` uint64, site ``j`` in bit ``j % 64`` of word
                        ``j // 64``, padding bits zero; the file ends with the last row
======================  ==============================================================================================

A column is ``{"encoding": "constant", "value": …}``, the same short text in every row; ``"text"``, UTF-8 with a zero
byte between the rows; or the dtype of an integer column, ``"<i8"`` or ``"|i1"``.

Opening a file checks the header, the tables and the file's size. The bits are read when they are used; `verify` checks
every block of them, and that the padding is zero. (To look at the padding on opening would read nearly every page of
the file: seconds a gigabyte. What writes a file refuses padding bits, so that only damage can set them.)
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import TextArray, UInt64Array
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import TEXT, Haplotypes, Samples, Sites, has_padding_bits, words_for
from artgen_fast.io.file_start import FileStart
from artgen_fast.io.filters import Filters
from artgen_fast.io.options import ImportReport
from artgen_fast.whole_files import whole_file

MAGIC = b"\x93HAPBIT\x00"
VERSION = 1

_PREAMBLE = struct.Struct("<8sII16s32x")
_PROTECTED_BYTES = 16
_HEADER_LIMIT = 1 << 20
_DIGEST_BYTES = 16
_COLUMN_ALIGNMENT = 64
_BITS_ALIGNMENT = 4096
_BLOCK_BYTES = 8 << 20
_LONGEST_CONSTANT = 256

_TEXT_COLUMNS = ("sites.contig", "sites.id", "sites.ref", "sites.alt", "samples.name", "samples.person")
_INTEGER_COLUMNS = {"sites.position": "<i8", "samples.phase": "|i1"}


def recognises(start: FileStart) -> bool:
    """Whether a file is `.hapbits`."""
    return start.text.startswith(MAGIC) and not start.gzipped


def is_hapbits(path: str | os.PathLike[str]) -> bool:
    """Whether a file begins as a `.hapbits` file does."""
    with open(path, "rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(start: FileStart, filters: Filters, report: ImportReport) -> Haplotypes:
    """Map a `.hapbits` file into memory."""
    return open_panel(start.path)


def write(haplotypes: Haplotypes, path: str | os.PathLike[str]) -> None:
    """Write a panel as `.hapbits`, a block of rows at a time."""
    rows = _rows_per_block(haplotypes.packed.shape[1])
    blocks = (haplotypes.packed[first : first + rows] for first in range(0, len(haplotypes), rows))
    write_blocks(blocks, haplotypes.sites, haplotypes.samples, path)


def write_blocks(blocks: Iterable[UInt64Array], sites: Sites, samples: Samples, path: str | os.PathLike[str]) -> None:
    """Write a panel that is never whole in memory.

    Parameters
    ----------
    blocks : iterable of uint64 arrays of shape (rows, words)
        The packed rows in order, in blocks of any size.
    sites, samples : Sites, Samples
        The whole tables.
    path : path
        The file; renamed into place when whole.

    Raises
    ------
    InputError
        If a block has the wrong dtype or width, the rows are not as many as the samples, a padding bit is not zero, or
        the panel is empty.
    """
    if not len(sites) or not len(samples):
        raise InputError(
            f"a panel file must hold at least one haplotype and one site; got {len(samples)} and {len(sites)}."
        )
    words = words_for(len(sites))
    rows_per_block = _rows_per_block(words)
    columns = [*_encoded_columns(sites, samples)]
    n_blocks = -(-len(samples) // rows_per_block)
    header: dict[str, Any] = {
        "format": "hapbits",
        "n_haplotypes": len(samples),
        "n_sites": len(sites),
        "words": words,
        "rows_per_block": rows_per_block,
        "columns": {name: entry for name, entry, _ in columns},
        "block_checksums": {"offset": 0, "bytes": n_blocks * _DIGEST_BYTES, "checksum": "0" * 2 * _DIGEST_BYTES},
        "bits": {"offset": 0, "bytes": len(samples) * words * 8},
    }
    _lay_out(header)
    with whole_file(path) as partial, open(partial, "wb") as file:
        for _, entry, content in columns:
            if content:
                file.seek(entry["offset"])
                file.write(content)
        file.seek(header["bits"]["offset"])
        checksums = b"".join(_write_rows(blocks, file, len(samples), len(sites), rows_per_block))
        file.seek(header["block_checksums"]["offset"])
        file.write(checksums)
        header["block_checksums"]["checksum"] = _checksum(checksums).hex()
        text = _header_text(header)
        protected = _PREAMBLE.pack(MAGIC, VERSION, len(text), b"")[:_PROTECTED_BYTES]
        file.seek(0)
        file.write(_PREAMBLE.pack(MAGIC, VERSION, len(text), _checksum(protected, text)))
        file.write(text)


def open_panel(path: str | os.PathLike[str]) -> Haplotypes:
    """Map a `.hapbits` file into memory; its rows are read when they are used.

    Raises
    ------
    FileFormatError
        If it is not `.hapbits`, of an unknown version, truncated, or its header or tables are damaged.
    """
    header = _read_header(Path(path))
    bits = np.memmap(header.path, dtype="<u8", mode="r", offset=header.bits_offset, shape=header.shape)
    return Haplotypes(bits.view(np.ndarray), header.n_sites, *_decoded_tables(header))


def verify(path: str | os.PathLike[str]) -> int:
    """Check every block of bits against its checksum, and that the padding is zero.

    Returns
    -------
    int
        Number of blocks checked.

    Raises
    ------
    FileFormatError
        If the file is damaged; the message names the rows.
    """
    header = _read_header(Path(path))
    panel = open_panel(path)
    checksums = _checked_section(header, header.section("block_checksums"), "table of block checksums")
    n_blocks = -(-len(panel) // header.rows_per_block)
    if len(checksums) != n_blocks * _DIGEST_BYTES:
        raise FileFormatError(
            f"{path}: {n_blocks} blocks need {n_blocks * _DIGEST_BYTES} bytes of checksums; got {len(checksums)}."
        )
    for block in range(n_blocks):
        first = block * header.rows_per_block
        rows = panel.packed[first : first + header.rows_per_block]
        expected = checksums[block * _DIGEST_BYTES : (block + 1) * _DIGEST_BYTES]
        where = f"{path}: haplotypes {first + 1} to {first + len(rows)}"
        if _checksum(rows) != expected:
            raise FileFormatError(f"{where} are damaged: their checksum does not match. Import the panel again.")
        if has_padding_bits(rows, header.n_sites):
            raise FileFormatError(
                f"{where} have bits beyond the last site, which must be zero. Import the panel again."
            )
    return n_blocks


def _rows_per_block(words: int) -> int:
    return max(1, _BLOCK_BYTES // (8 * words))


def _checksum(*parts: bytes | UInt64Array) -> bytes:
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)
    for part in parts:
        digest.update(part if isinstance(part, bytes) else np.ascontiguousarray(part).data)
    return digest.digest()


def _encoded_columns(sites: Sites, samples: Samples) -> Iterator[tuple[str, dict[str, Any], bytes]]:
    tables = {"sites": sites, "samples": samples}
    for name in _TEXT_COLUMNS:
        table, _, column = name.partition(".")
        values: list[str] = getattr(tables[table], column).tolist()
        if len(set(values)) == 1 and len(values[0]) <= _LONGEST_CONSTANT:
            yield name, {"encoding": "constant", "value": values[0]}, b""
            continue
        if any("\0" in value for value in values):
            raise InputError(f"the column {name} must hold text without zero bytes, which separate the rows.")
        yield _stored(name, "text", "\0".join(values).encode())
    for name, dtype in _INTEGER_COLUMNS.items():
        table, _, column = name.partition(".")
        yield _stored(name, dtype, getattr(tables[table], column).astype(dtype).tobytes())


def _stored(name: str, encoding: str, content: bytes) -> tuple[str, dict[str, Any], bytes]:
    entry = {"encoding": encoding, "offset": 0, "bytes": len(content), "checksum": _checksum(content).hex()}
    return name, entry, content


def _lay_out(header: dict[str, Any]) -> None:
    # The offsets are part of the header and depend on its size, which they may change: repeat until they stay.
    sections = [entry for entry in header["columns"].values() if "offset" in entry] + [header["block_checksums"]]
    before = -1
    while before != (size := len(_header_text(header))):
        before = size
        offset = _PREAMBLE.size + size
        for section in sections:
            section["offset"] = _aligned(offset, _COLUMN_ALIGNMENT)
            offset = section["offset"] + section["bytes"]
        header["bits"]["offset"] = _aligned(offset, _BITS_ALIGNMENT)


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _header_text(header: dict[str, Any]) -> bytes:
    return json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()


def _write_rows(
    blocks: Iterable[UInt64Array], file: BinaryIO, n_haplotypes: int, n_sites: int, rows_per_block: int
) -> Iterator[bytes]:
    """Write the rows, and give the checksum of each full block of the file."""
    words = words_for(n_sites)
    written = 0
    pending: list[UInt64Array] = []
    pending_rows = 0
    for block in blocks:
        if block.ndim != 2 or block.dtype != np.uint64 or block.shape[1] != words:
            raise InputError(
                f"blocks of {n_sites} sites must be uint64 of shape (rows, {words}); "
                f"got {block.dtype} of shape {block.shape}."
            )
        if has_padding_bits(block, n_sites):
            raise InputError(f"the bits beyond site {n_sites} must be zero. Use artgen_fast.haplotypes.pack(alleles).")
        file.write(np.ascontiguousarray(block).data)
        written += len(block)
        at = 0
        while at < len(block):
            part = block[at : at + rows_per_block - pending_rows]
            pending.append(part)
            pending_rows += len(part)
            at += len(part)
            if pending_rows == rows_per_block:
                yield _checksum(*pending)
                pending, pending_rows = [], 0
    if pending:
        yield _checksum(*pending)
    if written != n_haplotypes:
        raise InputError(f"the blocks must hold {n_haplotypes} rows, one a sample; got {written}.")


@dataclass(frozen=True, slots=True)
class _Header:
    path: Path
    size: int
    fields: dict[str, Any]
    shape: tuple[int, int]
    n_sites: int
    rows_per_block: int
    bits_offset: int

    def section(self, name: str) -> dict[str, Any]:
        section: dict[str, Any] = self.fields[name]
        return section


def _read_header(path: Path) -> _Header:
    size = path.stat().st_size
    with open(path, "rb") as file:
        start = file.read(_PREAMBLE.size)
        if len(start) < _PREAMBLE.size or not start.startswith(MAGIC):
            raise FileFormatError(f"{path} is not a .hapbits file, or is cut off in its first {_PREAMBLE.size} bytes.")
        _, version, header_bytes, checksum = _PREAMBLE.unpack(start)
        if version != VERSION:
            raise FileFormatError(
                f"{path} is .hapbits version {version}; this artgen_fast reads version {VERSION}. "
                "Use the artgen_fast that wrote it, or import the panel again."
            )
        if header_bytes > min(_HEADER_LIMIT, size - _PREAMBLE.size):
            raise FileFormatError(
                f"{path}: the header must be at most {_HEADER_LIMIT:,} bytes and inside the file of {size:,} bytes; it "
                f"claims {header_bytes:,}. The file is damaged or truncated: import the panel again."
            )
        text = file.read(header_bytes)
    if _checksum(start[:_PROTECTED_BYTES], text) != checksum:
        raise FileFormatError(f"{path}: the header is damaged: its checksum does not match. Import the panel again.")
    fields = json.loads(text)
    try:
        shape = (_count(fields, "n_haplotypes"), _count(fields, "words"))
        n_sites, rows_per_block = _count(fields, "n_sites"), _count(fields, "rows_per_block")
        bits_offset, bits_bytes = _count(fields["bits"], "offset"), _count(fields["bits"], "bytes")
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"{path}: the header lacks a valid field ({error}). Import the panel again.") from error
    if shape[1] != words_for(n_sites) or bits_bytes != shape[0] * shape[1] * 8 or bits_offset % _COLUMN_ALIGNMENT:
        raise FileFormatError(
            f"{path}: the header contradicts itself ({shape[0]} haplotypes, {n_sites} sites, {shape[1]} words, "
            f"{bits_bytes} bytes at {bits_offset}). Import the panel again."
        )
    if size != bits_offset + bits_bytes:
        raise FileFormatError(
            f"{path} must be {bits_offset + bits_bytes:,} bytes; it is {size:,}. It is truncated or has been added to: "
            "copy or import it again."
        )
    return _Header(path, size, fields, shape, n_sites, rows_per_block, bits_offset)


def _count(fields: dict[str, Any], name: str) -> int:
    value = fields[name]
    if type(value) is not int or value < 1:
        raise ValueError(f"{name} must be a positive integer, got {value!r}")
    return value


def _checked_section(header: _Header, section: dict[str, Any], name: str) -> bytes:
    offset, length = section["offset"], section["bytes"]
    if not 0 <= offset <= offset + length <= header.size:
        raise FileFormatError(
            f"{header.path}: the {name} ({length} bytes at {offset}) lies outside the file. Import the panel again."
        )
    with open(header.path, "rb") as file:
        file.seek(offset)
        content = file.read(length)
    if _checksum(content).hex() != section["checksum"]:
        raise FileFormatError(
            f"{header.path}: the {name} is damaged: its checksum does not match. Import the panel again."
        )
    return content


def _decoded_tables(header: _Header) -> tuple[Sites, Samples]:
    columns: dict[str, Any] = {}
    for name in (*_TEXT_COLUMNS, *_INTEGER_COLUMNS):
        n_rows = header.n_sites if name.startswith("sites.") else header.shape[0]
        columns[name] = _decoded_column(header, name, n_rows)
    return (
        Sites(*(columns[f"sites.{name}"] for name in ("contig", "position", "id", "ref", "alt"))),
        Samples(*(columns[f"samples.{name}"] for name in ("name", "person", "phase"))),
    )


def _decoded_column(header: _Header, name: str, n_rows: int) -> TextArray | npt.NDArray[Any]:
    try:
        entry = header.fields["columns"][name]
        if entry["encoding"] == "constant":
            return np.full(n_rows, entry["value"], dtype=TEXT)
        content = _checked_section(header, entry, f"column {name}")
        if name in _INTEGER_COLUMNS:
            dtype = np.dtype(_INTEGER_COLUMNS[name])
            column: npt.NDArray[Any] = np.frombuffer(content, dtype=dtype).astype(dtype.newbyteorder("="))
        else:
            column = np.array(content.decode().split("\0"), dtype=TEXT)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, FileFormatError):
            raise
        raise FileFormatError(f"{header.path}: the column {name} is not readable ({error}).") from error
    if len(column) != n_rows:
        raise FileFormatError(f"{header.path}: the column {name} must have {n_rows} rows; it has {len(column)}.")
    return column
