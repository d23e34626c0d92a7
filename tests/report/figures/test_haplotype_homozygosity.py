from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.figures.haplotype_homozygosity import MOST_CORES, haplotype_homozygosity
from artgen_fast.report.shown_sets import shown_sets

HEIGHT = 0.44


def test_both_alleles_of_a_few_cores_are_drawn_around_their_lines(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    figure = haplotype_homozygosity(sets)
    assert figure is not None
    assert [panel.shown for panel in figure.panels] == sets
    for panel, each in zip(figure.panels, sets, strict=True):
        found = each.results.haplotype_homozygosity
        assert found is not None
        axes = panel.drawn.axes
        named = [text.get_text() for text in axes.texts]
        assert len(named) == MOST_CORES
        assert len(set(named)) == MOST_CORES
        curves = [line for line in axes.lines if len(line.get_xdata()) == len(found.cores.distances)]
        areas = [area.get_paths() for area in axes.collections]
        assert len(curves) == len(areas) == 2 * MOST_CORES
        for row, name in enumerate(named):
            core = found.cores.position.tolist().index(int(name))
            for allele, side in ((0, -HEIGHT), (1, HEIGHT)):
                curve = curves[2 * row + allele]
                np.testing.assert_array_equal(curve.get_xdata(), found.cores.distances)
                synthetic = found.cores.synthetic[core, allele]
                # The line ends at the first 0 on each side, as the area does.
                followed = np.flatnonzero(synthetic != 0)
                ends = slice(max(followed[0] - 1, 0), min(followed[-1] + 2, len(synthetic)))
                np.testing.assert_allclose(curve.get_ydata()[ends], row + side * synthetic[ends])
                beyond = np.delete(curve.get_ydata(), np.r_[ends])
                assert np.isnan(beyond).all()
                assert curve.is_dashed() == bool(allele)
                corners = np.concatenate([path.vertices for path in areas[2 * row + allele]])
                real = found.cores.real[core, allele]
                for distance, value in zip(found.cores.distances, real, strict=True):
                    if np.isfinite(value):
                        assert np.any(np.all(np.isclose(corners, [distance, row + side * value]), axis=1))
        assert panel.finding.startswith(f"area × {found.integrated_ratio:.2f}")


def test_positions_are_named_with_their_contig_where_there_are_several(evaluation: Evaluation):
    each = shown_sets(evaluation)[0]
    found = each.results.haplotype_homozygosity
    assert found is not None
    contigs = tuple("12"[place % 2] for place in range(len(found.cores.contig)))
    moved = replace(found.cores, contig=contigs, position=found.cores.position * 100_000)
    results = replace(each.results, haplotype_homozygosity=replace(found, cores=moved))
    figure = haplotype_homozygosity([replace(each, results=results)])
    assert figure is not None
    for text in figure.panels[0].drawn.axes.texts:
        contig, place = text.get_text().split(": ")
        core = moved.position.tolist().index(int("".join(filter(str.isdigit, place))))
        assert contigs[core] == contig


def test_without_cores_there_is_no_figure(evaluation: Evaluation, undefined: Evaluation):
    each = shown_sets(evaluation)[0]
    found = each.results.haplotype_homozygosity
    assert found is not None
    none = replace(found, cores=replace(found.cores, contig=()))
    assert haplotype_homozygosity([replace(each, results=replace(each.results, haplotype_homozygosity=none))]) is None
    assert haplotype_homozygosity(shown_sets(undefined)) is not None
