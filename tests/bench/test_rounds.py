"""Rounds of contenders: a wrong answer stops them, and times are those of the contenders alone."""

from __future__ import annotations

import json
import time

import numpy as np
import pytest


def entry(bench, name, answer, **fields):
    return bench("rounds").Entry(name, "1", lambda: np.array(answer), **fields)


def test_contenders_that_disagree_stop_the_run(bench):
    rounds = bench("rounds")
    same = entry(bench, "one", [1.0, np.nan])
    rounds.check_answers([same, entry(bench, "other", [1.0, np.nan])])
    for wrong, differing in (([1.0, 3.0], "1"), ([np.nan, np.nan], "1"), ([1.0 + 2**-52, 0.0], "2"), ([1.0], "all")):
        with pytest.raises(
            rounds.WrongAnswerError, match=f"wrong and one must give the same answer; {differing} of 2 numbers differ"
        ):
            rounds.check_answers([same, entry(bench, "wrong", wrong)])


def test_answers_with_a_truth_of_their_own_are_held_to_that_alone(bench):
    rounds = bench("rounds")
    truth = rounds.Truth(np.array([0.5, np.nan]), within=np.array([0.1, 0.1]))
    exact = [entry(bench, "one", [1, 2]), entry(bench, "other", [1, 2])]
    rounds.check_answers([entry(bench, "near", [0.55, np.nan], truth=truth), *exact])
    for wrong, differing in (([0.7, np.nan], 1), ([0.5, 0.5], 1), ([np.nan, np.nan], 1), ([0.7, 0.0], 2)):
        with pytest.raises(rounds.WrongAnswerError, match=rf"far must be within 0\.1 .*; {differing} of 2 numbers"):
            rounds.check_answers([*exact, entry(bench, "far", wrong, truth=truth)])
    with pytest.raises(rounds.WrongAnswerError, match=r"short must give \(2,\) numbers; it gave \(1,\)"):
        rounds.check_answers([entry(bench, "short", [0.5], truth=truth)])
    # The others are still held to each other, whoever stands first.
    with pytest.raises(rounds.WrongAnswerError, match="other and one must give the same answer"):
        rounds.check_answers(
            [entry(bench, "near", [0.5, np.nan], truth=truth), exact[0], entry(bench, "other", [1, 3])]
        )


def test_every_round_takes_every_contender_in_turn(bench):
    rounds, order = bench("rounds"), []
    taken = iter([1.5, 99.0, 2.5, 4.5])  # the first of them while answers are checked

    def slow():
        order.append("slow")
        time.sleep(0.02)
        return 7

    def itself():
        order.append("itself")
        return next(taken)

    entries = [
        rounds.Entry("slow", "1", slow),
        rounds.Entry(
            "itself", "2", itself, truth=rounds.Truth(np.array(0.0), np.inf), seconds=float, units=5, about="b"
        ),
    ]
    one, other = rounds.time_in_rounds(entries, 3)
    assert order == ["slow", "itself"] * 4
    assert other == {
        "contender": "itself",
        "version": "2",
        "seconds": [99.0, 2.5, 4.5],
        "median": 4.5,
        "units": 5,
        "about": "b",
    }
    assert one.keys() == {"contender", "version", "seconds", "median"}
    assert 0.02 <= one["median"] < 1


def test_ratios_are_of_times_a_unit(bench, capsys):
    rounds = bench("rounds")
    rounds.print_table(
        "LD",
        [
            {"contender": "artgen_fast x", "seconds": [2.0], "median": 2.0, "units": 4},
            {"contender": "peer", "seconds": [30.0], "median": 30.0, "units": 2},
        ],
        rounds.Unit("s a pair", 1.0),
    )
    title, head, ours, peer = capsys.readouterr().out.strip().splitlines()
    assert title == "LD, median of 1"
    assert head.split() == ["s", "a", "pair", "x", "peer"]
    assert ours.split() == ["artgen_fast", "x", "0.50", "30.00"]
    assert peer.split() == ["peer", "15.00", "1.00"]


def test_results_are_added_to_those_that_are_there(bench, tmp_path):
    rounds, machine = bench("rounds"), bench("machine")
    for number in (1, 2):
        rounds.append(tmp_path / "results", "subject", [{"median": number}])
    (file,) = (tmp_path / "results").iterdir()
    assert file.name == f"subject-{machine.results_file_name()}"
    assert [json.loads(line)["median"] for line in file.read_text("utf-8").splitlines()] == [1, 2]


def test_work_is_shared_out_whole(bench):
    threads, done = bench("threads"), []
    threads.in_turn(done.append, range(7), 3)
    assert sorted(done) == list(range(7))
    with pytest.raises(ZeroDivisionError):
        threads.in_turn(lambda part: 1 // (part - 5), range(7), 2)
