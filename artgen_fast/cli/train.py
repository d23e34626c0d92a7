"""``artgen train``: fit a generator to a panel."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import click

from artgen_fast.cli.counting import counted
from artgen_fast.cli.seed import SEED

_Command = TypeVar("_Command", bound=Callable[..., Any])

_INTERRUPTED = 130
"""Exit status after Ctrl-C, by the shells' convention."""


@click.group("train", short_help="Fit a generator to a panel.")
def command() -> None:
    """Fit a generator to PANEL and keep it in a folder.

    \b
      artgen train rbm panel.hapbits -o model --seed 1
      artgen sample model -n 1000 -o artificial.vcf.gz

    PANEL holds the rows to learn from, and nothing else: set a hold-out aside first (artgen split). What a model can
    be told: artgen train MODEL --help.
    """  # noqa: D301 - click reads the backspace as "keep these lines"


def _shared(function: _Command) -> _Command:
    """Arguments and options of every model."""
    decorators = (
        click.argument("panel", type=click.Path(path_type=Path)),
        click.option(
            "-o", "--output", "folder", required=True, metavar="FOLDER", type=click.Path(path_type=Path),
            help="Folder for the model and its checkpoints.",
        ),
        click.option(
            "--force", is_flag=True,
            help="Start anew in a folder that already holds a model or an unfinished training. Checkpoints in it are "
            "deleted at once, the model when the new one is whole.",
        ),
    )  # fmt: skip
    return _decorated(function, decorators)


def _of_baselines(function: _Command) -> _Command:
    """Options that do nothing where there is only counting, for scripts that give them to every model."""
    return _decorated(
        function,
        (
            click.option("--seed", type=SEED, default=0, hidden=True),
            click.option("--resume", is_flag=True, hidden=True),
        ),
    )


def _of_trainings(may_change: str) -> Callable[[_Command], _Command]:
    """Options of models whose training is random and takes long."""
    decorators = (
        click.option(
            "--seed", type=SEED, default=0, show_default=True, help="Same seed on the same computer, same model."
        ),
        click.option(
            "--resume", is_flag=True, help=f"Go on with an interrupted training, as if it had not been. {may_change}"
        ),
    )  # fmt: skip
    return lambda function: _decorated(function, decorators)


def _decorated(function: _Command, decorators: Sequence[Callable[[_Command], _Command]]) -> _Command:
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


@command.command("binomial", short_help="Independent sites: the simplest baseline.")
@_shared
@_of_baselines
def _binomial(panel: Path, folder: Path, seed: int, resume: bool, force: bool) -> None:
    """Draw every site on its own at its allele frequency: the baseline without linkage disequilibrium."""
    _train("binomial", {}, panel, None, folder, seed, resume, force)


@command.command("markov", short_help="Each allele given those just before it.")
@_shared
@_of_baselines
@click.option("--window", default=10, show_default=True, help="Sites that an allele depends on, 0 to 16.")
@click.option(
    "--min-count", default=1, show_default=True, help="Haplotypes that must share a context; else it is shortened."
)
def _markov(panel: Path, folder: Path, seed: int, resume: bool, force: bool, **options: Any) -> None:
    """Draw each allele given those at the sites just before it, as they occur in PANEL."""
    _train("markov", options, panel, None, folder, seed, resume, force)


def _of_machines(function: _Command) -> _Command:
    """Options of whatever is made of restricted Boltzmann machines."""
    decorators = (
        click.option("--learning-rate", default=0.4, show_default=True, help="Lower it if the training diverges."),
        click.option("--minibatch", default=250, show_default=True, help="Rows of a minibatch, and chains."),
        click.option(
            "--epochs", default=500, show_default=True, help="At most; one is (rows of PANEL / minibatch) updates."
        ),
        click.option(
            "--check-every", default=25, show_default=True, help="Epochs from one check and checkpoint to the next."
        ),
        click.option("--check-rows", default=1000, show_default=True, help="Rows compared in a check, at most."),
        click.option(
            "--patience", default=10, show_default=True,
            help="Checks without improvement after which to stop. They do not count while the worse half of AA_TS is "
            "still below 0.01 or above 0.99.",
        ),
        click.option(
            "--receptive-field", type=int,
            help="Sites that each hidden unit is connected to; default: all. Fewer overfit less, and are faster.",
        ),
        click.option(
            "--l2", default=0.0, show_default=True,
            help="Weight decay: an update takes learning rate × l2 off every weight as a share of it. artgen tune "
            "searches from 1e-6 to 1e-2.",
        ),
        click.option(
            "--average-over", default=200, show_default=True, help="Updates to average parameters over; 1: none."
        ),
        click.option(
            "--calibration-rounds", type=int,
            help="Rounds after the training that move visible biases until generated alleles are as frequent as those "
            "of PANEL; 8 were enough where it was tried. Default: none.",
        ),
        click.option(
            "--precision", type=click.Choice(["int8x2", "float32", "bf16"]),
            help="Of the chains; default: int8x2 while its probabilities are right to 1e-3, then float32. bf16 is "
            "for comparisons only.",
        ),
        click.option("--threads", type=int, help="Default: all usable CPUs. The model does not depend on it."),
        click.option("--device", default="cpu", show_default=True, help="cpu, cuda, or cuda:N for one of several."),
        click.option(
            "--validation", metavar="FILE", type=click.Path(path_type=Path),
            help="Panel of other people for the checks; default: rows of PANEL. Never the hold-out.",
        ),
    )  # fmt: skip
    return _decorated(function, decorators)


@command.command("rbm", short_help="Restricted Boltzmann machine.")
@_shared
@_of_trainings("--epochs, --patience, --calibration-rounds, --threads and --device may be others then.")
@click.option("--hidden", default=300, show_default=True, help="Hidden units.")
@click.option(
    "--gibbs-steps", default=20, show_default=True,
    help="Steps of each chain in training, and for rdm in sampling as well; for cd and pcd see --sampling-steps.",
)  # fmt: skip
@_of_machines
@click.option(
    "--method", type=click.Choice(["rdm", "cd", "pcd"]), default="rdm", show_default=True,
    help="How chains begin: at random (rdm), from the minibatch (cd), or where they were (pcd).",
)  # fmt: skip
@click.option(
    "--sampling-steps", type=int, help="Steps of the chains that make samples after cd or pcd.  [default: 1000]"
)
def _rbm(
    panel: Path, folder: Path, seed: int, resume: bool, force: bool, validation: Path | None, **options: Any
) -> None:
    """Train a restricted Boltzmann machine, by default out of equilibrium (Yelmen et al. 2023).

    Every few epochs it generates rows and compares them with real ones by the two halves of AA_TS: the share of real
    rows that are nearer to another real row than to any generated one (AA_truth), and the reverse (AA_syn). Both are
    1/2 where nobody can tell the rows apart. It stops when the larger |half - 1/2| no longer falls, and keeps the best
    machine. Ctrl-C, or worse, loses at most what came after the last checkpoint:

    \b
      artgen train rbm panel.hapbits -o model --epochs 2000
      artgen train rbm panel.hapbits -o model --epochs 2000 --resume
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    _train("rbm", options, panel, validation, folder, seed, resume, force)


@command.command("crbm-chain", short_help="Chain of conditional machines, for any number of sites.")
@_shared
@_of_trainings("Give the same options again.")
@click.option("--step", default=5000, show_default=True, help="Sites that a machine generates.")
@click.option("--pinned", default=5000, show_default=True, help="Sites before them that it is given.")
@click.option("--first", type=int, help="Sites that the first machine generates; default: --step.")
@click.option(
    "--context", default=0, show_default=True,
    help="Sites that it is given besides, common ones, spread over all before; they tie windows together. "
    "Every hidden unit sees them, whatever its --receptive-field.",
)  # fmt: skip
@click.option("--hidden", default=1000, show_default=True, help="Hidden units of each machine.")
@click.option("--gibbs-steps", default=20, show_default=True, help="Steps of each chain, in training and in sampling.")
@_of_machines
@click.option("--workers", default=1, show_default=True, help="Windows that are trained at the same time.")
@click.option(
    "--window", "windows", type=int, multiple=True,
    help="Train this window only, from 0 on; may be repeated. Without it, all that are not trained yet.",
)  # fmt: skip
def _crbm_chain(
    panel: Path,
    folder: Path,
    seed: int,
    resume: bool,
    force: bool,
    validation: Path | None,
    windows: tuple[int, ...],
    **options: Any,
) -> None:
    """Train a chain of conditional restricted Boltzmann machines, each given the sites before it (Yelmen et al. 2023).

    Windows do not need each other, so they can be trained in several processes, or one by one into the same folder:

    \b
      artgen train crbm-chain panel.hapbits -o model --workers 4
      artgen train crbm-chain panel.hapbits -o model --window 0 --window 1
      artgen train crbm-chain panel.hapbits -o model --resume

    The last command trains what is missing and completes the model. The default windows are the paper's. Short ones
    that are given a context, too, came nearest to real people (docs/chain_trainings.md), and leaked somewhat more:

    \b
      artgen train crbm-chain panel.hapbits -o model --step 1000 --pinned 200 --context 100 --hidden 250 \\
        --learning-rate 0.8 --epochs 150
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    if windows:
        _train_windows(options, panel, validation, folder, seed, resume, force, windows)
    else:
        _train("crbm-chain", options, panel, validation, folder, seed, resume, force)


def _train(
    model: str,
    options: dict[str, Any],
    panel: Path,
    validation: Path | None,
    folder: Path,
    seed: int,
    resume: bool,
    force: bool,
) -> None:
    from artgen_fast import generators, io
    from artgen_fast.generators.progress import progress_bar
    from artgen_fast.generators.train_to_folder import train_to_folder
    from artgen_fast.whole_files import require_folder

    generator = generators.by_name(model)(**options)
    require_folder(folder)
    train = io.read(panel)
    other = None if validation is None else io.read(validation)
    try:
        with progress_bar(f"training {model}") as progress:
            train_to_folder(generator, folder, train, other, seed=seed, resume=resume, force=force, progress=progress)
    except KeyboardInterrupt:
        _end_interrupted(resume, force)
    click.echo(f"{folder}: {model} model of {counted(len(train), 'haplotype')} × {counted(train.n_sites, 'site')}")


def _train_windows(
    options: dict[str, Any],
    panel: Path,
    validation: Path | None,
    folder: Path,
    seed: int,
    resume: bool,
    force: bool,
    windows: tuple[int, ...],
) -> None:
    from artgen_fast import io
    from artgen_fast.errors import InputError
    from artgen_fast.generators.crbm_chain import CRBMChain
    from artgen_fast.generators.progress import progress_bar
    from artgen_fast.generators.train_to_folder import train_windows_to_folder
    from artgen_fast.whole_files import require_folder

    require_folder(folder)
    if force:
        raise InputError("--window adds to what a folder holds; --force starts anew. Give one of them.")
    generator = CRBMChain(**options)
    train = io.read(panel)
    other = None if validation is None else io.read(validation)
    try:
        with progress_bar("training windows") as progress:
            train_windows_to_folder(
                generator, folder, train, other, windows, seed=seed, resume=resume, progress=progress
            )
    except KeyboardInterrupt:
        _end_interrupted(resume, force)
    number = len(generator.windows(train.n_sites))
    click.echo(f"{folder}: trained {len(set(windows))} of {number} windows. Complete the model with --resume.")


def _end_interrupted(resume: bool, force: bool) -> NoReturn:
    how = "" if resume else " with --resume in the place of --force" if force else " and --resume"
    click.echo(f"artgen: interrupted. Go on with the same command{how}.", err=True)
    sys.exit(_INTERRUPTED)
