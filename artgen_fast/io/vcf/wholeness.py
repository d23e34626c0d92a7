"""Whether a VCF or BCF file is all there: htslib reads some truncated files without an error."""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from itertools import islice
from pathlib import Path

from artgen_fast.errors import FileFormatError
from artgen_fast.io.file_start import GZIP_MAGIC, LARGEST_COMPRESSION, FileStart

TEXT_MAGIC = b"##fileformat=VCF"
BCF_MAGIC = b"BCF\x02"

FIRST_SAMPLE_COLUMN = 10
"""Samples come after CHROM, POS, ID, REF, ALT, QUAL, FILTER, INFO and FORMAT."""

_MOST_HEADER_LINES = 1_000_000

BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
"""The empty block that ends every whole BGZF file (SAM specification, section 4.1.2)."""


def require_whole(start: FileStart) -> None:
    """Raise FileFormatError if a file has not the end that a whole one has, or a header longer than itself."""
    if start.gzipped:
        if _is_bgzf(start.path) and not ends_whole(start.path):
            raise FileFormatError(
                f"{start.path} must end with a BGZF end-of-file block; it does not, so it is truncated. "
                "Get or write the file again."
            )
    elif start.text.startswith(TEXT_MAGIC):
        with open(start.path, "rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                raise FileFormatError(
                    f"{start.path} must end with a whole line; its last line has no end, so it is probably truncated. "
                    "Get the file again (or add the missing line end)."
                )
    if start.text.startswith(BCF_MAGIC):
        _require_bcf_header_inside(start)


def require_different_samples(start: FileStart) -> None:
    """Raise FileFormatError if two columns of the line #CHROM have one name, which htslib does not read."""
    with gzip.open(start.path) if start.gzipped else open(start.path, "rb") as file:
        try:
            line = next((line for line in islice(file, _MOST_HEADER_LINES) if line.startswith(b"#CHROM\t")), b"")
        except (OSError, EOFError, zlib.error):
            return
    first_column: dict[bytes, int] = {}
    for column, name in enumerate(line.rstrip(b"\r\n\0").split(b"\t"), start=1):
        if column < FIRST_SAMPLE_COLUMN:
            continue
        if name in first_column:
            # Columns, not names: what an error says may be kept in a log, where nobody's name belongs.
            raise FileFormatError(
                f"{start.path}, the line #CHROM: every sample must have a name of its own; those of columns "
                f"{first_column[name]} and {column} are the same. Rename one (bcftools reheader --samples NAMES)."
            )
        first_column[name] = column


def _require_bcf_header_inside(start: FileStart) -> None:
    length = struct.unpack("<I", start.text[5:9])[0] if len(start.text) >= 9 else 0
    if not 0 < length <= start.size * (LARGEST_COMPRESSION if start.gzipped else 1):
        raise FileFormatError(
            f"{start.path}: the BCF header must be inside the file of {start.size:,} bytes; it claims {length:,}. "
            "The file is damaged or truncated: get or write it again."
        )


def _is_bgzf(path: Path) -> bool:
    with open(path, "rb") as file:
        first = file.read(16)
    return first.startswith(GZIP_MAGIC) and len(first) == 16 and bool(first[3] & 4) and first[12:14] == b"BC"


def ends_whole(path: Path) -> bool:
    """Whether a BGZF file ends with its end-of-file block."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - len(BGZF_END)))
        return file.read() == BGZF_END
