"""``artgen train`` as users run it: in processes of their own, which are killed and interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from artgen_fast import generators, io
from artgen_fast.cli import artgen, main
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics import seam_ld

RBM = (
    "--hidden", "20", "--gibbs-steps", "10", "--minibatch", "40", "--epochs", "300", "--check-every", "20",
    "--calibration-rounds", "2",
)  # fmt: skip


def command_line(*arguments: object) -> list[str]:
    return [sys.executable, "-c", "from artgen_fast.cli import main; main()", *map(str, arguments)]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command_line(*arguments), capture_output=True, text=True, timeout=300)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(3)
    alleles = (rng.random((160, 60)) < np.where(rng.random((160, 1)) < 0.5, 0.8, 0.2)).astype(np.uint8)
    sites = Sites.from_columns(np.arange(1, 61), contig="1", ref="A", alt="C")
    path = tmp_path_factory.mktemp("panel") / "panel.hapbits"
    io.write(Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(80)])), path)
    return path


@pytest.fixture(scope="module")
def uninterrupted(panel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted") / "model"
    finished = run("train", "rbm", panel, "-o", folder, "--seed", "4", *RBM)
    assert finished.returncode == 0, finished.stderr
    first, *_, last = finished.stderr.splitlines()
    assert first == "training rbm: epoch 0 of 300, max |half - ½|: no check yet"
    assert last.startswith("training rbm: epoch 300 of 300, max |half - ½| 0.")
    assert len(generators.load(folder).training["calibration"]) == 2
    return folder


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_training_resumes_to_the_same_bytes(
    panel: Path, uninterrupted: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    folder = tmp_path / "model"
    command = ("train", "rbm", panel, "-o", folder, "--seed", "4", *RBM)
    with subprocess.Popen(command_line(*command), stderr=subprocess.PIPE, text=True) as process:
        patience = time.monotonic() + 120
        while not (folder / "checkpoints" / "checkpoint-00000040.safetensors").exists():
            assert process.poll() is None, "the training ended before it could be interrupted"
            assert time.monotonic() < patience
            time.sleep(0.005)
        process.send_signal(stop)
        message = process.communicate(timeout=60)[1]
    assert not (folder / "model.json").exists()
    if stop == signal.SIGKILL:
        assert process.returncode == -signal.SIGKILL
    else:
        assert process.returncode == 130
        assert "Go on with the same command and --resume" in message
        assert "Traceback" not in message
    refused = run(*command)
    assert refused.returncode == 2
    assert "holds an unfinished training. Go on with --resume" in refused.stderr
    resumed = run(*command, "--resume")
    assert resumed.returncode == 0, resumed.stderr
    assert contents(folder) == contents(uninterrupted)


def children(process: int) -> list[int]:
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    return [pid for pid, parent in pairs if parent == process]


def is_at_work(process: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True).stdout
    return bool(state) and not state.startswith("Z")  # ended, though nobody may have asked for its exit status


def test_the_workers_of_a_killed_training_end_with_it(panel: Path, tmp_path: Path) -> None:
    points = tmp_path / "chain" / "checkpoints"
    endless = ("--epochs", "1000000", "--patience", "1000000", "--check-every", "1")
    chain = ("--step", "20", "--pinned", "10", "--hidden", "8", *endless)
    command = command_line("train", "crbm-chain", panel, "-o", tmp_path / "chain", "--workers", "2", *chain)
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        patience = time.monotonic() + 120
        while len({file.parent for file in points.glob("*/checkpoint-*")}) < 2:
            assert process.poll() is None, "the training ended before it could be killed"
            assert time.monotonic() < patience
            time.sleep(0.02)
        workers = children(process.pid)
        process.kill()
    assert len(workers) >= 2
    patience = time.monotonic() + 10
    try:
        while any(map(is_at_work, workers)):
            assert time.monotonic() < patience, "workers go on without the training that they belong to"
            time.sleep(0.05)
    finally:
        for worker in filter(is_at_work, workers):
            os.kill(worker, signal.SIGKILL)


def test_a_folder_that_holds_a_model_is_refused_and_left_alone(panel: Path, uninterrupted: Path) -> None:
    before = contents(uninterrupted)
    refused = run("train", "binomial", panel, "-o", uninterrupted)
    assert refused.returncode == 2
    assert "already holds a model" in refused.stderr
    assert refused.stderr.startswith("artgen: error: ")
    assert "Traceback" not in refused.stderr
    assert contents(uninterrupted) == before


def test_the_baselines_are_trained_with_their_options(panel: Path, tmp_path: Path) -> None:
    trained = run("train", "markov", panel, "-o", tmp_path / "markov", "--window", "4", "--min-count", "2")
    assert trained.returncode == 0, trained.stderr
    assert "markov model of 160 haplotypes × 60 sites" in trained.stdout
    assert generators.load(tmp_path / "markov").options() == {"window": 4, "min_count": 2}
    forced = run("train", "binomial", panel, "-o", tmp_path / "markov", "--force")
    assert forced.returncode == 0, forced.stderr
    assert generators.load(tmp_path / "markov").name == "binomial"


def test_a_chain_is_trained_in_parts_completed_and_sampled(panel: Path, tmp_path: Path) -> None:
    chain = ("--step", "25", "--pinned", "20", "--hidden", "8", "--epochs", "2", "--check-every", "1")
    command = ("train", "crbm-chain", panel, "-o", tmp_path / "chain", "--seed", "1", *chain)
    for window in ("2", "0"):
        trained = run(*command, "--window", window)
        assert trained.returncode == 0, trained.stderr
        assert "trained 1 of 3 windows. Complete the model with --resume." in trained.stdout
    completed = run(*command, "--resume")
    assert completed.returncode == 0, completed.stderr
    assert "crbm-chain model of 160 haplotypes × 60 sites" in completed.stdout
    sampled = run("sample", tmp_path / "chain", "-n", "9", "-o", tmp_path / "rows.hapbits")
    assert sampled.returncode == 0, sampled.stderr
    rows = io.read(tmp_path / "rows.hapbits")
    assert (len(rows), rows.n_sites) == (9, 60)
    assert np.array_equal(rows.packed, generators.load(tmp_path / "chain").sample(9).packed)
    compared = run("seams", tmp_path / "chain", panel, tmp_path / "rows.hapbits", "--reach", "5")
    assert compared.returncode == 0, compared.stderr
    assert [line.split()[0] for line in compared.stdout.splitlines()] == ["seam", "25", "50", "across", "inside", "of"]
    assert "of 8 haplotypes each: real (160), synthetic (9) cut at random, by person, to 8" in compared.stdout
    people = io.read(panel)
    first, second = people.split_by_person([0.5, 0.5], 0)
    io.write(first, tmp_path / "first.hapbits")
    io.write(second, tmp_path / "second.hapbits")
    unseen = ("--holdout", tmp_path / "second.hapbits", "--reach", "5")
    beside = run("seams", tmp_path / "chain", tmp_path / "first.hapbits", tmp_path / "rows.hapbits", *unseen)
    assert beside.returncode == 0, beside.stderr
    expected = seam_ld(first, second, [25, 50], 5)
    for place, ratio in (("across", expected.across_ratio), ("inside", expected.inside_ratio)):
        (line,) = (line for line in beside.stdout.splitlines() if line.startswith(place))
        assert line.endswith(f"of the real mean r²; unseen people {ratio:.3f}")
    seen = run("seams", tmp_path / "chain", panel, tmp_path / "rows.hapbits", *unseen)
    assert seen.returncode == 2
    assert "hold-out" in seen.stderr
    far = run("seams", tmp_path / "chain", panel, tmp_path / "rows.hapbits", "--reach", "50")
    assert "inside windows not known: no place inside is 50 sites from all seams. Give a smaller --reach." in far.stdout
    assert "nan of" not in far.stdout
    io.write(io.read(panel)[:, 1:], tmp_path / "shifted.hapbits")
    for panels in ((tmp_path / "shifted.hapbits",) * 2, (panel, tmp_path / "shifted.hapbits")):
        refused = run("seams", tmp_path / "chain", *panels)
        assert refused.returncode == 2
        assert f"shifted.hapbits: must have the sites of the model in {tmp_path / 'chain'}; " in refused.stderr
    refused = run("seams", panel, panel, panel)
    assert refused.returncode == 2
    for extra, message in (
        (("--window", "1"), "already holds a model"),
        (("--window", "1", "--force"), "Give one of them"),
    ):
        refused = run(*command, *extra)
        assert refused.returncode == 2
        assert message in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("train", "gan", "PANEL", "-o", "OUT"), "No such command 'gan'"),
        (("train", "binomial", "absent.vcf", "-o", "OUT"), "absent.vcf"),
        (("train", "binomial", "PANEL"), "Missing option '-o'"),
        (("train", "markov", "PANEL", "-o", "OUT", "--window", "99"), "window must be from 0 to 16"),
        (("train", "rbm", "PANEL", "-o", "OUT", "--learning-rate", "0"), "--learning-rate must be a positive number"),
        (("train", "rbm", "PANEL", "-o", "OUT", "--seed", "-1"), "is not in the range 0<=x<=9223372036854775807"),
        (("train", "binomial", "PANEL", "-o", "OUT", "--resume", "--force"), "exclude each other"),
    ],
)
def test_mistakes_get_one_message_and_no_folder(
    panel: Path, tmp_path: Path, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"PANEL": str(panel), "OUT": str(tmp_path / "out")}
    with pytest.raises(SystemExit) as ended:
        main([given.get(argument, argument) for argument in arguments])
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
    assert not any(tmp_path.rglob("*.safetensors"))


@pytest.mark.parametrize(
    ("options", "how"),
    [
        ((), "and --resume."),
        (("--force",), "with --resume in the place of --force."),
        (("--resume",), "Go on with the same command."),
    ],
)
def test_an_interrupted_command_says_how_to_go_on(
    panel: Path, tmp_path: Path, options: tuple[str, ...], how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("artgen_fast.generators.train_to_folder.train_to_folder", interrupt)
    ended = CliRunner().invoke(artgen, ["train", "binomial", str(panel), "-o", str(tmp_path / "model"), *options])
    assert ended.exit_code == 130
    assert how in ended.stderr


def test_help_teaches_the_models_and_the_resuming() -> None:
    assert "artgen sample model" in CliRunner().invoke(artgen, ["train", "--help"]).output
    text = CliRunner().invoke(artgen, ["train", "rbm", "--help"]).output
    assert "--resume" in text
    assert "Yelmen" in text
    assert "  artgen train rbm panel.hapbits -o model --epochs 2000\n" in text
    assert "AA_truth" in text
    for model in ("binomial", "markov"):
        assert "--resume" not in CliRunner().invoke(artgen, ["train", model, "--help"]).output
    text = " ".join(CliRunner().invoke(artgen, ["train", "crbm-chain", "--help"]).output.split())
    assert "Every hidden unit sees them, whatever its --receptive-field." in text
