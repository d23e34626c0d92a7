"""Checkpoints of a training: the last two, each renamed into place when whole."""

from __future__ import annotations

import hashlib
import logging
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy.typing as npt

from artgen_fast.errors import FileFormatError
from artgen_fast.generators import tensor_file
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.whole_files import remove_leftovers

FOLDER = "checkpoints"
"""Name of the folder of checkpoints inside a model's folder."""

_KEPT = 2
"""The newest, and the one before it in case the newest turns out to be damaged."""

_NAME = re.compile(r"checkpoint-(\d{8})\.safetensors")
_PART = re.compile(r"window-\d{4,}\.safetensors")
"""A part of a model whose training is over, kept until all parts are."""

_SETTINGS = ("options", "settings")
_DIGEST = " panel"
"""How names end of which only digests are kept."""

_log = logging.getLogger(__name__)


class Checkpoints:
    """The checkpoints of one training, in a folder of their own.

    Parameters
    ----------
    folder : path
        Made when the first checkpoint is written.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    def __bool__(self) -> bool:
        """Whether there is any, whole or not, here or in a folder below: of a part of the model, or a finished part."""
        return any(self.folder.rglob("[!.]*.safetensors"))

    def kinds(self) -> set[str]:
        """Names of the models whose trainings left checkpoints, whole or not: one, unless trainings were mixed up."""
        found = {"rbm"} if self._files() else set()
        for file in self.folder.rglob("*.safetensors"):
            if _PART.fullmatch(file.name) or (_NAME.fullmatch(file.name) and file.parent != self.folder):
                found.add("crbm-chain")
        return found

    def write(self, epoch: int, header: Mapping[str, Any], tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        """Write the checkpoint of an epoch, then remove all but it and the one before it.

        Those of later epochs go too: they belong to another course of training and would be taken for the newest.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        written = self.folder / f"checkpoint-{epoch:08d}.safetensors"
        tensor_file.write(written, header, tensors)
        files = self._files()
        end = files.index(written) + 1
        for other in files[: max(end - _KEPT, 0)] + files[end:]:
            other.unlink(missing_ok=True)

    def newest(self) -> tensor_file.TensorFile | None:
        """The newest whole checkpoint, or None if there is none at all; a damaged one is refused and said so.

        Raises
        ------
        FileFormatError
            If there are checkpoints, but every one is damaged.
        """
        files = self._files()
        for file in reversed(files):
            try:
                return tensor_file.read(file)
            except FileFormatError as error:
                _log.warning("%s", error)
        if files:
            raise FileFormatError(
                f"{self.folder}: every checkpoint is damaged, so the training cannot be resumed. "
                "Start it again (--force)."
            )
        return None

    def remove(self) -> None:
        """Remove every checkpoint, what a killed training left half written, and the folders that are then empty."""
        for file in self.folder.rglob("*.safetensors"):
            if _NAME.fullmatch(file.name) or _PART.fullmatch(file.name) or file.name.startswith(".partial-"):
                file.unlink(missing_ok=True)
        for folder in (*self.folder.glob("*/"), self.folder):
            with suppress(OSError):  # where something else lies in it
                folder.rmdir()

    def remove_leftovers(self) -> None:
        """Remove the half-written checkpoints of processes that are no longer there."""
        remove_leftovers(self.folder, _NAME.pattern)

    def _files(self) -> list[Path]:
        """Oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(file for file in self.folder.iterdir() if _NAME.fullmatch(file.name))


def differences(before: Any, now: Mapping[str, Any]) -> list[str]:
    """What a training began with and is different now, with both values of what a user can set."""
    differing = []
    for name, value in now.items():
        earlier = before.get(name) if isinstance(before, dict) else None
        if earlier == value:
            continue
        if isinstance(value, dict) and isinstance(earlier, dict) and name in _SETTINGS:
            differing += differences(earlier, value)
        elif isinstance(value, dict | list) or name.endswith(_DIGEST):
            differing.append(name)
        else:
            differing.append(f"{name} ({earlier} before, {value} now)")
    return differing


def panel_digest(haplotypes: Haplotypes) -> str:
    """Digest of a panel's alleles and sites, to tell whether a training goes on with the data it began with."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(f"{len(haplotypes)} {haplotypes.n_sites}".encode())
    digest.update(haplotypes.packed.tobytes())
    sites = haplotypes.sites
    digest.update(sites.position.tobytes())
    for column in (sites.contig, sites.ref, sites.alt):
        digest.update("\0".join(column).encode())
    return digest.hexdigest()
