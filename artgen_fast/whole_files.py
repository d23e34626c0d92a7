"""Outputs that appear only when they are whole."""

from __future__ import annotations

import errno
import os
import platform
import re
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from artgen_fast.errors import InputError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
"""Errors of a disk that is full, or of a user who has had his share of it."""


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
    target = _target(path)
    remove_leftovers(target.parent, re.escape(target.name))
    partial = target.with_name(f".partial-{_this_machine()}-{os.getpid()}-{target.name}")
    try:
        yield partial
        with open(partial, "rb+") as written:
            os.fsync(written.fileno())
        os.replace(partial, target)
    except BaseException as error:
        with suppress(FileNotFoundError):
            partial.unlink()
        if isinstance(error, OSError) and _is_of(error, partial):
            error.filename = str(target)
        raise


def _is_of(error: OSError, partial: Path) -> bool:
    """Whether an error is of the file that is being written: writes, as against opens, name none."""
    if error.filename is None:
        return error.errno in (*NO_SPACE, errno.EFBIG)
    return bool(error.filename == str(partial))


def require_place(path: str | os.PathLike[str]) -> Path:
    """The path, if a file can be written there: asked before the work whose outcome it is to hold.

    Raises
    ------
    InputError
        If its folder does not exist or cannot be written to, or it is a folder itself.
    """
    target = _target(path)
    _require_writable(target.parent)
    return target


def require_folder(path: str | os.PathLike[str]) -> Path:
    """The path, if it is a folder that can be written to, or can be made one.

    Raises
    ------
    InputError
        If it is a file, or it, or the nearest folder above it that exists, cannot be written to.
    """
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"the output must be a folder; {folder} is a file. Choose another name.")
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    if not nearest.is_dir():
        raise InputError(f"the output must be a folder; {nearest}, above it, is a file. Choose another name.")
    _require_writable(nearest)
    return folder


def _require_writable(folder: Path) -> None:
    """Make a file that is gone when it is closed: permissions alone do not tell of file systems that are read-only."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        if error.errno in NO_SPACE:
            raise OSError(error.errno, error.strerror, str(folder)) from error
        raise InputError(
            f"the output's folder must be one that can be written to; {folder} cannot ({error.strerror}). "
            "Choose another one."
        ) from error


def _target(path: str | os.PathLike[str]) -> Path:
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
