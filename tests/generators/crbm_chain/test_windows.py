import json

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.generators.crbm_chain import CRBMChain
from artgen_fast.generators.crbm_chain.windows import Window, checked_sizes, put, windows_of
from artgen_fast.haplotypes import pack, unpack, words_for


def test_the_papers_windows_at_65535_sites() -> None:
    windows = windows_of(65_535, step=5_000, pinned=5_000, first=5_000)
    assert len(windows) == 14  # one machine and 13 conditional ones
    assert windows[0] == Window(0, 0, 5_000)
    assert windows[1] == Window(0, 5_000, 10_000)
    assert windows[2] == Window(5_000, 10_000, 15_000)
    assert windows[-1] == Window(60_000, 65_000, 65_535)  # 535 sites


@pytest.mark.parametrize("n_sites", [1, 5, 6, 23, 64, 65])
@pytest.mark.parametrize(("step", "pinned", "first"), [(5, 5, 5), (5, 12, 3), (7, 2, 20), (1, 1, 1), (100, 100, 100)])
def test_every_site_is_generated_once_given_those_before(n_sites: int, step: int, pinned: int, first: int) -> None:
    windows = windows_of(n_sites, step, pinned, first)
    generated = [site for window in windows for site in range(window.first_generated, window.end)]
    assert generated == list(range(n_sites))
    assert windows[0].n_pinned == 0
    for window in windows[1:]:
        assert window.n_pinned == min(pinned, window.first_generated)
        assert 1 <= window.end - window.first_generated <= step


@pytest.mark.parametrize(("step", "pinned", "context"), [(5, 5, 3), (7, 2, 20), (4, 1, 1), (100, 100, 9)])
def test_context_is_spread_over_all_sites_before(step: int, pinned: int, context: int) -> None:
    for window in windows_of(200, step, pinned, step, context):
        n = len(window.context)
        assert n == min(context, window.start)
        assert window.n_pinned == n + window.first_generated - window.start
        sites = np.arange(200)[window.sites()]
        assert len(sites) == window.n_sites
        assert list(sites[n:]) == list(range(window.start, window.end))
        before = sites[:n]
        assert tuple(before) == window.context
        # As far from each other as from the ends, to a site.
        gaps = np.diff([-before[0] - 1, *before, 2 * window.start - before[-1]]) if n else [1]
        assert min(gaps) >= 1
        assert max(gaps) - min(gaps) <= 2


def test_context_is_taken_from_the_common_sites() -> None:
    common = np.array([1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
    windows = windows_of(100, step=20, pinned=6, first=10, context=4, common=common)
    assert [window.context for window in windows] == [
        (), (1, 2, 3), (1, 3, 8, 21), (2, 5, 13, 34), (2, 5, 13, 34), (2, 5, 13, 34),
    ]  # fmt: skip
    for window in windows:
        assert Window.of_record(json.loads(json.dumps(window.record()))) == window


@pytest.mark.parametrize("offset", [0, 1, 63, 64, 70, 447, 448, 512])
@pytest.mark.parametrize("n_sites", [1, 64, 65, 300, 512])
def test_rows_are_put_anywhere(offset: int, n_sites: int) -> None:
    rng = np.random.default_rng(0)
    alleles = rng.integers(0, 2, (5, n_sites))
    there = rng.integers(0, 2, (5, offset + n_sites + 3))
    there[:, offset : offset + n_sites] = 0
    into = pack(there)
    assert into.shape[1] == words_for(there.shape[1])
    put(pack(alleles), into, offset)
    there[:, offset : offset + n_sites] = alleles
    np.testing.assert_array_equal(unpack(into, there.shape[1]), there)


@pytest.mark.parametrize("wrong", [(0, 1, 1), (1, 0, 1), (1, 1, 0), (1.5, 1, 1), (True, 1, 1), (1, 1, 1, -1)])
def test_sizes_out_of_range_are_refused(wrong: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"must be a whole number of sites, at least [01]; got"):
        checked_sizes(*wrong)


def test_sizes_may_be_numbers_of_numpy() -> None:
    sizes = checked_sizes(*np.array([3, 2, 1, 0]))
    assert sizes == (3, 2, 1, 0)
    assert {type(size) for size in sizes} == {int}


def test_workers_and_sizes_of_a_chain_may_be_numbers_of_numpy() -> None:
    chain = CRBMChain(step=np.int64(5), workers=np.int64(2))  # type: ignore[arg-type]
    assert type(chain.workers) is int
    assert json.dumps(chain.options()) == json.dumps(CRBMChain(step=5).options())


def test_the_record_of_a_window_has_the_names_of_saved_models() -> None:
    window = Window(5, 10, 12, (1, 3))
    assert window.record() == {"start": 5, "generated": 10, "end": 12, "context": [1, 3]}
