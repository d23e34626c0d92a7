"""The benchmark of audits: planted copies are counted, and the run is recorded."""

from __future__ import annotations

import json

import numpy as np
import pytest


def test_mosaics_copy_stretches_with_errors(bench):
    module = bench("audit")
    rng = np.random.default_rng(0)
    panel = np.zeros((7, 128), dtype=np.uint8)
    panel[:, :125] = rng.integers(0, 256, (7, 125), dtype=np.uint8)
    made = module.mosaics(panel, 1000, 40, rng)
    assert made.shape == (40, 128)
    assert not made[:, 125:].any()
    same = (made[:, None, :125] == panel[None, :, :125]).any(axis=1)
    assert 0.99 < same.mean() < 1, "bytes are those of some row, but for errors"
    rows, sites = np.array([0, 0, 3]), np.array([5, 8, 999])
    before = made.copy()
    module.flip(made, rows, sites)
    changed = np.unpackbits(made ^ before, axis=1, bitorder="little")
    assert list(zip(*(each.tolist() for each in np.nonzero(changed)), strict=True)) == [(0, 5), (0, 8), (3, 999)]


@pytest.mark.real_data
def test_planted_copies_are_found_and_recorded(run_bench, real_data, tmp_path):
    done = run_bench("audit.py", "--rows", "1500", "--results", tmp_path)
    assert done.returncode == 0, done.stderr
    (path,) = tmp_path.glob("audit-*.jsonl")
    measured = json.loads(path.read_text())
    assert (measured["rows"], measured["found"], measured["missed"], measured["mistaken"]) == (1500, 25, 0, 0)
    assert measured["peak_memory"] > measured["packed_input"] > 0
