from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.metrics.diversity import WindowDiversity
from artgen_fast.report.figures.diversity import diversity
from artgen_fast.report.figures.figure import Figure, Panel
from artgen_fast.report.shown_sets import ShownSet, shown_sets


def with_contigs(evaluation: Evaluation, names: tuple[str, ...]) -> list[ShownSet]:
    """The first set alone, its windows shared out among contigs of these names, whose positions begin at 1."""

    def cut(windows: WindowDiversity) -> WindowDiversity:
        part = len(names) * np.arange(len(windows.contig)) // len(windows.contig)
        before = windows.first_position[np.searchsorted(part, part)] - 1
        return replace(
            windows,
            contig=tuple(names[place] for place in part),
            first_position=windows.first_position - before,
            last_position=windows.last_position - before,
        )

    each = shown_sets(evaluation)[0]
    found = each.results.diversity
    assert found is not None
    results = replace(each.results, diversity=replace(found, windows=cut(found.windows)))
    return [replace(each, results=results)]


def drawn(figure: Figure | None) -> tuple[Panel, ...]:
    assert figure is not None
    return figure.panels


def test_every_window_is_where_it_lies(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    panels = drawn(diversity(sets))
    assert [panel.shown for panel in panels] == sets * 2
    for panel, field in zip(panels, np.repeat(["tajimas_d", "heterozygosity"], len(sets)), strict=True):
        assert panel.shown is not None
        found = panel.shown.results.diversity
        assert found is not None
        windows, axes = found.windows, panel.drawn.axes
        (line,) = axes.lines
        x, y = line.get_xydata().reshape(-1, 2, 2).transpose(2, 0, 1)
        np.testing.assert_array_equal(x, np.stack([windows.first_position, windows.last_position + 1], axis=1))
        np.testing.assert_array_equal(y, np.repeat(getattr(windows, f"synthetic_{field}")[:, None], 2, axis=1))
        (area,) = axes.collections
        corners = {tuple(corner) for path in area.get_paths() for corner in path.vertices}
        real = getattr(windows, f"real_{field}")
        assert {(float(at), float(height)) for at, height in zip(x[:, 0], real, strict=True)} <= corners


def test_contigs_follow_each_other(evaluation: Evaluation):
    names = ("1", "2", "1")
    panel, _ = drawn(diversity(with_contigs(evaluation, names)))
    contigs = panel.drawn.axes.lines[:3]
    ends = [(line.get_xdata().min(), line.get_xdata().max()) for line in contigs]
    assert [left for left, _ in ends[1:]] == [right for _, right in ends[:-1]]
    assert [border.get_xdata()[0] for border in panel.drawn.axes.lines[3:]] == [left for left, _ in ends[1:]]
    assert [text.get_text() for text in panel.drawn.axes.get_xticklabels()] == list(names)
    middles = [(left + right) / 2 for left, right in ends]
    np.testing.assert_allclose(panel.drawn.axes.get_xticks(), middles)


def test_of_many_contigs_some_are_named(evaluation: Evaluation):
    panel, _ = drawn(diversity(with_contigs(evaluation, tuple(f"chr{place}" for place in range(1, 23)))))
    named = [text.get_text() for text in panel.drawn.axes.get_xticklabels()]
    assert named == ["chr1", "chr5", "chr9", "chr13", "chr17", "chr21"]


def test_the_caption_says_what_tajimas_d_cannot_tell(evaluation: Evaluation):
    figure = diversity(shown_sets(evaluation))
    assert figure is not None
    assert "chosen to vary" in figure.details
    assert "comparison only" in figure.caption
    assert "for 120 haplotypes" in figure.caption


def test_undefined_windows_are_gaps(undefined: Evaluation):
    for panel in drawn(diversity(shown_sets(undefined))):
        (line,) = panel.drawn.axes.lines
        assert np.isnan(line.get_ydata()).all()


def test_a_panel_without_windows_is_left_out(evaluation: Evaluation):
    (each,) = with_contigs(evaluation, ("1",))
    found = each.results.diversity
    assert found is not None
    none = replace(found, windows=replace(found.windows, contig=()))
    assert diversity([replace(each, results=replace(each.results, diversity=none))]) is None
