"""Figures of the LD heat map, of three-point correlations and of motifs: they show the numbers of the evaluation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.metrics.three_point import TripletCorrelations
from artgen_fast.report.figures.figure import Figure
from artgen_fast.report.figures.kmer_motifs import kmer_motifs
from artgen_fast.report.figures.ld_heat_map import MOST_LINES, ld_heat_map
from artgen_fast.report.figures.raster import SHADES
from artgen_fast.report.figures.three_point import three_point
from artgen_fast.report.numbers import count, interval
from artgen_fast.report.shown_sets import ShownSet, shown_sets

DRAWN: dict[str, Callable[[Sequence[ShownSet]], Figure | None]] = {
    "ld_heat_map": ld_heat_map, "three_point": three_point, "kmer_motifs": kmer_motifs
}  # fmt: skip


@pytest.fixture
def sets(evaluation: Evaluation) -> list[ShownSet]:
    return shown_sets(evaluation)


def having(each: ShownSet, **results: object) -> ShownSet:
    return replace(each, results=replace(each.results, **results))


def opacity(axes: object, place: int = 0) -> np.ndarray:
    return np.asarray(axes.images[place].get_array())[..., 3] / 255  # type: ignore[attr-defined]


@pytest.mark.parametrize("statistic", DRAWN)
def test_sets_without_the_statistic_are_left_out_and_so_is_a_figure_of_none(sets: list[ShownSet], statistic: str):
    without = [having(each, **{statistic: None}) for each in sets]
    assert DRAWN[statistic](without) is None
    figure = DRAWN[statistic]([sets[0], *without[1:]])
    assert figure is not None
    assert all(panel.shown is sets[0] for panel in figure.panels)


def test_the_map_is_real_below_and_synthetic_above_on_one_scale(sets: list[ShownSet]):
    figure = ld_heat_map(sets)
    assert figure is not None
    maps = [each.results.ld_heat_map for each in sets]
    highest = max(np.nanmax(found.mean_r2()) for found in maps)
    for panel, found in zip(figure.panels, maps, strict=True):
        drawn = opacity(panel.drawn.axes)
        for half, values in ((drawn, found.real), (drawn.T, found.synthetic)):
            below = np.tril_indices(found.bins, -1)
            table = np.zeros(drawn.shape)
            table[np.tril_indices(found.bins)] = np.maximum(values, 0) * 1e-4
            np.testing.assert_allclose(half[below], np.sqrt(table[below] / highest), atol=0.5 / SHADES + 0.003)
        assert not np.diag(drawn).any()
        left, right = panel.drawn.axes.get_xlim()
        bottom, top = panel.drawn.axes.get_ylim()
        assert (left, right, bottom, top) == (0, found.bins, found.bins, 0)
        assert panel.finding.startswith(f"r = {found.correlation:.3f} [".replace("-", "−"))


def test_the_scale_of_shades_says_the_r2_of_each_shade(sets: list[ShownSet]):
    figure = ld_heat_map(sets[:1])
    assert figure is not None
    (scale,) = figure.panels[0].drawn.axes.child_axes
    shades = opacity(scale)[:, 0]
    highest = np.nanmax(sets[0].results.ld_heat_map.mean_r2())
    labels, places = scale.get_yticklabels(), scale.get_yticks()
    assert len(places) >= 3
    for label, place in zip(labels, places, strict=True):
        value = float(label.get_text())
        shade = shades[min(int(place), len(shades) - 1)]
        assert shade == pytest.approx(np.sqrt(value / highest), abs=0.05)


def test_the_map_says_how_many_sites_it_leaves_out(sets: list[ShownSet]):
    figure = ld_heat_map(sets)
    assert figure is not None
    assert "evenly chosen" not in figure.details
    thinned = [
        having(each, ld_heat_map=replace(each.results.ld_heat_map, sites=16_384, varying_sites=varying))
        for each, varying in zip(sets, (20_000, 30_000), strict=False)
    ]
    for shown, of in ((thinned[:1], count(20_000)), (thinned, f"{count(20_000)} to {count(30_000)}")):
        figure = ld_heat_map(shown)
        assert figure is not None
        assert f"Where {of} sites vary in both, {count(16_384)} of them are looked at" in figure.details
    figure = ld_heat_map([*sets[1:], *thinned[:1]])
    assert figure is not None
    assert f"Where {count(20_000)} sites vary in both, {count(16_384)} of them are looked at" in figure.details


def test_positions_are_named_in_the_bins_that_hold_them(sets: list[ShownSet]):
    found = sets[0].results.ld_heat_map
    first = 5_000_000 + 10_000 * np.arange(found.bins) ** 2
    moved = replace(found, first_position=first, last_position=first + 9_999)
    figure = ld_heat_map([having(sets[0], ld_heat_map=moved)])
    assert figure is not None
    axes = figure.panels[0].drawn.axes
    places = axes.get_xticks()
    assert len(places) >= 2
    assert np.diff(places).min() >= 0.18 * found.bins, "labels do not run into each other"
    assert list(axes.get_yticks()) == list(places)
    for label, place in zip(axes.get_xticklabels(), places, strict=True):
        assert first[int(place)] <= float(label.get_text()) * 1e6 <= np.append(first, 1e12)[int(place) + 1]


@pytest.mark.parametrize("contigs", [3, 30])
def test_borders_of_contigs_are_marked_and_their_names_do_not_run_into_each_other(sets: list[ShownSet], contigs: int):
    found = sets[0].results.ld_heat_map
    begin = np.linspace(0, found.bins, contigs, endpoint=False).astype(np.int64)
    names = tuple(f"chr{each}" for each in range(contigs))
    figure = ld_heat_map([having(sets[0], ld_heat_map=replace(found, contigs=names, contig_bins=begin))])
    assert figure is not None
    axes = figure.panels[0].drawn.axes
    borders = list(begin[1:])
    assert list(axes.get_xticks(minor=True)) == list(axes.get_yticks(minor=True)) == borders
    lines = sorted(float(np.asarray(line.get_xdata())[0]) for line in axes.lines if len(set(line.get_xdata())) == 1)
    assert lines == (borders if contigs <= MOST_LINES else [])
    for label, place in zip(axes.get_xticklabels(), axes.get_xticks(), strict=True):
        contig = names.index(label.get_text())
        assert begin[contig] < place < np.append(begin, found.bins)[contig + 1]
    assert len(axes.get_xticks()) >= 3
    assert np.diff(axes.get_xticks()).min() >= 0.09 * found.bins


def test_each_gap_has_its_square_with_its_density_and_its_r(sets: list[ShownSet]):
    figure = three_point(sets)
    assert figure is not None
    for panel, each in zip(figure.panels, sets, strict=True):
        found = each.results.three_point
        triplets = [*found.by_distance, found.random]
        axes = panel.drawn.axes
        assert len(axes.images) == len(triplets) == 5
        *words, across, up = [text.get_text() for text in axes.texts]
        assert (across, up) == ("correlation, real", "correlation, this set")
        for place, of_gap in enumerate(triplets):
            np.testing.assert_array_equal(opacity(axes, place)[::-1].T > 0, of_gap.density > 0)
            left, right, bottom, top = axes.images[place].get_extent()
            assert right - left == pytest.approx(bottom - top)
            assert axes.get_xlim()[0] <= left < right <= axes.get_xlim()[1]
            assert axes.get_ylim()[1] <= top < bottom <= axes.get_ylim()[0]
            zero, tick, ends, agreement, head = words[5 * place : 5 * place + 5]
            assert zero == "0"
            assert head == ("random" if of_gap.sites_between is None else f"{of_gap.sites_between} between")
            assert agreement == f"r = {of_gap.r:.2f}".replace("-", "−")
            assert ends == interval(of_gap.r_interval)
            # The tick is where its value lies among the bins, whose edges have evenly spaced roots.
            middle, at = (axes.texts[5 * place + which].get_position()[0] for which in (0, 1))
            assert middle == pytest.approx((left + right) / 2)
            assert (at - middle) / (right - middle) == pytest.approx(np.sqrt(float(tick) / of_gap.edges[-1]))


def test_squares_of_one_gap_have_the_same_axes_in_all_sets(sets: list[ShownSet]):
    wider = replace(sets[0].results.three_point, random=widened(sets[0].results.three_point.random))
    shown = [having(sets[0], three_point=wider), *sets[1:]]
    figure = three_point(shown)
    assert figure is not None
    scales = []
    for panel, each in zip(figure.panels, shown, strict=True):
        found = each.results.three_point
        edges = [of_gap.edges[-1] for of_gap in (*found.by_distance, found.random)]
        pictures = [picture.get_extent() for picture in panel.drawn.axes.images]
        scales.append([(right - left) ** 2 / edge for (left, right, *_), edge in zip(pictures, edges, strict=True)])
    np.testing.assert_allclose(scales, np.broadcast_to(scales[0], np.shape(scales)))
    first, second = (panel.drawn.axes.images[-1].get_extent() for panel in figure.panels[:2])
    assert first[1] - first[0] > second[1] - second[0]


def widened(triplets: TripletCorrelations) -> TripletCorrelations:
    return replace(triplets, edges=4 * triplets.edges)


def test_each_length_has_a_row_of_densities(sets: list[ShownSet]):
    figure = kmer_motifs(sets)
    assert figure is not None
    assert [heading for heading, _ in figure.rows] == ["Motifs of 4 sites", "Motifs of 8 sites"]
    for place, (_, panels) in enumerate(figure.rows):
        for panel, each in zip(panels, sets, strict=True):
            motifs = each.results.kmer_motifs.lengths[place]
            np.testing.assert_array_equal(opacity(panel.drawn.axes)[::-1].T > 0, motifs.density > 0)
            assert panel.finding.startswith(f"r = {motifs.r:.3f} [")
            assert panel.finding.endswith(f"slope {motifs.slope:.2f}")
