"""The report as one HTML page that holds everything it shows."""

from __future__ import annotations

import base64
import hashlib
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from artgen_fast import __version__
from artgen_fast.evaluation import Evaluation
from artgen_fast.report import palette
from artgen_fast.report.at_a_glance import at_a_glance
from artgen_fast.report.comparison_table import comparison_table, side_by_side
from artgen_fast.report.figures import Section, draw_sections, save_figures
from artgen_fast.report.figures.drawing import without_garbage_collection
from artgen_fast.report.figures.layout import MAP
from artgen_fast.report.figures.sheet import sheet, sheet_svg
from artgen_fast.report.figures.svg import inline, themed
from artgen_fast.report.headline import headline, set_findings, standings
from artgen_fast.report.nn_chains_table import nn_chains_table
from artgen_fast.report.provenance import provenance, scale
from artgen_fast.report.shown_sets import ShownSet, shown_sets
from artgen_fast.report.signs import SIGNS
from artgen_fast.whole_files import whole_file

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATE, SCRIPT = "page.html.jinja", "page.js"


@without_garbage_collection()
def write_report(
    evaluation: Evaluation,
    path: str | os.PathLike[str],
    *,
    notes: Sequence[str] = (),
    figures: str | os.PathLike[str] | None = None,
) -> list[Path]:
    """Write an evaluation as a self-contained HTML page: verdict first, then numbers, figures, terms and provenance.

    The page works offline, follows the reader's light or dark scheme, and holds aggregate numbers only: no genotypes,
    no names of persons. Same evaluation, same bytes.

    Parameters
    ----------
    evaluation : Evaluation
    path : path
        Of the page; it appears when whole.
    notes : sequence of str
        Sentences on what the data is, above all what of it was simulated or phased anew; they are shown at the top.
    figures : path, optional
        A folder, made if need be, for every figure as SVG and PNG as well (see `write_figures`).

    Returns
    -------
    list of Path
        The figures' files, in the order of the page.

    Raises
    ------
    InputError
        If the folder of ``path`` does not exist.
    """
    sets = shown_sets(evaluation)
    sections = draw_sections(sets)
    with whole_file(path) as partial:
        partial.write_text(_html(evaluation, sets, sections, notes), encoding="utf-8")
    return [] if figures is None else save_figures(sections, figures)


def _html(
    evaluation: Evaluation,
    sets: Sequence[ShownSet],
    sections: Sequence[Section],
    notes: Sequence[str],
) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    here = Path(__file__).parent
    pages = Environment(
        loader=FileSystemLoader(here), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.globals.update(inline=inline, blank_sheet=lambda figure: themed(sheet_svg(sheet(figure), drawn=False)))
    pages.globals.update(linked=lambda figures: [(figure.name, figure.title) for figure in figures])
    pages.filters["breakable"] = _breakable
    script = (here / SCRIPT).read_text(encoding="utf-8")
    return pages.get_template(TEMPLATE).render(
        evaluation=evaluation,
        version=__version__,
        notes=notes,
        headline=headline(evaluation),
        standings=standings(evaluation, sets),
        findings=set_findings(sets),
        sets=sets,
        tables=side_by_side(comparison_table(sets), len(sets)),
        sections=sections,
        chains=nn_chains_table(sets),
        provenance=provenance(evaluation, __version__),
        scale=scale(evaluation),
        glance=at_a_glance(sets),
        signs=SIGNS,
        broad=MAP,
        colours=palette.variables(),
        script=script,
        script_hash=f"sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}",
    )


def _breakable(name: str) -> Markup:
    """A name that may be broken after its underscores, dots and hyphens, as names of files are long."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"(?<=[_.-])(?=\w)", "<wbr>", str(escape(name))))
