"""The whole way from a panel to a report: train, generate, evaluate, beside two baselines.

Its sizes and settings were found by the search that docs/demo_settings.md records.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from artgen_fast import generators, simulation
from artgen_fast.errors import InputError
from artgen_fast.evaluation import Evaluation, Progress, evaluate
from artgen_fast.generators.interface import ProgressCallback
from artgen_fast.generators.rbm import RBM
from artgen_fast.generators.train_to_folder import train_to_folder
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.report import write_report
from artgen_fast.whole_files import whole_file
from artgen_fast.whole_numbers import whole_number

REPORT = "report.html"
EVALUATION = "evaluation.json"
MODEL = "rbm"
"""Folder of the trained model inside the output folder."""
MARK = "demo.json"
"""Says what the demo of a folder works on; whatever else lies beside it is a demo's, which the next one may replace."""

_MARK_FORMAT = "artgen_fast demo"

SHARES = (0.44, 0.12, 0.44)
"""Shares of the people for training, for validation (stopping and choosing), and held out (the report only)."""

BASELINES = ("markov", "binomial")

_FIELD = 0.58
"""Share of the sites that a hidden unit is connected to: with more of them, it learns training people by heart."""

_FEWEST_HAPLOTYPES = 100
_FEWEST_SITES = 20


@dataclass(frozen=True, slots=True)
class Size:
    """Size of the demo: a larger panel is cut to it.

    Attributes
    ----------
    haplotypes : int
        For training, validation and hold-out together.
    sites : int
    min_maf : float
        Frequency of the rarer allele from which on a site is kept, from 0 to below 0.5.

    Raises
    ------
    InputError
        If a number is out of range, or too small for a demo.
    """

    haplotypes: int = 3400
    sites: int = 500
    min_maf: float = 0.01

    def __post_init__(self) -> None:
        for name, fewest in (("haplotypes", _FEWEST_HAPLOTYPES), ("sites", _FEWEST_SITES)):
            value = getattr(self, name)
            number = whole_number(value)
            if number is None or number < fewest:
                raise InputError(
                    f"the demo's number of {name} must be a whole number of at least {fewest}; got {value!r}."
                )
            object.__setattr__(self, name, number)
        if not 0 <= self.min_maf < 0.5:
            raise InputError(f"the demo's min_maf must be a number from 0 to below 0.5; got {self.min_maf!r}.")


def rbm(n_sites: int) -> RBM:
    """The machine of the demo, not yet trained."""
    return RBM(
        hidden=400,
        receptive_field=max(1, round(_FIELD * n_sites)),
        gibbs_steps=20,
        learning_rate=0.8,
        minibatch=250,
        epochs=600,
        check_every=25,
        check_rows=500,
    )


def demo_panel(panel: Haplotypes | None, size: Size, seed: int) -> tuple[Haplotypes, str]:
    """The panel that the demo works on, and what it is, in words.

    Parameters
    ----------
    panel : Haplotypes, optional
        The user's own; its first sites that are common enough, and persons chosen at random. Without it a panel is
        simulated.
    size : Size
    seed : int
        Of the simulation or of the choice of persons.

    Raises
    ------
    InputError
        If what is left of the panel is too small to train on and hold out.
    """
    if panel is None:
        simulated = simulation.simulate_panel(size.haplotypes, size.sites, min_maf=size.min_maf, seed=seed)
        return simulated, (
            f"a simulated panel (msprime, three-population out-of-Africa model, seed {seed}) of {len(simulated)} "
            f"haplotypes × {simulated.n_sites} sites with a minor allele frequency of {size.min_maf:g} or more"
        )
    frequency = panel.allele_counts() / len(panel)
    common = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= size.min_maf)
    cut = panel[:, common[: size.sites]]
    if len(cut) > size.haplotypes:
        share = size.haplotypes / len(cut)
        cut = cut.split_by_person([share, 1 - share], seed)[0]
    if len(cut) < _FEWEST_HAPLOTYPES or cut.n_sites < _FEWEST_SITES:
        raise InputError(
            f"the demo needs at least {_FEWEST_HAPLOTYPES} haplotypes and {_FEWEST_SITES} sites; {len(cut)} haplotypes "
            f"and {cut.n_sites} sites with a minor allele frequency of {size.min_maf:g} or more are left. "
            "Give a larger panel or a lower --min-maf."
        )
    return cut, (
        f"{len(cut)} of the panel's {len(panel)} haplotypes × the first {cut.n_sites} of its {len(common)} sites with "
        f"a minor allele frequency of {size.min_maf:g} or more ({panel.n_sites} sites in all)"
    )


def run_demo(
    folder: str | os.PathLike[str],
    panel: Haplotypes | None = None,
    *,
    seed: int = 1,
    size: Size | None = None,
    force: bool = False,
    say: Callable[[str], None] = lambda line: None,
    training_progress: ProgressCallback | None = None,
    evaluation_progress: Progress | None = None,
) -> Evaluation:
    """Train an RBM on part of a panel, generate as many artificial genomes, and judge them beside two baselines.

    Parameters
    ----------
    folder : path
        For ``report.html``, ``evaluation.json``, ``demo.json`` and the model; made if need be. An earlier demo there,
        finished or not, is replaced.
    panel : Haplotypes, optional
        Default: a simulated one.
    seed : int
        Of everything random, 1 or more.
    size : Size, optional
        A larger panel is cut to it.
    force : bool
        Replace files of these names even if no demo made them.
    say : callable, optional
        Told in a sentence what is done next.
    training_progress, evaluation_progress : callable, optional
        As for `Generator.fit` and `evaluate`.

    Returns
    -------
    Evaluation
        Of the sets "rbm", "markov" and "binomial", with the hold-out.

    Raises
    ------
    InputError
        If the panel is too small, the folder is a file, or it holds files of these names that no demo made and
        ``force`` is not given.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise InputError(f"the demo writes into a folder; {folder} is a file. Give another name.")
    if not force:
        _require_replaceable(folder)
    people, what = demo_panel(panel, Size() if size is None else size, seed)
    folder.mkdir(parents=True, exist_ok=True)
    with whole_file(folder / MARK) as partial:
        mark = {"format": _MARK_FORMAT, "panel": what, "seed": seed}
        partial.write_text(json.dumps(mark, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    say(f"Panel: {what}.")
    train, validation, holdout = people.split_by_person(SHARES, seed)
    say(f"Split by person: {len(train)} haplotypes to train, {len(validation)} to stop by, {len(holdout)} held out.")
    model = rbm(train.n_sites)
    train_to_folder(model, folder / MODEL, train, validation, seed=seed, force=True, progress=training_progress)
    synthetic = {MODEL: model.sample(len(train), seed)}
    for name in BASELINES:
        synthetic[name] = generators.by_name(name)().fit(train).sample(len(train), seed)
    say("Evaluating the artificial genomes, those of the baselines, and the unseen people in their place.")
    evaluation = evaluate(
        train,
        synthetic,
        holdout,
        labels=None if panel is not None else _population_of_person(train),
        baselines=BASELINES,
        seed=seed,
        progress=evaluation_progress,
    )
    evaluation.to_json(folder / EVALUATION)
    write_report(evaluation, folder / REPORT, notes=[f"Panel: {what}."])
    return evaluation


def _require_replaceable(folder: Path) -> None:
    """Raise InputError if the folder holds what a demo would replace, but is not a demo's."""
    taken = [name for name in (MARK, MODEL, EVALUATION, REPORT) if (folder / name).exists()]
    if taken and not _is_demo(folder):
        raise InputError(
            f"the demo replaces only what a demo made; {folder} holds {', '.join(taken)}, and no {MARK} of a demo. "
            "Give another folder, or --force to replace them."
        )


def _is_demo(folder: Path) -> bool:
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(mark, dict) and mark.get("format") == _MARK_FORMAT


def _population_of_person(simulated: Haplotypes) -> dict[str, str]:
    populations = simulation.populations(simulated)
    return {
        str(person): str(population) for person, population in zip(simulated.samples.person, populations, strict=True)
    }
