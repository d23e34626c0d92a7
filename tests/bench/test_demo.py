"""The check of the demo's claim: every part of it can fail, and what came out is kept either way."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

import numpy as np
import pytest

from artgen_fast.evaluation import Evaluation, evaluate
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.simulation import simulate_panel

GOOD = {"worst_half_distance": 0.1, "ld_score": 0.9}
BASELINE = {"worst_half_distance": 0.4, "ld_score": 0.8}


@pytest.fixture
def demo(bench):
    return bench("demo")


@pytest.fixture(scope="module")
def evaluation():
    """Unseen people as the RBM's set, and two sets of independent sites, which are as far from people as can be."""
    train, holdout, others = simulate_panel(240, 80, min_maf=0.05, seed=4).split_by_person([1 / 3] * 3, 4)
    rng = np.random.default_rng(0)
    independent = [
        Haplotypes.from_alleles(rng.permuted(train.alleles(), axis=0), train.sites) for _ in ("markov", "binomial")
    ]
    sets = dict(zip(("rbm", "markov", "binomial"), (others, *independent), strict=True))
    return evaluate(train, sets, holdout)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, []),
        ({"rbm": GOOD | {"worst_half_distance": 0.2999}}, []),
        ({"rbm": GOOD | {"worst_half_distance": 0.3001}}, ["below that of the markov", "below that of the binomial"]),
        (
            {"markov": BASELINE | {"worst_half_distance": 0.15}},
            ["below that of the markov set; they are 0.100 and 0.150"],
        ),
        ({"binomial": BASELINE | {"ld_score": 0.9}}, ["above that of the binomial set; they are 0.900 and 0.900"]),
        ({"rbm": GOOD | {"ld_score": 0.7}}, ["above that of the markov", "above that of the binomial"]),
    ],
)
def test_each_part_of_the_claim_can_fail(demo, changed, expected):
    sentences = list(demo.shortcomings({"rbm": GOOD, "markov": BASELINE, "binomial": BASELINE} | changed))
    assert len(sentences) == len(expected)
    for sentence, part in zip(sentences, expected, strict=True):
        assert part in sentence


def run_main(demo, monkeypatch, evaluation, results, *arguments):
    """`main` with demos that end at once, in an evaluation that is at hand."""

    def command(seed, panel, folder):
        evaluation.to_json(folder / "evaluation.json")
        return [sys.executable, "-c", ""]

    monkeypatch.setattr(demo, "command", command)
    monkeypatch.setattr(sys, "argv", ["demo.py", f"--results={results}", *arguments])
    demo.main()


def test_a_line_a_seed_is_kept(demo, monkeypatch, evaluation, tmp_path, capsys):
    run_main(demo, monkeypatch, evaluation, tmp_path, "2", "5", "--panel=somewhere/people.npz")
    assert "claim holds for seed 2, 5" in capsys.readouterr().out
    (file,) = tmp_path.iterdir()
    assert file.name == "demo-" + importlib.import_module("machine").results_file_name()
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [line["seed"] for line in lines] == [2, 5]
    for line in lines:
        assert line["panel"] == "people.npz"  # not where it lies
        assert line["machine"].keys() == {"cpu", "flags", "cpus", "system", "python"}
        assert line["claim_holds"]
        assert line["commit"]
        assert line["seconds"] < 60
        assert list(line["sets"]) == ["holdout", "rbm", "markov", "binomial"]
        for name, kept in line["sets"].items():
            each = evaluation.holdout if name == "holdout" else evaluation.sets[name]
            assert kept == {
                "truth_half_tie": each.aa_ts.truth_half_tie,
                "syn_half_tie": each.aa_ts.syn_half_tie,
                "worst_half_distance": max(abs(each.aa_ts.truth_half_tie - 0.5), abs(each.aa_ts.syn_half_tie - 0.5)),
                "ld_score": each.scores.ld,
                "allele_frequency_r_rare": each.allele_frequencies.rare_sites.r,
            }


def test_a_claim_that_fails_is_said_and_kept(demo, monkeypatch, evaluation, tmp_path):
    swapped = Evaluation(
        evaluation.protocol,
        evaluation.sites,
        evaluation.real,
        evaluation.holdout,
        evaluation.sets | {"rbm": evaluation.sets["markov"], "markov": evaluation.sets["rbm"]},
    )
    with pytest.raises(SystemExit) as ended:
        run_main(demo, monkeypatch, swapped, tmp_path)
    assert str(ended.value).startswith(
        "The demo's claim does not hold.\nseed 1: max |half - 1/2| of the rbm set must be"
    )
    (file,) = tmp_path.iterdir()
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [(line["seed"], line["claim_holds"]) for line in lines] == [(1, False), (2, False), (3, False)]


def test_the_command_is_one_that_artgen_takes(demo, tmp_path):
    arguments = demo.command(3, tmp_path / "panel.npz", tmp_path)
    completed = subprocess.run([*arguments, "--help"], capture_output=True, text=True, check=False)
    assert completed.returncode == 0, completed.stderr
    assert "artgen demo [OPTIONS]" in completed.stdout


def test_a_demo_that_fails_stops_the_run(demo):
    with pytest.raises(SystemExit, match="ended with 7"):
        demo.timed([sys.executable, "-c", "raise SystemExit(7)"])
