"""``artgen sample``: generate artificial haplotypes from a trained model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from artgen_fast.cli.counting import counted
from artgen_fast.cli.seed import SEED
from artgen_fast.errors import InputError

if TYPE_CHECKING:
    from artgen_fast.generators.interface import Generator


@click.command("sample", short_help="Generate artificial haplotypes.")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-n",
    "n",
    type=int,
    help="Number of haplotypes, not of persons; even for VCF and BCF, which pair them.  [default: as many as the model "
    "was trained on]",
)
@click.option(
    "-o", "--output", "file", required=True, metavar="FILE", type=click.Path(path_type=Path),
    help="Where to write them; the format goes by the extension.",
)  # fmt: skip
@click.option(
    "--seed",
    type=SEED,
    default=0,
    show_default=True,
    help="Same model and seed on the same computer, same haplotypes.",
)
@click.option("--device", help="Of an rbm or crbm-chain: cpu, cuda, or cuda:N for one of several; default: cpu.")
@click.option("--threads", type=int, help="Of an rbm or crbm-chain; default: all CPUs that may be used.")
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def command(
    folder: Path, n: int | None, file: Path, seed: int, device: str | None, threads: int | None, force: bool
) -> None:
    """Generate haplotypes from the model in FOLDER (made by artgen train).

    \b
      artgen sample model -o artificial.hapbits
      artgen sample model -n 1000 -o artificial.vcf.gz --seed 2

    They have the sites of the panel that the model was trained on, are named AG0, AG1, … and belong to nobody.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import generators, io
    from artgen_fast.generators.interface import require_number_to_generate
    from artgen_fast.generators.progress import progress_bar
    from artgen_fast.haplotypes import Samples
    from artgen_fast.io import hapbits
    from artgen_fast.io.formats import format_to_write
    from artgen_fast.whole_files import require_unused

    if n is not None:
        require_number_to_generate(n)
    file_format = format_to_write(file)
    require_unused(file, force)
    model = generators.load(folder)
    n = model.n_trained if n is None else n
    _choose(model, device, threads)
    io.require_writable(model.sites, Samples.synthetic(n), file)
    with progress_bar("sampling", unit="") as progress:
        if file_format.name == "hapbits":
            # Block by block, so that there may be more rows than memory holds.
            blocks = model.sample_blocks(n, seed, progress=progress)
            hapbits.write_blocks(blocks, model.sites, Samples.synthetic(n), file)
        else:
            io.write(model.sample(n, seed, progress=progress), file)
    click.echo(f"{file}: {counted(n, 'artificial haplotype')} × {counted(len(model.sites), 'site')}")


def _choose(model: Generator, device: str | None, threads: int | None) -> None:
    """Where a model generates, if it can choose."""
    if device is None and threads is None:
        return
    from artgen_fast.generators.crbm_chain import CRBMChain
    from artgen_fast.generators.rbm import RBM, require_threads
    from artgen_fast.generators.rbm.devices import require_device

    if not isinstance(model, RBM | CRBMChain):
        raise InputError(
            f"--device and --threads are for an {RBM.name} or a {CRBMChain.name}; this model is of the kind "
            f"'{model.name}'. Leave them out."
        )
    if device is not None:
        require_device(device)
        model.device = device
    if threads is not None:
        require_threads(threads)
        model.threads = threads
