import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from artgen_fast import io
from artgen_fast.cli import artgen, main
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators.rbm import tuning
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
    monkeypatch.setattr(tuning, "SEARCHED", {**tuning.SEARCHED, "learning_rate": (9e3, 1e4)})
    (trial,) = tune(*parts, FEW, tmp_path, trials=1)
    assert (trial.score, trial.epoch) == (DIVERGED, 0)


def test_no_trial_begins_when_the_time_is_over(parts: tuple[Haplotypes, Haplotypes], tmp_path: Path) -> None:
    assert tune(*parts, FEW, tmp_path, seconds=0) == []
    for seconds in (-1, float("nan")):
        with pytest.raises(InputError, match="seconds must be a number, 0 or more; got"):
            tune(*parts, FEW, tmp_path / "other", seconds=seconds)
    with pytest.raises(InputError, match="number of trials must be at least 1; got 0"):
        tune(*parts, FEW, tmp_path, trials=0)


@pytest.mark.usefixtures("small")
def test_the_command_ends_with_the_training_of_the_best(
    parts: tuple[Haplotypes, Haplotypes], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, part in zip(("train", "validation"), parts, strict=True):
        io.write(part, tmp_path / f"{name}.hapbits")
    arguments = [str(tmp_path / "train.hapbits"), "--validation", str(tmp_path / "validation.hapbits")]
    search = ["-o", str(tmp_path / "search"), "--trials", "2", "--epochs", "2", "--check-every", "2"]
    result = CliRunner().invoke(artgen, ["tune", "rbm", *arguments, *search])
    assert result.exit_code == 0, result.output
    assert "trial 2: 0." in result.output
    last = result.output.strip().splitlines()[-1]
    assert last.startswith("artgen train rbm")
    trained = CliRunner().invoke(
        artgen, [*last.replace("MODEL", str(tmp_path / "model")).split()[1:], "--epochs", "1", "--check-every", "1"]
    )
    assert trained.exit_code == 0, trained.output
    with pytest.raises(SystemExit):
        main(["tune", "rbm", *arguments, *search])
    assert "holds a search already" in capsys.readouterr().err
