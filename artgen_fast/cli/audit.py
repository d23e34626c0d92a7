"""``artgen audit``: which rows of a release are too near to training people."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("audit", short_help="List the rows of a release, nearest to training people first.")
@click.argument("train", type=click.Path(path_type=Path))
@click.argument("synthetic", type=click.Path(path_type=Path))
@click.option(
    "--holdout", required=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Real people that no model has seen: how near they come to training people is the measure.",
)  # fmt: skip
@click.option(
    "-o", "--output", "table", required=True, metavar="TABLE", type=click.Path(path_type=Path),
    help="The table to write, tab-separated.",
)  # fmt: skip
@click.option(
    "--donors", is_flag=True,
    help="Also name the nearest training haplotype of each row. The table is then as confidential as the panel.",
)  # fmt: skip
@click.option(
    "--fail-on-copies", is_flag=True,
    help="End with exit status 1 if rows are copies, near or whole, or the hold-out is not unseen.",
)  # fmt: skip
@click.option("--backend", help="Of the neighbour searches (see artgen doctor); default: the best that runs here.")
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def command(
    train: Path,
    synthetic: Path,
    holdout: Path,
    table: Path,
    donors: bool,
    fail_on_copies: bool,
    backend: str | None,
    threads: int | None,
    force: bool,
) -> None:
    """Compare every row of SYNTHETIC with every row of TRAIN, the rows that its model was fitted on.

    \b
      artgen audit panel.train.hapbits artificial.hapbits --holdout panel.holdout.hapbits -o rows.tsv

    says what was found and what to do, and writes a line a row, nearest first: its number (from 1) and name, whether
    it is a near copy, its distance to the nearest training and the nearest unseen haplotype, the share of unseen
    haplotypes that come as near to a training one, the longest stretches shared, and the share of unseen haplotypes
    that share as long a one with a training one. The row itself counts among the unseen ones, so that no share is 0.

    A near copy is nearer to a training haplotype than people come to each other ("yes"). Where people are too near
    themselves to tell, a training row that is no unseen person's is "identical", and all others are "unknown".
    docs/audit.md tells more; artgen evaluate judges the release as a whole.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.generators.interface import Progress
    from artgen_fast.generators.progress import progress_bar
    from artgen_fast.privacy import release_check
    from artgen_fast.whole_files import require_place, require_unused

    require_place(table)
    require_unused(table, force, train, synthetic, holdout)
    training, unseen = io.read(train), io.read(holdout)
    with progress_bar("comparing", unit="") as bar:

        def tell(what: str, done: int, total: int) -> None:
            bar(Progress(done, total, what))

        check = release_check(
            training, io.read(synthetic), holdout=unseen, backend=backend, threads=threads, progress=tell
        )
    check.write(table, donors=training if donors else None)
    click.echo(check.summary())
    click.echo(table)
    if fail_on_copies and (check.suspect.any() or check.holdout_is_known):
        raise click.exceptions.Exit(1)
