"""Outputs that appear only when they are whole."""

from __future__ import annotations

import os
import platform
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artgen_fast.errors import InputError


@contextmanager
def whole_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Give a temporary path beside ``path``; rename it into place on success, remove it on failure.

    The temporary name keeps the file's extensions, since writers go by them. What a killed process left of the same
    file is removed.

    Raises
    ------
    InputError
        If the folder of ``path`` does not exist, or ``path`` is a folder.
    """
    target = require_place(path)
    remove_leftovers(target.parent, re.escape(target.name))
    partial = target.with_name(f".partial-{_this_machine()}-{os.getpid()}-{target.name}")
    try:
        yield partial
        with open(partial, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(partial, target)
    except BaseException:
        with suppress(FileNotFoundError):
            partial.unlink()
        raise


def require_place(path: str | os.PathLike[str]) -> Path:
    """The path, if a file can be written there.

    Raises
    ------
    InputError
        If its folder does not exist, or it is a folder itself.
    """
    target = Path(path)
    if not target.parent.is_dir():
        raise InputError(f"the output's folder must exist; got {target}. Make {target.parent} first.")
    if target.is_dir():
        raise InputError(f"the output must be a file; {target} is a folder.")
    return target


def require_unused(path: str | os.PathLike[str], force: bool, *sources: str | os.PathLike[str] | None) -> None:
    """Refuse to replace a file unasked, and to replace what is read.

    Raises
    ------
    InputError
        If there is a file and not ``force``, or it is one of the ``sources``.
    """
    target = Path(path)
    if not target.exists():
        return
    if any(source is not None and Path(source).exists() and target.samefile(source) for source in sources):
        raise InputError(f"the output must be another file than what is read; {target} is both. Give another name.")
    if not force:
        raise InputError(f"{target} is there already. Give another name, or --force to replace it.")


def remove_leftovers(folder: Path, name: str) -> None:
    """Remove partial files whose process, on this machine, is no longer there.

    Parameters
    ----------
    folder : Path
    name : str
        Regular expression of the names that the whole files would have.
    """
    leftover = re.compile(rf"\.partial-{_this_machine()}-(?P<process>\d{{1,9}})-{name}")
    # Where they may not be seen or removed, they do no harm.
    with suppress(FileNotFoundError, PermissionError):
        for each in os.listdir(folder):
            match = leftover.fullmatch(each)
            if match and not _is_alive(int(match["process"])):
                (folder / each).unlink()


def _this_machine() -> str:
    # On a file system that several machines share, the number of a process says nothing about one on another machine.
    return f"{zlib.crc32(platform.node().encode()):08x}"


def _is_alive(process: int) -> bool:
    if os.name != "posix":  # elsewhere signal 0 is not a question but a signal
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it is there, and somebody else's
        return True
    return True
