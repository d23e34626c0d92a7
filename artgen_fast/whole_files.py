"""Outputs that appear only when they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artgen_fast.errors import InputError


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it into place on success, remove it on failure.

    The temporary name keeps the file's extensions, since writers go by them.

    Raises
    ------
    InputError
        If the folder of ``path`` does not exist, or ``path`` is a folder.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"the output's folder must exist; got {target}. Make {target.parent} first.")
    if target.is_dir():
        raise InputError(f"the output must be a file; {target} is a folder.")
    partial = target.with_name(f".partial-{os.getpid()}-{target.name}")
    try:
        yield partial
        with open(partial, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(partial, target)
    except BaseException:
        with suppress(FileNotFoundError):
            partial.unlink()
        raise
