"""The benchmark of a chain's quality: a small chain is trained, sampled and recorded."""

from __future__ import annotations

import json

import pytest


@pytest.mark.real_data
@pytest.mark.slow
def test_a_small_chain_is_recorded_with_its_seams(bench, run_bench, real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("ARTGEN_FAST_DATA", str(real_data))
    small = ("step=40", "pinned=30", "hidden=8", "gibbs_steps=2", "epochs=2", "check_every=1", "workers=1")
    completed = run_bench(
        "chain_quality.py", "--rows=400", "--sites=100", f"--results={tmp_path}", "--set", *small, "check_rows=30"
    )
    assert completed.returncode == 0, completed.stderr
    (file,) = tmp_path.iterdir()
    assert file.name == f"chain_quality-{bench('machine').results_file_name()}"
    line = json.loads(file.read_text("utf-8"))
    assert line["rows"] == [200, 40, 160]
    assert line["n_windows"] == 3
    assert len(line["windows"]) == len(line["up_to"]) == 3
    assert line["windows"][0] == line["up_to"][0]
    assert line["windows"][1] != line["up_to"][1]
    assert len(line["seams"]["real_across"]) == 2
    assert len(line["checks"]) == 3
    assert 0 < line["modes"]["real_alone"] < 1
    assert line["holdout"].keys() == line["chain"].keys()
