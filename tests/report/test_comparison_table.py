"""The table of all numbers marks those that count against a set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.report.comparison_table import comparison_table
from artgen_fast.report.shown_sets import shown_sets

HALVES = ("AA_truth, ties ½", "AA_syn, ties ½")


def marked(evaluation: Evaluation, name: str, failing: set[str]) -> list[tuple[str, str]]:
    """Labels and numbers marked as failing, where a set fails the checks of these names."""
    judged = evaluation.sets[name]
    checks = tuple(replace(each, fails=each.name in failing) for each in judged.verdict.checks)
    sets = evaluation.sets | {name: replace(judged, verdict=replace(judged.verdict, checks=checks))}
    place = [each.name for each in shown_sets(evaluation)].index(name)
    groups = comparison_table(shown_sets(replace(evaluation, sets=sets)))
    found = [(row.label, row.cells[place]) for group in groups for row in group.rows]
    return [(label, cell.text) for label, cell in found if cell.fails and label not in HALVES]


def test_every_check_of_the_verdict_marks_a_number_of_its_own(evaluation: Evaluation):
    # Populations have a figure instead.
    names = {each.name for each in evaluation.sets["independent"].verdict.checks}
    in_table = {name for name in names if not name.startswith("population ")}
    assert len(in_table) > 15
    rows = [marked(evaluation, "independent", {name}) for name in sorted(in_table)]
    assert [len(row) for row in rows] == [1] * len(in_table), dict(zip(sorted(in_table), rows, strict=True))
    assert len({row[0][0] for row in rows}) == len(in_table)
    assert marked(evaluation, "independent", set()) == []


def test_the_marked_number_is_the_one_that_was_judged(evaluation: Evaluation):
    for check in evaluation.sets["independent"].verdict.checks:
        for _, text in marked(evaluation, "independent", {check.name}):
            number, _, unit = text.replace("−", "-").partition(" ")
            decimals = len(number.partition(".")[2])
            assert float(number) == round(check.value * (100 if unit == "%" else 1), decimals), check.name


def test_linkage_by_distance_is_that_of_the_bins(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    rows = {row.label: row.cells for group in comparison_table(sets) for row in group.rows}
    for each, correlation, d_prime in zip(sets, rows["r² by distance, r"], rows["|D′|"], strict=True):
        ld = each.results.ld_decay
        held = ~np.isnan(ld.real_d_prime)
        assert (held == ~np.isnan(ld.synthetic_d_prime)).all()
        assert correlation.text.replace("−", "-") == f"{ld.correlation:.3f}"
        assert d_prime.text == f"{ld.synthetic_d_prime[held].mean():.2f}"
        assert d_prime.beside == f"real rows {ld.real_d_prime[held].mean():.2f}"


def test_halves_are_marked_where_the_verdict_counts_them(evaluation: Evaluation):
    names = [each.name for each in shown_sets(evaluation)]
    rows = {row.label: row.cells for group in comparison_table(shown_sets(evaluation)) for row in group.rows}
    for name, each in evaluation.sets.items():
        fails = [rows[label][names.index(name)].fails for label in HALVES]
        assert any(fails) == each.verdict.neighbours_fail
        assert fails[0] == (not each.aa_ts.truth_half_tie_interval.overlaps(each.verdict.reference.truth_interval))
    assert {each.verdict.neighbours_fail for each in evaluation.sets.values()} == {True, False}
    unseen = [each.results.role for each in shown_sets(evaluation)].index("holdout")
    assert not any(rows[label][unseen].fails for label in HALVES)
