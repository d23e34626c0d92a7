"""A search for the settings of an RBM, scored on people that it is not trained on."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from artgen_fast.errors import FileFormatError, InputError, TrainingDivergedError
from artgen_fast.generators.checkpoints import differences, panel_digest
from artgen_fast.generators.interface import derived_seed, require_panels
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.torch_threads import one_torch_thread
from artgen_fast.generators.rbm.training import train_machine
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.whole_files import whole_file

if TYPE_CHECKING:
    import optuna

FILE = "tuning.json"

_FORMAT = "artgen_fast rbm tuning"

SEARCHED = {
    "hidden": (50, 2000),
    "gibbs_steps": (5, 50),
    "learning_rate": (0.01, 1.0),
    "minibatch": (100, 1000),
    "l2": (1e-6, 1e-2),
}
"""Options that are searched, and from where to where; all of them evenly in the logarithm."""

RECEPTIVE_FIELD = "receptive_field"

FIELDS = (2, 4, 8, 16)
"""Receptive fields that are searched beside all connections: the panel's sites divided by these."""

DIVERGED = 0.5
"""Score of a training that diverged: the worst there is."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One training.

    Attributes
    ----------
    options : dict
        What was searched, and its values.
    score : float
        max |half - 1/2| of the half-tie halves of AA_TS at the best check, against the validation rows.
    epoch : int
        Of that check; 0 where the training diverged.
    seconds : float
    """

    options: dict[str, Any]
    score: float
    epoch: int
    seconds: float

    @property
    def diverged(self) -> bool:
        """Whether there is no machine."""
        return self.epoch == 0


def tune(
    train: Haplotypes,
    validation: Haplotypes,
    settings: Settings,
    folder: str | os.PathLike[str],
    *,
    trials: int = 20,
    seconds: float | None = None,
    seed: int = 0,
    resume: bool = False,
    threads: int | None = None,
    report: Callable[[int, Trial], None] | None = None,
) -> list[Trial]:
    """Train machines with settings that Optuna proposes (tree-structured Parzen estimator), and keep what came of each.

    Parameters
    ----------
    train, validation : Haplotypes
        Never the hold-out.
    settings : Settings
        Of everything that is not searched (`SEARCHED`): above all ``epochs``, which every trial has.
    folder : path
        For ``tuning.json``, which is written after each trial; made if need be.
    trials : int
        At most, those of an earlier search included.
    seconds : float, optional
        No trial begins after so long.
    seed : int
    resume : bool
        Go on with the search that the folder holds.
    threads : int, optional
    report : callable, optional
        Told the number and the outcome of each trial.

    Returns
    -------
    list of Trial
        The best first.

    Raises
    ------
    InputError
        If the folder holds another search, or one and ``resume`` is not given.
    """
    import optuna

    require_panels(train, validation)
    if trials < 1:
        raise InputError(f"the number of trials must be at least 1; got {trials}.")
    if seconds is not None and not seconds >= 0:
        raise InputError(f"seconds must be a number, 0 or more; got {seconds}.")
    folder = Path(folder)
    searched = _searched(train.n_sites)
    owner = {
        "format": _FORMAT,
        "settings": {name: value for name, value in asdict(settings).items() if name not in searched},
        "searched": searched,
        "seed": seed,
        "training panel": panel_digest(train),
        "validation panel": panel_digest(validation),
    }
    distributions = _distributions(optuna, searched)
    done = _earlier(folder / FILE, owner, resume)
    folder.mkdir(parents=True, exist_ok=True)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    # One seed a trial, so that a search that goes on is not one that begins again.
    began = time.monotonic()
    while len(done) < trials and (seconds is None or time.monotonic() - began < seconds):
        sampler = optuna.samplers.TPESampler(seed=derived_seed(seed, "training", len(done)) % 2**32)
        study = optuna.create_study(sampler=sampler)
        for trial in done:
            study.add_trial(
                optuna.trial.create_trial(params=trial.options, distributions=distributions, value=trial.score)
            )
        options = study.ask(distributions).params
        done.append(_run(train, validation, settings, options, seed, threads))
        with whole_file(folder / FILE) as partial:
            text = json.dumps({**owner, "trials": [asdict(trial) for trial in done]}, indent=2)
            partial.write_text(text + "\n", encoding="utf-8")
        if report is not None:
            report(len(done), done[-1])
    return sorted(done, key=lambda trial: trial.score)


def _run(
    train: Haplotypes,
    validation: Haplotypes,
    settings: Settings,
    options: dict[str, Any],
    seed: int,
    threads: int | None,
) -> Trial:
    begin = time.monotonic()
    try:
        with one_torch_thread():
            _, record = train_machine(
                train, validation, Settings(**{**asdict(settings), **options}), seed=seed, threads=threads
            )
    except TrainingDivergedError:
        return Trial(options, DIVERGED, 0, time.monotonic() - begin)
    best = next(check for check in record["checks"] if check["epoch"] == record["best_epoch"])
    score = max(abs(best["truth_half_tie"] - 0.5), abs(best["syn_half_tie"] - 0.5))
    return Trial(options, score, best["epoch"], time.monotonic() - begin)


def _searched(n_sites: int) -> dict[str, list[Any]]:
    """The ends of each range, and the choices of receptive fields."""
    fields = sorted({max(1, n_sites // share) for share in FIELDS})
    return {**{name: list(ends) for name, ends in SEARCHED.items()}, RECEPTIVE_FIELD: [None, *fields]}


def _distributions(optuna: Any, searched: dict[str, list[Any]]) -> dict[str, optuna.distributions.BaseDistribution]:
    kinds = {int: optuna.distributions.IntDistribution, float: optuna.distributions.FloatDistribution}
    ranges = {name: kinds[type(ends[0])](*ends, log=True) for name, ends in searched.items() if name in SEARCHED}
    return {**ranges, RECEPTIVE_FIELD: optuna.distributions.CategoricalDistribution(searched[RECEPTIVE_FIELD])}


def _earlier(path: Path, owner: dict[str, Any], resume: bool) -> list[Trial]:
    """Trials that were made before."""
    if not path.exists():
        return []
    if not resume:
        raise InputError(f"{path.parent} holds a search already. Go on with --resume, or give another folder.")
    try:
        saved = json.loads(path.read_text(encoding="utf-8"))
        differing = differences(saved, owner)
        found = [Trial(**trial) for trial in saved.get("trials", [])]
    except (ValueError, TypeError, AttributeError) as error:
        raise FileFormatError(f"{path}: must be the record of a search; {error}. Give another folder.") from error
    if differing:
        raise InputError(
            f"{path}: a search goes on only with what it began with; different now: {', '.join(differing)}. "
            "Give the same again, or another folder."
        )
    return found
