import json
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from artgen_fast import demo, generators, io
from artgen_fast.cli import artgen, main
from artgen_fast.errors import InputError
from artgen_fast.evaluation import Evaluation
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.rbm import RBM
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.simulation import simulate_panel

SMALL = demo.Size(haplotypes=300, sites=60, min_maf=0.05)
SECONDS_PROMISED = 180


@pytest.fixture
def quick_rbm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Train for a moment: these tests are about the way, not about its end."""
    monkeypatch.setattr(demo, "rbm", lambda n_sites: RBM(hidden=20, gibbs_steps=3, epochs=4, check_every=2, threads=1))


@pytest.fixture(scope="module")
def own_panel() -> Haplotypes:
    return simulate_panel(400, 200, seed=9)


def test_a_larger_panel_is_cut_by_person_to_its_first_common_sites(own_panel: Haplotypes) -> None:
    cut, what = demo.demo_panel(own_panel, SMALL, seed=1)
    assert len(cut) == 300
    assert set(np.unique(cut.samples.person, return_counts=True)[1].tolist()) == {2}
    frequency = own_panel.alleles().mean(axis=0)
    common = np.flatnonzero(np.minimum(frequency, 1 - frequency) >= 0.05)
    assert np.array_equal(cut.sites.position, own_panel.sites.position[common[:60]])
    assert what.startswith(f"300 of the panel's 400 haplotypes × the first {cut.n_sites} of its {len(common)} sites")


def test_a_smaller_panel_is_used_whole(own_panel: Haplotypes) -> None:
    cut, _ = demo.demo_panel(own_panel, demo.Size(5000, 5000, 0.0), seed=1)
    assert np.array_equal(cut.packed, own_panel.packed)


@pytest.mark.parametrize("part", [np.s_[:80, :], np.s_[:, :10]])
def test_a_panel_that_is_too_small_is_refused_with_what_is_left(own_panel: Haplotypes, part: object) -> None:
    with pytest.raises(InputError, match="at least 100 haplotypes and 20 sites"):
        demo.demo_panel(own_panel[part], demo.Size(5000, 5000, 0.0), seed=1)  # type: ignore[index]


def test_without_a_panel_one_is_simulated_and_said_to_be() -> None:
    panel, what = demo.demo_panel(None, SMALL, seed=3)
    assert (len(panel), panel.n_sites) == (300, 60)
    assert what.startswith("a simulated panel")
    assert np.array_equal(panel.packed, simulate_panel(300, 60, min_maf=0.05, seed=3).packed)


def test_the_parts_share_no_person_and_the_model_sees_only_the_first(
    own_panel: Haplotypes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Haplotypes] = {}

    class Watched(RBM):
        def fit(self, train: Haplotypes, validation: Haplotypes | None = None, **rest: object) -> "Watched":
            assert validation is not None
            given.update(train=train, validation=validation)
            return super().fit(train, validation, **rest)  # type: ignore[arg-type]

    def evaluated(real: Haplotypes, synthetic: object, holdout: Haplotypes, **rest: object) -> Evaluation:
        given.update(real=real, holdout=holdout)
        return original(real, synthetic, holdout, **rest)  # type: ignore[arg-type]

    original = demo.evaluate
    monkeypatch.setattr(
        demo, "rbm", lambda n_sites: Watched(hidden=4, gibbs_steps=1, epochs=1, check_every=1, threads=1)
    )
    monkeypatch.setattr(demo, "evaluate", evaluated)
    demo.run_demo(tmp_path, own_panel, size=SMALL)
    people = {name: set(panel.samples.person) for name, panel in given.items()}
    assert people["real"] == people["train"]
    assert not people["train"] & people["validation"]
    assert not people["train"] & people["holdout"]
    assert not people["validation"] & people["holdout"]


@pytest.mark.usefixtures("quick_rbm")
def test_the_command_prints_a_table_and_writes_the_report_the_numbers_and_the_model(
    own_panel: Haplotypes, tmp_path: Path
) -> None:
    io.write(own_panel, tmp_path / "own.hapbits")
    arguments = ["demo", "--panel", str(tmp_path / "own.hapbits"), "-o", str(tmp_path / "out"), "--sites", "40"]
    result = CliRunner().invoke(artgen, arguments)
    assert result.exit_code == 0, result.output
    for shown in ("Split by person: 176 haplotypes", "unseen people", "rbm", "markov", "binomial", "max |half"):
        assert shown in result.output
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert list(written["sets"]) == ["rbm", "markov", "binomial"]
    assert written["sites"]["number"] == 40
    assert written["holdout"] is not None
    assert "<html" in (tmp_path / "out" / "report.html").read_text()
    assert len(generators.load(tmp_path / "out" / "rbm").sample(3)) == 3


@pytest.mark.usefixtures("quick_rbm")
def test_the_same_seed_gives_the_same_numbers_and_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    numbers = []
    for _ in range(2):
        demo.run_demo(tmp_path, seed=2, size=SMALL)
        numbers.append((tmp_path / "evaluation.json").read_bytes())
    assert numbers[0] == numbers[1]


@pytest.mark.parametrize(
    ("option", "number", "message"),
    [
        ("--sites", "-5", "number of sites must be a whole number of at least 20; got -5"),
        ("--sites", "0", "number of sites must be a whole number of at least 20; got 0"),
        ("--sites", "19", "number of sites must be a whole number of at least 20; got 19"),
        ("--haplotypes", "-200", "number of haplotypes must be a whole number of at least 100; got -200"),
        ("--haplotypes", "0", "number of haplotypes must be a whole number of at least 100; got 0"),
        ("--min-maf", "-0.1", "--min-maf must be a number from 0 to below 0.5; got -0.1"),
        ("--min-maf", "0.5", "--min-maf must be a number from 0 to below 0.5; got 0.5"),
        ("--min-maf", "nan", "--min-maf must be a number from 0 to below 0.5; got nan"),
    ],
)
def test_sizes_out_of_range_get_one_message_and_no_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str, number: str, message: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["demo", "-o", str(tmp_path / "out"), option, number])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("wrong", [{"sites": 50.0}, {"haplotypes": True}])
def test_sizes_are_whole_numbers(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match="must be a whole number"):
        demo.Size(**wrong)  # type: ignore[arg-type]
    assert type(demo.Size(sites=np.int64(50)).sites) is int  # type: ignore[arg-type]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.usefixtures("quick_rbm")
def test_a_model_that_no_demo_made_is_replaced_only_by_force(
    own_panel: Haplotypes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    generators.by_name("binomial")().fit(own_panel).save(tmp_path / "rbm")
    before = contents(tmp_path)
    arguments = ["demo", "-o", str(tmp_path), "--haplotypes", "300", "--sites", "60"]
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "holds rbm, and no demo.json of a demo. Give another folder, or --force" in capsys.readouterr().err
    assert contents(tmp_path) == before
    forced = CliRunner().invoke(artgen, [*arguments, "--force"])
    assert forced.exit_code == 0, forced.output
    assert generators.load(tmp_path / "rbm").name == "rbm"


@pytest.mark.parametrize("name", ["evaluation.json", "report.html", "demo.json"])
def test_results_that_no_demo_made_are_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"format": "mine"}')
    with pytest.raises(InputError, match=f"holds {name}, and no demo.json of a demo"):
        demo.run_demo(tmp_path, size=SMALL)
    assert contents(tmp_path) == {name: b'{"format": "mine"}'}


def test_an_interrupted_demo_is_replaced_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(progress: Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(demo, "rbm", lambda n_sites: RBM(hidden=4, gibbs_steps=1, epochs=2, check_every=1, threads=1))
    with pytest.raises(KeyboardInterrupt):
        demo.run_demo(tmp_path, size=SMALL, training_progress=interrupt)
    assert any((tmp_path / "rbm" / "checkpoints").iterdir())
    demo.run_demo(tmp_path, size=SMALL)
    assert generators.load(tmp_path / "rbm").training["epochs"] == 2


def test_a_file_in_the_folders_place_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["demo", "-o", str(tmp_path / "file")])
    assert ended.value.code == 2
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "file").read_text() == "mine"


def worse_half(evaluation: Evaluation, name: str) -> float:
    halves = evaluation.sets[name].aa_ts
    return max(abs(halves.truth_half_tie - 0.5), abs(halves.syn_half_tie - 0.5))


@pytest.mark.slow
def test_the_rbm_beats_both_baselines_on_the_simulated_panel(tmp_path: Path) -> None:
    # What docs/demo_settings.md claims of three seeds, kept true for one of them. Processor time of all threads, since
    # seconds by the clock depend on what else runs: with the machine to itself the demo takes no longer than that.
    start = time.process_time()
    evaluation = demo.run_demo(tmp_path, seed=1)
    assert time.process_time() - start < SECONDS_PROMISED
    for baseline in demo.BASELINES:
        assert worse_half(evaluation, "rbm") <= worse_half(evaluation, baseline) - 0.1
        assert evaluation.sets["rbm"].scores.ld > evaluation.sets[baseline].scores.ld


@pytest.mark.slow
@pytest.mark.real_data
def test_the_rbm_beats_both_baselines_on_real_people(real_data: Path, tmp_path: Path) -> None:
    panel = io.read(real_data / "panels" / "kg1000_chr1_d1s1656_rephased.npz")
    evaluation = demo.run_demo(tmp_path, panel, seed=1)
    for baseline in demo.BASELINES:
        assert worse_half(evaluation, "rbm") <= worse_half(evaluation, baseline) - 0.1
        assert evaluation.sets["rbm"].scores.ld > evaluation.sets[baseline].scores.ld
