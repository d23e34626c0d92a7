"""The figures of an evaluation, one module a subject.

A new figure is a module with a function from the shown sets to a `Figure` (or None where there are no numbers for it),
and a place in one of the sections below: the page, its table of contents, the enlarged view and the files follow.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.aa_ts_halves import aa_ts_halves
from artgen_fast.report.figures.allele_frequencies import allele_frequencies
from artgen_fast.report.figures.copied_people import copied_people
from artgen_fast.report.figures.diversity import diversity
from artgen_fast.report.figures.drawing import without_garbage_collection
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.frequency_classes import frequency_classes
from artgen_fast.report.figures.frequency_spectrum import frequency_spectrum
from artgen_fast.report.figures.haplotype_homozygosity import haplotype_homozygosity
from artgen_fast.report.figures.haplotype_windows import haplotype_windows
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

__all__ = ["Figure", "Panel", "Section", "draw_sections", "save_figures", "write_figures"]

PIXELS_PER_INCH = 192
"""Of PNG files: twice a screen's usual 96."""

_Draw = Callable[[Sequence[ShownSet]], Figure | None]

_SECTIONS: tuple[tuple[str, str, tuple[_Draw, ...]], ...] = (
    (
        "evidence",
        "Overfitting and privacy",
        (aa_ts_halves, copied_people, nearest_training, near_copies, shared_haplotypes, nn_chains),
    ),
    ("realism", "Scores", (scores, radar)),
    ("structure", "Population structure", (principal_components, populations, pairwise_distances)),
    (
        "variation",
        "Frequencies and diversity",
        (allele_frequencies, frequency_classes, frequency_spectrum, diversity),
    ),
    ("linkage", "Linkage", (ld_decay, ld_heat_map, ld_runs, haplotype_homozygosity, three_point, kmer_motifs)),
    ("usefulness", "Usefulness", (imputation, selection_scan, haplotype_windows)),
)
"""Identifier on the page, title, and figures; the first section is what the verdict rests on."""


@dataclass(frozen=True, slots=True)
class Section:
    """Figures on one subject.

    Attributes
    ----------
    name : str
        Its identifier on the page.
    title : str
    figures : tuple of Figure
        At least one.
    """

    name: str
    title: str
    figures: tuple[Figure, ...]


def draw_sections(sets: Sequence[ShownSet]) -> list[Section]:
    """Draw everything that there are numbers for, in the order of the page."""
    sections = [Section(name, title, tuple(_drawn(functions, sets))) for name, title, functions in _SECTIONS]
    return [section for section in sections if section.figures]


@without_garbage_collection()
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
    return save_figures(draw_sections(shown_sets(evaluation)), folder)


def save_figures(sections: Sequence[Section], folder: str | os.PathLike[str]) -> list[Path]:
    """Write drawn figures as `write_figures` does."""
    from matplotlib.image import imsave

    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for figure in (figure for section in sections for figure in section.figures):
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
