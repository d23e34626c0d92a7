"""``artgen seams``: linkage disequilibrium across the seams of a chain."""

from __future__ import annotations

import math
from pathlib import Path

import click


@click.command("seams", short_help="Say whether a chain keeps linkage across its seams.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("real", type=click.Path(path_type=Path))
@click.argument("synthetic", type=click.Path(path_type=Path))
@click.option("--reach", default=50, show_default=True, help="Sites on each side of a seam whose pairs are looked at.")
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Of the cut to one size.")
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
def command(folder: Path, real: Path, synthetic: Path, reach: int, seed: int, threads: int | None) -> None:
    """Compare linkage across the seams between the windows of the crbm-chain in FOLDER with that inside windows.

    \b
      artgen sample chain -n 2504 -o chain.hapbits
      artgen seams chain panel.train.hapbits chain.hapbits

    Both are mean r² of SYNTHETIC over that of REAL, between sites on two sides of a place. Where windows are pinned
    well they are the same. The panels must be at the model's sites; the larger is cut to the size of the smaller, by
    person, since r² of few haplotypes is larger by chance.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import generators, io
    from artgen_fast.errors import InputError
    from artgen_fast.generators.crbm_chain import CRBMChain
    from artgen_fast.metrics.seam_ld import seam_ld

    model = generators.load(folder)
    if not isinstance(model, CRBMChain):
        raise InputError(f"{folder}: must hold a crbm-chain model; it holds a {model.name} model, which has no seams.")
    panel, artificial = io.read(real), io.read(synthetic)
    for path, each in ((real, panel), (synthetic, artificial)):
        difference = model.sites.first_difference(each.sites)
        if difference is not None:
            raise InputError(
                f"{path}: must have the sites of the model in {folder}; {difference}. Give the panel that the model "
                "was trained on, or others at its sites (artgen import --sites)."
            )
    seams = [window.first_generated for window in model.windows(panel.n_sites)[1:]]
    if not seams:
        raise InputError(f"{folder}: this chain has a single window of {panel.n_sites} sites, and so no seams.")
    found = seam_ld(panel, artificial, seams, reach, threads, seed=seed)
    click.echo(f"{'seam at site':<14}{'position':>16}{'r² real':>10}{'synthetic':>11}")
    for seam, mine, theirs in zip(found.seams, found.real_across, found.synthetic_across, strict=True):
        position = f"{panel.sites.contig[seam]}:{panel.sites.position[seam]}"
        click.echo(f"{seam:<14}{position:>16}{mine:>10.4f}{theirs:>11.4f}")
    click.echo(f"across seams   {_in_words(found.across_ratio)}")
    too_short = f"not known: no place inside is {reach} sites from all seams. Give a smaller --reach."
    click.echo(f"inside windows {_in_words(found.inside_ratio) if len(found.inside) else too_short}")
    click.echo(f"of {found.n} haplotypes each{f': {found.cut}' if found.cut else ''}")


def _in_words(ratio: float) -> str:
    if math.isnan(ratio):
        return "not known: no pair of sites of one contig that vary in both panels"
    return f"{ratio:.3f} of the real mean r²"
