"""The report as one HTML page that holds everything it shows."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from artgen_fast import __version__
from artgen_fast.evaluation import Evaluation
from artgen_fast.report import palette
from artgen_fast.report.comparison_table import comparison_table
from artgen_fast.report.figures import statistics_figures, verdict_figures
from artgen_fast.report.figures.drawing import inline
from artgen_fast.report.headline import headline, set_findings
from artgen_fast.report.nn_chains_table import nn_chains_table
from artgen_fast.report.provenance import provenance
from artgen_fast.report.shown_sets import shown_sets
from artgen_fast.whole_files import whole_file

TEMPLATE = "page.html.jinja"


def write_report(evaluation: Evaluation, path: str | os.PathLike[str], *, notes: Sequence[str] = ()) -> None:
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

    Raises
    ------
    InputError
        If the folder of ``path`` does not exist.
    """
    text = report_html(evaluation, notes=notes)
    with whole_file(path) as partial:
        partial.write_text(text, encoding="utf-8")


def report_html(evaluation: Evaluation, *, notes: Sequence[str] = ()) -> str:
    """The page that `write_report` writes."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    pages = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals["inline"] = inline
    sets = shown_sets(evaluation)
    return pages.get_template(TEMPLATE).render(
        evaluation=evaluation,
        version=__version__,
        notes=notes,
        headline=headline(evaluation),
        findings=set_findings(sets),
        sets=sets,
        table=comparison_table(sets),
        verdict_figures=verdict_figures(sets),
        statistics_figures=statistics_figures(sets),
        chains=nn_chains_table(sets),
        provenance=provenance(evaluation, __version__),
        colours=palette.variables(),
    )
