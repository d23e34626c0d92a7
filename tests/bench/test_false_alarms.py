"""The benchmark of false alarms: an alarm is counted, with its reason, and a panel of one people raises none."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes, Samples


def test_an_alarm_is_counted_with_its_reason(bench, monkeypatch):
    module = bench("false_alarms")
    rng = np.random.default_rng(0)
    alleles = (rng.random((200, 90)) < rng.random(90)).astype(np.uint8)
    panel = Haplotypes.from_alleles(alleles, samples=Samples.from_persons([f"P{each}" for each in range(100)]))
    found = module.alarms(panel, range(2))
    assert found["labels"] == {"good": 2}
    assert found["not_good"] == []
    evaluate = module.evaluate

    def of_copies(train, unseen, holdout, seed):
        return evaluate(train, train[: len(unseen)] if seed else unseen, holdout, seed=seed)

    monkeypatch.setattr(module, "evaluate", of_copies)
    found = module.alarms(panel, range(2))
    assert found["labels"] == {"good": 1, "leaks": 1}
    assert [(each["seed"], each["label"]) for each in found["not_good"]] == [(1, "leaks")]
    assert any("training" in sentence for sentence in found["not_good"][0]["why"])
    assert found["not_good"][0]["failed"]


def test_only_varying_sites_are_taken(bench):
    panel = Haplotypes.from_alleles([[0, 0, 1, 1, 0], [0, 1, 1, 0, 1]])
    assert bench("false_alarms").varying_sites(panel, 2).sites.position.tolist() == [2, 4]


@pytest.mark.real_data
def test_verdicts_on_unseen_people_are_recorded(run_bench, real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("ARTGEN_FAST_DATA", str(real_data))
    options = ("--panels", "805_SNP_1000G_real.npz", "--splits=1", f"--results={tmp_path}")
    completed = run_bench("false_alarms.py", *options)
    assert completed.returncode == 0, completed.stderr + completed.stdout
    (file,) = tmp_path.iterdir()
    (line,) = map(json.loads, file.read_text("utf-8").splitlines())
    assert line["labels"] == {"good": 1}
    assert (line["n_sites"], line["splits"]) == (802, 1)
    assert line["checks"] > 20
