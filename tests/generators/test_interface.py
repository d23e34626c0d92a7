from pathlib import Path

import numpy as np
import pytest

from artgen_fast import generators
from artgen_fast.errors import InputError
from artgen_fast.generators.interface import Generator, Progress, derived_seed
from artgen_fast.haplotypes import Haplotypes

OPTIONS = {
    "binomial": {},
    "markov": {"window": 4, "min_count": 2},
    "rbm": {"hidden": 8, "gibbs_steps": 3, "minibatch": 30, "epochs": 4, "check_every": 2},
    "crbm-chain": {
        "step": 7,
        "pinned": 5,
        "hidden": 8,
        "gibbs_steps": 3,
        "minibatch": 30,
        "epochs": 4,
        "check_every": 2,
    },
}


def make(name: str) -> Generator:
    return generators.by_name(name)(**OPTIONS[name])


every_generator = pytest.mark.parametrize("name", generators.names())


@every_generator
def test_samples_have_the_training_sites_and_belong_to_nobody(name: str, panel: Haplotypes) -> None:
    sampled = make(name).fit(panel).sample(7, seed=1)
    assert (len(sampled), sampled.n_sites) == (7, panel.n_sites)
    assert sampled.sites.first_difference(panel.sites) is None
    assert sampled.samples.name.tolist() == [f"AG{row}" for row in range(7)]
    assert set(sampled.samples.person) == {""}


@every_generator
def test_blocks_are_the_rows_of_the_sample_and_are_reported(name: str, panel: Haplotypes) -> None:
    model = make(name).fit(panel)
    seen: list[Progress] = []
    whole = model.sample(20, seed=2, progress=seen.append).packed
    assert np.array_equal(np.concatenate(list(model.sample_blocks(20, seed=2))), whole)
    assert seen[0].done == 0
    assert seen[-1].done == seen[-1].total


@every_generator
def test_a_model_knows_how_many_haplotypes_it_was_fitted_on(name: str, panel: Haplotypes, tmp_path: Path) -> None:
    make(name).fit(panel).save(tmp_path)
    assert generators.load(tmp_path).n_trained == len(panel)


@every_generator
def test_a_seed_fixes_the_sample_before_and_after_saving(name: str, panel: Haplotypes, tmp_path: Path) -> None:
    model = make(name).fit(panel, seed=3)
    model.save(tmp_path / "model")
    loaded = generators.load(tmp_path / "model")
    assert loaded.options() == model.options()
    assert dict(loaded.training) == dict(model.training)
    first = model.sample(50, seed=11).packed
    assert np.array_equal(first, model.sample(50, seed=11).packed)
    assert np.array_equal(first, loaded.sample(50, seed=11).packed)
    assert not np.array_equal(first, model.sample(50, seed=12).packed)


@every_generator
def test_fitting_again_gives_the_same_bytes(name: str, panel: Haplotypes, tmp_path: Path) -> None:
    for folder in ("first", "second"):
        make(name).fit(panel, seed=5).save(tmp_path / folder)
    for file in (tmp_path / "first").iterdir():
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes()


@every_generator
def test_progress_reaches_the_end(name: str, panel: Haplotypes) -> None:
    seen: list[Progress] = []
    make(name).fit(panel, progress=seen.append)
    assert seen[-1].done == seen[-1].total
    assert seen[-1].message


@every_generator
def test_an_unfitted_model_is_not_used(name: str, tmp_path: Path) -> None:
    for use in (lambda: make(name).sample(1), lambda: make(name).save(tmp_path / "m"), lambda: make(name).training):
        with pytest.raises(InputError, match="must be fitted before it is used"):
            use()
    assert list(tmp_path.iterdir()) == []


@every_generator
def test_wrong_numbers_and_panels_are_refused(name: str, panel: Haplotypes) -> None:
    model = make(name).fit(panel)
    with pytest.raises(InputError, match="at least 1 and at most 4,294,967,295; got 0"):
        model.sample(0)
    with pytest.raises(InputError, match="seed must be"):
        model.sample(1, seed=-1)
    with pytest.raises(InputError, match="at least 2 haplotypes"):
        make(name).fit(panel[:1])
    with pytest.raises(InputError, match="training and the validation panel must have the same sites"):
        make(name).fit(panel, panel[:, :-1])


@pytest.mark.parametrize("name", ["binomial", "markov"])
def test_what_is_no_seed_or_no_number_is_refused(name: str, panel: Haplotypes) -> None:
    for seed in ("a", 1.5, -1, True):
        with pytest.raises(InputError, match="seed must be a whole number"):
            make(name).fit(panel, seed=seed)  # type: ignore[arg-type]
        with pytest.raises(InputError, match="seed must be a whole number"):
            make(name).fit(panel).sample(2, seed=seed)  # type: ignore[arg-type]
    for n in ("a", 1.5, True):
        with pytest.raises(InputError, match="must be a whole number, at least 1"):
            make(name).fit(panel).sample(n)  # type: ignore[arg-type]


def test_seeds_of_different_purposes_and_counters_differ() -> None:
    seeds = [
        derived_seed(seed, purpose, *counter)
        for seed in (0, 1)
        for purpose in ("training", "sampling", "checking")
        for counter in ((), (1,), (2,))
    ]
    assert len(set(seeds)) == len(seeds)
    assert derived_seed(0, "sampling") == derived_seed(0, "sampling")
