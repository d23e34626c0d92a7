"""The verdicts as a small table."""

from __future__ import annotations

from dataclasses import replace

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.at_a_glance import Judgement, at_a_glance
from artgen_fast.report.shown_sets import shown_sets
from artgen_fast.report.signs import DOES_NOT_PASS, LEAKING, MAY_LEAK, NOT_JUDGED, PASSES


def test_a_line_a_set_and_a_column_a_kind_of_statistic(evaluation: Evaluation) -> None:
    headings, lines = at_a_glance(shown_sets(evaluation))
    assert headings[:3] == ("neighbours", "leaks", "frequencies")
    assert [line.shown.name for line in lines] == list(evaluation.sets)
    by_name = {line.shown.name: dict(zip(headings, line.cells, strict=True)) for line in lines}
    assert by_name["copies"]["leaks"] == Judgement(LEAKING, "leaks")
    independent = by_name["independent"]
    assert (independent["neighbours"].sign, independent["linkage"].sign) == (DOES_NOT_PASS, DOES_NOT_PASS)
    aa = evaluation.sets["independent"].aa_ts
    assert aa is not None
    assert independent["neighbours"].text == f"{aa.truth_half_tie:.2f} / {aa.syn_half_tie:.2f}"
    for name, each in evaluation.sets.items():
        assert each.verdict is not None
        checks = [one for one in each.verdict.checks if one.source == "pca"]
        failing = sum(one.fails for one in checks)
        expected = Judgement(DOES_NOT_PASS, f"{failing} of {len(checks)}") if failing else Judgement(PASSES)
        assert by_name[name]["components"] == expected
    assert all(one.source for each in evaluation.sets.values() if each.verdict for one in each.verdict.checks)


def test_what_was_not_judged_is_neither_good_nor_bad(evaluation: Evaluation) -> None:
    name, first = next(iter(evaluation.sets.items()))
    assert first.verdict is not None
    without = replace(first, verdict=replace(first.verdict, checks=()))
    others = {other: each for other, each in evaluation.sets.items() if other != name}
    _, lines = at_a_glance(shown_sets(replace(evaluation, sets={name: without} | others)))
    assert all(cell == Judgement(NOT_JUDGED) for cell in lines[0].cells[2:])
    doubtful = replace(first, verdict=replace(first.verdict, leaks=False, leak_suspected=True))
    _, lines = at_a_glance(shown_sets(replace(evaluation, sets={name: doubtful})))
    assert lines[0].cells[1] == Judgement(MAY_LEAK, "may leak")
    only_leaks = replace(first, verdict=replace(first.verdict, reference=None))
    assert at_a_glance(shown_sets(replace(evaluation, sets={name: only_leaks})))[1] == []
