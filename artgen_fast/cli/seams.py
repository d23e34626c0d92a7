"""``artgen seams``: linkage disequilibrium across the seams of a chain."""

from __future__ import annotations

import math
from pathlib import Path

import click


@click.command("seams", short_help="Say whether a chain keeps linkage across its seams.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("real", type=click.Path(path_type=Path))
@click.argument("synthetic", type=click.Path(path_type=Path))
@click.option(
    "--holdout",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Panel of unseen people, to show what they reach.",
)
@click.option("--reach", default=50, show_default=True, help="Sites on each side of a seam whose pairs are looked at.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the cut to one size.")
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
def command(
    folder: Path, real: Path, synthetic: Path, holdout: Path | None, reach: int, seed: int, threads: int | None
) -> None:
    """Compare linkage across the seams between the windows of the crbm-chain in FOLDER with that inside windows.

    \b
      artgen sample chain -n 2504 -o chain.hapbits
      artgen seams chain panel.train.hapbits chain.hapbits --holdout panel.holdout.hapbits

    Both are mean r² of SYNTHETIC over that of REAL, between sites on two sides of a place. Where windows are pinned
    well they are the same; unseen people reach 1 but for chance. The panels must be at the model's sites; the larger of
    two that are compared is cut to the size of the smaller, by person, since r² of few haplotypes is larger by chance.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import generators, io
    from artgen_fast.errors import InputError
    from artgen_fast.generators.crbm_chain import CRBMChain
    from artgen_fast.metrics.panels.checks import require_unseen
    from artgen_fast.metrics.seam_ld import seam_ld

    model = generators.load(folder)
    if not isinstance(model, CRBMChain):
        raise InputError(f"{folder}: must hold a crbm-chain model; it holds a {model.name} model, which has no seams.")
    panel, artificial = io.read(real), io.read(synthetic)
    unseen = None if holdout is None else io.read(holdout)
    for path, each in ((real, panel), (synthetic, artificial), (holdout, unseen)):
        if each is None:
            continue
        difference = model.sites.first_difference(each.sites)
        if difference is not None:
            raise InputError(
                f"{path}: must have the sites of the model in {folder}; {difference}. Give the panel that the model "
                "was trained on, or others at its sites (artgen import --sites)."
            )
    seams = [window.first_generated for window in model.windows(panel.n_sites)[1:]]
    if not seams:
        raise InputError(f"{folder}: this chain has a single window of {panel.n_sites} sites, and so no seams.")
    if unseen is not None:
        require_unseen(unseen, panel)
    found = seam_ld(panel, artificial, seams, reach, threads, seed=seed)
    click.echo(f"{'seam at site':<14}{'position':>16}{'r² real':>10}{'synthetic':>11}")
    for seam, mine, theirs in zip(found.seams, found.real_across, found.synthetic_across, strict=True):
        position = f"{panel.sites.contig[seam]}:{panel.sites.position[seam]}"
        click.echo(f"{seam:<14}{position:>16}{mine:>10.4f}{theirs:>11.4f}")
    people = None if unseen is None else seam_ld(panel, unseen, seams, reach, threads, seed=seed)
    across, inside = ("", "") if people is None else (_beside(people.across_ratio), _beside(people.inside_ratio))
    click.echo(f"across seams   {_in_words(found.across_ratio)}{across}")
    too_short = f"not known: no place inside is {reach} sites from all seams. Give a smaller --reach."
    click.echo(f"inside windows {_in_words(found.inside_ratio) + inside if len(found.inside) else too_short}")
    click.echo(f"of {found.n} haplotypes each{f': {found.cut}' if found.cut else ''}")


def _beside(ratio: float) -> str:
    return "" if math.isnan(ratio) else f"; unseen people {ratio:.3f}"


def _in_words(ratio: float) -> str:
    if math.isnan(ratio):
        return "not known: no pair of sites of one contig that vary in both panels"
    return f"{ratio:.3f} of the real mean r²"
