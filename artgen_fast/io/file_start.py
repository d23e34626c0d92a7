"""What the first bytes of a file say about its format."""

from __future__ import annotations

import gzip
import os
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from artgen_fast.errors import FileFormatError

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK"
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"

LARGEST_COMPRESSION = 1032
"""Deflate makes nothing more than this many times smaller; what claims to be larger still is damaged or a lie."""

_START_BYTES = 4096


@dataclass(frozen=True, slots=True)
class FileStart:
    """The start of a file, decompressed where the file is gzip.

    Attributes
    ----------
    path : Path
        The file.
    name : str
        Its name in lower case; extensions are a hint where the bytes leave a choice.
    size : int
        Its size in bytes, as stored.
    text : bytes
        At most the first 4,096 bytes of the content, decompressed.
    gzipped : bool
        Whether the file is gzip (or BGZF, which is gzip too).
    members : tuple of str
        Names of the files in a zip archive; empty for anything else.
    """

    path: Path
    name: str
    size: int
    text: bytes
    gzipped: bool
    members: tuple[str, ...]


def file_start(path: str | os.PathLike[str]) -> FileStart:
    """Look at the start of a file.

    Raises
    ------
    FileFormatError
        If the file is empty, a folder, a damaged zip or a damaged gzip file.
    OSError
        If it does not exist or may not be read.
    """
    file = Path(path)
    if file.is_dir():
        raise FileFormatError(f"{file} is a folder; a panel is one file.")
    size = file.stat().st_size
    if size == 0:
        raise FileFormatError(f"{file} is empty (0 bytes). Get or write the file again.")
    with open(file, "rb") as stream:
        raw = stream.read(_START_BYTES)
    members: tuple[str, ...] = ()
    gzipped = raw.startswith(GZIP_MAGIC)
    text = raw
    if gzipped:
        try:
            with gzip.open(file) as stream:
                text = stream.read(_START_BYTES)
        except (OSError, EOFError, zlib.error) as error:
            raise FileFormatError(f"{file} is a damaged or truncated gzip file ({error}). Get it again.") from error
        if not text:
            raise FileFormatError(f"{file} is a gzip file with nothing in it. Get or write the file again.")
    elif raw.startswith(ZIP_MAGIC):
        try:
            with zipfile.ZipFile(file) as archive:
                members = tuple(archive.namelist())
        except (zipfile.BadZipFile, NotImplementedError) as error:
            raise FileFormatError(f"{file} is a damaged or truncated zip archive ({error}). Get it again.") from error
        if not members:
            raise FileFormatError(f"{file} is a zip archive with nothing in it. Get or write the file again.")
    return FileStart(file, file.name.lower(), size, text, gzipped, members)
