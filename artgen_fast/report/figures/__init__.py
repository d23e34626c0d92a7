"""The figures of an evaluation, one module a subject."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.aa_ts_halves import aa_ts_halves
from artgen_fast.report.figures.allele_frequencies import allele_frequencies
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.figures.ld_decay import ld_decay
from artgen_fast.report.figures.nearest_training import nearest_training
from artgen_fast.report.figures.nn_chains import nn_chains
from artgen_fast.report.figures.pairwise_distances import pairwise_distances
from artgen_fast.report.figures.populations import populations
from artgen_fast.report.figures.principal_components import principal_components
from artgen_fast.report.figures.scores import scores
from artgen_fast.report.palette import PAPER
from artgen_fast.report.shown_sets import ShownSet, shown_sets
from artgen_fast.whole_files import whole_file

__all__ = ["Figure", "Panel", "statistics_figures", "verdict_figures", "write_figures"]

_OF_THE_VERDICT = (aa_ts_halves, nearest_training)
_OF_THE_STATISTICS = (
    scores,
    principal_components,
    populations,
    allele_frequencies,
    ld_decay,
    pairwise_distances,
    nn_chains,
)


def verdict_figures(sets: Sequence[ShownSet]) -> list[Figure]:
    """Draw what the verdict rests on, as far as there are numbers for it."""
    drawn = (draw(sets) for draw in _OF_THE_VERDICT)
    return [figure for figure in drawn if figure is not None]


def statistics_figures(sets: Sequence[ShownSet]) -> list[Figure]:
    """Draw everything else that there are numbers for, in the order of the page."""
    drawn = (draw(sets) for draw in _OF_THE_STATISTICS)
    return [figure for figure in drawn if figure is not None]


def write_figures(evaluation: Evaluation, folder: str | os.PathLike[str]) -> list[Path]:
    """Write every panel of every figure as an SVG file of its own, on light paper.

    Parameters
    ----------
    evaluation : Evaluation
    folder : path
        Made if need be. Files are named ``FIGURE.svg`` or ``FIGURE-1.svg``, ``FIGURE-2.svg``, …

    Returns
    -------
    list of Path
        The files, in the order of the page.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    sets = shown_sets(evaluation)
    for figure in verdict_figures(sets) + statistics_figures(sets):
        for place, panel in enumerate(figure.panels, start=1):
            number = f"-{place}" if len(figure.panels) > 1 else ""
            path = folder / f"{figure.name}{number}.svg"
            with whole_file(path) as partial:
                partial.write_text(_on_paper(panel.svg, panel.title or figure.title), encoding="utf-8")
            written.append(path)
    return written


def _on_paper(svg: str, title: str) -> str:
    """An SVG with a title and a white ground, to stand alone."""
    head, body = re.split(r"(?<=>)", svg, maxsplit=1)
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n{head}\n<title>{escape(title)}</title>\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n{body.lstrip()}\n'
    )
