"""The benchmark of ties between windows: windows are dealt anew, within groups, and nothing else changes."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artgen_fast.generators.crbm_chain.windows import windows_of
from artgen_fast.haplotypes import Haplotypes


def test_rows_of_each_window_are_dealt_within_their_group(bench):
    alleles = np.random.default_rng(0).integers(0, 2, (40, 60), dtype=np.uint8)
    groups = ["a" if row % 3 else "b" for row in range(40)]
    windows = windows_of(60, 25, 10, 25)
    dealt = bench("window_ties").deal(Haplotypes.from_alleles(alleles), windows, groups, 1).alleles()
    orders = []
    for window in windows:
        sites = slice(window.first_generated, window.end)
        order = [np.flatnonzero((alleles[:, sites] == row[sites]).all(1)) for row in dealt]
        orders.append([int(each[0]) for each in order if len(each) == 1])
        for name in "ab":
            rows = [row for row in range(40) if groups[row] == name]
            assert sorted(map(bytes, dealt[rows, sites])) == sorted(map(bytes, alleles[rows, sites]))
    assert (dealt != alleles).any()
    assert orders[0] != orders[1]


@pytest.mark.real_data
@pytest.mark.slow
def test_lost_ties_are_recorded(run_bench, real_data, monkeypatch, tmp_path):
    monkeypatch.setenv("ARTGEN_FAST_DATA", str(real_data))
    options = ("--rows=1000", "--sites=6000", "--step=500", f"--results={tmp_path}")
    completed = run_bench("window_ties.py", *options)
    assert completed.returncode == 0, completed.stderr
    (file,) = tmp_path.iterdir()
    halves = json.loads(file.read_text("utf-8"))["halves"]
    assert list(halves) == ["as_they_are", "among_all", "among_superpopulation", "among_population"]
    assert halves["as_they_are"][0] < 0.6 < halves["among_all"][0]
