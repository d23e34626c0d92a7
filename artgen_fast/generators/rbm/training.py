"""Training of an RBM, resumable to the bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from artgen_fast.array_types import UInt64Array
from artgen_fast.errors import FileFormatError, InputError, TrainingDivergedError
from artgen_fast.generators.checkpoints import Checkpoints, differences, panel_digest
from artgen_fast.generators.interface import Progress, ProgressCallback, derived_seed
from artgen_fast.generators.rbm.calibration import calibrate
from artgen_fast.generators.rbm.check import Checker, TrainingCheck
from artgen_fast.generators.rbm.devices import HOST, require_device
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.receptive_fields import local_connections
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.updates import Pinned, Updater, precision_for
from artgen_fast.generators.tensor_file import TensorFile
from artgen_fast.haplotypes import Haplotypes, words_for
from artgen_fast.kernels import pair_counts

_CHECKPOINT_FORMAT = "artgen_fast rbm checkpoint"
_CHECKPOINT_VERSION = 3
"""3: random numbers are functions of the seed and the update's number, threads do not matter; there is an average."""

_SMALLEST_SATURATION = 100.0
"""Singular values of W up to this are never called divergence; they are of the order of 1 … 50 in sound trainings."""

_START_OF_PATIENCE = 0.49
"""Checks count as standing still only once the larger |half - 1/2| has come below this."""


@dataclass(slots=True, eq=False)
class Training:
    """A training between two epochs: everything that its rest depends on.

    Attributes
    ----------
    machine : Machine
        As trained so far.
    average : Machine
        Running mean of its parameters over the last updates, which is what checks and samples see: at a constant
        learning rate the machine itself never settles, but wanders around where it should be.
    best : Machine
        The average as it was at the best check so far; before the first check, as it began.
    persistent : uint64 array, optional
        States of chains that the next update goes on with; see `Updater`.
    epoch : int
        Epochs that are over.
    checks : list of TrainingCheck
        One for every ``check_every`` epochs, and one at the end.
    """

    machine: Machine
    average: Machine
    best: Machine
    persistent: UInt64Array | None = None
    epoch: int = 0
    checks: list[TrainingCheck] = field(default_factory=list)

    @classmethod
    def begin(cls, train: Haplotypes, settings: Settings, seed: int, n_context: int = 0) -> Self:
        """The state before the first update, the same for any device; in host memory."""
        random = torch.Generator().manual_seed(derived_seed(seed, "training"))
        frequencies = torch.from_numpy(pair_counts.allele_counts(train) / len(train))
        connections = local_connections(train.n_sites, settings.hidden, settings.receptive_field, n_context)
        missing = None if connections is None else connections.missing
        machine = Machine.initial(frequencies.float(), settings.hidden, random, missing)
        return cls(machine, machine.copy(), machine.copy())

    @property
    def best_check(self) -> TrainingCheck | None:
        """The first check of the best rank."""
        return min(self.checks, key=lambda done: done.rank, default=None)

    def has_stalled(self, patience: int) -> bool:
        """Whether the last ``patience`` checks brought no better machine.

        Not while the worse half still stands where it began, at 0 or 1: that is the slow start, not a standstill.
        """
        best = self.best_check
        if best is None or best.worst_half_distance > _START_OF_PATIENCE:
            return False
        return self.checks.index(best) + patience < len(self.checks)

    def to(self, device: torch.device) -> Training:
        """The same with its machines on a device."""
        machines = {name: getattr(self, name).to(device) for name in ("machine", "average", "best")}
        return replace(self, **machines)

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Parameters and chains, for a checkpoint."""
        machines = {"machine.": self.machine, "average.": self.average, "best.": self.best}
        tensors = {name: part for prefix, each in machines.items() for name, part in each.tensors(prefix).items()}
        return tensors if self.persistent is None else {**tensors, "persistent": self.persistent}

    @classmethod
    def from_checkpoint(cls, saved: TensorFile, n_sites: int, settings: Settings) -> Self:
        """The state that a checkpoint holds."""
        try:
            checks = [TrainingCheck(**done) for done in saved.header["checks"]]
            epoch = int(saved.header["epoch"])
        except (TypeError, KeyError, ValueError) as error:
            raise FileFormatError(f"{saved.path}: its state cannot be taken up again: {error}. Train again.") from error
        machine, average, best = (
            Machine.read(saved, n_sites, settings.hidden, f"{which}.") for which in ("machine", "average", "best")
        )
        persistent = None
        if settings.method == "pcd":
            persistent = saved.tensor("persistent", np.uint64, (settings.minibatch, words_for(n_sites)))
        return cls(machine, average, best, persistent, epoch, checks)


def train_machine(
    train: Haplotypes,
    validation: Haplotypes | None,
    settings: Settings,
    *,
    seed: int,
    n_pinned: int = 0,
    n_context: int = 0,
    device: str = HOST,
    threads: int | None = None,
    progress: ProgressCallback | None = None,
    checkpoints: Checkpoints | None = None,
    resume: bool = False,
) -> tuple[Machine, dict[str, Any]]:
    """Train until the epochs are over or the checks no longer improve, and keep the best machine.

    Parameters
    ----------
    n_pinned : int
        The first sites are given, not generated: the machine learns the others given these.
    n_context : int
        Of the given sites, the first that every hidden unit sees, whatever its receptive field.
    device : str
        Where the machine is while it is trained; see `require_device`.
    threads : int, optional
        Does not matter to what is learnt.
    train, validation, settings, seed, progress, checkpoints, resume
        As for `artgen_fast.generators.rbm.RBM.fit`.

    Returns
    -------
    machine : Machine
        The one of the best check, in host memory.
    record : dict
        Rows, seed, epochs, why the training ended, every check, and r of allele frequencies before each round of
        calibration: what `model.json` shows.
    """
    owner = _owner(train, validation, settings, seed, n_pinned, n_context)
    place = require_device(device)
    training = None if checkpoints is None else _resumed(checkpoints, owner, resume, train.n_sites, settings)
    if training is None:
        training = Training.begin(train, settings, seed, n_context)
    if progress is not None:
        progress(Progress(training.epoch, settings.epochs, _message(training)))
    training = training.to(place)
    pinned = Pinned.first(n_pinned, train.n_sites)
    checker = Checker.of(train, validation, settings, pinned, seed, threads)
    updater = Updater(
        train.packed,
        settings,
        derived_seed(seed, "training"),
        pinned,
        threads,
        # A function of what a checkpoint holds, so that a training goes on in the precision in which it was left.
        precision_for(training.machine, settings, threads),
        training.persistent,
        n_context,
    )
    stopped = "epochs"
    while training.epoch < settings.epochs:
        if training.has_stalled(settings.patience):
            stopped = "patience"
            break
        _train_epoch(training, updater)
        on_schedule = training.epoch % settings.check_every == 0
        if on_schedule or training.epoch == settings.epochs:
            updater.precision = _check(training, checker, settings, threads)
            # A longer training would not have had a check off schedule, so none may go on from one.
            if checkpoints is not None and on_schedule:
                header = {**owner, "epoch": training.epoch, "checks": [done._asdict() for done in training.checks]}
                checkpoints.write(training.epoch, header, training.tensors())
        if progress is not None:
            progress(Progress(training.epoch, settings.epochs, _message(training)))
    best = training.best_check
    assert best is not None, "the last epoch always ends in a check"
    calibration = calibrate(training.best, train, settings, seed=seed, pinned=pinned, threads=threads)
    return training.best.to(torch.device(HOST)), {
        "n_haplotypes": len(train),
        "seed": seed,
        "epochs": training.epoch,
        "stopped": stopped,
        "best_epoch": best.epoch,
        "checks": [done._asdict() for done in training.checks],
        "calibration": calibration,
    }


def _resumed(
    checkpoints: Checkpoints, owner: Mapping[str, Any], resume: bool, n_sites: int, settings: Settings
) -> Training | None:
    """The training that the newest checkpoint holds, if it is to go on and there is one."""
    if checkpoints and not resume:
        raise InputError(
            f"{checkpoints.folder} must hold no checkpoints when a training starts; it holds those of an earlier "
            "one. Go on with that one (resume=True), or give another folder."
        )
    checkpoints.remove_leftovers()
    saved = checkpoints.newest() if resume else None
    if saved is None:
        return None
    _require_owner(saved, owner)
    training = Training.from_checkpoint(saved, n_sites, settings)
    if training.epoch > settings.epochs:
        raise InputError(
            f"{saved.path}: the training has already run for {training.epoch} epochs, more than the "
            f"{settings.epochs} asked for. Ask for at least {training.epoch}, or start anew."
        )
    return training


def _train_epoch(training: Training, updater: Updater) -> None:
    """⌈rows / minibatch⌉ updates."""
    updates = math.ceil(len(updater.rows) / updater.settings.minibatch)
    for number in range(training.epoch * updates, (training.epoch + 1) * updates):
        updater.update(training.machine, number)
        # At first the plain mean of all updates.
        training.average.approach(training.machine, 1 / min(number + 1, updater.settings.average_over))
        if not training.machine.hidden_bias.isfinite().all():
            raise _diverged(training.epoch + 1, "some weights are no longer numbers", updater.settings)
    training.persistent = updater.persistent
    training.epoch += 1


def _check(training: Training, checker: Checker, settings: Settings, threads: int | None) -> str:
    """Measure the machine, refuse to go on with one that has diverged, and remember the best.

    Returns the precision that the training's chains need from here on: those of the machine that learns, which wanders
    further than the averaged one.
    """
    if not training.machine.is_finite():
        raise _diverged(training.epoch, "some weights are no longer numbers", settings)
    done = checker.check(training.average, training.epoch, precision_for(training.average, settings, threads))
    # At √(visible · hidden) the mean square weight is about 1, and hundreds of such weights leave no unit undecided.
    saturation = max(_SMALLEST_SATURATION, math.sqrt(training.machine.n_visible * training.machine.n_hidden))
    if done.singular_values[0] > saturation:
        raise _diverged(
            training.epoch,
            f"the largest singular value of the weights is {done.singular_values[0]:.3g}, above {saturation:.3g}, so "
            "units no longer follow chance",
            settings,
        )
    training.checks.append(done)
    if training.best_check is done:
        training.best = training.average.copy()
    return precision_for(training.machine, settings, threads)


def _diverged(epoch: int, what: str, settings: Settings) -> TrainingDivergedError:
    return TrainingDivergedError(
        f"the training diverged: at epoch {epoch} {what}. Start again with a lower learning rate (it was "
        f"{settings.learning_rate:g})."
    )


def _message(training: Training) -> str:
    """What is being optimised, the larger |half - ½| of the halves of AA_TS, short enough for a line of 80 columns."""
    best = training.best_check
    if best is None:
        return "max |half - ½|: no check yet"
    latest = training.checks[-1].worst_half_distance
    return f"max |half - ½| {latest:.3f}, best {best.worst_half_distance:.3f}"


def _owner(
    train: Haplotypes, validation: Haplotypes | None, settings: Settings, seed: int, n_pinned: int, n_context: int
) -> dict[str, Any]:
    """What must be the same for a training to go on from a checkpoint; it may go on for more epochs."""
    return {
        "format": _CHECKPOINT_FORMAT,
        "version": _CHECKPOINT_VERSION,
        "options": settings.resumable(),
        "seed": seed,
        "pinned sites": n_pinned,
        "context sites": n_context,
        "training panel": panel_digest(train),
        "validation panel": None if validation is None else panel_digest(validation),
    }


def _require_owner(saved: TensorFile, owner: Mapping[str, Any]) -> None:
    differing = differences(saved.header, owner)
    if differing:
        raise InputError(
            f"{saved.path}: a training resumes only with what it began with (epochs and patience may change); "
            f"different now: {', '.join(differing)}. Give the same again, or start anew with --force."
        )
