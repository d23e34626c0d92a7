"""The table of all numbers marks those that count against a set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from artgen_fast.evaluation import Evaluation
from artgen_fast.metrics.uncertainty.intervals import Interval
from artgen_fast.report.comparison_table import _GROUPS, comparison_table, side_by_side
from artgen_fast.report.numbers import NONE
from artgen_fast.report.shown_sets import ShownSet, shown_sets
from artgen_fast.report.signs import DOES_NOT_PASS, LEAKING, MAY_LEAK, NOT_JUDGED, PASSES, Sign

HALVES = ("AA_truth, ties ½", "AA_syn, ties ½")
LEAKS = (
    "Privacy score, ties ½", "Nearest to training", "Shared with training", "Near copies", "Nearest people",
    "Copied people", "Identical to real",
)  # fmt: skip


def marked(evaluation: Evaluation, name: str, failing: set[str]) -> list[tuple[str, str]]:
    """Labels and numbers marked as failing, where a set fails the checks of these names."""
    judged = evaluation.sets[name]
    checks = tuple(replace(each, fails=each.name in failing) for each in judged.verdict.checks)
    sets = evaluation.sets | {name: replace(judged, verdict=replace(judged.verdict, checks=checks))}
    place = [each.name for each in shown_sets(evaluation)].index(name)
    groups = comparison_table(shown_sets(replace(evaluation, sets=sets)))
    found = [(row.label, row.cells[place]) for group in groups for row in group.rows]
    return [(label, cell.text) for label, cell in found if cell.sign is DOES_NOT_PASS and label not in HALVES]


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


def test_of_few_sets_two_tables_about_as_long_stand_side_by_side(evaluation: Evaluation, without_holdout: Evaluation):
    groups = comparison_table(shown_sets(without_holdout))
    first, second = side_by_side(groups, 2)
    assert [*first, *second] == groups
    lengths = [sum(len(group.rows) for group in half) for half in (first, second)]
    longest = max(len(group.rows) for group in groups)
    assert abs(lengths[0] - lengths[1]) <= longest
    assert side_by_side(groups, 3) == [groups]
    assert side_by_side(groups[:1], 1) == [groups[:1]]


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
        fails = [rows[label][names.index(name)].sign is DOES_NOT_PASS for label in HALVES]
        assert any(fails) == each.verdict.neighbours_fail
        assert fails[0] == (not each.aa_ts.truth_half_tie_interval.overlaps(each.verdict.reference.truth_interval))
    assert {each.verdict.neighbours_fail for each in evaluation.sets.values()} == {True, False}
    unseen = [each.results.role for each in shown_sets(evaluation)].index("holdout")
    assert {cells[unseen].sign for cells in rows.values()} == {None}


def test_every_number_passes_or_fails_or_is_not_judged(evaluation: Evaluation):
    sets = shown_sets(evaluation)
    by_check = {line.label: line.check for _, lines in _GROUPS for line in lines}
    for place, each in enumerate(sets):
        if each.is_holdout:
            continue
        fails = {one.name: one.fails for one in each.results.verdict.checks}
        for group in comparison_table(sets):
            for row in group.rows:
                cell, check = row.cells[place], by_check[row.label]
                if cell.text == NONE:
                    assert cell.sign in (None, DOES_NOT_PASS)
                elif check in fails:
                    assert cell.sign is (DOES_NOT_PASS if fails[check] else PASSES), row.label
                elif row.label not in (*HALVES, *LEAKS):
                    assert cell.sign is NOT_JUDGED, row.label


def signs_of_leaks(each: ShownSet, **results: object) -> dict[str, Sign | None]:
    groups = comparison_table([replace(each, results=replace(each.results, **results))])
    return {row.label: row.cells[0].sign for group in groups for row in group.rows if row.label in LEAKS}


def test_numbers_that_tell_leaks_say_what_their_tests_say(evaluation: Evaluation):
    (each,) = (each for each in shown_sets(evaluation) if each.name == "copies")
    copies, near, score = each.results.copies, each.results.near_copies, each.results.privacy_score
    # Five tests: a leak below 0.002, a doubt below 0.005.
    for p_value, sign in ((0.0019, LEAKING), (0.0021, MAY_LEAK), (0.0051, PASSES)):
        signs = signs_of_leaks(each, copies=replace(copies, p_value=p_value), near_copies=replace(near, p_value=0.9))
        assert signs["Copied people"] is sign
        assert signs["Nearest people"] is PASSES
        assert signs_of_leaks(each, near_copies=replace(near, p_value=p_value))["Nearest people"] is sign
    for low, sign in ((0.01, MAY_LEAK), (-0.01, PASSES)):
        interval = replace(score.half_tie_interval, low=low)
        signs = signs_of_leaks(each, privacy_score=replace(score, half_tie_interval=interval))
        assert signs["Privacy score, ties ½"] is sign
    for distance, rows, p_value, sign in ((3, 9, 0.001, LEAKING), (3, 9, 0.02, MAY_LEAK), (3, 0, 1.0, PASSES)):
        found = replace(near, copy_distance=distance, near_copies=rows, near_copies_p_value=p_value)
        exact = replace(copies, rows_copied=0)
        assert signs_of_leaks(each, near_copies=found, copies=exact)["Near copies"] is sign
    assert signs_of_leaks(each, near_copies=replace(near, copy_distance=-1))["Near copies"] is None, "a dash"
    assert signs_of_leaks(each, verdict=None)["Copied people"] is NOT_JUDGED


def test_without_a_holdout_identical_rows_are_judged(without_holdout: Evaluation, evaluation: Evaluation):
    (each,) = shown_sets(without_holdout)
    label = "Identical to real"
    assert signs_of_leaks(each)[label] is PASSES
    copied = replace(
        each.results.pairwise_distances.synthetic_identical_to_real, value=0.5, interval=Interval(0.4, 0.6)
    )
    distances = replace(each.results.pairwise_distances, synthetic_identical_to_real=copied)
    assert signs_of_leaks(each, pairwise_distances=distances)[label] is LEAKING
    assert signs_of_leaks(shown_sets(evaluation)[1])[label] is NOT_JUDGED, "there are better tests"
