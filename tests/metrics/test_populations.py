from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics.neighbours import NeighbourSearches
from artgen_fast.metrics.populations import populations_of, read_labels, row_labels


@pytest.fixture(scope="module")
def two_populations():
    """60 persons, 40 of one population and 20 of another, far apart; person → population."""
    rng = np.random.default_rng(0)
    frequencies = rng.uniform(0.05, 0.95, (2, 200))
    which = np.repeat([0, 0, 1], 40)
    alleles = rng.random((120, 200)) < frequencies[which]
    names = [f"P{i}" for i in range(60)]
    labels = dict(zip(names, np.array(["north", "south"])[which[::2]].tolist(), strict=True))
    return Haplotypes.from_alleles(alleles, samples=Samples.from_persons(names)), frequencies, labels


def test_a_population_that_is_left_out_shows(two_populations):
    real, frequencies, labels = two_populations
    only_north = np.random.default_rng(1).random((120, 200)) < frequencies[0]
    searches = NeighbourSearches({"real": real, "s": Haplotypes.from_alleles(only_north)}, backend="reference")
    north, south = populations_of(searches, "real", "s", row_labels(real, labels)).populations
    assert (north.label, north.real_haplotypes, south.label, south.real_haplotypes) == ("north", 80, "south", 40)
    assert (north.real_share, north.synthetic_share, south.synthetic_share) == (pytest.approx(2 / 3), 1, 0)
    assert south.truth_half_tie == 1
    assert north.truth_half_tie_interval.contains(0.5)


def test_labels_of_a_file(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_text("sample\tpopulation\tsex\nA\tGBR\tmale\nB\tYRI\tfemale\n\n")
    assert read_labels(path) == {"A": "GBR", "B": "YRI"}
    assert read_labels(path, "sex") == {"A": "male", "B": "female"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least two columns, person and label; its first line has 0 columns"),
        ("sample population\nA GBR\n", "must be tab-separated"),
        ("sample\tpopulation\nA\n", r"line 2: must have 2 columns, .* got 1 columns\."),
        (
            "sample\tpopulation\nA\tGBR\n\tGBR\n",
            r"line 3: must have 2 columns, .* got 2 columns, and one of the two empty",
        ),
        ("sample\tpopulation\nA\tGBR\nA\tYRI\n", r"line 3: the person is 'YRI' here and 'GBR' in line 2"),
    ],
)
def test_faulty_label_files_are_refused(tmp_path, text, message):
    path = tmp_path / "labels.tsv"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_labels(path)


def test_a_column_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_text("sample\tpopulation\nA\tGBR\n")
    with pytest.raises(FileFormatError, match="a column 'region'; its first line has 2 columns and does not name it"):
        read_labels(path, "region")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="must be a tab-separated text file"):
        read_labels(path)


def test_every_real_person_needs_a_label(two_populations, without_persons):
    real, _, labels = two_populations
    with pytest.raises(
        InputError, match=r"2 of 120 rows have none, the first is row 15, whose person is not among the labels"
    ):
        row_labels(real, {person: label for person, label in labels.items() if person != "P7"})
    with pytest.raises(InputError, match="the first is row 1, which belongs to no person"):
        row_labels(without_persons(real), labels)
