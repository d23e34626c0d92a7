import dataclasses
import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from artgen_fast import io
from artgen_fast.cli import artgen, main
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators.rbm import RBM, tuning
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.training import train_machine
from artgen_fast.generators.rbm.tuning import DIVERGED, FIELDS, SEARCHED, Trial, tune
from artgen_fast.haplotypes import Haplotypes

FEW = Settings(epochs=4, check_every=2)


@pytest.fixture
def parts(panel: Haplotypes) -> tuple[Haplotypes, Haplotypes]:
    train, validation = panel.split_by_person([0.5, 0.5], seed=0)
    return train, validation


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Machines that are trained in a moment."""
    small = {**SEARCHED, "hidden": (4, 16), "gibbs_steps": (1, 4), "minibatch": (20, 60)}
    monkeypatch.setattr(tuning, "SEARCHED", small)


@pytest.mark.usefixtures("small")
def test_a_trial_is_a_training_scored_on_the_validation_rows(
    parts: tuple[Haplotypes, Haplotypes], tmp_path: Path
) -> None:
    told: list[tuple[int, Trial]] = []
    found = tune(*parts, FEW, tmp_path, trials=4, seed=1, report=lambda number, trial: told.append((number, trial)))
    assert [number for number, _ in told] == [1, 2, 3, 4]
    assert [trial.score for trial in found] == sorted(trial.score for _, trial in told)
    for trial in found:
        assert {
            name: low <= trial.options[name] <= high for name, (low, high) in tuning.SEARCHED.items()
        } == dict.fromkeys(SEARCHED, True)
        _, record = train_machine(*parts, Settings(epochs=4, check_every=2, **trial.options), seed=1)
        best = next(check for check in record["checks"] if check["epoch"] == record["best_epoch"])
        halves = best["truth_half_tie"], best["syn_half_tie"]
        assert trial.score == max(abs(half - 0.5) for half in halves)
        assert trial.epoch == record["best_epoch"]
    assert len({tuple(trial.options.values()) for trial in found}) == 4


@pytest.mark.usefixtures("small")
def test_a_search_that_goes_on_is_the_search_in_one_go(parts: tuple[Haplotypes, Haplotypes], tmp_path: Path) -> None:
    def outcomes(folder: Path) -> list[object]:
        trials = json.loads((folder / tuning.FILE).read_text())["trials"]
        return [(trial["options"], trial["score"]) for trial in trials]

    tune(*parts, FEW, tmp_path / "whole", trials=3, seed=1)
    tune(*parts, FEW, tmp_path / "parts", trials=2, seed=1)
    with pytest.raises(InputError, match=r"holds a search already\. Go on with --resume"):
        tune(*parts, FEW, tmp_path / "parts", trials=3, seed=1)
    tune(*parts, FEW, tmp_path / "parts", trials=3, seed=1, resume=True)
    assert outcomes(tmp_path / "parts") == outcomes(tmp_path / "whole")
    with pytest.raises(InputError, match=r"different now: seed \(\d+ before, \d+ now\)\."):
        tune(*parts, FEW, tmp_path / "parts", trials=3, seed=2, resume=True)
    (tmp_path / "parts" / tuning.FILE).write_text("[1]")
    with pytest.raises(FileFormatError, match="must be the record of a search"):
        tune(*parts, FEW, tmp_path / "parts", trials=3, seed=1, resume=True)


@pytest.mark.usefixtures("small")
def test_receptive_fields_are_searched_beside_all_connections(
    parts: tuple[Haplotypes, Haplotypes], tmp_path: Path
) -> None:
    found = tune(*parts, dataclasses.replace(FEW, epochs=1), tmp_path, trials=12)
    n_sites = parts[0].n_sites
    fields = {trial.options["receptive_field"] for trial in found}
    assert fields <= {None, *(n_sites // share for share in FIELDS)}
    assert None in fields
    assert len(fields) > 2


@pytest.mark.usefixtures("small")
def test_a_search_goes_on_only_within_its_ranges(
    parts: tuple[Haplotypes, Haplotypes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tune(*parts, FEW, tmp_path, trials=1)
    monkeypatch.setattr(tuning, "SEARCHED", {**tuning.SEARCHED, "hidden": (4, 17)})
    with pytest.raises(InputError, match=r"different now: searched\."):
        tune(*parts, FEW, tmp_path, trials=2, resume=True)


@pytest.mark.usefixtures("small")
def test_a_training_that_diverges_is_the_worst_and_ends_nothing(
    parts: tuple[Haplotypes, Haplotypes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning, "SEARCHED", {**tuning.SEARCHED, "learning_rate": (9e3, 1e4), "l2": (1e-7, 1e-6)})
    (trial,) = tune(*parts, FEW, tmp_path, trials=1)
    assert (trial.score, trial.epoch) == (DIVERGED, 0)


def test_no_trial_begins_when_the_time_is_over(parts: tuple[Haplotypes, Haplotypes], tmp_path: Path) -> None:
    assert tune(*parts, FEW, tmp_path, seconds=0) == []
    for seconds in (-1, float("nan")):
        with pytest.raises(InputError, match="seconds must be a number, 0 or more; got"):
            tune(*parts, FEW, tmp_path / "other", seconds=seconds)
    with pytest.raises(InputError, match="number of trials must be at least 1; got 0"):
        tune(*parts, FEW, tmp_path, trials=0)


def test_the_command_ends_with_the_training_of_the_best(
    parts: tuple[Haplotypes, Haplotypes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # Fields of more than four digits, as panels of many sites have, and a name that a shell would take apart.
    small = {**SEARCHED, "hidden": (4, 16), "gibbs_steps": (1, 4), "minibatch": (20, 60)}
    monkeypatch.setattr(tuning, "SEARCHED", small)
    monkeypatch.setattr(
        tuning, "_searched", lambda n: {**{name: [*ends] for name, ends in small.items()}, "receptive_field": [16383]}
    )
    folder = tmp_path / "it's mine"
    folder.mkdir()
    for name, part in zip(("train", "validation"), parts, strict=True):
        io.write(part, folder / f"{name}.hapbits")
    arguments = [str(folder / "train.hapbits"), "--validation", str(folder / "validation.hapbits")]
    checks = ["--epochs", "2", "--check-every", "1", "--check-rows", "20", "--patience", "3", "--seed", "5"]
    search = ["-o", str(tmp_path / "search"), "--trials", "2", *checks]
    result = CliRunner().invoke(artgen, ["tune", "rbm", *arguments, *search])
    assert result.exit_code == 0, result.output
    assert "trial 2: 0." in result.output
    last = result.output.strip().splitlines()[-1]
    assert last.startswith("artgen train rbm")
    assert "--receptive-field 16383" in last
    words = [str(tmp_path / "model") if word == "MODEL" else word for word in shlex.split(last)]
    trained = CliRunner().invoke(artgen, words[1:])
    assert trained.exit_code == 0, trained.output
    model = RBM.load(tmp_path / "model")
    trials = json.loads((tmp_path / "search" / tuning.FILE).read_text())["trials"]
    best = min(trials, key=lambda trial: trial["score"])
    assert {name: model.options()[name] for name in best["options"]} == best["options"]
    check = next(each for each in model.training["checks"] if each["epoch"] == best["epoch"])
    assert best["score"] == max(abs(check["truth_half_tie"] - 0.5), abs(check["syn_half_tie"] - 0.5))
    assert (model.training["seed"], model.settings.patience, model.settings.check_rows) == (5, 3, 20)
    with pytest.raises(SystemExit):
        main(["tune", "rbm", *arguments, *search])
    assert "holds a search already" in capsys.readouterr().err


@pytest.mark.usefixtures("small")
def test_the_command_says_that_all_diverged_and_names_no_settings(
    parts: tuple[Haplotypes, Haplotypes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(tuning, "SEARCHED", {**tuning.SEARCHED, "learning_rate": (9e3, 1e4), "l2": (1e-7, 1e-6)})
    for name, part in zip(("train", "validation"), parts, strict=True):
        io.write(part, tmp_path / f"{name}.hapbits")
    files = [str(tmp_path / "train.hapbits"), "--validation", str(tmp_path / "validation.hapbits")]
    with pytest.raises(SystemExit):
        main(["tune", "rbm", *files, "-o", str(tmp_path / "search"), "--trials", "2", "--epochs", "2"])
    said = capsys.readouterr()
    assert "trial 2: diverged after" in said.err
    assert "every training of the search diverged (2 of 2)" in said.err
    assert "artgen train rbm" not in said.out
