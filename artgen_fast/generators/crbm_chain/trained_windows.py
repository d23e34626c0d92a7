"""Machines of the windows of a chain on disk: one file each, written when its training is over."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import tensor_file
from artgen_fast.generators.checkpoints import differences
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.whole_files import whole_file

_FORMAT = "artgen_fast crbm-chain window"
_VERSION = 2


def write(path: Path, owner: Mapping[str, Any], machine: Machine, record: Mapping[str, Any]) -> None:
    """Write a machine with what it belongs to and what was recorded of its training."""
    header = {"format": _FORMAT, "version": _VERSION, "owner": dict(owner), "record": dict(record)}
    tensor_file.write(path, header, machine.tensors())


def read(path: Path, owner: Mapping[str, Any], n_visible: int, n_hidden: int) -> tuple[Machine, dict[str, Any]]:
    """Read a machine and the record of its training.

    Raises
    ------
    FileFormatError
        If the file is missing, cut short, corrupt or not such a file.
    InputError
        If it belongs to another training.
    """
    try:
        saved = tensor_file.read(path)
    except FileNotFoundError as error:
        raise FileFormatError(f"{path} is missing: a chain needs all of its windows. Use another copy.") from error
    _require_owner(path, saved.header, owner, "Use the file that was trained with the others, or train again")
    return Machine.read(saved, n_visible, n_hidden), dict(saved.header["record"])


def require_owner(path: Path, owner: Mapping[str, Any]) -> None:
    """Raise InputError unless a training can take a finished window as it is; only the file's header is read."""
    remedy = "Give the same again, or remove this file to train the window anew"
    _require_owner(path, tensor_file.read_header(path), owner, remedy)


def _require_owner(path: Path, header: Mapping[str, Any], owner: Mapping[str, Any], remedy: str) -> None:
    if header.get("format") != _FORMAT or header.get("version") != _VERSION:
        raise FileFormatError(
            f"{path}: must be an {_FORMAT} of version {_VERSION}; got {header.get('format')!r} of version "
            f"{header.get('version')!r}. Train it again, or use the artgen_fast that wrote it."
        )
    if header.get("owner") != dict(owner):
        differing = differences(header.get("owner"), owner)
        raise InputError(
            f"{path}: this window was trained with other settings or data; different now: {', '.join(differing)}. "
            f"{remedy}."
        )


def copy(source: Path, target: Path) -> None:
    """A second name for a file, or a second file where the file system has no such thing."""
    if target.exists() and os.path.samefile(source, target):
        return
    with whole_file(target) as partial:
        try:
            os.link(source, partial)
        except OSError:
            shutil.copyfile(source, partial)
