import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from artgen_fast.errors import FileFormatError, InputError, TrainingDivergedError
from artgen_fast.generators import tensor_file
from artgen_fast.generators.checkpoints import Checkpoints
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.rbm import RBM, check, training
from artgen_fast.generators.rbm.check import TrainingCheck, fixed_subset
from artgen_fast.generators.rbm.machine import Machine
from artgen_fast.generators.rbm.settings import Settings
from artgen_fast.generators.rbm.training import Training, train_machine
from artgen_fast.generators.rbm.updates import Updater
from artgen_fast.haplotypes import Haplotypes

HALVES = ("truth_half_tie", "syn_half_tie")
SMALL = Settings(hidden=8, gibbs_steps=3, minibatch=40, epochs=6, check_every=2)


def check_with(epoch: int, truth: float, syn: float) -> TrainingCheck:
    return TrainingCheck(epoch, [1.0], 1.0, truth, syn)


@pytest.fixture
def begun(panel: Haplotypes) -> Training:
    return Training.begin(panel, SMALL, seed=0)


def test_an_epoch_is_as_many_updates_as_cover_the_rows(begun: Training, panel: Haplotypes) -> None:
    made: list[int] = []

    class Counting(Updater):
        def update(self, machine: Machine, number: int) -> None:
            made.append(number)

    updater = Counting(panel.packed[:85], SMALL, seed=0)
    training._train_epoch(begun, updater)
    training._train_epoch(begun, updater)
    assert made == [0, 1, 2, 3, 4, 5]  # ⌈85 / 40⌉ updates an epoch
    assert begun.epoch == 2


def test_the_average_is_that_of_the_last_updates(panel: Haplotypes) -> None:
    settings = dataclasses.replace(SMALL, average_over=4)
    begun = Training.begin(panel, settings, seed=1)
    begun.machine.weights.normal_(generator=torch.Generator().manual_seed(0))
    updater = Updater(panel.packed, settings, seed=5)
    machine, expected = begun.machine.copy(), torch.zeros_like(begun.machine.weights)
    for number in range(2 * -(-len(panel) // settings.minibatch)):
        updater.update(machine, number)
        expected += (machine.weights - expected) / min(number + 1, 4)
    for _ in range(2):
        training._train_epoch(begun, updater)
    assert torch.equal(begun.machine.weights, machine.weights)
    assert torch.allclose(begun.average.weights, expected, atol=1e-6)
    assert (begun.average.weights - machine.weights).abs().max() > 1e-3


def test_what_is_checked_kept_and_sampled_is_the_average(panel: Haplotypes, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[torch.Tensor] = []

    def watching(machine: Machine, generated: object, reference: object, epoch: int) -> TrainingCheck:
        seen.append(machine.weights.clone())
        return check_with(epoch, 0.6, 0.5)

    monkeypatch.setattr(check, "compare", watching)
    settings = dataclasses.replace(SMALL, epochs=2)
    kept, _ = train_machine(panel, None, settings, seed=1)
    latest, _ = train_machine(panel, None, dataclasses.replace(settings, average_over=1), seed=1)
    assert torch.equal(kept.weights, seen[0])
    assert torch.equal(latest.weights, seen[1])
    assert not torch.equal(kept.weights, latest.weights)


def test_the_record_has_a_check_for_every_interval_and_the_end(panel: Haplotypes) -> None:
    settings = dataclasses.replace(SMALL, epochs=5)
    seen: list[Progress] = []
    _, record = train_machine(panel, None, settings, seed=0, progress=seen.append)
    assert [done["epoch"] for done in record["checks"]] == [2, 4, 5]
    assert record["epochs"] == 5
    assert record["stopped"] == "epochs"
    assert [state.done for state in seen] == [0, 1, 2, 3, 4, 5]
    assert "no check yet" in seen[0].message
    best = min(max(abs(done[half] - 0.5) for half in HALVES) for done in record["checks"])
    assert f"best {best:.3f}" in seen[-1].message


def test_singular_values_grow_from_nearly_nothing(panel: Haplotypes) -> None:
    settings = dataclasses.replace(SMALL, epochs=60, check_every=20)
    _, record = train_machine(panel, None, settings, seed=0)
    largest = [done["singular_values"][0] for done in record["checks"]]
    assert largest == sorted(largest)
    start = float(torch.linalg.svdvals(Training.begin(panel, settings, 0).machine.weights)[0])
    assert start < 0.002 < 0.5 < largest[-1]


def test_frequencies_that_are_the_same_everywhere_correlate_with_none(begun: Training, panel: Haplotypes) -> None:
    same = Haplotypes.from_alleles(np.arange(len(panel))[:, None] % 10 < np.full(panel.n_sites, 3), panel.sites)
    correlations = [
        check.compare(begun.machine, generated, panel, 1).frequency_correlation for generated in (panel, same)
    ]
    assert correlations == [pytest.approx(1), 0]


def test_the_best_check_is_the_one_with_the_smaller_worse_half(begun: Training) -> None:
    begun.checks = [check_with(1, 1.0, 0.3), check_with(2, 0.8, 0.5), check_with(3, 0.7, 0.65), check_with(4, 0.7, 0.3)]
    assert begun.best_check is begun.checks[2]
    # The mean of the halves would have preferred the first of these: 0.5 exactly.
    begun.checks = [check_with(1, 1.0, 0.0), check_with(2, 0.7, 0.6)]
    assert begun.best_check is begun.checks[1]


def test_standing_still_counts_only_after_the_worse_half_has_moved(begun: Training) -> None:
    begun.checks = [check_with(epoch, 1.0, 0.1) for epoch in range(30)]
    assert not begun.has_stalled(patience=3)
    begun.checks = [check_with(0, 0.8, 0.4), *(check_with(epoch, 0.9, 0.4) for epoch in range(1, 3))]
    assert not begun.has_stalled(patience=3)
    begun.checks.append(check_with(3, 0.85, 0.4))
    assert begun.has_stalled(patience=3)


def test_training_stops_by_patience_and_keeps_the_best_machine(
    panel: Haplotypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[int, torch.Tensor] = {}
    halves = {2: 0.9, 4: 0.7, 6: 0.8, 8: 0.75, 10: 0.6}

    def scripted(machine: object, generated: object, reference: object, epoch: int) -> TrainingCheck:
        kept[epoch] = machine.weights.clone()  # type: ignore[attr-defined]
        return check_with(epoch, halves[epoch], 0.5)

    monkeypatch.setattr(check, "compare", scripted)
    settings = dataclasses.replace(SMALL, epochs=100, patience=2)
    machine, record = train_machine(panel, None, settings, seed=0)
    assert record["stopped"] == "patience"
    assert (record["epochs"], record["best_epoch"]) == (8, 4)
    assert torch.equal(machine.weights, kept[4])


def test_checks_compare_with_the_validation_rows_only(panel: Haplotypes, monkeypatch: pytest.MonkeyPatch) -> None:
    train, validation = panel.split_by_person([0.7, 0.3], seed=1)
    seen: list[Haplotypes] = []

    def watching(machine: object, generated: Haplotypes, reference: Haplotypes, epoch: int) -> TrainingCheck:
        seen.append(reference)
        assert len(generated) == len(reference)
        return check_with(epoch, 0.6, 0.5)

    monkeypatch.setattr(check, "compare", watching)
    train_machine(train, validation, SMALL, seed=0)
    assert all(np.array_equal(reference.packed, validation.packed) for reference in seen)
    seen.clear()
    train_machine(train, None, dataclasses.replace(SMALL, check_rows=20), seed=0)
    assert all(len(reference) == 20 for reference in seen)
    assert len({reference.packed.tobytes() for reference in seen}) == 1


def test_the_checks_do_not_change_what_is_learnt(panel: Haplotypes) -> None:
    often, seldom = (
        train_machine(panel, None, dataclasses.replace(SMALL, check_every=every), seed=0, progress=None)
        for every in (1, 6)
    )
    assert often[1]["checks"][-1] == seldom[1]["checks"][-1]


def test_the_fixed_subset_keeps_persons_whole_and_the_order(panel: Haplotypes) -> None:
    subset = fixed_subset(panel, 31, seed=5)
    assert len(subset) == 30
    persons, rows = np.unique(subset.samples.person, return_counts=True)
    assert set(rows.tolist()) == {2}
    order = [panel.samples.name.tolist().index(name) for name in subset.samples.name]
    assert order == sorted(order)
    assert len(persons) == 15
    assert fixed_subset(panel, 1000, seed=5) is panel
    with pytest.raises(InputError, match="Raise check_rows"):
        fixed_subset(panel, 1, seed=5)


def test_a_learning_rate_far_too_high_is_said_with_the_remedy(panel: Haplotypes) -> None:
    settings = dataclasses.replace(SMALL, learning_rate=1e4)
    with pytest.raises(
        TrainingDivergedError, match=r"training diverged: at epoch 2 .* lower learning rate \(it was 10000\)"
    ):
        train_machine(panel, None, settings, seed=0)


def test_a_fresh_training_leaves_the_checkpoints_of_another_alone(tmp_path: Path, panel: Haplotypes) -> None:
    model = RBM(**{**dataclasses.asdict(SMALL), "epochs": 8}).fit(panel, checkpoints=tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert sorted(before) == ["checkpoint-00000006.safetensors", "checkpoint-00000008.safetensors"]
    with pytest.raises(InputError, match=r"must hold no checkpoints .*resume=True"):
        model.fit(panel, seed=1, checkpoints=tmp_path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_weights_that_are_no_numbers_are_never_written(panel: Haplotypes, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("weights", "hidden_bias"):

        def poison(updater: object, machine: Machine, number: int, name: str = name) -> None:
            getattr(machine, name)[0] = float("nan")

        monkeypatch.setattr(Updater, "update", poison)
        with pytest.raises(InputError, match=r"at epoch \d some weights are no longer numbers.* lower learning rate"):
            train_machine(panel, None, SMALL, seed=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"hidden": np.int64(0)}, "hidden must be a whole number of at least 1"),
        ({"hidden": None}, "hidden must be a whole number of at least 1, .* got None"),
        ({"hidden": 0}, "hidden must be a whole number of at least 1, .* got 0"),
        ({"gibbs_steps": 2.5}, "gibbs_steps must be a whole number"),
        ({"epochs": True}, "epochs must be a whole number"),
        ({"learning_rate": 0.0}, "learning_rate must be a positive number"),
        ({"learning_rate": float("inf")}, "learning_rate must be a positive number"),
        ({"learning_rate": float("nan")}, "learning_rate must be a positive number"),
        ({"l2": -0.1}, "l2 must be a number, 0 or more, .* got -0.1"),
        ({"learning_rate": True}, "learning_rate must be a positive number, .* got True"),
        ({"learning_rate": "0.4"}, "learning_rate must be a positive number, .* got '0.4'"),
        ({"learning_rate": 1e300}, r"learning_rate must be .* at most 3\.4e\+38, as weights are float32; got 1e\+300"),
        ({"learning_rate": 10**400}, r"learning_rate must be .* at most 3\.4e\+38"),
        ({"l2": np.True_}, "l2 must be a number, 0 or more, .* got np.True_"),
        ({"l2": 1e300}, r"l2 must be .* at most 3\.4e\+38"),
        ({"l2": 1e6}, r"learning_rate · l2 must be at most 2: .* got 0\.4 · 1e\+06\. Lower l2"),
        ({"hidden": 99999999999999999999}, r"hidden must be a whole number of at least 1, and below 2\^31; got 9999"),
        ({"receptive_field": 2**63 - 1}, r"receptive_field must be .* below 2\^31"),
        ({"method": "vae"}, "method must be one of rdm, cd, pcd; got 'vae'"),
        ({"precision": "int4"}, "precision must be one of int8x2, float32, bf16"),
        ({"gibbs_steps": 5, "sampling_steps": 6}, r"leave sampling_steps out, or give gibbs_steps \(5\); got 6"),
        ({"method": "cd", "sampling_steps": 0}, "sampling_steps must be a whole number of at least 1, .* got 0"),
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        RBM(**wrong)  # type: ignore[arg-type]


def test_numbers_of_numpy_are_options(tmp_path: Path, panel: Haplotypes) -> None:
    given = {"hidden": 3, "gibbs_steps": 2, "minibatch": 20, "epochs": 1, "receptive_field": 4}
    rates = {"learning_rate": 0.5, "l2": 0.25}
    whole = {name: np.int64(value) for name, value in given.items()}
    of_numpy = RBM(**whole, **{name: np.float32(value) for name, value in rates.items()})  # type: ignore[arg-type]
    assert of_numpy.options() == RBM(**given, **rates).options()  # type: ignore[arg-type]
    of_numpy.fit(panel).save(tmp_path)  # as JSON
    assert RBM.load(tmp_path).options() == of_numpy.options()


def test_a_checkpoint_without_its_state_is_refused(tmp_path: object, begun: Training, panel: Haplotypes) -> None:
    path = f"{tmp_path}/checkpoint.safetensors"
    sound = {"epoch": 2, "checks": []}
    for header, tensors in (
        ({"epoch": 2}, begun.tensors()),
        ({**sound, "checks": [{"epoch": 1}]}, begun.tensors()),
        (sound, {**begun.tensors(), "machine.weights": np.zeros((3, 3), dtype=np.float32)}),
        (sound, {**begun.tensors(), "best.hidden_bias": np.full(8, np.nan, dtype=np.float32)}),
    ):
        tensor_file.write(path, header, tensors)
        with pytest.raises(FileFormatError, match=r"checkpoint.safetensors"):
            Training.from_checkpoint(tensor_file.read(path), panel.n_sites, SMALL)


def test_a_checkpoint_of_persistent_chains_needs_them(tmp_path: object, begun: Training, panel: Haplotypes) -> None:
    path = f"{tmp_path}/checkpoint.safetensors"
    settings = dataclasses.replace(SMALL, method="pcd")
    tensor_file.write(path, {"epoch": 2, "checks": []}, begun.tensors())
    with pytest.raises(FileFormatError, match="the tensor 'persistent' is missing"):
        Training.from_checkpoint(tensor_file.read(path), panel.n_sites, settings)


@pytest.mark.parametrize("method", ["rdm", "cd", "pcd"])
@pytest.mark.parametrize("n_pinned", [0, 5])
def test_a_resumed_training_gives_the_bytes_of_an_uninterrupted_one(
    tmp_path: Path, panel: Haplotypes, method: str, n_pinned: int
) -> None:
    settings = dataclasses.replace(SMALL, method=method, l2=0.01)
    whole = train_machine(panel, None, settings, seed=3, n_pinned=n_pinned)
    checkpoints = Checkpoints(tmp_path)
    half = dataclasses.replace(settings, epochs=4)
    train_machine(panel, None, half, seed=3, n_pinned=n_pinned, checkpoints=checkpoints)
    resumed = train_machine(panel, None, settings, seed=3, n_pinned=n_pinned, checkpoints=checkpoints, resume=True)
    assert resumed[1] == whole[1]
    for ours, theirs in zip(resumed[0].parameters, whole[0].parameters, strict=True):
        assert torch.equal(ours, theirs)
    with pytest.raises(InputError, match=rf"different now: pinned sites \({n_pinned} before, {n_pinned + 1} now\)\."):
        train_machine(panel, None, settings, seed=3, n_pinned=n_pinned + 1, checkpoints=checkpoints, resume=True)


def test_precision_is_tried_at_every_check_and_resumed(
    tmp_path: Path, panel: Haplotypes, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Exact enough until the first check, and no longer after it.
    start = Training.begin(panel, SMALL, seed=3).machine.weights

    tried: list[Machine] = []

    def precision_for(machine: Machine, settings: Settings, threads: int | None) -> str:
        tried.append(machine)
        return "int8x2" if torch.equal(machine.weights, start) else "float32"

    used: list[str | None] = []

    class Watching(Updater):
        def update(self, machine: Machine, number: int) -> None:
            used.append(self.precision)
            assert tried[-1] is machine  # that which learns, not the averaged one that is checked
            super().update(machine, number)

    monkeypatch.setattr(training, "precision_for", precision_for)
    monkeypatch.setattr(training, "Updater", Watching)
    settings = dataclasses.replace(SMALL, learning_rate=1.0)
    whole = train_machine(panel, None, settings, seed=3)
    per_epoch = len(used) // settings.epochs
    assert used == ["int8x2"] * 2 * per_epoch + ["float32"] * 4 * per_epoch
    # The first check is of a machine that is no longer exact enough.
    assert [done["precision"] for done in whole[1]["checks"]] == ["float32"] * 3
    checkpoints = Checkpoints(tmp_path)
    train_machine(panel, None, dataclasses.replace(settings, epochs=2), seed=3, checkpoints=checkpoints)
    used.clear()
    resumed = train_machine(panel, None, settings, seed=3, checkpoints=checkpoints, resume=True)
    assert set(used) == {"float32"}
    assert torch.equal(resumed[0].weights, whole[0].weights)
