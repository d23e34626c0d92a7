from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artgen_fast import generators
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import markov, model_folder, tensor_file
from artgen_fast.generators.interface import derived_seed
from artgen_fast.generators.markov import Markov
from artgen_fast.haplotypes import Haplotypes


def counted(alleles: np.ndarray, site: int, context: tuple[int, ...], min_count: int) -> float:
    """The conditional frequency, plainly: rows that agree with the context, shortened until there are enough."""
    for start in range(len(context) + 1):
        kept = context[start:]
        before = alleles[:, site - len(kept) : site]
        agree = (before == np.array(kept, dtype=int)).all(axis=1)
        if agree.sum() >= min_count or not kept:
            return float(alleles[agree, site].mean())
    raise AssertionError


@settings(deadline=None)  # the first example also imports
@given(seed=st.integers(0, 2**32 - 1), rows=st.integers(2, 12), window=st.integers(0, 4), min_count=st.integers(1, 4))
def test_conditionals_are_the_counted_ones(seed: int, rows: int, window: int, min_count: int) -> None:
    alleles = np.random.default_rng(seed).integers(0, 2, (rows, 7))
    model = Markov(window, min_count).fit(Haplotypes.from_alleles(alleles))
    for site in range(window, 7):
        frequencies = model.conditional_frequencies(site)
        assert frequencies.shape == (1 << window,)
        for code, frequency in enumerate(frequencies):
            context = tuple(code >> distance & 1 for distance in reversed(range(window)))
            assert frequency == counted(alleles, site, context, min_count)


def test_the_first_sites_look_back_as_far_as_there_are_sites() -> None:
    alleles = np.array([[0, 0, 1], [0, 1, 0], [1, 0, 0], [1, 1, 1], [1, 1, 1]])
    model = Markov(window=10).fit(Haplotypes.from_alleles(alleles))
    assert model.conditional_frequencies(0)[0] == 3 / 5
    assert model.conditional_frequencies(1)[[0, 1]].tolist() == [1 / 2, 2 / 3]
    assert model.conditional_frequencies(2)[[0b00, 0b01, 0b10, 0b11]].tolist() == [1, 0, 0, 1]


def test_with_a_window_over_all_sites_only_training_rows_come_out() -> None:
    # The exact chain over a full window is the empirical distribution of whole rows.
    alleles = np.random.default_rng(2).integers(0, 2, (9, 12))
    sampled = Markov(window=12).fit(Haplotypes.from_alleles(alleles)).sample(300, seed=1).alleles()
    assert {tuple(row) for row in sampled} == {tuple(row) for row in alleles.astype(np.uint8)}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"window": -1}, "from 0 to 16"),
        ({"window": 17}, "from 0 to 16"),
        ({"window": 2.5}, "from 0 to 16 sites, a whole number; got 2.5"),
        ({"window": True}, "a whole number; got True"),
        ({"window": "3"}, "a whole number; got '3'"),
        ({"min_count": 0}, "at least 1"),
        ({"min_count": 1.5}, "at least 1, a whole number; got 1.5"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Markov(**options)


def test_rows_do_not_depend_on_the_blocks(panel: Haplotypes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markov, "_SITES_TOGETHER", 8)
    model = Markov(window=4).fit(panel)
    # Each site takes a number a row of one stream: as the rows of earlier versions, which were drawn in one block.
    random = np.random.Generator(np.random.PCG64(derived_seed(3, "sampling"))).random((panel.n_sites, 50))
    expected = np.zeros((50, panel.n_sites), dtype=np.uint8)
    codes = np.zeros(50, dtype=np.int64)
    for site in range(panel.n_sites):
        expected[:, site] = random[site] < model.conditional_frequencies(site)[codes]
        codes = (2 * codes + expected[:, site]) % 16
    np.testing.assert_array_equal(model.sample(50, seed=3).alleles(), expected)
    monkeypatch.setattr(markov, "BLOCK_ROWS", 17)
    assert [len(block) for block in model.sample_blocks(50, seed=3)] == [17, 17, 16]
    np.testing.assert_array_equal(model.sample(50, seed=3).alleles(), expected)


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("offsets", lambda offsets: offsets[::-1]),
        ("contexts", lambda contexts: contexts + np.uint16(100)),
        ("context_counts", lambda counts: counts * 0),
        ("alternative_counts", lambda counts: counts + np.int32(1000)),
    ],
)
def test_counts_that_contradict_one_another_are_refused(
    name: str, change: object, tmp_path: Path, panel: Haplotypes
) -> None:
    Markov(window=3).fit(panel).save(tmp_path)
    contents = tensor_file.read(tmp_path / model_folder.TENSORS)
    changed = {**contents.tensors, name: change(contents.tensors[name])}  # type: ignore[operator]
    tensor_file.write(tmp_path / model_folder.TENSORS, contents.header, changed)
    with pytest.raises(FileFormatError, match="contradict"):
        generators.load(tmp_path)
