"""Train a generator into a folder: nothing is overwritten unasked, and an interrupted training can go on."""

from __future__ import annotations

import os
from pathlib import Path

from artgen_fast.errors import InputError
from artgen_fast.generators import checkpoints, model_folder
from artgen_fast.generators.interface import Generator, ProgressCallback
from artgen_fast.haplotypes import Haplotypes


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
        what ``resume`` cannot go on from, or as `Generator.fit` does.
    """
    if resume and force:
        raise InputError("resume and force exclude each other: go on with the training that is there, or start anew.")
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"a model is trained into a folder; {folder} is a file. Give another name.")
    points = checkpoints.Checkpoints(folder / checkpoints.FOLDER)
    if resume:
        _require_resumable(generator, folder, bool(points))
    elif force:
        points.remove()
    elif model_folder.is_model(folder):
        raise InputError(f"{folder} already holds a model. Give another folder, or --force to replace it.")
    elif points:
        raise InputError(f"{folder} holds an unfinished training. Go on with --resume, or start anew with --force.")
    # Made before hours of training, not found to be impossible after them.
    folder.mkdir(parents=True, exist_ok=True)
    generator.fit(train, validation, seed=seed, progress=progress, checkpoints=points.folder, resume=resume)
    generator.save(folder)


def _require_resumable(generator: Generator, folder: Path, has_checkpoints: bool) -> None:
    if not model_folder.is_model(folder):
        return
    saved = model_folder.read(folder)
    if saved.model != generator.name:
        raise InputError(
            f"{folder} holds a {saved.model} model, which a {generator.name} training cannot go on from. "
            "Give another folder, or --force to replace it."
        )
    if not has_checkpoints:
        raise InputError(
            f"{folder} holds a finished model and no checkpoints, so there is nothing to resume. "
            "Give another folder, or --force to replace it."
        )
