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
@click.option("--backend", help="Of the neighbour searches (see artgen doctor); default: the best that runs here.")
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def command(
    train: Path,
    synthetic: Path,
    holdout: Path,
    table: Path,
    donors: bool,
    backend: str | None,
    threads: int | None,
    force: bool,
) -> None:
    """Compare every row of SYNTHETIC with every row of TRAIN, the rows that its model was fitted on.

    \b
      artgen audit panel.train.hapbits artificial.hapbits --holdout panel.holdout.hapbits -o rows.tsv

    writes a line a row: its distance to the nearest training and the nearest unseen haplotype, the share of unseen
    haplotypes that come as near to a training one, the longest stretches shared, the share of unseen haplotypes that
    share as long a one with a training one, and whether the row is a near copy (nearer to a training haplotype than
    people are to each other; "unknown" where people are too near themselves to tell). artgen evaluate judges the
    release as a whole.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.privacy import release_check
    from artgen_fast.whole_files import require_place, require_unused

    require_place(table)
    require_unused(table, force, train, synthetic, holdout)
    training, unseen = io.read(train), io.read(holdout)
    check = release_check(training, io.read(synthetic), holdout=unseen, backend=backend, threads=threads)
    check.write(table, donors=training if donors else None)
    n, near = len(check.names), int(check.near_copy.sum())
    click.echo(
        f"nearest to a training haplotype: {int(check.to_training.min()):,} sites; "
        f"of unseen people: {check.least_unseen:,} sites"
    )
    if check.copy_distance < 0:
        click.echo("near copies: there is no such distance here: unseen people come too near themselves, or are few")
        same = (check.to_training == 0) & (check.to_unseen > 0)
        click.echo(f"rows that are a training row and no unseen person's: {int(same.sum()):,}")
    else:
        click.echo(f"near copies: {near:,} of {n:,} rows, at {check.copy_distance:,} sites or fewer")
    longer = int((check.shared_sites > check.longest_unseen).sum())
    click.echo(
        f"longer stretches of a training haplotype than any unseen one shares ({check.longest_unseen:,} sites): "
        f"{longer:,} of {n:,} rows; of as many unseen rows {n / (1 + len(unseen)):,.1f} are expected"
    )
    click.echo(table)
