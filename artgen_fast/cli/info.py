"""``artgen info``: what a panel holds."""

from __future__ import annotations

from pathlib import Path

import click

_CONTIGS_SHOWN = 10


@click.command("info", short_help="Say what a panel holds; check all of it with --verify.")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Also check every block of a .hapbits file against its checksum.")
def command(file: Path, verify: bool) -> None:
    """Say what the panel FILE holds: haplotypes, persons, sites, contigs and allele frequencies.

    \b
      artgen info panel.hapbits
      artgen info panel.hapbits --verify
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.io.summary import summarise

    verified = io.verify(file) if verify else None
    panel, report = io.read_with_report(file)
    summary = summarise(panel)
    rows = [
        ("file", f"{file} ({report.format}, {file.stat().st_size:,} bytes)"),
        ("haplotypes", f"{summary.n_haplotypes:,}"),
        ("  persons", f"{summary.n_persons:,}"),
        ("  without a person", f"{summary.n_without_person:,}"),
        ("  equal to an earlier one", f"{summary.n_duplicate_rows:,}"),
        ("sites", f"{summary.n_sites:,}"),
        ("  SNPs", f"{summary.n_snps:,}" if panel.sites.has_alleles else "not known (no REF and ALT)"),
        ("  at the position of an earlier one", f"{summary.n_duplicate_positions:,}"),
        ("  fixed (one allele)", f"{summary.n_fixed:,}"),
        ("  singletons", f"{summary.n_singletons:,}"),
        ("  MAF > 1 %", f"{summary.n_common:,}"),
        ("packed alleles", f"{summary.packed_bytes:,} bytes"),
    ]
    for contig, first, last in summary.spans[:_CONTIGS_SHOWN]:
        rows.append((f"contig {contig}" if contig else "contig not known", f"{first:,} to {last:,}"))
    if len(summary.spans) > _CONTIGS_SHOWN:
        rows.append(("", f"and {len(summary.spans) - _CONTIGS_SHOWN:,} more contigs"))
    if verified is not None:
        rows.append(("verified", verified))
    width = max(len(name) for name, _ in rows)
    for name, value in rows:
        click.echo(f"{name:<{width}}  {value}")
