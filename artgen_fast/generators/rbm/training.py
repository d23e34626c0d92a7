"""Out-of-equilibrium training of an RBM, resumable to the bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators.checkpoints import Checkpoints, panel_digest
from artgen_fast.generators.interface import Progress, ProgressCallback, derived_seed
from artgen_fast.generators.rbm.check import Check, check, fixed_subset
from artgen_fast.generators.rbm.gradient import centred_gradient
from artgen_fast.generators.rbm.machine import GibbsChains, Machine
from artgen_fast.generators.tensor_file import TensorFile
from artgen_fast.haplotypes import Haplotypes

_CHECKPOINT_FORMAT = "artgen_fast rbm checkpoint"
_CHECKPOINT_VERSION = 2
"""2: the number of threads is recorded, and every checkpoint is of a multiple of ``check_every`` epochs."""

_SMALLEST_SATURATION = 100.0
"""Singular values of W up to this are never called divergence; they are of the order of 1 … 50 in sound trainings."""

_START_OF_PATIENCE = 0.49
"""Checks count as standing still only once the larger |half - 1/2| has come below this."""


@dataclass(frozen=True)
class Settings:
    """Options of an RBM and its training; see `artgen_fast.generators.rbm.RBM`."""

    hidden: int = 300
    gibbs_steps: int = 20
    learning_rate: float = 0.1
    minibatch: int = 250
    epochs: int = 500
    check_every: int = 25
    check_rows: int = 1000
    patience: int = 10

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if name != "learning_rate" and (not isinstance(value, int) or isinstance(value, bool) or value < 1):
                raise InputError(f"{name} must be a whole number of at least 1; got {value!r}.")
        if not (isinstance(self.learning_rate, (int, float)) and 0 < self.learning_rate < math.inf):
            raise InputError(f"learning_rate must be a positive number; got {self.learning_rate!r}.")


@dataclass(slots=True, eq=False)
class Training:
    """A training between two epochs: everything that its rest depends on.

    Attributes
    ----------
    machine : Machine
        As trained so far.
    best : Machine
        As it was at the best check so far; before the first check, as it began.
    random : torch.Generator
        The only source of randomness of the updates.
    epoch : int
        Epochs that are over.
    checks : list of Check
        One for every ``check_every`` epochs, and one at the end.
    """

    machine: Machine
    best: Machine
    random: torch.Generator
    epoch: int = 0
    checks: list[Check] = field(default_factory=list)

    @classmethod
    def begin(cls, train: Haplotypes, settings: Settings, seed: int) -> Self:
        """The state before the first update."""
        random = torch.Generator().manual_seed(derived_seed(seed, "training"))
        frequencies = torch.zeros(train.n_sites, dtype=torch.float64)
        for _, alleles in train.allele_blocks():
            frequencies += torch.from_numpy(alleles).sum(0)
        machine = Machine.initial((frequencies / len(train)).float(), settings.hidden, random)
        return cls(machine, machine.copy(), random)

    @property
    def best_check(self) -> Check | None:
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

    def tensors(self) -> dict[str, npt.NDArray[Any]]:
        """Parameters and random state, for a checkpoint."""
        return {
            **{f"machine.{name}": part for name, part in machine_tensors(self.machine).items()},
            **{f"best.{name}": part for name, part in machine_tensors(self.best).items()},
            "random_state": self.random.get_state().numpy(),
        }

    @classmethod
    def from_checkpoint(cls, saved: TensorFile, n_sites: int, settings: Settings) -> Self:
        """The state that a checkpoint holds."""
        state = saved.tensor("random_state", np.uint8, torch.Generator().get_state().numpy().shape)
        random = torch.Generator()
        try:
            random.set_state(torch.from_numpy(state.copy()))
            checks = [Check(**done) for done in saved.header["checks"]]
            epoch = int(saved.header["epoch"])
        except (RuntimeError, TypeError, KeyError, ValueError) as error:
            raise FileFormatError(f"{saved.path}: its state cannot be taken up again: {error}. Train again.") from error
        machines = [read_machine(saved, f"{which}.", n_sites, settings.hidden) for which in ("machine", "best")]
        return cls(machines[0], machines[1], random, epoch, checks)


def train_machine(
    train: Haplotypes,
    validation: Haplotypes | None,
    settings: Settings,
    *,
    seed: int,
    progress: ProgressCallback | None = None,
    checkpoints: Checkpoints | None = None,
    resume: bool = False,
) -> tuple[Machine, dict[str, Any]]:
    """Train until the epochs are over or the checks no longer improve, and keep the best machine.

    Parameters are those of `artgen_fast.generators.rbm.RBM.fit`.

    Returns
    -------
    machine : Machine
        The one of the best check.
    record : dict
        Rows, seed, epochs, why the training ended, and every check: what `model.json` shows.
    """
    owner = _owner(train, validation, settings, seed)
    training = None
    if checkpoints is not None:
        if checkpoints and not resume:
            raise InputError(
                f"{checkpoints.folder} must hold no checkpoints when a training starts; it holds those of an earlier "
                "one. Go on with that one (resume=True), or give another folder."
            )
        checkpoints.remove_leftovers()
        saved = checkpoints.newest() if resume else None
        if saved is not None:
            _require_owner(saved, owner)
            training = Training.from_checkpoint(saved, train.n_sites, settings)
            if training.epoch > settings.epochs:
                raise InputError(
                    f"{saved.path}: the training has already run for {training.epoch} epochs, more than the "
                    f"{settings.epochs} asked for. Ask for at least {training.epoch}, or start anew."
                )
    if training is None:
        training = Training.begin(train, settings, seed)
    # Rows of the check are chosen once, so that its number moves only because the machine does.
    reference = fixed_subset(
        train if validation is None else validation, settings.check_rows, derived_seed(seed, "checking")
    )
    alleles = torch.from_numpy(train.alleles())
    chains = GibbsChains(training.machine, settings.minibatch)
    stopped = "epochs"
    while training.epoch < settings.epochs:
        if training.has_stalled(settings.patience):
            stopped = "patience"
            break
        _train_epoch(training, alleles, chains, settings)
        on_schedule = training.epoch % settings.check_every == 0
        if on_schedule or training.epoch == settings.epochs:
            _check(training, reference, settings, seed)
            # A longer training would not have had a check off schedule, so none may go on from one.
            if checkpoints is not None and on_schedule:
                header = {**owner, "epoch": training.epoch, "checks": [done._asdict() for done in training.checks]}
                checkpoints.write(training.epoch, header, training.tensors())
        if progress is not None:
            progress(Progress(training.epoch, settings.epochs, _message(training)))
    best = training.best_check
    assert best is not None, "the last epoch always ends in a check"
    return training.best, {
        "n_haplotypes": len(train),
        "seed": seed,
        "epochs": training.epoch,
        "stopped": stopped,
        "best_epoch": best.epoch,
        "checks": [done._asdict() for done in training.checks],
    }


def generate(machine: Machine, n: int, gibbs_steps: int, random: torch.Generator) -> torch.Tensor:
    """Artificial rows: chains from Bernoulli(1/2), run as long as in training; uint8 of shape (n, visible)."""
    return GibbsChains(machine, n).run(gibbs_steps, random).to(torch.uint8)


def machine_tensors(machine: Machine) -> dict[str, npt.NDArray[Any]]:
    """Parameters as float32 arrays by name."""
    return {
        "weights": machine.weights.numpy(),
        "visible_bias": machine.visible_bias.numpy(),
        "hidden_bias": machine.hidden_bias.numpy(),
    }


def read_machine(saved: TensorFile, prefix: str, n_visible: int, n_hidden: int) -> Machine:
    """A machine from a file's tensors, shapes, dtypes and values checked."""
    shapes = {"weights": (n_visible, n_hidden), "visible_bias": (n_visible,), "hidden_bias": (n_hidden,)}
    parts = {
        name: torch.from_numpy(saved.tensor(f"{prefix}{name}", np.float32, shape).copy())
        for name, shape in shapes.items()
    }
    machine = Machine(**parts)
    if not machine.is_finite():
        raise FileFormatError(f"{saved.path}: every parameter must be a finite number; some are not. Train again.")
    return machine


def _train_epoch(training: Training, alleles: torch.Tensor, chains: GibbsChains, settings: Settings) -> None:
    """⌈rows / minibatch⌉ updates, each with a minibatch drawn with replacement and as many new chains."""
    machine, random = training.machine, training.random
    for _ in range(math.ceil(len(alleles) / settings.minibatch)):
        rows = torch.randint(len(alleles), (settings.minibatch,), generator=random)
        data_visible = alleles[rows].to(machine.weights.dtype)
        chain_visible = chains.run(settings.gibbs_steps, random)
        gradient = centred_gradient(
            data_visible,
            machine.hidden_probabilities(data_visible),
            chain_visible,
            machine.hidden_probabilities(chain_visible),
        )
        machine.weights.add_(gradient.weights, alpha=settings.learning_rate)
        machine.visible_bias.add_(gradient.visible_bias, alpha=settings.learning_rate)
        machine.hidden_bias.add_(gradient.hidden_bias, alpha=settings.learning_rate)
    training.epoch += 1


def _check(training: Training, reference: Haplotypes, settings: Settings, seed: int) -> None:
    """Measure the machine, refuse to go on with one that has diverged, and remember the best."""
    remedy = f"Start again with a lower learning rate (it was {settings.learning_rate:g})."
    if not training.machine.is_finite():
        raise InputError(
            f"the training diverged: by epoch {training.epoch} some weights are no longer numbers. {remedy}"
        )
    random = torch.Generator().manual_seed(derived_seed(seed, "checking", training.epoch))
    generated = generate(training.machine, len(reference), settings.gibbs_steps, random)
    panel = Haplotypes.from_alleles(generated.numpy(), reference.sites)
    done = check(training.machine, panel, reference, training.epoch)
    # At √(visible · hidden) the mean square weight is about 1, and hundreds of such weights leave no unit undecided.
    saturation = max(_SMALLEST_SATURATION, math.sqrt(training.machine.n_visible * training.machine.n_hidden))
    if done.singular_values[0] > saturation:
        raise InputError(
            f"the training diverged: at epoch {training.epoch} the largest singular value of the weights is "
            f"{done.singular_values[0]:.3g}, above {saturation:.3g}, so units no longer follow chance. {remedy}"
        )
    training.checks.append(done)
    if training.best_check is done:
        training.best = training.machine.copy()


def _message(training: Training) -> str:
    """What is being optimised, the larger |half - ½| of the halves of AA_TS, short enough for a line of 80 columns."""
    best = training.best_check
    if best is None:
        return "max |half - ½|: no check yet"
    latest = training.checks[-1].worst_half_distance
    return f"max |half - ½| {latest:.3f}, best {best.worst_half_distance:.3f}"


def _owner(train: Haplotypes, validation: Haplotypes | None, settings: Settings, seed: int) -> dict[str, Any]:
    """What must be the same for a training to go on from a checkpoint; it may go on for more epochs.

    The threads are those that torch uses now: sums in another order differ in their last bits.
    """
    options = {name: value for name, value in asdict(settings).items() if name not in ("epochs", "patience")}
    return {
        "format": _CHECKPOINT_FORMAT,
        "version": _CHECKPOINT_VERSION,
        "options": {**options, "threads": torch.get_num_threads()},
        "seed": seed,
        "training panel": panel_digest(train),
        "validation panel": None if validation is None else panel_digest(validation),
    }


def _require_owner(saved: TensorFile, owner: Mapping[str, Any]) -> None:
    differing = [name for name, value in owner.items() if saved.header.get(name) != value]
    if "options" in differing and isinstance(saved.header.get("options"), dict):
        before = saved.header["options"]
        now = owner["options"]
        differing.remove("options")
        differing += [
            f"{name} ({before.get(name)} before, {now[name]} now)" for name in now if before.get(name) != now[name]
        ]
    if differing:
        raise InputError(
            f"{saved.path}: a training resumes only with what it began with (epochs and patience may change); "
            f"different now: {', '.join(differing)}. Give the same again, or start anew with --force."
        )
