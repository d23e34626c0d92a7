"""The figures of an evaluation, one module a subject.

A new figure is a module with a function from the shown sets to a `Figure` (or None where there are no numbers for it),
and a line in one of the two tuples below: the page, its table of contents, the enlarged view and the files follow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.aa_ts_halves import aa_ts_halves
from artgen_fast.report.figures.allele_frequencies import allele_frequencies
from artgen_fast.report.figures.copied_people import copied_people
from artgen_fast.report.figures.diversity import diversity
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.frequency_classes import frequency_classes
from artgen_fast.report.figures.frequency_spectrum import frequency_spectrum
from artgen_fast.report.figures.haplotype_homozygosity import haplotype_homozygosity
from artgen_fast.report.figures.imputation import imputation
from artgen_fast.report.figures.kmer_motifs import kmer_motifs
from artgen_fast.report.figures.ld_decay import ld_decay
from artgen_fast.report.figures.ld_heat_map import ld_heat_map
from artgen_fast.report.figures.ld_runs import ld_runs
from artgen_fast.report.figures.near_copies import near_copies
from artgen_fast.report.figures.nearest_training import nearest_training
from artgen_fast.report.figures.nn_chains import nn_chains
from artgen_fast.report.figures.pairwise_distances import pairwise_distances
from artgen_fast.report.figures.populations import populations
from artgen_fast.report.figures.principal_components import principal_components
from artgen_fast.report.figures.radar import radar
from artgen_fast.report.figures.scores import scores
from artgen_fast.report.figures.selection_scan import selection_scan
from artgen_fast.report.figures.shared_haplotypes import shared_haplotypes
from artgen_fast.report.figures.sheet import sheet, sheet_pixels, sheet_svg
from artgen_fast.report.figures.three_point import three_point
from artgen_fast.report.shown_sets import ShownSet, shown_sets
from artgen_fast.whole_files import whole_file

__all__ = ["Figure", "Panel", "save_figures", "statistics_figures", "verdict_figures", "write_figures"]

PIXELS_PER_INCH = 192
"""Of PNG files: twice a screen's usual 96."""

_Draw = Callable[[Sequence[ShownSet]], Figure | None]

_OF_THE_VERDICT: tuple[_Draw, ...] = (aa_ts_halves, copied_people, nearest_training, near_copies, shared_haplotypes)
_OF_THE_STATISTICS: tuple[_Draw, ...] = (
    scores,
    radar,
    principal_components,
    populations,
    allele_frequencies,
    frequency_classes,
    frequency_spectrum,
    diversity,
    ld_decay,
    ld_heat_map,
    ld_runs,
    haplotype_homozygosity,
    three_point,
    kmer_motifs,
    pairwise_distances,
    nn_chains,
    imputation,
    selection_scan,
)


def verdict_figures(sets: Sequence[ShownSet]) -> list[Figure]:
    """Draw what the verdict rests on, as far as there are numbers for it."""
    return _drawn(_OF_THE_VERDICT, sets)


def statistics_figures(sets: Sequence[ShownSet]) -> list[Figure]:
    """Draw everything else that there are numbers for, in the order of the page."""
    return _drawn(_OF_THE_STATISTICS, sets)


def write_figures(evaluation: Evaluation, folder: str | os.PathLike[str]) -> list[Path]:
    """Draw every figure of an evaluation, on light paper, as SVG and as PNG of 192 pixels an inch.

    Parameters
    ----------
    evaluation : Evaluation
    folder : path
        Made if need be. Files are named after the figures: ``FIGURE.svg`` and ``FIGURE.png``.

    Returns
    -------
    list of Path
        The files, in the order of the page.
    """
    sets = shown_sets(evaluation)
    return save_figures(verdict_figures(sets) + statistics_figures(sets), folder)


def save_figures(figures: Sequence[Figure], folder: str | os.PathLike[str]) -> list[Path]:
    """Write drawn figures as `write_figures` does."""
    from matplotlib.image import imsave

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in figures:
        laid = sheet(figure)
        vector, raster = folder / f"{figure.name}.svg", folder / f"{figure.name}.png"
        with whole_file(vector) as partial:
            partial.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n{sheet_svg(laid)}\n', encoding="utf-8")
        with whole_file(raster) as partial:
            imsave(partial, sheet_pixels(laid, PIXELS_PER_INCH), format="png", dpi=PIXELS_PER_INCH)
        written += [vector, raster]
    return written


def _drawn(functions: Sequence[_Draw], sets: Sequence[ShownSet]) -> list[Figure]:
    figures = (draw(sets) for draw in functions)
    # Of a panel of one site, say, some have nothing to draw.
    return [figure for figure in figures if figure is not None and any(panels for _, panels in figure.rows)]
