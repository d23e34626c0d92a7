"""``artgen demo``: from a panel to a report in one command."""

from __future__ import annotations

import math
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from artgen_fast.evaluation import Evaluation

_WIDTH_OFF_TERMINAL = 120
_INTERRUPTED = 130
"""Exit status after Ctrl-C, by the shells' convention."""


@click.command("demo", short_help="From a panel to a report in one command.")
@click.option(
    "--panel", "panel_file", metavar="FILE", type=click.Path(path_type=Path),
    help="Your own panel, in any format that is read; default: a simulated one.",
)  # fmt: skip
@click.option(
    "-o", "--output", "folder", default="artgen-demo", show_default=True, metavar="DIR",
    type=click.Path(path_type=Path), help="Folder for report.html, evaluation.json and the model.",
)  # fmt: skip
@click.option("--seed", type=click.IntRange(1, 2**31 - 1), default=1, show_default=True, help="Of everything random.")
@click.option("--haplotypes", type=int, help="Cut the panel to so many haplotypes, chosen by person.  [default: 3400]")
@click.option("--sites", type=int, help="Cut it to its first so many common sites.  [default: 500]")
@click.option("--min-maf", type=float, help="Minor allele frequency of a common site.  [default: 0.01]")
@click.option("--force", is_flag=True, help="Replace a model and results in DIR that no demo made.")
def command(
    panel_file: Path | None,
    folder: Path,
    seed: int,
    haplotypes: int | None,
    sites: int | None,
    min_maf: float | None,
    force: bool,
) -> None:
    """Train a generator, generate as many artificial genomes, and judge them.

    \b
      artgen demo
      artgen demo --panel my_panel.vcf.gz -o my_demo

    Splits the panel by person, trains an RBM, and compares its haplotypes with the training people beside people that
    it never saw and two simple baselines. A panel larger than the demo is cut to its size. An
    earlier demo in DIR is replaced.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from rich.console import Console

    from artgen_fast import io
    from artgen_fast.demo import EVALUATION, MODEL, REPORT, Size, run_demo
    from artgen_fast.generators.progress import progress_bar
    from artgen_fast.whole_files import require_folder

    start = time.perf_counter()
    default = Size()
    size = Size(
        default.haplotypes if haplotypes is None else haplotypes,
        default.sites if sites is None else sites,
        default.min_maf if min_maf is None else min_maf,
    )
    require_folder(folder)
    panel = None if panel_file is None else io.read(panel_file)
    try:
        with progress_bar("training rbm", Console(stderr=True)) as training:
            evaluation = run_demo(
                folder, panel, seed=seed, size=size, force=force, say=click.echo, training_progress=training
            )
    except KeyboardInterrupt:
        click.echo("artgen: interrupted.", err=True)
        sys.exit(_INTERRUPTED)
    _show(evaluation)
    click.echo(f"{folder / REPORT}\n{folder / EVALUATION}")
    model = shlex.quote(str(folder / MODEL))
    click.echo(f"{folder / MODEL}: the model; generate more with `artgen sample {model} -n 100 -o FILE`")
    click.echo(f"{time.perf_counter() - start:.0f} s in all")


def _show(evaluation: Evaluation) -> None:
    """Print the numbers that the demo is about, one row a set."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OFF_TERMINAL)
    table = Table(
        box=box.SIMPLE, caption="AA_truth and AA_syn with ties as ½; LD: 1 where it is as in the training rows"
    )
    for column in ("set", "AA_truth", "AA_syn", "max |half − ½|", "LD", "AF r", "privacy"):
        table.add_column(column, justify="left" if column == "set" else "right")
    unseen = [] if evaluation.holdout is None else [("unseen people", evaluation.holdout)]
    for name, each in [*unseen, *evaluation.sets.items()]:
        truth, syn = (each.aa_ts.truth_half_tie, each.aa_ts.syn_half_tie) if each.aa_ts else (math.nan, math.nan)
        numbers = (truth, syn, max(abs(truth - 0.5), abs(syn - 0.5)), each.scores.ld, each.scores.allele_frequencies)
        privacy = "" if each.privacy_score is None else f"{each.privacy_score.half_tie:z.3f}"
        table.add_row(name, *(f"{number:.3f}" for number in numbers), privacy)
    console.print(table)
    for each in evaluation.sets.values():
        if each.verdict is not None:
            console.print(f"{each.name} {each.verdict.in_short}", markup=False, highlight=False)
