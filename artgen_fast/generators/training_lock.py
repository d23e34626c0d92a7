"""One training at a time into a folder: a lock that the system takes back when its process ends, however it ends.

Where the system or the file system knows no such locks there are none.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from artgen_fast.errors import InputError

if sys.platform != "win32":
    import fcntl

_WHOLE = ".training.lock"
"""Held alone by a training of the whole model, together by those of single windows."""

_WINDOWS = ".training-window-*.lock"


@contextmanager
def whole_training(folder: Path) -> Iterator[None]:
    """Train into a folder while no other process does.

    Raises
    ------
    InputError
        If one does.
    """
    with _lock(folder / _WHOLE, _refusal(folder)):
        for left in folder.glob(_WINDOWS):  # by killed trainings: nobody can hold one beside this lock
            left.unlink(missing_ok=True)
        yield


@contextmanager
def training_of_windows(folder: Path, numbers: Collection[int]) -> Iterator[None]:
    """Train some windows into a folder while no other process trains these, or the whole model.

    Raises
    ------
    InputError
        If one does.
    """
    with ExitStack() as locks:
        locks.enter_context(_lock(folder / _WHOLE, _refusal(folder), together=True))
        for number in sorted(set(numbers)):
            refusal = (
                f"window {number} of {folder} is being trained by another process. Wait until it is done, or choose "
                "another window."
            )
            locks.enter_context(_lock(folder / _WINDOWS.replace("*", f"{number:04d}"), refusal))
        yield


def _refusal(folder: Path) -> str:
    return (
        f"{folder} is being trained into by another process. Wait until it is done, or choose another folder; to end "
        "it, end that process."
    )


@contextmanager
def _lock(path: Path, refusal: str, together: bool = False) -> Iterator[None]:
    """Hold the lock of a file, made for it and removed after it, or left for others who may hold it together."""
    held = _held(path, refusal, together)
    try:
        yield
    finally:
        if held is not None:
            if not together:
                path.unlink(missing_ok=True)
            os.close(held)


def _held(path: Path, refusal: str, together: bool) -> int | None:
    """The open file whose lock is held, or None where there are no locks."""
    if sys.platform == "win32":
        return None
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except OSError:  # where nothing can be written the training says so itself
            return None
        try:
            fcntl.flock(file, (fcntl.LOCK_SH if together else fcntl.LOCK_EX) | fcntl.LOCK_NB)
            if _is_there(path, file):
                return file
        except BlockingIOError as error:
            os.close(file)
            raise InputError(refusal) from error
        except OSError:  # a file system without locks
            path.unlink(missing_ok=True)
            os.close(file)
            return None
        os.close(file)  # who held it before has removed it: this lock keeps nobody out


def _is_there(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(file))
    except FileNotFoundError:
        return False
