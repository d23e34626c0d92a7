"""``artgen seams``: linkage disequilibrium across the seams of a chain."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("seams", short_help="Say whether a chain keeps linkage across its seams.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("real", type=click.Path(path_type=Path))
@click.argument("synthetic", type=click.Path(path_type=Path))
@click.option("--reach", default=50, show_default=True, help="Sites on each side of a seam whose pairs are looked at.")
@click.option("--threads", type=int, help="Default: all CPUs that may be used.")
def command(folder: Path, real: Path, synthetic: Path, reach: int, threads: int | None) -> None:
    """Compare linkage across the seams between the windows of the crbm-chain in FOLDER with that inside windows.

    \b
      artgen sample chain -n 2504 -o chain.hapbits
      artgen seams chain panel.train.hapbits chain.hapbits

    Both are mean r² of SYNTHETIC over that of REAL, between sites on two sides of a place. Where windows are pinned
    well they are the same.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import generators, io
    from artgen_fast.errors import InputError
    from artgen_fast.generators.crbm_chain import CRBMChain
    from artgen_fast.metrics.seam_ld import seam_ld

    model = generators.load(folder)
    if not isinstance(model, CRBMChain):
        raise InputError(f"{folder}: must hold a crbm-chain model; it holds a {model.name} model, which has no seams.")
    panel = io.read(real)
    seams = [window.first_generated for window in model.windows(panel.n_sites)[1:]]
    if not seams:
        raise InputError(f"{folder}: this chain has a single window of {panel.n_sites} sites, and so no seams.")
    found = seam_ld(panel, io.read(synthetic), seams, reach, threads)
    click.echo(f"{'seam at site':<14}{'position':>16}{'r² real':>10}{'synthetic':>11}")
    for seam, mine, theirs in zip(found.seams, found.real_across, found.synthetic_across, strict=True):
        position = f"{panel.sites.contig[seam]}:{panel.sites.position[seam]}"
        click.echo(f"{seam:<14}{position:>16}{mine:>10.4f}{theirs:>11.4f}")
    click.echo(f"across seams   {found.across_ratio:.3f} of the real mean r²")
    click.echo(f"inside windows {found.inside_ratio:.3f} of the real mean r²")
