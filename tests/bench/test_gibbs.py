"""The benchmark of Gibbs chains: every contender samples the same machine, and records are complete."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artgen_fast.kernels import dispatch


@pytest.fixture
def workload(bench):
    return bench("gibbs_contenders.workload").Workload.random(70, 20, 400, steps=3, threads=2)


@pytest.mark.parametrize("name", ["step", "sampling", "update"])
def test_every_contender_samples_the_same_machine(bench, workload, name):
    entries = list(bench("gibbs").SUBJECTS[name].entries(workload))
    bench("rounds").check_answers(entries)
    names = [entry.contender for entry in entries]
    assert len(set(names)) == len(names)
    assert all(entry.truth is not None for entry in entries)
    if name != "update":
        for level in dispatch.instruction_sets("gibbs"):
            if level.usable:
                assert f"artgen_fast {level.name} int8x2" in names
    if name != "sampling":
        assert "torch fp32" in names


@pytest.mark.parametrize("name", ["step", "update"])
def test_a_contender_of_another_machine_is_noticed(bench, workload, name):
    rounds = bench("rounds")
    for entry in bench("gibbs").SUBJECTS[name].entries(workload):
        answer = entry.answer(entry.run())
        wrong = rounds.Entry("wrong", "", lambda wrong=1 - answer: wrong, truth=entry.truth)
        with pytest.raises(rounds.WrongAnswerError):
            rounds.check_answers([wrong])


@pytest.mark.slow
def test_a_run_records_every_contender_and_no_host_name(bench, run_bench, tmp_path):
    completed = run_bench(
        "gibbs.py", "step", "update", "--quick", "--threads=1", "--repeats=1", f"--results={tmp_path}"
    )
    assert completed.returncode == 0, completed.stderr
    (file,) = tmp_path.iterdir()
    assert file.name == f"gibbs-{bench('machine').results_file_name()}"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {line["subject"] for line in lines} == {"step", "update"}
    for line in lines:
        assert line["machine"].keys() == {"cpu", "flags", "cpus", "system", "python"}  # above all not its name
        assert (line["visible"], line["hidden"], line["threads"]) == (200, 50, 1)
        assert len(line["seconds"]) == 1
        assert np.isfinite(line["median"])


def test_an_unknown_subject_is_refused(run_bench):
    completed = run_bench("gibbs.py", "leap")
    assert completed.returncode == 2
    assert "unknown subject leap; choose from step, sampling, update" in completed.stderr
