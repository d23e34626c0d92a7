"""``artgen import``: any readable panel to another format, mostly `.hapbits`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from artgen_fast.cli.counting import counted


@click.command("import", short_help="Turn a panel of any format into .hapbits, filtered.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="PANEL",
    type=click.Path(path_type=Path),
    help="The panel to write; the format goes by the extension.",
)
@click.option(
    "--region",
    metavar="CONTIG:START-END",
    multiple=True,
    help="Keep the sites of a region; 1-based, ends included. May be repeated: the sites of any of them are kept.",
)
@click.option(
    "--samples",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep the persons or haplotypes named in a text file, plain or gzip: one a line, which may have spaces. A "
    "line that begins with # is a comment, unless somebody is called so.",
)
@click.option(
    "--exclude-samples",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Leave the persons or haplotypes named in such a file out: those with missing calls, or males on chrX.",
)
@click.option(
    "--sites",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Keep the sites of a text file, plain or gzip, with 'contig position [REF ALT]' a line, positions counted "
    "from 1, or of a .hapbits panel.",
)
@click.option("--snps-only", is_flag=True, help="Keep sites whose REF and ALT are one base each, and no others.")
@click.option(
    "--min-maf",
    metavar="FREQUENCY",
    type=float,
    default=0.0,
    help="Keep sites of at least this minor-allele frequency among the kept haplotypes.",
)
@click.option(
    "--thin", metavar="BP", type=int, default=0, help="Keep sites at least this far after the kept one before."
)
@click.option("--pass-only", is_flag=True, help="Drop records whose FILTER names a filter that they failed.")
@click.option("--skip-multiallelic", is_flag=True, help="Drop records with several ALT alleles.")
@click.option("--split-multiallelic", is_flag=True, help="Make a site of each ALT allele; the other ones count as REF.")
@click.option("--skip-symbolic", is_flag=True, help="Drop ALT alleles that are no sequence, such as <DEL>.")
@click.option("--skip-no-alt", is_flag=True, help="Drop records without an ALT allele.")
@click.option(
    "--skip-missing", is_flag=True,
    help="Drop sites with a missing call of anybody; where few people have most, --exclude-samples drops less.",
)  # fmt: skip
@click.option("--skip-unphased", is_flag=True, help="Drop sites with an unphased heterozygous call.")
@click.option(
    "--skip-haploid",
    is_flag=True,
    help="Drop sites with a call that is not diploid; on chrX, males have one nearly everywhere.",
)
@click.option(
    "--legend", metavar="FILE", type=click.Path(path_type=Path),
    help="Legend of a .hapt file; default: the one beside it.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace a file that is there already.")
def command(file: Path, output: Path, force: bool, region: tuple[str, ...], **options: Any) -> None:
    """Read FILE (.vcf, .vcf.gz, .bcf, .hapt, .npz or .hapbits), keep what the options say, and write PANEL.

    \b
      artgen import chr2.vcf.gz -o lct.hapbits --region 2:135000000-137000000 --snps-only --skip-multiallelic
      artgen import panel.hapt -o panel.hapbits --legend panel.legend
      artgen import panel.hapbits -o common.vcf.gz --min-maf 0.01

    A panel is phased, diploid, complete and of two alleles a site. What is not is an error that names the record and
    the option that drops it; what was dropped is counted.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.io.formats import format_to_write
    from artgen_fast.whole_files import require_place, require_unused

    format_to_write(output)
    require_place(output)
    require_unused(output, force, file, *(options[name] for name in ("samples", "exclude_samples", "sites", "legend")))
    panel, report = io.read_with_report(file, region=region or None, **options)
    io.write(panel, output)
    read = f"{counted(report.haplotypes_read, 'haplotype')} × {counted(report.sites_read, 'site')}"
    click.echo(f"{file} ({report.format}): {read}")
    if report.haplotypes_dropped:
        click.echo(f"  dropped {counted(report.haplotypes_dropped, 'haplotype')}: by the lists of samples")
    for reason, count in report.dropped.items():
        click.echo(f"  dropped {counted(count, 'site')}: {reason}")
    for each in report.regions_without_sites:
        click.echo(f"  no site is kept in the region {each}")
    if report.records_split:
        click.echo(f"  split {counted(report.records_split, 'multi-allelic record')}")
    if report.sites_not_found:
        click.echo(f"  {counted(report.sites_not_found, 'line')} of the site list without a site")
    click.echo(f"{output}: {counted(report.haplotypes_kept, 'haplotype')} × {counted(report.sites_kept, 'site')}")
