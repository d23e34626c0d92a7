"""``artgen tune``: search for the settings of a model."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from artgen_fast.cli.seed import SEED

if TYPE_CHECKING:
    from artgen_fast.generators.rbm.tuning import Trial


@click.group("tune", short_help="Search for the settings of a model.")
def command() -> None:
    """Search for settings that make a model's rows hard to tell from those of people that it was not trained on."""


@command.command("rbm", short_help="Restricted Boltzmann machine.")
@click.argument("panel", type=click.Path(path_type=Path))
@click.option(
    "--validation",
    metavar="FILE",
    type=click.Path(path_type=Path),
    required=True,
    help="Panel of other people that trials are scored on. Never the hold-out.",
)
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    metavar="FOLDER",
    type=click.Path(path_type=Path),
    help="For tuning.json, the record of the search.",
)
@click.option("--trials", default=20, show_default=True, help="Trainings, at most.")
@click.option("--seconds", type=float, help="No trial begins after so long.")
@click.option("--epochs", default=200, show_default=True, help="Of each trial, at most.")
@click.option("--check-every", default=25, show_default=True, help="Epochs from one check to the next.")
@click.option("--check-rows", default=1000, show_default=True, help="Rows compared in a check, at most.")
@click.option("--patience", default=10, show_default=True, help="Checks without improvement that end a trial.")
@click.option(
    "--seed", type=SEED, default=0, show_default=True,
    help="Of what is tried, and of every training. Same seed on the same computer, same trials.",
)  # fmt: skip
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
@click.option(
    "--resume",
    is_flag=True,
    help="Go on with the search in FOLDER. All but --trials, --seconds and --threads must be as it was.",
)
def _rbm(
    panel: Path,
    validation: Path,
    folder: Path,
    trials: int,
    seconds: float | None,
    epochs: int,
    check_every: int,
    check_rows: int,
    patience: int,
    seed: int,
    threads: int | None,
    resume: bool,
) -> None:
    """Search settings of an RBM: hidden units, receptive field, steps, learning rate, minibatch, weight decay.

    \b
      artgen split panel.hapbits --fractions .5 .25 .25
      artgen tune rbm panel.train.hapbits --validation panel.validation.hapbits -o search --seconds 3600

    A trial's score is the larger |half - 1/2| of the two halves of AA_TS against the validation rows, 0 at best (see
    artgen train rbm --help). The search ends with the command that repeats the best training and keeps its machine;
    with a higher --epochs it trains for longer.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.errors import TrainingDivergedError
    from artgen_fast.generators.rbm.settings import Settings
    from artgen_fast.generators.rbm.tuning import tune
    from artgen_fast.whole_files import require_folder

    require_folder(folder)
    settings = Settings(epochs=epochs, check_every=check_every, check_rows=check_rows, patience=patience)

    def report(number: int, trial: Trial) -> None:
        score = "diverged" if trial.diverged else f"{trial.score:.3f}"
        click.echo(f"trial {number}: {score} after {trial.seconds:.0f} s  {_as_options(trial.options)}", err=True)

    found = tune(
        io.read(panel), io.read(validation), settings, folder, trials=trials, seconds=seconds, seed=seed,
        resume=resume, threads=threads, report=report,
    )  # fmt: skip
    if not found:
        click.echo("no trial was made in the time", err=True)
        return
    best = found[0]
    if best.diverged:
        raise TrainingDivergedError(
            f"every training of the search diverged ({len(found)} of {len(found)}), so there are no settings to choose "
            "from. Go on with --resume and more --trials."
        )
    click.echo(f"best of {len(found)}: max |half - ½| {best.score:.3f} at epoch {best.epoch}")
    fixed = {"epochs": epochs, "check_every": check_every, "check_rows": check_rows, "patience": patience}
    given = {name: value for name, value in fixed.items() if value != getattr(Settings, name)}
    paths = f"{shlex.quote(str(panel))} --validation {shlex.quote(str(validation))}"
    click.echo(f"artgen train rbm {paths} -o MODEL --seed {seed} {_as_options({**given, **best.options})}")


def _as_options(values: Mapping[str, Any]) -> str:
    """Options of the command line that give just these values, in every digit; None is the default of all that have it.

    Rounded ones would train another machine, or be refused where a whole number is asked for.
    """
    return " ".join(f"--{name.replace('_', '-')} {value!r}" for name, value in values.items() if value is not None)
