"""The benchmark's harness, on panels small enough to be quick: answers are compared, and records are complete."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artgen_fast.haplotypes import pack, unpack
from artgen_fast.kernels.hamming import reference


def test_a_run_records_every_contender_and_no_host_name(run_bench, tmp_path):
    completed = run_bench(
        "hamming.py", "reduced-10000", "--rows=40", "--repeats=2", "--threads", "1", "2", f"--results={tmp_path}"
    )
    assert completed.returncode == 0, completed.stderr
    (file,) = tmp_path.iterdir()
    assert file.name.startswith("hamming-")
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    contenders = {line["contender"] for line in lines}
    assert {"scikit-learn", "artgen_fast numba"} <= contenders
    assert len(lines) == len(contenders) * 2 * 3  # threads, searches
    assert {(line["search"], line["threads"]) for line in lines} == {
        (search, threads) for search in ("cross", "within", "aa_ts") for threads in (1, 2)
    }
    for line in lines:
        assert (line["case"], line["rows"], line["n_sites"]) == ("reduced-10000", [40, 40], 10_000)
        assert len(line["seconds"]) == 2
        assert min(line["seconds"]) <= line["median"] <= max(line["seconds"])
        assert line["threads"] > 1 or len(line["cpus"]) == 1  # pinned
        assert line["machine"].keys() == {"cpu", "flags", "cpus", "system", "python"}  # above all not its name
        assert line["commit"]
        assert line["versions"]["numpy"] == np.__version__
    for contender in contenders:
        assert contender in completed.stdout


def test_an_unknown_case_is_refused(run_bench):
    completed = run_bench("hamming.py", "reel-10000")
    assert completed.returncode == 2
    assert "unknown case reel-10000; choose from real-10000" in completed.stderr


@pytest.mark.parametrize("search", ["cross", "within", "aa_ts"])
def test_contenders_answer_what_the_reference_does(bench, search):
    adversarial_accuracy = bench("hamming_contenders.answers").adversarial_accuracy
    truth, synthetic = bench("cases").noise(130)(31)
    synthetic[3], truth[5] = truth[9], truth[9]
    own, others = (reference.within(rows, 1, False)[0][:, 0] for rows in (truth, synthetic))
    there, _, back, *_ = reference.cross(truth, synthetic, False)
    expected = {"cross": there, "within": own, "aa_ts": adversarial_accuracy(own, there, others, back)}[search]
    checked = 0
    for contender in (
        *bench("hamming_contenders.peers").contenders(True),
        *bench("hamming_contenders.ours").contenders(),
    ):
        for threads in (1, 2):
            prepared = getattr(contender, search)(truth, synthetic, threads)
            np.testing.assert_array_equal(prepared.answer(prepared.run()), expected, err_msg=contender.name)
            checked += 1
    assert checked >= 4


def test_halves_of_aa_ts(bench):
    halves = bench("hamming_contenders.answers").adversarial_accuracy(
        np.array([1, 2, 3, 4]), np.array([2, 2, 2, 5]), np.array([5, 5, 5, 5]), np.array([5, 5, 6, 1])
    )
    assert halves.tolist() == [0.5, 0.25, 0.25, 0.5]


def test_panels_are_cut_to_their_first_sites(bench):
    alleles = np.random.default_rng(0).integers(0, 2, (3, 100), dtype=np.uint8)
    packed_bytes = np.packbits(alleles, axis=1, bitorder="little")
    for n_sites in (3, 64, 65, 100):
        np.testing.assert_array_equal(bench("cases").first_sites(packed_bytes, n_sites), pack(alleles[:, :n_sites]))


def test_mosaics_copy_stretches_of_rows(bench):
    panel = pack(np.random.default_rng(0).integers(0, 2, (20, 2000)))
    exact = bench("cases").mosaics(panel, 2000, mean_stretch=500, error=0.0)
    rows, copies = unpack(panel, 2000), unpack(exact, 2000)
    # 8 sites inside a copied stretch are some row's; of 20 random rows, chance makes that of only one in thirteen.
    windows = [{row[start : start + 8].tobytes() for row in rows} for start in range(0, 2000, 8)]
    found = np.mean([copy[8 * at : 8 * at + 8].tobytes() in windows[at] for copy in copies for at in range(250)])
    assert 0.95 < found < 1
    assert not np.array_equal(exact, panel)
    flipped = int(np.bitwise_count(bench("cases").mosaics(panel, 2000, error=0.5)).sum())
    assert abs(flipped - 20_000) < 600  # six standard deviations


def test_missing_real_data_is_said(bench, run_bench, monkeypatch, tmp_path):
    monkeypatch.setenv("ARTGEN_FAST_DATA", str(tmp_path))
    cases = bench("cases")
    with pytest.raises(cases.CaseUnavailableError, match=r"kg1000_chr1_d1s1656_rephased\.npz is not here"):
        cases.CASES["real-10000"].panels(10)
    completed = run_bench("hamming.py", "real-10000", "--quick")
    assert completed.returncode == 0
    assert "real-10000: left out: kg1000_chr1" in completed.stderr
