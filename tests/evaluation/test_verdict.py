from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from artgen_fast.evaluation.fidelity import check
from artgen_fast.evaluation.leaks import LeakEvidence
from artgen_fast.evaluation.verdict import REGIMES, Reference, _failing_half, judge
from artgen_fast.metrics import (
    aa_ts,
    copies,
    nearest_training,
    one_nn_accuracy,
    privacy_score,
    shared_haplotypes,
)
from artgen_fast.metrics.copies import Copies
from artgen_fast.metrics.shared_haplotypes import SharedWithTraining
from artgen_fast.metrics.uncertainty.intervals import Interval


@pytest.fixture(scope="module")
def judged(founders_panel, without_persons):
    """Judge a set of 160 rows, made from the training rows, with or without the hold-out."""
    train, holdout, rest = founders_panel.split_by_person([1 / 3, 1 / 3, 1 / 3], seed=0)

    def measure(panel):
        aa = aa_ts(train, panel, backend="reference")
        return aa, one_nn_accuracy(train, panel, backend="reference")

    reference = Reference.holdout(*measure(holdout))

    def judged(kind, with_holdout=True, privacy_interval=None):
        panel = {
            "unseen": without_persons(rest),
            "copies": without_persons(train),
            "binomial": type(train).from_alleles(
                np.random.default_rng(0).random((160, 300)) < train.alleles().mean(axis=0)
            ),
        }[kind]
        aa, nn = measure(panel)
        if not with_holdout:
            return aa, judge(aa, Reference.expectation(nn))
        asked = {"real": train, "synthetic": panel, "holdout": holdout}
        privacy = privacy_score(**asked, backend="reference")
        if privacy_interval is not None:
            privacy = dataclasses.replace(
                privacy, half_tie_interval=Interval(*privacy_interval, privacy.half_tie_interval.level)
            )
        return aa, judge(
            aa,
            reference,
            evidence=LeakEvidence(
                privacy=privacy,
                copies=copies(**asked),
                nearest=nearest_training(**asked, backend="reference"),
                shared=shared_haplotypes(train, panel, holdout=holdout, backend="reference"),
            ),
        )

    return judged


@pytest.mark.parametrize("with_holdout", [True, False])
def test_unseen_people_are_good(judged, with_holdout):
    _, verdict = judged("unseen", with_holdout)
    assert (verdict.label, verdict.fails, verdict.leaks) == ("good", False, False)
    assert verdict.regime == REGIMES[0, 0]
    assert verdict.reference.name == ("hold-out" if with_holdout else "expectation")


@pytest.mark.parametrize("with_holdout", [True, False])
def test_independent_sites_fail(judged, with_holdout):
    aa, verdict = judged("binomial", with_holdout)
    assert (verdict.label, verdict.fails, verdict.leaks) == ("fails", True, False)
    assert aa.truth_half_tie > 0.8
    assert any("real haplotypes (AA_truth) are nearer to their own set" in sentence for sentence in verdict.sentences)


def test_copies_leak_and_fail(judged):
    _, verdict = judged("copies")
    assert (verdict.label, verdict.fails, verdict.leaks) == ("leaks", True, True)
    assert verdict.regime == REGIMES[-1, -1]
    assert verdict.sentences[0].startswith("Training haplotypes are copied: those of 80 of 80 training persons")
    assert "Synthetic rows know the training rows: 100 % of them" in verdict.sentences[1]


def test_a_privacy_score_above_0_that_no_test_bears_out_is_a_doubt(judged):
    _, verdict = judged("unseen", privacy_interval=(0.01, 0.03))
    assert (verdict.label, verdict.leaks, verdict.leak_suspected) == ("may leak", False, True)
    assert verdict.about_leaks.startswith("It may leak: the privacy score is")
    assert verdict.in_short == f"may leak: {verdict.sentences[0]} {verdict.about_leaks}"
    assert verdict.sentences[-1] == "No test by person finds a leak over all tests."
    _, verdict = judged("unseen", privacy_interval=(-0.01, 0.03))
    assert not verdict.leak_suspected
    assert verdict.sentences[-1].startswith("No leak found: the privacy score is")
    # Where a leak is shown there is nothing left to suspect.
    _, verdict = judged("copies")
    assert (verdict.leaks, verdict.leak_suspected) == (True, False)


def test_copies_without_a_hold_out_fail_and_leaks_are_said_to_be_unknown(judged):
    _, verdict = judged("copies", with_holdout=False)
    assert (verdict.label, verdict.leaks) == ("fails", False)
    assert any("Leaks cannot be told without a hold-out" in sentence for sentence in verdict.sentences)


def test_a_mean_of_a_half_saves_nobody(judged):
    # The trap of the mean: halves 1 and 0 have ½.
    aa, good = judged("unseen")
    trap = dataclasses.replace(
        aa,
        truth_half_tie=1.0,
        syn_half_tie=0.0,
        half_tie=0.5,
        truth_half_tie_interval=Interval(1, 1),
        syn_half_tie_interval=Interval(0, 0),
        half_tie_interval=Interval(0.5, 0.5),
    )
    verdict = judge(trap, good.reference)
    assert verdict.label == "fails"
    assert verdict.regime == REGIMES[1, -1]
    assert "The mean of the two halves, 0.50, looks good and hides this." in verdict.sentences


def test_one_failing_half_is_enough(judged):
    aa, good = judged("unseen")
    for half, regime in (("truth", REGIMES[1, 0]), ("syn", REGIMES[0, 1])):
        worse = dataclasses.replace(aa, **{f"{half}_half_tie_interval": Interval(0.8, 0.9)})
        assert (judge(worse, good.reference).label, judge(worse, good.reference).regime) == (
            "fails",
            regime,
        )


def test_pieces_of_training_rows_leak(judged):
    _, verdict = judged("copies")
    # All rows share as long a stretch, so that the longest ones are no test of their own.
    assert sum(sentence.startswith("Pieces of training haplotypes are copied") for sentence in verdict.sentences) == 1
    _, verdict = judged("unseen")
    assert not any("Pieces" in sentence for sentence in verdict.sentences)


def a_test(rows, share, p_value):
    """A test of shared stretches."""
    return SharedWithTraining(rows, share, share - 0.1, 0.2, 0.5, Interval(0.3, 0.7), p_value, 999)


def test_leaks_are_tested_at_one_level_over_all_tests(judged):
    aa, good = judged("unseen")
    for p_value, leaks in ((0.0049, True), (0.0051, False)):
        shared = dataclasses.make_dataclass("Shared", ["with_training", "longest_with_training"])(
            a_test(10, 0.9, p_value), a_test(1, 0.5, 0.5)
        )
        assert judge(aa, good.reference, evidence=LeakEvidence(shared=shared)).leaks is leaks
        shared.longest_with_training = a_test(1, 0.5, 0.001)
        found = judge(aa, good.reference, evidence=LeakEvidence(shared=shared))
        assert sum("of the 1 rows with the longest stretches" in sentence for sentence in found.sentences) == 1
        shared.longest_with_training = a_test(10, 0.5, 0.001)
        assert judge(
            aa, good.reference, evidence=LeakEvidence(shared=shared)
        ).leaks  # by one test now, at the whole level
        assert not any(
            "longest stretches" in each
            for each in judge(aa, good.reference, evidence=LeakEvidence(shared=shared)).sentences
        )


def test_a_low_p_value_of_one_of_many_tests_is_a_suspicion(judged):
    aa, good = judged("unseen")
    shared = dataclasses.make_dataclass("Shared", ["with_training", "longest_with_training"])
    nobody = Copies(10, 10, 0, 0, 0, 1.0, Interval(0, 0))
    for p_value, label in ((0.0049, "may leak"), (0.003, "leaks"), (0.0051, "good")):
        evidence = LeakEvidence(copies=nobody, shared=shared(a_test(10, 0.9, p_value), a_test(1, 0.5, 0.5)))
        verdict = judge(aa, good.reference, evidence=evidence)
        assert verdict.label == label
        assert verdict.about_leaks.startswith("No test" if label == "good" else "Pieces of training haplotypes")


def test_copied_people_are_told_even_where_they_are_too_few_to_tell_from_chance(judged):
    aa, good = judged("unseen")
    for training, unseen, who in (
        (5, 0, "5 training persons and 0 unseen persons"),
        (1, 1, "1 training person and 1 unseen person"),
    ):
        found = Copies(100, 100, training, unseen, training, 0.029, Interval(1, 4))
        verdict = judge(aa, good.reference, evidence=LeakEvidence(copies=found))
        assert verdict.label == "good"
        assert f"Among its rows are haplotypes of {who}: as many as chance may give" in verdict.about_leaks


def test_what_was_not_asked_for_is_not_called_missing_people(judged):
    """Leaks can be told by one statistic without the others."""
    aa, good = judged("unseen")
    shared = dataclasses.make_dataclass("Shared", ["with_training", "longest_with_training"])
    last = {}
    for name, p_value in (("leaks", 0.001), ("none", 0.5)):
        found = judge(aa, good.reference, evidence=LeakEvidence(shared=shared(a_test(10, 0.9, p_value), None)))
        assert not any("without a hold-out" in sentence for sentence in found.sentences)
        last[name] = found.sentences[-1]
    assert last["none"] == "No test by person finds a leak."
    assert last["leaks"] != last["none"]
    assert judge(aa, good.reference).sentences[-1].startswith("Leaks were not looked for")


def test_of_few_haplotypes_only_leaks_are_judged(judged):
    aa, good = judged("unseen")
    few = judge(dataclasses.replace(aa, n=19), good.reference, checks=some_checks(0.5))
    assert (few.label, few.fails, few.reference) == ("not judged", False, None)
    assert few.sentences[0] == "Only 19 haplotypes of each panel are compared: fewer than 20 tell leaks at best."
    assert judge(dataclasses.replace(aa, n=20), good.reference, checks=some_checks(0.5)).label == "fails"


def test_of_few_people_only_leaks_are_judged(judged):
    # Twenty haplotypes may be of fewer than ten people, and intervals of so few are not defined.
    aa, good = judged("unseen")
    none = Interval(math.nan, math.nan)
    few = dataclasses.replace(aa, truth_half_tie_interval=none)
    missing = dataclasses.replace(good.reference, syn_interval=none)
    for verdict in (judge(few, good.reference), judge(aa, missing)):
        assert (verdict.label, verdict.fails, verdict.reference) == ("not judged", False, None)
        assert verdict.sentences[0].startswith("A panel has haplotypes of fewer than 10 persons")


def test_a_privacy_score_without_an_interval_is_no_doubt(judged):
    _, verdict = judged("unseen", privacy_interval=(math.nan, math.nan))
    assert (verdict.label, verdict.leak_suspected) == ("good", False)
    assert "too few people for an interval" in verdict.sentences[-1]
    assert not any("nan" in sentence for sentence in verdict.sentences)


def some_checks(*values):
    """Checks named a, b, … of an ideal of 1 that unseen people reach to 0.01."""
    unseen = (1.0, Interval(0.99, 1.01))
    return [
        check(name, "its number", 1, (value, Interval(value - 0.01, value + 0.01)), unseen)
        for name, value in zip("abcdef", values, strict=False)
    ]


def test_a_failing_check_fails_the_set_and_is_named(judged):
    aa, good = judged("unseen")
    passed = judge(aa, good.reference, checks=some_checks(1, 0.97))
    assert (passed.label, passed.fails) == ("good", False)
    assert "Of 2 other statistics not one departs clearly from those of unseen people." in passed.sentences
    one = judge(aa, good.reference, checks=some_checks(1))
    assert (
        "The one other number that can be told, a, does not depart clearly from that of unseen people." in one.sentences
    )
    failed = judge(aa, good.reference, checks=some_checks(1, 0.95))
    assert (failed.label, failed.fails, failed.neighbours_fail) == ("fails", True, False)
    expected = "It fails on 1 of 2 other statistics: b (its number: 0.95, unseen people 1.00)."
    assert expected in failed.sentences
    # What is printed beside the set's name must not be what is good about it.
    assert failed.sentences[0] == expected


def test_the_worst_failures_come_first_and_all_are_named(judged):
    aa, good = judged("unseen")
    verdict = judge(aa, good.reference, checks=some_checks(0.9, 0.5, float("nan"), 0.8, 0.7))
    (most,) = (sentence for sentence in verdict.sentences if sentence.startswith("It fails on 5 of 5"))
    assert [most.index(f"{name} (its number") for name in "cbe"] == sorted(
        most.index(f"{name} (its number") for name in "cbe"
    )
    assert most.startswith("It fails on 5 of 5 other statistics, most of all: ")
    assert "It also fails on: d, a." in verdict.sentences


def test_values_that_round_alike_are_told_apart(judged):
    aa, good = judged("unseen")
    close = check("r", "r", 1, (0.9961, Interval(0.996, 0.9962)), (0.9992, Interval(0.9991, 0.9993)))
    verdict = judge(aa, good.reference, checks=[close])
    assert any("r (r: 0.996, unseen people 0.999)" in sentence for sentence in verdict.sentences)


def test_numbers_below_0_have_a_minus_sign_and_zero_has_none(judged):
    aa, good = judged("unseen")
    below = check("r", "r", 1, (-0.42, Interval(-0.44, -0.4)), (-0.001, Interval(-0.01, 0.01)))
    sentences = judge(aa, good.reference, checks=[below]).sentences
    assert "It fails on 1 of 1 other statistics: r (r: −0.42, unseen people 0.00)." in sentences


@pytest.mark.parametrize(
    ("interval", "accepted", "shown"),
    [
        ((0.6, 0.7), (0.4, 0.55), ("65 %", "[60 %, 70 %]", "[40 %, 55 %]")),
        ((0.502, 0.6), (0.4, 0.498), ("65.0 %", "[50.2 %, 60.0 %]", "[40.0 %, 49.8 %]")),
        ((0.50012, 0.6), (0.4, 0.50008), ("65.000 %", "[50.012 %, 60.000 %]", "[40.000 %, 50.008 %]")),
    ],
)
def test_a_failing_half_has_as_many_digits_as_tell_why(interval, accepted, shown):
    said = _failing_half("rows", 0.65, Interval(*interval, 0.95), None, Interval(*accepted, 0.95))
    value, of_half, of_same = shown
    assert said == (
        f"{value} of the rows are nearer to their own set than to the other (ties ½) {of_half}; 50 % is expected, and "
        f"{of_same} counts as the same."
    )
