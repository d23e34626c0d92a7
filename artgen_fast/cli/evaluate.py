"""``artgen evaluate``: how real, how overfitted and how private artificial haplotypes are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from artgen_fast.errors import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from artgen_fast.evaluation import Evaluation
    from artgen_fast.haplotypes import Haplotypes

FIGURES = "figures"

_WIDTH_OFF_TERMINAL = 160
_MANY_HAPLOTYPES = 20_000


@click.command("evaluate", short_help="Judge artificial haplotypes, with a report.")
@click.argument("real", type=click.Path(path_type=Path))
@click.argument("synthetic", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "-o", "--output", "folder", required=True, metavar="DIR", type=click.Path(path_type=Path),
    help="Folder for evaluation.json and report.html, made if need be; an earlier report in it is replaced.",
)  # fmt: skip
@click.option(
    "--holdout", metavar="FILE", type=click.Path(path_type=Path),
    help="Real people that no model has seen. Without them leaks cannot be told.",
)  # fmt: skip
@click.option(
    "--baseline", "baselines", metavar="FILE", multiple=True, type=click.Path(path_type=Path),
    help="A further artificial panel, shown as a baseline; may be repeated.",
)  # fmt: skip
@click.option(
    "--labels", metavar="FILE", type=click.Path(path_type=Path),
    help="Tab-separated, with a header: person, population. Shows which populations are left out.",
)  # fmt: skip
@click.option("--label-column", metavar="NAME", help="Column of the labels to use; default: the second.")
@click.option(
    "--metrics", metavar="NAMES",
    help="Only these statistics, by the names in evaluation.json, with commas between: aa_ts,ld_decay,pca …",
)  # fmt: skip
@click.option(
    "--quick", is_flag=True,
    help="An answer in seconds: at most 1,000 haplotypes of each panel, compared once, the quick statistics only.",
)  # fmt: skip
@click.option(
    "--at-most", type=click.IntRange(2), metavar="N",
    help="Compare at most N haplotypes of each panel, drawn by person: times grow with the square of their number. "
    "Copies of training rows, near and in part, are looked for among all rows all the same.",
)  # fmt: skip
@click.option(
    "--utility", is_flag=True,
    help="Also ask what the panels are good for: imputation of the hold-out's alleles, and scans for selection "
    "(iHS, H12).",
)  # fmt: skip
@click.option(
    "--core", "cores", metavar="SITE", multiple=True,
    help="Follow haplotype homozygosity (EHH) around this site, CONTIG:POSITION or an ID; may be repeated, and the "
    "report draws up to four. Default: sites drawn at random.",
)  # fmt: skip
@click.option(
    "--figures", is_flag=True, help="Write every figure of the report to DIR/figures as well, as SVG and as PNG."
)
@click.option(
    "--note", "notes", metavar="TEXT", multiple=True,
    help="What the report should say of the data, such as what was simulated or phased anew; may be repeated.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0), default=0, show_default=True, help="Same files, same seed, same numbers."
)
@click.option("--repeats", default=10, show_default=True, help="Cuts to average over where panels differ in size.")
@click.option("--backend", help="Of the neighbour searches (see artgen doctor); default: the best that runs here.")
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
def command(
    real: Path,
    synthetic: tuple[Path, ...],
    folder: Path,
    holdout: Path | None,
    baselines: tuple[Path, ...],
    labels: Path | None,
    label_column: str | None,
    metrics: str | None,
    quick: bool,
    at_most: int | None,
    utility: bool,
    cores: tuple[str, ...],
    figures: bool,
    notes: tuple[str, ...],
    seed: int,
    repeats: int,
    backend: str | None,
    threads: int | None,
) -> None:
    """Compare one or more SYNTHETIC panels with REAL, the very rows that the models were trained on.

    \b
      artgen split panel.hapbits --fractions .5 .5
      artgen train rbm panel.train.hapbits -o model
      artgen sample model -n 2504 -o rbm.hapbits
      artgen evaluate panel.train.hapbits rbm.hapbits --holdout panel.holdout.hapbits -o result

    writes result/evaluation.json and result/report.html, and ends with a table. AA_truth and AA_syn are ½ where real
    and artificial haplotypes cannot be told apart; read both, and beside those of the unseen people.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.evaluation import evaluate
    from artgen_fast.report import write_report
    from artgen_fast.whole_files import require_folder

    if label_column is not None and labels is None:
        raise InputError("--label-column chooses a column of the labels; give --labels FILE as well.")
    require_folder(folder)
    figures_folder = folder / FIGURES if figures else None
    if figures_folder is not None and figures_folder.exists() and not figures_folder.is_dir():
        raise InputError(f"--figures writes to a folder; {figures_folder} is a file. Remove it, or choose another -o.")
    label_of_person = None if labels is None else io.read_labels(labels, label_column)
    names = _names([*synthetic, *baselines])
    with _progress() as tell:
        tell("reading", 0, 0)
        panel = io.read(real)
        if _looks_artificial(panel):
            click.echo(
                f"note: the haplotypes of {real}, which should be real, are named like artificial ones", err=True
            )
        chosen_cores = [panel.sites.index_of(core) for core in cores] or None
        sets = {name: io.read(path) for name, path in zip(names, [*synthetic, *baselines], strict=True)}
        unseen = None if holdout is None else io.read(holdout)
        smallest = min(len(each) for each in (panel, *sets.values(), *([] if unseen is None else [unseen])))
        if smallest > _MANY_HAPLOTYPES and at_most is None and not quick:
            click.echo(
                f"note: {smallest:,} haplotypes of each panel are compared, in time that grows with their square; "
                "--at-most 10000 compares fewer, and looks for leaks among all the same",
                err=True,
            )
        evaluation = evaluate(
            panel,
            sets,
            unseen,
            labels=label_of_person,
            baselines=names[len(synthetic) :],
            metrics=None if metrics is None else [name.strip() for name in metrics.split(",") if name.strip()],
            quick=quick,
            utility=utility,
            cores=chosen_cores,
            at_most=at_most,
            seed=seed,
            repeats=repeats,
            backend=backend,
            threads=threads,
            progress=tell,
        )
        tell("writing the report", 1, 1)
        folder.mkdir(parents=True, exist_ok=True)
        evaluation.to_json(folder / "evaluation.json")
        write_report(evaluation, folder / "report.html", notes=notes, figures=figures_folder)
    _show(evaluation)
    _show_numbered(names, [*synthetic, *baselines])
    click.echo(f"{folder / 'report.html'}\n{folder / 'evaluation.json'}")
    if figures_folder is not None:
        click.echo(figures_folder)


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """What is being done, on standard error: a bar on a terminal, and a line a statistic in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda what, done, total: bar.update(task, description=what, completed=done, total=total or None)


def _line(what: str, done: int, total: int) -> None:
    if what != "done":  # the report is still to be written
        click.echo(f"{what} ({done + 1} of {total})" if done < total else what, err=True)


def _looks_artificial(panel: Haplotypes) -> bool:
    """Whether the rows belong to nobody and are named as `artgen sample` names them."""
    names = panel.samples.name[[0, -1]].tolist()
    return bool(names == [f"AG{row}" for row in (0, len(panel) - 1)] and panel.samples.person[0] == "")


def _names(paths: Sequence[Path]) -> list[str]:
    """A name for each panel: its file's without the extension; where that is taken, numbered in the order given.

    No folder is in a name: the report is passed on, and folders tell of this machine and its people.
    """
    from artgen_fast.evaluation import HOLDOUT, REAL
    from artgen_fast.io.formats import without_extension

    repeated = [path for path, count in Counter(path.resolve() for path in paths).items() if count > 1]
    if repeated:
        raise InputError(f"every artificial panel must be given once; got {repeated[0]} more than once.")
    names: list[str] = []
    for path in paths:
        stem = name = without_extension(path)
        number = 2
        while name in (REAL, HOLDOUT, *names):
            name, number = f"{stem}-{number}", number + 1
        names.append(name)
    return names


def _show_numbered(names: Sequence[str], paths: Sequence[Path]) -> None:
    """Print which file is which where a name is not its file's: on the terminal only, never in the report."""
    from artgen_fast.io.formats import without_extension

    for name, path in zip(names, paths, strict=True):
        if name != without_extension(path):
            click.echo(f"{name} is {path}")


def _table(lines: Sequence[Sequence[str]]) -> Table:
    """Lines of text as columns, the first line as their heads."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=box.SIMPLE)
    for place, head in enumerate(lines[0]):
        table.add_column(escape(head), justify="left" if place == 0 else "right", overflow="fold")
    for line in lines[1:]:
        table.add_row(*map(escape, line))
    return table


def _show(evaluation: Evaluation) -> None:
    """Print the summary table and the first finding on each set."""
    from rich.console import Console

    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDTH_OFF_TERMINAL)
    rows = evaluation.summary_table()
    lines = [tuple(rows[0])] + [tuple(row.values()) for row in rows]
    columns = [column for column in zip(*lines, strict=True) if any(text.strip("–") for text in column[1:])]
    if len(columns) > 1:
        table = _table(list(zip(*columns, strict=True)))
        # Narrow terminals get a line a statistic instead of a line a set.
        needed = console.measure(table, options=console.options.update(max_width=10_000)).maximum
        console.print(table if needed <= console.width else _table(columns))
    for each in evaluation.sets.values():
        if each.verdict is not None:
            console.print(f"{each.name} {each.verdict.in_short}", markup=False, highlight=False)
    if evaluation.protocol.cut:
        console.print(f"For comparison: {evaluation.protocol.cut}.", markup=False, highlight=False)
