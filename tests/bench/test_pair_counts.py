"""The benchmark of counts: every contender is right on small panels, and records are complete."""

from __future__ import annotations

import json

import numpy as np
import pytest

from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import dispatch, pair_counts

EXACT = ("allele-counts", "transposition", "motif-counts")
LD = ("ld-chains", "ld-different-chains", "ld-distinct")


@pytest.fixture
def workload(bench, tmp_path):
    """41 haplotypes at 700 sites in LD, two of them fixed: no whole blocks of the peers, no whole bytes of the rows."""
    rng = np.random.default_rng(0)
    ancestors = rng.random((5, 700)) < rng.beta(0.4, 0.8, 700)
    alleles = ancestors[rng.integers(0, 5, 41)] ^ (rng.random((41, 700)) < 0.02)
    alleles[:, 3], alleles[:, 13] = 0, 1
    panel = Haplotypes.from_alleles(alleles)
    by_site = pair_counts.site_major(panel)
    return bench("pair_counts_contenders.workload").Workload(panel, by_site, 3_000, tmp_path, 2)


@pytest.mark.parametrize("name", [*EXACT, *LD, "binned-r2"])
def test_every_contender_is_right(bench, workload, name):
    rounds = bench("rounds")
    entries = list(bench("pair_counts").STATISTICS[name].entries(workload))
    rounds.check_answers(entries)
    names = [entry.contender for entry in entries]
    assert len(set(names)) == len(names)
    peers = [entry for entry in entries if not entry.contender.startswith("artgen_fast")]
    assert peers
    # Ours are exact, and peers besides them: nobody is held to a truth of their own only.
    assert all(entry.truth is None for entry in entries if entry not in peers)
    for level in dispatch.instruction_sets("pair_counts"):
        if level.usable and name != "motif-counts":
            assert f"artgen_fast {level.name}" in names
    if dispatch.backend_availability("numba").usable:
        assert "artgen_fast numba" in names


def test_exact_contenders_answer_what_the_reference_does(bench, workload):
    alleles = workload.panel.alleles()
    statistics = bench("pair_counts").STATISTICS
    windows = alleles[:, : 700 // 8 * 8].reshape(41, -1, 8)
    motifs = [
        [int((window == motif).all(axis=1).sum()) for motif in _motifs()] for window in windows.transpose(1, 0, 2)
    ]
    sampled = bench("pair_counts_contenders.pairs").distinct(workload.panel, 3_000)
    with np.errstate(invalid="ignore"):
        r = np.array([np.corrcoef(alleles[:, a], alleles[:, b])[0, 1] for a, b in zip(*sampled, strict=True)])
    truths = {
        "allele-counts": alleles.sum(axis=0),
        "transposition": pair_counts.site_major(workload.panel, backend="reference").bits,
        "motif-counts": np.array(motifs),
        "ld-distinct": r**2,
    }
    for name, truth in truths.items():
        for entry in statistics[name].entries(workload):
            if entry.truth is None:
                answer = entry.answer(entry.run())
                np.testing.assert_allclose(answer, truth, rtol=1e-9, atol=1e-12, err_msg=entry.contender)


def _motifs():
    """Every motif, its first site in the lowest bit."""
    return [[motif >> site & 1 for site in range(8)] for motif in range(256)]


@pytest.mark.parametrize(
    ("module", "function", "statistic"),
    [
        ("sampled_ld", "packed_r2", "ld-distinct"),
        ("allele_counts", "in_blocks", "allele-counts"),
        ("transposition", "turned", "transposition"),
        ("motif_counts", "of_bytes", "motif-counts"),
        ("binned_r2", "dense", "binned-r2"),
    ],
)
def test_a_peer_that_is_wrong_stops_the_run(bench, workload, monkeypatch, module, function, statistic):
    peers, rounds = bench(f"pair_counts_contenders.{module}"), bench("rounds")
    right = getattr(peers, function)

    def wrong(*arguments):
        answer = right(*arguments).copy()
        at = tuple(np.argwhere(~np.isnan(answer.astype(float)))[0])
        answer[at] += answer.dtype.type(1)
        return answer

    monkeypatch.setattr(peers, function, wrong)
    with pytest.raises(rounds.WrongAnswerError):
        rounds.check_answers(list(bench("pair_counts").STATISTICS[statistic].entries(workload)))


@pytest.mark.parametrize("draw", ["chains", "different_chains"])
def test_chains_are_contiguous_and_equally_many_a_gap(bench, workload, draw):
    first, second = getattr(bench("pair_counts_contenders.pairs"), draw)(workload.panel, 5_000)
    order = np.lexsort((second, first))
    np.testing.assert_array_equal(order, np.arange(len(first)))
    gaps = second - first
    # Sites 3 and 13 do not vary and are stepped over: gaps are counted in varying sites.
    counts = workload.panel.allele_counts()
    place = np.cumsum((counts > 0) & (counts < 41)) - 1
    steps, times = np.unique(place[second] - place[first], return_counts=True)
    np.testing.assert_array_equal(steps, 1 << np.arange(10)[: len(steps)])
    assert gaps.min() >= 1
    if draw == "chains":
        assert times.min() >= 5_000 / 10
        assert times.max() < 5_000 / 10 + 700
        return
    # All different; all there are where a gap has fewer than a tenth of those wanted.
    n_varying = np.count_nonzero((counts > 0) & (counts < 41))
    assert len(np.unique(first * len(counts) + second)) == len(first)
    assert np.all(times >= np.minimum(5_000 / 10, n_varying - steps))


def test_distinct_pairs_are_distinct_sorted_and_uniform_in_log_distance(bench, workload):
    pairs = bench("pair_counts_contenders.pairs")
    n_pairs = 2_000
    first, second = pairs.distinct(workload.panel, n_pairs)
    key = first * 700 + second
    assert len(key) == n_pairs
    assert np.all(np.diff(key) > 0)
    assert first.min() >= 0
    assert second.max() < 700
    gaps = second - first
    assert gaps.min() == 1
    # Far from the gaps that have too few pairs, each doubling of the gap has as many.
    doublings = [np.sum((gaps >= 2**k) & (gaps < 2 ** (k + 1))) for k in (6, 7, 8)]
    assert max(doublings) < 1.3 * min(doublings)
    with pytest.raises(ValueError, match="at most half of the 244650 pairs"):
        pairs.distinct(workload.panel, 200_000)


def test_plink_is_told_the_pairs_that_it_computes(bench, workload):
    plink = bench("pair_counts_contenders.plink")
    assert plink.pairs_within(100, 2) == 99
    assert plink.pairs_within(100, 4) == 99 + 98 + 97
    assert plink.pairs_within(5, 50) == 10
    if plink.executable() is None:
        pytest.skip("plink 1.9 is not installed (apt install plink1.9)")
    prefix = workload.folder / "people"
    plink.write(prefix, workload, False)
    plink.run(prefix, "--r2", "--ld-window", 4, "--ld-window-kb", 1_000_000, "--ld-window-r2", 0)
    table = np.loadtxt(f"{prefix}.ld", skiprows=1, usecols=(1, 4, 6))  # positions, which count from 1, and r²
    first, second = table[:, :2].T.astype(int) - 1
    genotypes = workload.panel.alleles()[0:40:2].astype(int) + workload.panel.alleles()[1:40:2]
    varies = genotypes.std(axis=0) > 0
    # Pairs with a site that does not vary are not printed.
    assert len(table) == sum(int(np.sum(varies[gap:] & varies[:-gap])) for gap in (1, 2, 3))
    r = [np.corrcoef(genotypes[:, a], genotypes[:, b])[0, 1] for a, b in zip(first, second, strict=True)]
    np.testing.assert_allclose(table[:, 2], np.square(r), rtol=5e-6, atol=1e-12)  # six digits are printed


def test_absent_peers_are_left_out(bench, workload, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert [name for name, _ in bench("pair_counts").missing()] == ["scikit-allel", "plink 1.9"]
    contenders = [entry.contender for entry in bench("pair_counts").STATISTICS["ld-distinct"].entries(workload)]
    assert contenders[:2] == ["numpy packed", "numpy packed, small blocks"]
    assert all(name.startswith("artgen_fast ") for name in contenders[2:])


def test_a_run_records_every_contender_and_no_host_name(bench, run_bench, tmp_path):
    chosen = ("ld-distinct", "allele-counts")
    small = ("--case=noise-10000", "--rows=40", "--pairs=500", "--repeats=2", "--threads", "1", "2")
    completed = run_bench("pair_counts.py", *chosen, *small, f"--results={tmp_path}")
    assert completed.returncode == 0, completed.stderr
    (file,) = tmp_path.iterdir()
    assert file.name == f"pair_counts-{bench('machine').results_file_name()}"
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert {(line["statistic"], line["threads"]) for line in lines} == {(name, n) for name in chosen for n in (1, 2)}
    for name in chosen:
        of_one = [line["contender"] for line in lines if line["statistic"] == name]
        assert len(of_one) == 2 * len(set(of_one))
        assert all(contender in completed.stdout for contender in of_one)
    for line in lines:
        assert (line["case"], line["rows"], line["n_sites"]) == ("noise-10000", 40, 10_000)
        assert len(line["seconds"]) == 2
        assert min(line["seconds"]) <= line["median"] <= max(line["seconds"])
        assert len(line["cpus"]) <= line["threads"]  # pinned
        assert line["machine"].keys() == {"cpu", "flags", "cpus", "system", "python"}  # above all not its name
        assert line["commit"]
        assert line["load"] >= 0
        assert line["versions"]["numpy"] == np.__version__
        if line["statistic"] == "ld-distinct" and line["contender"].startswith(("artgen_fast", "numpy")):
            assert line["units"] == 500


def test_an_unknown_statistic_is_refused(run_bench):
    completed = run_bench("pair_counts.py", "allele-count")
    assert completed.returncode == 2
    assert "unknown statistic allele-count; choose from ld-chains" in completed.stderr


def test_missing_real_data_is_said(run_bench, monkeypatch, tmp_path):
    monkeypatch.setenv("ARTGEN_FAST_DATA", str(tmp_path))
    completed = run_bench("pair_counts.py", "--quick")
    assert completed.returncode == 1
    assert "real-65535: kg1000_7loci_rephased.npz is not here; set ARTGEN_FAST_DATA" in completed.stderr
