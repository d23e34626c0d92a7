"""Several benchmarks in one call."""

from __future__ import annotations

import pytest


@pytest.fixture
def started(bench, monkeypatch):
    """What `run.py` would start; the second of them fails."""
    names = []

    def run(name):
        names.append(name)
        return int(len(names) == 2)

    monkeypatch.setattr(bench("run"), "run", run)
    return names


def test_all_run_and_those_that_fail_are_named(bench, started, monkeypatch):
    monkeypatch.setattr("sys.argv", ["run.py", "gibbs", "demo", "hamming"])
    with pytest.raises(SystemExit, match="not as it should be: demo; see above"):
        bench("run").main()
    assert started == ["gibbs", "demo", "hamming"]


def test_without_names_those_of_kernels_run(bench, started, monkeypatch):
    monkeypatch.setattr("sys.argv", ["run.py"])
    with pytest.raises(SystemExit, match="pair_counts"):
        bench("run").main()
    assert started == list(bench("run").BY_DEFAULT)


def test_others_are_refused(bench, started, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["run.py", "gibbs", "speed"])
    with pytest.raises(SystemExit):
        bench("run").main()
    assert "a benchmark must be one of hamming, pair_counts, gibbs" in capsys.readouterr().err
    assert started == []


def test_each_name_is_a_benchmark(bench):
    for name in (*bench("run").BY_DEFAULT, *bench("run").BY_NAME_ONLY):
        assert callable(bench(name).main)
