import multiprocessing
import shutil
from pathlib import Path

import numpy as np
import pytest

from artgen_fast import generators
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import crbm_chain
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.crbm_chain import training as chain_training
from artgen_fast.generators.crbm_chain.windows import Window
from artgen_fast.generators.interface import Progress
from artgen_fast.generators.rbm.receptive_fields import local_connections
from artgen_fast.generators.rbm.training import train_machine
from artgen_fast.generators.train_to_folder import train_to_folder
from artgen_fast.haplotypes import Haplotypes, Samples, Sites

N_SITES = 30


@pytest.fixture(scope="module")
def linked() -> Haplotypes:
    """Every site is the one before it, now and then turned: what is far away is known through all that lies between."""
    rng = np.random.default_rng(0)
    switches = rng.random((600, N_SITES)) < 0.02
    switches[:, 0] = rng.random(600) < 0.5
    sites = Sites.from_columns(np.arange(1, N_SITES + 1), contig="1", ref="A", alt="C")
    return Haplotypes.from_alleles(np.cumsum(switches, axis=1) % 2, sites)


def small(**changes: object) -> CRBMChain:
    options = {"step": 8, "pinned": 6, "hidden": 12, "gibbs_steps": 4, "minibatch": 60, "epochs": 6, "check_every": 2}
    return CRBMChain(**{**options, **changes})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fitted(linked: Haplotypes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fitted") / "model"
    train_to_folder(small(), folder, linked, seed=2)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_a_folder_holds_a_file_a_window(fitted: Path) -> None:
    names = sorted(file.name for file in fitted.iterdir() if file.is_file())
    windows = [f"window-000{number}.safetensors" for number in range(4)]
    assert names == ["model.json", "model.safetensors", *windows]
    record = generators.load(fitted).training
    assert [Window.of_record(each["window"]) for each in record["windows"]] == [
        Window(0, 0, 8), Window(2, 8, 16), Window(10, 16, 24), Window(18, 24, 30),
    ]  # fmt: skip
    assert all(each["checks"][-1]["epoch"] == 6 for each in record["windows"])


def test_a_window_is_the_machine_trained_on_its_sites_alone(linked: Haplotypes, fitted: Path) -> None:
    chain = generators.load(fitted)
    assert isinstance(chain, CRBMChain)
    window = chain.windows(N_SITES)[2]
    seed = chain_training.derived_seed(2, "window", 2) // 2
    machine, _ = train_machine(linked[:, 10:24], None, chain.settings, seed=seed, n_pinned=6)
    found = chain._machine(2, window)
    for ours, theirs in zip(found.parameters, machine.parameters, strict=True):
        assert ours.equal(theirs)


@pytest.mark.slow
def test_windows_in_any_order_and_on_several_processes_give_the_same_bytes(
    linked: Haplotypes, fitted: Path, tmp_path: Path
) -> None:
    in_parts = small()
    points = tmp_path / "parts" / "checkpoints"
    for numbers in ([3, 0], [1]):
        in_parts.train_windows(linked, None, points, numbers, seed=2)
    assert sorted(file.name for file in points.iterdir()) == [f"window-000{number}.safetensors" for number in (0, 1, 3)]
    with pytest.raises(InputError, match="unfinished training"):
        train_to_folder(small(), tmp_path / "parts", linked, seed=2)
    train_to_folder(small(), tmp_path / "parts", linked, seed=2, resume=True)
    seen: list[Progress] = []
    train_to_folder(small(workers=2), tmp_path / "parallel", linked, seed=2, progress=seen.append)
    assert contents(tmp_path / "parts") == contents(fitted)
    assert contents(tmp_path / "parallel") == contents(fitted)
    assert (seen[-1].done, seen[-1].total) == (24, 24)


def test_an_interrupted_training_goes_on_in_the_window_where_it_was(
    linked: Haplotypes, fitted: Path, tmp_path: Path
) -> None:
    def stop(state: Progress) -> None:
        if state.done == 6 + 3:  # in the second window, past its first checkpoint
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_to_folder(small(), tmp_path / "model", linked, seed=2, progress=stop)
    points = tmp_path / "model" / "checkpoints"
    assert (points / "window-0000.safetensors").exists()
    assert not (points / "window-0000").exists()
    assert [file.name for file in (points / "window-0001").iterdir()] == ["checkpoint-00000002.safetensors"]
    begun: list[int] = []
    train_to_folder(
        small(), tmp_path / "model", linked, seed=2, resume=True, progress=lambda state: begun.append(state.done)
    )
    assert begun[0] == 6  # the first window is there
    assert begun[1:3] == [6 + 2, 6 + 3]  # the second one goes on from its checkpoint
    assert contents(tmp_path / "model") == contents(fitted)


def test_a_worker_that_fails_ends_the_training(linked: Haplotypes, tmp_path: Path) -> None:
    hot = small(workers=2, learning_rate=1e4)
    with pytest.raises(InputError, match="the training diverged"):
        train_to_folder(hot, tmp_path / "model", linked, seed=2)
    assert not (tmp_path / "model" / "model.json").exists()
    assert multiprocessing.active_children() == []


def test_a_worker_that_is_killed_ends_the_training(linked: Haplotypes, tmp_path: Path) -> None:
    def kill_one(state: Progress) -> None:
        for each in multiprocessing.active_children()[:1]:  # it may be gone already: news of it come late
            each.kill()

    long = small(workers=2, epochs=1_000_000, check_every=2)
    with pytest.raises(InputError, match=r"the process that trained window \d was ended \(exit code -9\)"):
        train_to_folder(long, tmp_path / "model", linked, seed=2, progress=kill_one)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("context", [0, 5])
def test_samples_continue_what_was_generated(linked: Haplotypes, fitted: Path, context: int, tmp_path: Path) -> None:
    if context:
        fitted = tmp_path
        small(context=context).fit(linked, seed=2).save(fitted)
    chain = generators.load(fitted)
    assert isinstance(chain, CRBMChain)
    assert chain.context == context
    rows = chain.sample(40, seed=4)
    assert rows.n_sites == N_SITES
    # Each window again, given the sampled sites before it: the same sites after them.
    for number, window in enumerate(chain._fitted_windows()):
        again = chain._generate_window(number, window, rows.packed, _random_of(4), 0)
        part = rows[:, window.start : window.end]
        np.testing.assert_array_equal(again, part.packed)


def test_a_window_with_context_is_the_machine_trained_on_both(linked: Haplotypes) -> None:
    alleles = linked.alleles()
    alleles[30:, [2, 3]] = 0  # rare: nothing to go by
    linked = Haplotypes.from_alleles(alleles, linked.sites)
    chain = small(context=4).fit(linked, seed=2)
    window = chain._fitted_windows()[2]
    assert window == Window(10, 16, 24, (1, 5, 7, 9))
    seed = chain_training.derived_seed(2, "window", 2) // 2
    sites = np.array([1, 5, 7, 9, *range(10, 24)])
    machine, _ = train_machine(linked[:, sites], None, chain.settings, seed=seed, n_pinned=4 + 6)
    for ours, theirs in zip(chain._machine(2, window).parameters, machine.parameters, strict=True):
        assert ours.equal(theirs)


@pytest.mark.slow
def test_windows_are_calibrated_at_the_sites_that_they_generate(linked: Haplotypes) -> None:
    plain, found = small().fit(linked, seed=2), small(calibration_rounds=2).fit(linked, seed=2)
    window = found._fitted_windows()[2]
    before, after = (chain._machine(2, window) for chain in (plain, found))
    assert after.weights.equal(before.weights)
    moved = (after.visible_bias != before.visible_bias).tolist()
    assert not any(moved[: window.n_pinned])
    assert all(moved[window.n_pinned :])
    assert [len(each["calibration"]) for each in found.training["windows"]] == [2, 2, 2, 2]


def test_every_hidden_unit_sees_the_context_whatever_its_receptive_field(linked: Haplotypes, tmp_path: Path) -> None:
    chain = small(context=4, receptive_field=5).fit(linked, seed=2)
    chain.save(tmp_path / "model")
    windows = chain._fitted_windows()
    for number, window in enumerate(windows):
        n_context = len(window.context)
        connected = chain._machine(number, window).weights != 0
        assert connected[:n_context].all()
        assert not connected[n_context:].all()
        np.testing.assert_array_equal(
            connected[n_context:], ~local_connections(window.n_sites - n_context, 12, 5).missing.numpy()
        )
    assert [len(window.context) for window in windows][1:] != [0] * (len(windows) - 1)
    again = CRBMChain.load(tmp_path / "model")
    np.testing.assert_array_equal(again.sample(30, seed=1).packed, chain.sample(30, seed=1).packed)


def test_context_ties_windows_that_are_far_apart() -> None:
    """The first and the last eight sites are those of a population; what lies between tells nothing of it."""
    rng = np.random.default_rng(1)
    alleles = rng.integers(0, 2, (600, 24))
    population = rng.integers(0, 2, (600, 1))
    alleles[:, :8] = alleles[:, 16:] = population
    sites = Sites.from_columns(np.arange(1, 25), contig="1", ref="A", alt="C")
    panel = Haplotypes.from_alleles(alleles, sites)
    tie = {}
    for context in (0, 4):
        model = small(context=context, gibbs_steps=10, learning_rate=0.3, epochs=60, check_every=60)
        sampled = model.fit(panel, seed=1).sample(2_000, seed=1).alleles().astype(float)
        assert np.corrcoef(sampled[:, 17], sampled[:, 20])[0, 1] > 0.8
        tie[context] = np.corrcoef(sampled[:, 2], sampled[:, 20])[0, 1]
    assert abs(tie[0]) < 0.2
    assert tie[4] > 0.7


def _random_of(seed: int) -> int:
    return chain_training.derived_seed(seed, "sampling")


def test_batches_do_not_matter(fitted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = generators.load(fitted)
    whole = chain.sample(50, seed=1).packed
    monkeypatch.setattr(crbm_chain, "BLOCK_ROWS", 17)
    seen: list[Progress] = []
    blocks = list(chain.sample_blocks(50, seed=1, progress=seen.append))
    assert [len(block) for block in blocks] == [17, 17, 16]
    np.testing.assert_array_equal(np.concatenate(blocks), whole)
    assert (seen[-1].done, seen[-1].total) == (200, 200)
    assert seen[0].done == 0
    assert seen[1].message == "window 1 of 4"


@pytest.mark.slow
def test_linkage_crosses_the_seams(linked: Haplotypes) -> None:
    model = small(hidden=20, gibbs_steps=10, learning_rate=0.3, epochs=150, check_every=50).fit(linked, seed=1)
    sampled = model.sample(2_000, seed=1).alleles().astype(float)
    within = np.corrcoef(sampled[:, 3], sampled[:, 4])[0, 1]
    across = [np.corrcoef(sampled[:, seam - 1], sampled[:, seam])[0, 1] for seam in (8, 16, 24)]
    assert within > 0.8
    assert min(across) > 0.8
    # Not through the pinned sites alone: the whole chain holds together.
    assert np.corrcoef(sampled[:, 0], sampled[:, 29])[0, 1] > 0.25
    shuffled = np.random.default_rng(0).permutation(2_000)
    assert abs(np.corrcoef(sampled[:, 7], sampled[shuffled, 8])[0, 1]) < 0.1


def test_a_chain_that_lacks_a_window_or_has_anothers_is_refused(
    fitted: Path, tmp_path: Path, linked: Haplotypes
) -> None:
    shutil.copytree(fitted, tmp_path / "lacking")
    (tmp_path / "lacking" / "window-0002.safetensors").unlink()
    with pytest.raises(FileFormatError, match=r"window-0002.safetensors is missing: a chain needs all"):
        generators.load(tmp_path / "lacking")
    shutil.copytree(fitted, tmp_path / "mixed")
    other = tmp_path / "other"
    train_to_folder(small(), other, linked, seed=3)
    shutil.copy(other / "window-0001.safetensors", tmp_path / "mixed")
    with pytest.raises(InputError, match=r"window-0001.safetensors: this window was trained with other .* seed"):
        generators.load(tmp_path / "mixed").sample(5)
    cut = tmp_path / "mixed" / "window-0001.safetensors"
    cut.write_bytes(cut.read_bytes()[:-5])
    with pytest.raises(FileFormatError, match="must be a whole model file"):
        generators.load(tmp_path / "mixed").sample(5)


def test_the_record_of_another_version_is_refused(fitted: Path, tmp_path: Path) -> None:
    chain = generators.load(fitted)
    chain.training["windows"] = [{**each, "window": [0, 0, 8, 0]} for each in chain.training["windows"]]
    chain.save(tmp_path / "old")
    with pytest.raises(FileFormatError, match=r"its record names others, or is that of another version\. Train it"):
        generators.load(tmp_path / "old")


def test_finished_windows_of_other_data_are_refused(linked: Haplotypes, tmp_path: Path) -> None:
    small().train_windows(linked, None, tmp_path, [0], seed=2)
    with pytest.raises(InputError, match=r"window-0000.safetensors: .* different now: hidden \(\d+ before, 13 now\)\."):
        small(hidden=13).train_windows(linked, None, tmp_path, [0], seed=2, resume=True)
    with pytest.raises(InputError, match=r"different now: training panel\."):
        small().train_windows(linked[:-2], None, tmp_path, [0], seed=2, resume=True)


def test_a_finished_window_is_never_replaced(linked: Haplotypes, tmp_path: Path) -> None:
    small().train_windows(linked, None, tmp_path, [1], seed=2)
    before = contents(tmp_path)
    with pytest.raises(InputError, match=r"window-0001.safetensors is there already: window 1 is trained\. Keep it"):
        small().train_windows(linked, None, tmp_path, [0, 1], seed=2)
    with pytest.raises(InputError, match="window 1 is trained"):
        small().fit(linked, seed=2, checkpoints=tmp_path)
    # Others are not trained beside it with what it was not trained with.
    again = r"Give the same again, or remove this file to train the window anew\."
    for resume in (False, True):
        with pytest.raises(InputError, match=rf"window-0001.safetensors: .* different now: seed \(2 .* {again}"):
            small().train_windows(linked, None, tmp_path, [0], seed=3, resume=resume)
        with pytest.raises(InputError, match=r"different now: calibration_rounds \(None before, 2 now\)"):
            small(calibration_rounds=2).train_windows(linked, None, tmp_path, [0], seed=2, resume=resume)
    with pytest.raises(InputError, match=r"window-0001.safetensors: must be one of 1 windows"):
        small(first=N_SITES).train_windows(linked, None, tmp_path, [0], seed=2)
    small().train_windows(linked, None, tmp_path, [1], seed=2, resume=True)
    assert contents(tmp_path) == before


def test_a_window_that_is_begun_is_not_begun_again(linked: Haplotypes, tmp_path: Path) -> None:
    def stop(state: Progress) -> None:
        if state.done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small().train_windows(linked, None, tmp_path, [1], seed=2, progress=stop)
    with pytest.raises(InputError, match=r"window-0001 holds an unfinished training of window 1\. Go on with"):
        small().train_windows(linked, None, tmp_path, [0, 1], seed=2)
    assert not (tmp_path / "window-0000.safetensors").exists()


def test_one_person_is_refused_before_any_window_is_trained(linked: Haplotypes, tmp_path: Path) -> None:
    one = Haplotypes(linked.packed[:2], linked.n_sites, linked.sites, Samples.from_persons(["P"]))
    others = Haplotypes(linked.packed[2:], linked.n_sites, linked.sites, Samples.synthetic(len(linked) - 2))
    with pytest.raises(InputError, match=r"at least 2 persons \(or rows without a person\); got 1\..*--validation"):
        small().fit(one, checkpoints=tmp_path)
    assert contents(tmp_path) == {}
    small(epochs=1).fit(one, others)
    small(epochs=1, first=N_SITES).fit(one)  # a single window has no pinned sites


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"step": 0}, "step must be a whole number of sites, at least 1; got 0"),
        ({"pinned": 0}, "pinned must be a whole number of sites"),
        ({"first": 0}, "first must be a whole number of sites"),
        ({"context": -1}, "context must be a whole number of sites, at least 0; got -1"),
        ({"workers": 0}, "workers must be a positive whole number"),
        ({"threads": 0}, "threads must be a whole number from 1"),
        ({"hidden": 0}, "hidden must be a whole number of at least 1"),
    ],
)
def test_options_out_of_range_are_refused(wrong: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        small(**wrong)


def test_numbers_of_windows_out_of_range_are_refused(linked: Haplotypes, tmp_path: Path) -> None:
    for numbers, message in (([4], "windows must be from 0 to 3; got 4"), ([], "from 0 to 3; got none")):
        with pytest.raises(InputError, match=message):
            small().train_windows(linked, None, tmp_path, numbers)
