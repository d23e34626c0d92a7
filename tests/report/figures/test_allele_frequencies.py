from __future__ import annotations

from dataclasses import replace

import numpy as np
from matplotlib.patches import PathPatch

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.allele_frequencies import allele_frequencies
from artgen_fast.report.shown_sets import shown_sets


def test_cells_lie_where_the_frequencies_are_and_the_zoom_shows_the_rare_ones(evaluation: Evaluation):
    each = shown_sets(evaluation)[1]
    density, rare = np.zeros((50, 50), dtype=np.int64), np.zeros((25, 25), dtype=np.int64)
    density[3, 40] = density[30, 10] = 1
    rare[2, 7] = rare[24, 0] = 1
    found = replace(each.results.allele_frequencies, density=density, rare_density=rare)
    figure = allele_frequencies([replace(each, results=replace(each.results, allele_frequencies=found))])
    assert figure is not None
    middles = []
    for panel in figure.panels:
        patches = [artist for artist in panel.drawn.axes.get_children() if isinstance(artist, PathPatch)]
        corners = np.concatenate([patch.get_path().vertices.reshape(-1, 5, 2) for patch in patches])
        middles.append({tuple(np.round(cell.min(axis=0) / 2 + cell.max(axis=0) / 2, 6)) for cell in corners})
    # Bin 3 of 50 is from 0.06 to 0.08; bin 2 of 25 up to 0.2 from 0.016 to 0.024.
    assert middles == [{(0.07, 0.81), (0.61, 0.21)}, {(0.02, 0.06), (0.196, 0.004)}]
    assert [panel.drawn.axes.get_xlim()[1] for panel in figure.panels] == [1.02, 0.2 * 1.02]


def test_each_row_has_its_correlation(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = allele_frequencies(sets)
    assert figure is not None
    (everything, panels), (rare, zoomed) = figure.rows
    assert (everything, rare) == ("All sites", "Sites of real frequency ≤ 0.2")
    for each, panel, zoom in zip(sets, panels, zoomed, strict=True):
        found = each.results.allele_frequencies
        assert panel.finding == f"r = {found.all_sites.r:.3f}".replace("-", "−")
        assert zoom.finding == f"r = {found.rare_sites.r:.3f}".replace("-", "−")
