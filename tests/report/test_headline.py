from __future__ import annotations

from dataclasses import replace

import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.evaluation.verdict import NOT_JUDGED, Verdict
from artgen_fast.report.headline import FAILS, GOOD, LEAKS, UNKNOWN, headline, set_findings, standings
from artgen_fast.report.shown_sets import shown_sets


def judged(evaluation: Evaluation, *verdicts: tuple[bool, bool, bool], baselines: int = 0) -> Evaluation:
    """The evaluation with sets a, b, … whose verdicts are (fails, leaks, leak suspected), the last ones baselines."""
    some = next(iter(evaluation.sets.values()))
    sets = {}
    for place, (fails, leaks, suspected) in enumerate(verdicts):
        label = "leaks" if leaks else "fails" if fails else "may leak" if suspected else "good"
        verdict = replace(some.verdict, label=label, fails=fails, leaks=leaks, leak_suspected=suspected)
        role = "baseline" if place >= len(verdicts) - baselines else "synthetic"
        sets["abcde"[place]] = replace(some, name="abcde"[place], role=role, verdict=verdict)
    return replace(evaluation, sets=sets)


def untested(evaluation: Evaluation) -> Evaluation:
    """The evaluation without what leaks are told by."""
    nothing = dict.fromkeys(["privacy_score", "copies", "near_copies", "nearest_training", "shared_haplotypes"])
    return replace(evaluation, sets={name: replace(each, **nothing) for name, each in evaluation.sets.items()})


PASSES, FAILING, LEAKING, BOTH, DOUBTFUL = (
    (False, False, False), (True, False, False), (False, True, False), (True, True, False), (False, False, True),
)  # fmt: skip


@pytest.mark.parametrize(
    ("verdicts", "passing", "leaking"),
    [
        ([PASSES], "a passes for unseen real people.",
         "No leak of training people was found."),
        ([BOTH], "a does not pass for unseen real people.", "It leaks training people."),
        ([DOUBTFUL], "a passes for unseen real people.", "It may leak training people."),
        ([PASSES, PASSES], "All 2 sets pass for unseen real people.",
         "No leak of training people was found."),
        ([FAILING, BOTH], "None of the 2 sets passes for unseen real people.", "1 leaks training people."),
        ([FAILING, LEAKING, DOUBTFUL], "2 of 3 sets pass for unseen real people.",
         "1 leaks training people and 1 may leak."),
        ([FAILING, PASSES, DOUBTFUL, FAILING], "2 of 4 sets pass for unseen real people.",
         "1 may leak training people."),
        ([FAILING, FAILING, LEAKING], "1 of 3 sets passes for unseen real people.",
         "1 leaks training people."),
    ],
)  # fmt: skip
def test_the_headline_counts(
    evaluation: Evaluation, verdicts: list[tuple[bool, bool, bool]], passing: str, leaking: str
):
    assert headline(judged(evaluation, *verdicts)) == [passing, leaking]


def test_where_near_copies_cannot_be_told_the_headline_says_so(evaluation: Evaluation):
    these = judged(evaluation, PASSES)

    def with_distance(distance: int) -> Evaluation:
        sets = {
            name: replace(each, near_copies=each.near_copies and replace(each.near_copies, copy_distance=distance))
            for name, each in these.sets.items()
        }
        return replace(these, sets=sets)

    assert headline(with_distance(-1))[1] == "No leak of training people was found; near copies cannot be told here."
    assert headline(with_distance(3))[1] == "No leak of training people was found."


def test_baselines_do_not_count_beside_other_sets(evaluation: Evaluation):
    assert headline(judged(evaluation, PASSES, BOTH, baselines=1)) == headline(judged(evaluation, PASSES))
    assert headline(judged(evaluation, FAILING, BOTH, baselines=2)) == headline(judged(evaluation, FAILING, BOTH))


def test_without_a_holdout_nobody_is_cleared(evaluation: Evaluation):
    alone = untested(replace(judged(evaluation, PASSES), holdout=None))
    assert headline(alone) == [
        "a passes for real people.", "Whether training people leak cannot be told."
    ]  # fmt: skip
    assert [each.mark.kind for each in standings(alone, shown_sets(alone))] == [GOOD, FAILS, UNKNOWN]


def test_leaks_that_were_not_asked_for_are_not_ruled_out(evaluation: Evaluation):
    these = untested(judged(evaluation, PASSES))
    assert headline(these)[1] == "Whether training people leak cannot be told."
    assert standings(these, shown_sets(these))[-1].meaning == "cannot be told, since it was not asked for"
    assert [mark.text for mark in set_findings(shown_sets(these))[0].marks] == ["passes", "leaks not tested"]


@pytest.mark.parametrize(
    "statistic", ["privacy_score", "copies", "near_copies", "nearest_training", "shared_haplotypes"]
)
def test_any_statistic_that_tells_leaks_is_enough(evaluation: Evaluation, statistic: str):
    alone = untested(judged(evaluation, PASSES))
    kept = getattr(next(iter(evaluation.sets.values())), statistic)
    assert kept is not None
    tested = replace(alone, sets={name: replace(each, **{statistic: kept}) for name, each in alone.sets.items()})
    assert headline(tested)[1] == "No leak of training people was found."


def test_where_only_leaks_were_asked_for_only_they_are_judged(evaluation: Evaluation):
    def only(verdict: Verdict | None) -> Verdict | None:
        return verdict and replace(verdict, reference=None, regime=None, fails=False, leaks=False, label=NOT_JUDGED)

    these = replace(
        evaluation, sets={name: replace(each, verdict=only(each.verdict)) for name, each in evaluation.sets.items()}
    )
    assert headline(these)[0].startswith("Whether it passes for real cannot be told: that needs the statistics aa_ts")
    assert next(each.mark.kind for each in standings(these, shown_sets(these))) == UNKNOWN
    assert {each.marks[0].text for each in set_findings(shown_sets(these))} == {"not judged"}
    assert "good" not in {each.kind for each in set_findings(shown_sets(these))}


def test_without_verdicts_there_is_none(evaluation: Evaluation):
    sets = {name: replace(each, verdict=None) for name, each in evaluation.sets.items()}
    these = replace(evaluation, sets=sets)
    assert headline(these) == [
        "No verdict: it needs the statistics aa_ts and one_nn_accuracy, which were not both asked for."
    ]
    assert standings(these, shown_sets(these)) == []
    assert set_findings(shown_sets(these)) == []


def test_every_set_stands_where_its_verdict_puts_it(evaluation: Evaluation):
    these = judged(evaluation, PASSES, FAILING, BOTH, DOUBTFUL)
    found = {each.mark.text: "".join(shown.name for shown in each.sets) for each in standings(these, shown_sets(these))}
    assert found == {"Good": "a", "Fails": "bc", "Leaks": "c", "May leak": "d"}
    clean = judged(evaluation, PASSES)
    assert [(each.mark.text, each.meaning) for each in standings(clean, shown_sets(clean))][1:] == [
        ("Fails", "none"), ("Leaks", "none found")
    ]  # fmt: skip


def test_a_doubt_about_leaks_is_neither_called_good_nor_kept_quiet(evaluation: Evaluation):
    these = judged(evaluation, PASSES, FAILING, BOTH, LEAKING, DOUBTFUL)
    marks = [(each.kind, *(mark.text for mark in each.marks)) for each in set_findings(shown_sets(these))]
    assert marks == [
        (GOOD, "passes", "no leak found"),
        (FAILS, "fails", "no leak found"),
        (LEAKS, "fails", "leaks"),
        (LEAKS, "passes", "leaks"),
        (FAILS, "passes", "may leak"),
    ]


def test_what_is_known_of_leaks_is_never_folded_away(evaluation: Evaluation) -> None:
    findings = set_findings(shown_sets(evaluation))
    assert any(found.more for found in findings)
    for found in findings:
        verdict = found.shown.results.verdict
        assert verdict is not None
        assert verdict.about_leaks in found.sentences
        assert found.sentences[:2] == verdict.sentences[:2]
        assert sorted([*found.sentences, *found.more]) == sorted(set(verdict.sentences))
