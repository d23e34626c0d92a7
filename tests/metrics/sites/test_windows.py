from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Sites
from artgen_fast.metrics.sites.windows import contig_windows, even_windows, sized_windows


@pytest.fixture
def sites():
    """Contigs of 60, 31 and 2 sites; the first is as long as the second."""
    positions = np.concatenate([np.arange(60) * 10 + 1, np.arange(31) * 20 - 9 + 10, [5, 6]])
    return Sites.from_columns(positions, contig=["1"] * 60 + ["2"] * 31 + ["3"] * 2)


def test_each_contig_is_a_window(sites):
    windows = contig_windows(sites)
    assert windows.begin.tolist() == [0, 60, 91]
    assert windows.end.tolist() == [60, 91, 93]
    assert windows.contig == ("1", "2", "3")
    assert windows.first_position.tolist() == [1, 1, 5]
    assert windows.last_position.tolist() == [591, 601, 6]
    assert len(contig_windows(Sites.numbered(4))) == 1


def test_windows_of_equally_many_sites(sites):
    windows = even_windows(sites, 9)
    # 93 sites: 60 make 5.8 windows, 31 make 3, 2 make 0.2.
    assert windows.contig == ("1",) * 6 + ("2",) * 3
    assert windows.sites.tolist() == [10] * 6 + [10, 10, 11]
    assert windows.begin.tolist() == [0, 10, 20, 30, 40, 50, 60, 70, 80]
    np.testing.assert_array_equal(windows.first_position, sites.position[windows.begin])
    np.testing.assert_array_equal(windows.last_position, sites.position[windows.end - 1])


def test_windows_of_equal_length_may_be_empty(sites):
    windows = even_windows(sites, 80, "bp")
    assert [windows.contig.count(contig) for contig in "123"] == [40, 40, 0]
    for place in range(len(windows)):
        inside = (
            (sites.contig == windows.contig[place])
            & (sites.position >= windows.first_position[place])
            & (sites.position <= windows.last_position[place])
        )
        assert np.flatnonzero(inside).tolist() == list(range(windows.begin[place], windows.end[place]))
    assert 0 in windows.sites
    assert windows.sites.sum() == 91
    lengths = windows.last_position - windows.first_position + 1
    assert set(lengths.tolist()) == {14, 15, 16}
    assert (windows.first_position[1:40] - windows.last_position[:39]).tolist() == [1] * 39


def test_there_are_no_more_windows_than_sites():
    windows = even_windows(Sites.numbered(7), 50)
    assert windows.sites.tolist() == [1] * 7


@pytest.mark.parametrize("n_windows", [0, 101, 2.0, True])
def test_the_number_of_windows_is_checked(sites, n_windows):
    with pytest.raises(InputError, match="n_windows must be a whole number from 1 to 100; got"):
        even_windows(sites, n_windows)


def test_the_unit_is_checked(sites):
    with pytest.raises(InputError, match="unit must be 'sites' or 'bp'; got 'kb'"):
        even_windows(sites, 5, "kb")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="those of contig '7' descend"):
        even_windows(Sites.from_columns([1, 9, 4], contig="7"), 5, "bp")


def test_windows_of_a_size_leave_no_site_out_but_those_of_tiny_contigs(sites):
    windows = sized_windows(sites, 15)
    assert windows.contig == ("1",) * 4 + ("2",) * 2
    assert windows.sites.tolist() == [15] * 4 + [15, 16]
    assert windows.begin.tolist() == [0, 15, 30, 45, 60, 75]
    # Half of the size, or of the largest contig: 2, 2.5, 30, 30.
    for size, count in ((4, 23), (5, 18), (62, 2), (400, 2)):
        assert len(sized_windows(sites, size)) == count
    assert sized_windows(Sites.numbered(2), 400).sites.tolist() == [2]


def test_of_many_windows_of_a_size_an_even_selection_is_kept():
    windows = sized_windows(Sites.numbered(1500), 10)
    assert len(windows) == 100
    assert windows.sites.tolist() == [10] * 100
    assert set(np.diff(windows.begin).tolist()) == {10, 20}
    assert windows.begin[-1] >= 1480
