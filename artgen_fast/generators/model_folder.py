"""A fitted generator on disk: ``model.safetensors`` (everything) and ``model.json`` (its header, for people).

``model.json`` is removed first and written last, so a folder with it holds a whole model; both must agree.
The sites are stored with the model, so that a model and a panel of other sites are told apart.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import tensor_file
from artgen_fast.haplotypes import Sites, as_text
from artgen_fast.whole_files import whole_file

TENSORS = "model.safetensors"
HEADER = "model.json"

_FORMAT = "artgen_fast model"
_VERSION = 1
_WINDOW = re.compile(r"window-(\d{4,})\.safetensors")
_TEXT_COLUMNS = ("contig", "id", "ref", "alt")


class SavedModel(NamedTuple):
    """A model as read from its folder."""

    path: Path
    model: str
    """Name of the generator."""
    options: dict[str, Any]
    training: dict[str, Any]
    """What was recorded of its training."""
    sites: Sites
    tensors: tensor_file.TensorFile
    """The model's own tensors, and those of the sites."""


def is_model(folder: str | os.PathLike[str]) -> bool:
    """Whether the folder holds a whole model (not whether its files are intact)."""
    return (Path(folder) / HEADER).is_file()


def write(
    folder: str | os.PathLike[str],
    model: str,
    options: Mapping[str, Any],
    training: Mapping[str, Any],
    sites: Sites,
    tensors: Mapping[str, npt.NDArray[Any]],
    n_windows: int = 0,
) -> None:
    """Write a model to a folder, made if need be; a model that is already there is replaced.

    Parameters
    ----------
    n_windows : int
        Of a model with files of its windows, which are there already: those of later windows are an earlier model's,
        and removed.
    """
    folder = Path(folder)
    withdraw(folder)
    header = {
        "format": _FORMAT,
        "version": _VERSION,
        "model": model,
        "options": dict(options),
        "n_sites": len(sites),
        "training": dict(training),
    }
    tensor_file.write(folder / TENSORS, header, {**tensors, **_site_tensors(sites)})
    with whole_file(folder / HEADER) as partial:
        partial.write_text(json.dumps(header, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    for number, file in window_files(folder).items():
        if number >= n_windows:
            file.unlink(missing_ok=True)


def window_file(folder: Path, number: int) -> Path:
    """Where a window of a model has a file of its own."""
    return folder / f"window-{number:04d}.safetensors"


def window_files(folder: Path) -> dict[int, Path]:
    """The files of windows that a folder holds, by their numbers, ascending."""
    names = {file: _WINDOW.fullmatch(file.name) for file in folder.glob("window-*")}
    return dict(sorted((int(name[1]), file) for file, name in names.items() if name))


def withdraw(folder: str | os.PathLike[str]) -> None:
    """Make the folder one that holds no whole model, before its files are replaced; it is made if need be."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"a model is saved to a folder; {folder} is a file. Give another name.")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / HEADER).unlink(missing_ok=True)


def read(folder: str | os.PathLike[str]) -> SavedModel:
    """Read and check a model's files.

    Raises
    ------
    InputError
        If the folder holds no whole model.
    FileFormatError
        If a file is cut short, corrupt, of a newer version or disagrees with the other.
    """
    folder = Path(folder)
    if not is_model(folder):
        raise InputError(
            f"{folder}: must be a folder that holds a trained model ({HEADER} and {TENSORS}); "
            f"{HEADER} is not there. Train one with `artgen train`, or finish one with --resume."
        )
    if not (folder / TENSORS).is_file():
        raise FileFormatError(f"{folder}: {TENSORS} is missing beside {HEADER}. Use another copy, or train again.")
    contents = tensor_file.read(folder / TENSORS)
    header = contents.header
    try:
        shown = json.loads((folder / HEADER).read_text(encoding="utf-8"))
    except ValueError as error:
        raise FileFormatError(f"{folder / HEADER}: must be JSON; {error}. Use another copy, or train again.") from error
    if shown != header:
        raise FileFormatError(
            f"{folder}: {HEADER} and {TENSORS} must be of the same model; they disagree. "
            "Use another copy, or train again."
        )
    if header.get("format") != _FORMAT or header.get("version") != _VERSION:
        raise FileFormatError(
            f"{contents.path}: must be an {_FORMAT} of version {_VERSION}; "
            f"got {header.get('format')!r} of version {header.get('version')!r}. Update artgen_fast."
        )
    try:
        model, options, training = str(header["model"]), dict(header["options"]), dict(header["training"])
        n_sites = int(header["n_sites"])
    except (KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"{contents.path}: its header lacks or mistypes {error}. Train again.") from error
    return SavedModel(folder, model, options, training, _read_sites(contents, n_sites), contents)


def _site_tensors(sites: Sites) -> dict[str, npt.NDArray[Any]]:
    tensors: dict[str, npt.NDArray[Any]] = {"sites.position": sites.position}
    for column in _TEXT_COLUMNS:
        values = [value.encode() for value in getattr(sites, column)]
        tensors[f"sites.{column}.bytes"] = np.frombuffer(b"".join(values), dtype=np.uint8)
        tensors[f"sites.{column}.lengths"] = np.array([len(value) for value in values], dtype=np.int32)
    return tensors


def _read_sites(contents: tensor_file.TensorFile, n_sites: int) -> Sites:
    columns = {}
    for column in _TEXT_COLUMNS:
        lengths = contents.tensor(f"sites.{column}.lengths", np.int32, (n_sites,))
        text = contents.tensor(f"sites.{column}.bytes", np.uint8, (None,)).tobytes()
        ends = np.cumsum(lengths, dtype=np.int64)
        if np.any(lengths < 0) or (ends[-1] if n_sites else 0) != len(text):
            raise FileFormatError(f"{contents.path}: the site column '{column}' does not fit its lengths. Train again.")
        try:
            columns[column] = as_text(
                [text[end - length : end].decode() for end, length in zip(ends, lengths, strict=True)]
            )
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{contents.path}: the site column '{column}' is not UTF-8 text.") from error
    return Sites.from_columns(contents.tensor("sites.position", np.int64, (n_sites,)), **columns)
