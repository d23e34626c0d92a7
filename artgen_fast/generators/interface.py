"""What every generator of artificial haplotypes can do."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import UInt64Array
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import model_folder
from artgen_fast.haplotypes import Haplotypes, Samples, Sites, words_for
from artgen_fast.whole_numbers import require_seed, whole_number

LARGEST_SEED = 2**63 - 1
MOST_HAPLOTYPES = 2**32 - 1
"""That one seed can generate: so many chains have random numbers of their own."""

_PURPOSES = {"training": 0, "sampling": 1, "checking": 2, "window": 3, "calibration": 4}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training or sampling has come."""

    done: int
    """Epochs that are over, or haplotypes (of a chain, times its windows) that are made, of ``total``."""
    total: int
    message: str
    """What is being optimised, and its latest value; or what is made."""


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class FitArguments:
    """Arguments of `Generator.fit` besides the training panel."""

    validation: Haplotypes | None
    seed: int
    progress: ProgressCallback | None
    checkpoints: str | os.PathLike[str] | None
    resume: bool

    def report(self, done: int, total: int, message: str) -> None:
        """Tell whoever asked for it how far the training has come."""
        if self.progress is not None:
            self.progress(Progress(done, total, message))


class Generator(ABC):
    """A model of haplotypes that learns from a panel and makes artificial ones.

    The constructor takes the model's options; `fit` learns, `sample` generates, `save` and `load` keep it in a folder.
    """

    name: ClassVar[str]
    """Name on the command line and in files."""

    _sites: Sites | None = None
    _training: Mapping[str, Any]

    @abstractmethod
    def options(self) -> dict[str, Any]:
        """Arguments of the constructor: names and values, as kept in the model's file."""

    def fit(
        self,
        train: Haplotypes,
        validation: Haplotypes | None = None,
        *,
        seed: int = 0,
        progress: ProgressCallback | None = None,
        checkpoints: str | os.PathLike[str] | None = None,
        resume: bool = False,
    ) -> Self:
        """Learn from a panel.

        Parameters
        ----------
        train : Haplotypes
            The rows to learn from.
        validation : Haplotypes, optional
            Other people of the same sites, for stopping and choosing only.
        seed : int
            Same seed, same machine, same model.
        progress : callable, optional
            Called with `Progress` as the training goes on.
        checkpoints : path, optional
            Folder for checkpoints, which must hold none unless ``resume`` is given; models that are fitted in one go
            write none.
        resume : bool
            Go on from the newest whole checkpoint, if there is one; the result is the same as without the interruption.

        Returns
        -------
        Generator
            Itself.

        Raises
        ------
        InputError
            If the panels are too small or of different sites, the seed is no seed, the checkpoints belong to another
            training, or there are any without ``resume``.
        TrainingDivergedError
            If the training diverges: it is an InputError, too.
        FileFormatError
            If every checkpoint is damaged; where only the newest is, that is logged and the one before is used.
        """
        require_panels(train, validation)
        seed = require_seed(seed)
        self._training = self._learn(train, FitArguments(validation, seed, progress, checkpoints, resume))
        self._sites = train.sites
        return self

    @abstractmethod
    def _learn(self, train: Haplotypes, arguments: FitArguments) -> Mapping[str, Any]:
        """Learn from panels that have been checked, and give what is to be recorded of the training."""

    @abstractmethod
    def _blocks(self, n: int, random: int, progress: ProgressCallback | None) -> Iterator[UInt64Array]:
        """Artificial rows, packed, in blocks of rows, ``n`` rows in all, from a 64-bit random seed."""

    @abstractmethod
    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        """What was learnt, as named arrays."""

    def _n_windows(self) -> int:
        """Windows that have files of their own beside the model's."""
        return 0

    @abstractmethod
    def _restore(self, saved: model_folder.SavedModel) -> None:
        """Take over the tensors of a file, checking shapes, dtypes and values."""

    @property
    def sites(self) -> Sites:
        """Sites of the panel that the model was fitted on."""
        if self._sites is None:
            raise InputError(f"the {self.name} model must be fitted before it is used; call fit(train) first.")
        return self._sites

    def sample(self, n: int, seed: int = 0, *, progress: ProgressCallback | None = None) -> Haplotypes:
        """Generate artificial haplotypes.

        Parameters
        ----------
        n : int
            Number of haplotypes (not persons).
        seed : int
            Same model, seed and machine, same haplotypes.
        progress : callable, optional
            Called with `Progress` as the rows are made.

        Returns
        -------
        Haplotypes
            ``n`` rows at the training panel's sites, named AG0, AG1, …, belonging to nobody.

        Raises
        ------
        InputError
            If the model is not fitted, or a number is out of range.
        """
        sites = self.sites
        blocks = self.sample_blocks(n, seed, progress=progress)
        packed = np.empty((n, words_for(len(sites))), dtype=np.uint64)
        start = 0
        for rows in blocks:
            packed[start : start + len(rows)] = rows
            start += len(rows)
        return Haplotypes(packed, len(sites), sites, Samples.synthetic(n))

    def sample_blocks(
        self, n: int, seed: int = 0, *, progress: ProgressCallback | None = None
    ) -> Iterator[UInt64Array]:
        """The rows of `sample`, packed, block by block: for more rows than memory holds.

        Yields
        ------
        uint64 array of shape (rows, words)
        """
        _ = self.sites
        require_number_to_generate(n)
        blocks = self._blocks(n, derived_seed(seed, "sampling"), progress)
        if progress is not None:
            progress(Progress(0, n, "haplotypes"))
        return blocks

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write the fitted model to a folder (safetensors and JSON), replacing one that is already there."""
        model_folder.write(
            folder, self.name, self.options(), self.training, self.sites, self._tensors(), self._n_windows()
        )

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> Self:
        """Read a model of this kind from its folder; `artgen_fast.generators.load` reads any kind.

        Raises
        ------
        InputError
            If the folder holds no whole model, or one of another kind.
        FileFormatError
            If a file is cut short or corrupt.
        """
        saved = model_folder.read(folder)
        if saved.model != cls.name:
            raise InputError(f"{Path(folder)}: must hold a {cls.name} model; it holds a {saved.model} model.")
        return cls.from_saved(saved)

    @classmethod
    def from_saved(cls, saved: model_folder.SavedModel) -> Self:
        """Make the generator from what was read from its folder."""
        try:
            generator = cls(**saved.options)
        except TypeError as error:
            raise InputError(f"{saved.path}: the options do not fit a {cls.name} model: {error}.") from error
        generator._sites = saved.sites
        generator._training = saved.training
        generator._restore(saved)
        return generator

    @property
    def training(self) -> Mapping[str, Any]:
        """What was recorded of the training: rows, seed, and for iterative models the course of the training."""
        _ = self.sites
        return self._training

    @property
    def n_trained(self) -> int:
        """Number of haplotypes that the model was fitted on."""
        n = whole_number(self.training.get("n_haplotypes"))
        if n is None or n < 2:
            raise FileFormatError(
                f"the record of the {self.name} model does not say how many haplotypes it was trained on. Say how many "
                "to generate (-n)."
            )
        return n


def require_panels(train: Haplotypes, validation: Haplotypes | None) -> None:
    """Raise InputError unless the panels can be trained and checked on."""
    if len(train) < 2 or train.n_sites < 1:
        raise InputError(
            f"training needs at least 2 haplotypes and 1 site; got {len(train)} haplotypes and {train.n_sites} sites."
        )
    if validation is not None:
        train.require_same_sites(validation, "training", "validation")
        if len(validation) < 2:
            raise InputError(f"the validation panel needs at least 2 haplotypes; got {len(validation)}.")
        both = validation.samples.persons_also_in(train.samples)
        if both:
            raise InputError(
                f"the validation panel must be people who are not trained on; {both} of its people are among the "
                "training ones. Give another part of the panel (artgen split makes it)."
            )


def require_number_to_generate(n: int) -> None:
    """Raise InputError unless so many haplotypes can be generated."""
    number = whole_number(n)
    if number is None or not 1 <= number <= MOST_HAPLOTYPES:
        raise InputError(
            "the number of haplotypes to generate must be a whole number, at least 1 and at most "
            f"{MOST_HAPLOTYPES:,}; got {repr(n) if number is None else format(number, ',')}."
        )


def derived_seed(seed: int, purpose: str, *counters: int) -> int:
    """A 64-bit seed for one purpose, so that training, sampling and checking never share a random stream."""
    if require_seed(seed) > LARGEST_SEED:
        raise InputError(f"seed must be a whole number from 0 to 2^63 - 1; got {seed}.")
    sequence = np.random.SeedSequence([seed, _PURPOSES[purpose], *counters])
    return int(sequence.generate_state(1, np.uint64)[0])
