"""Train a generator into a folder: nothing is overwritten unasked, and an interrupted training can go on."""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from artgen_fast.errors import InputError
from artgen_fast.generators import checkpoints, model_folder
from artgen_fast.generators.interface import Generator, ProgressCallback
from artgen_fast.generators.training_lock import training_of_windows, whole_training
from artgen_fast.haplotypes import Haplotypes

if TYPE_CHECKING:
    from artgen_fast.generators.crbm_chain import CRBMChain


def train_to_folder(
    generator: Generator,
    folder: str | os.PathLike[str],
    train: Haplotypes,
    validation: Haplotypes | None = None,
    *,
    seed: int = 0,
    resume: bool = False,
    force: bool = False,
    progress: ProgressCallback | None = None,
) -> None:
    """Fit a generator and save it.

    Parameters
    ----------
    generator : Generator
        Not yet fitted.
    folder : path
        Where the model and its checkpoints go; made if need be.
    train, validation, seed, progress
        As for `Generator.fit`.
    resume : bool
        Go on from the folder's newest whole checkpoint, if it has any; start if the folder holds nothing.
    force : bool
        Start anew. Old checkpoints are removed at once, an old model is replaced when the new one is whole.

    Raises
    ------
    InputError
        If the folder already holds a model or checkpoints and neither ``resume`` nor ``force`` is given, if it holds
        what ``resume`` cannot go on from, if another process trains into it, or as `Generator.fit` does.
    """
    if resume and force:
        raise InputError("resume and force exclude each other: go on with the training that is there, or start anew.")
    folder = _checked_folder(folder)
    # Made before hours of training, not found to be impossible after them.
    folder.mkdir(parents=True, exist_ok=True)
    points = checkpoints.Checkpoints(folder / checkpoints.FOLDER)
    with whole_training(folder):
        if resume:
            _require_resumable(generator, folder, points)
        elif force:
            points.remove()
        elif model_folder.is_model(folder):
            raise InputError(f"{folder} already holds a model. Give another folder, or --force to replace it.")
        elif points:
            raise InputError(f"{folder} holds an unfinished training. Go on with --resume, or start anew with --force.")
        generator.fit(train, validation, seed=seed, progress=progress, checkpoints=points.folder, resume=resume)
        generator.save(folder)


def train_windows_to_folder(
    generator: CRBMChain,
    folder: str | os.PathLike[str],
    train: Haplotypes,
    validation: Haplotypes | None,
    numbers: Collection[int],
    *,
    seed: int = 0,
    resume: bool = False,
    progress: ProgressCallback | None = None,
) -> None:
    """Train some windows of a chain; other processes may train others into the same folder at the same time.

    Parameters
    ----------
    folder : path
        Where `train_to_folder` with ``resume`` then trains what is missing, and completes the model.
    generator, train, validation, numbers, seed, resume, progress
        As for `CRBMChain.train_windows`.

    Raises
    ------
    InputError
        If the folder holds a model or the checkpoints of another kind of model, if another process trains the whole
        model or one of these windows into it, or as `CRBMChain.train_windows` does.
    """
    folder = _checked_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    points = checkpoints.Checkpoints(folder / checkpoints.FOLDER)
    with training_of_windows(folder, numbers):
        if model_folder.is_model(folder):
            raise InputError(f"{folder} already holds a model. Give another folder.")
        _require_same_kind(generator, points)
        generator.train_windows(train, validation, points.folder, numbers, seed=seed, progress=progress, resume=resume)


def _checked_folder(folder: str | os.PathLike[str]) -> Path:
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"a model is trained into a folder; {folder} is a file. Give another name.")
    return folder


def _require_same_kind(generator: Generator, points: checkpoints.Checkpoints) -> None:
    others = points.kinds() - {generator.name}
    if others:
        raise InputError(
            f"{points.folder} holds the checkpoints of a {' and a '.join(sorted(others))} training, which a "
            f"{generator.name} training cannot go on from. Give another folder, or --force to start anew in this one."
        )


def _require_resumable(generator: Generator, folder: Path, points: checkpoints.Checkpoints) -> None:
    """Raise InputError unless the folder holds what a training goes on from, or nothing.

    A model beside checkpoints is not looked at: it is written anew from them, and may be damaged, or another one that
    the training was to replace.
    """
    _require_same_kind(generator, points)
    if points or not model_folder.is_model(folder):
        return
    saved = model_folder.read(folder)
    if saved.model != generator.name:
        raise InputError(
            f"{folder} holds a {saved.model} model, which a {generator.name} training cannot go on from. "
            "Give another folder, or --force to replace it."
        )
    raise InputError(
        f"{folder} holds a finished model and no checkpoints, so there is nothing to resume. "
        "Give another folder, or --force to replace it."
    )
