from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import to_plain
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.metrics import populations
from artgen_fast.metrics.neighbours.searches import NeighbourSearches
from artgen_fast.metrics.populations import majority, populations_of, row_labels


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
    assert np.isnan([south.syn_half_tie, south.heterozygosity_ratio, south.syn_half_tie_interval.low]).all()
    assert north.syn_half_tie_interval.low > 0.5  # 120 of the set's rows among 80 real ones
    assert north.heterozygosity_ratio_interval.contains(1)
    assert north.truth_half_tie_interval.contains(0.5)


def test_of_two_panels_it_is_what_shared_searches_give(two_populations):
    real, frequencies, labels = two_populations
    synthetic = Haplotypes.from_alleles(np.random.default_rng(1).random((90, 200)) < frequencies[1])
    found = populations(real, synthetic, labels=labels, seed=3, backend="reference")
    searches = NeighbourSearches({"real": real, "s": synthetic}, seed=3, backend="reference")
    assert to_plain(found) == to_plain(populations_of(searches, "real", "s", row_labels(real, labels), seed=3))
    assert [each.synthetic_haplotypes for each in found.populations] == [0, 90]
    with pytest.raises(InputError, match="labels must name every person"):
        populations(real, synthetic, labels={"P0": "north"})


def test_a_row_takes_the_majority_of_its_five_nearest_and_the_nearest_of_equals():
    votes = np.array([[0, 1, 1, 1, 2], [2, 1, 1, 2, 0], [1, 2, 2, 1, 0], [0, 1, 2, 3, 4], [3, 3, 0, 0, 0]])
    assert majority(votes, 5).tolist() == [1, 2, 1, 0, 0]


def test_the_majority_decides_and_not_the_nearest_row():
    # One real southerner among the synthetic northerners: it is every synthetic row's nearest and is outvoted.
    alleles = np.zeros((12, 64), dtype=np.uint8)
    alleles[np.arange(1, 10), np.arange(1, 10)] = 1
    alleles[10:, 40:] = 1
    names = [f"P{person}" for person in range(6)]
    labels = dict.fromkeys(names, "north") | {"P0": "south", "P5": "south"}
    alleles[1, :] = alleles[10, :]
    real = Haplotypes.from_alleles(alleles, samples=Samples.from_persons(names))
    synthetic = Haplotypes.from_alleles(np.zeros((12, 64), dtype=np.uint8))
    searches = NeighbourSearches({"real": real, "s": synthetic}, backend="reference")
    north, south = populations_of(searches, "real", "s", row_labels(real, labels)).populations
    assert searches.cross("real", "s").column_distances.tolist() == [0] * 12
    assert (north.synthetic_haplotypes, south.synthetic_haplotypes) == (12, 0)
    assert np.isnan(south.rare_frequencies_r)


def test_frequencies_are_compared_within_each_population(two_populations):
    real, frequencies, labels = two_populations
    rng = np.random.default_rng(2)
    # A third of the sites of the south's synthetic rows have the frequencies of each other.
    southern = real.alleles()[80:]
    southern[:, :70] = rng.permutation(southern[:, :70].T).T
    synthetic = np.concatenate([rng.random((80, 200)) < frequencies[0], southern])
    searches = NeighbourSearches({"real": real, "s": Haplotypes.from_alleles(synthetic)}, backend="reference")
    row_label = row_labels(real, labels)
    north, south = populations_of(searches, "real", "s", row_label).populations
    assert north.rare_frequencies_r > 0.7 > south.rare_frequencies_r
    assert (north.synthetic_haplotypes, south.synthetic_haplotypes) == (80, 40)
    assert north.rare_frequencies_r_interval.contains(north.rare_frequencies_r)
    assert north.heterozygosity_ratio_interval.contains(north.heterozygosity_ratio)
    # NumPy's own correlation, of the rows that were called southern.
    cut = searches.panel("real").alleles()[row_label[searches.rows("real")] == "north"].mean(axis=0)
    rows = searches.panel("s").alleles()
    votes = np.sort((row_label[searches.rows("real")] == "north")[searches.nearest("s", "real", 5).indices].sum(axis=1))
    assert votes[0] <= 2 < votes[-1]
    northern = (row_label[searches.rows("real")] == "north")[searches.nearest("s", "real", 5).indices].sum(axis=1) > 2
    own = cut * (1 - cut), rows[northern].mean(axis=0) * (1 - rows[northern].mean(axis=0))
    counts = len(searches.panel("real")) * 2 // 3, northern.sum()
    expected = [2 * each.sum() * n / (n - 1) for each, n in zip(own, counts, strict=True)]
    assert north.heterozygosity_ratio == pytest.approx(expected[1] / expected[0])
    between = (rows[northern][:, None] != searches.panel("real").alleles()[None]).sum(axis=2).min(axis=1)
    within = (rows[northern][:, None] != rows[None]).sum(axis=2)
    within[np.arange(len(within)), np.flatnonzero(northern)] = 1000
    own_nearest = within.min(axis=1)
    assert north.syn_half_tie == pytest.approx(np.mean((between > own_nearest) + (between == own_nearest) / 2))
    rare = cut <= 0.2
    assert north.rare_frequencies_r == pytest.approx(np.corrcoef(cut[rare], rows[northern].mean(axis=0)[rare])[0, 1])


def test_every_real_person_needs_a_label(two_populations, without_persons):
    real, _, labels = two_populations
    with pytest.raises(
        InputError, match=r"2 of 120 rows have none, the first is row 15, whose person is not among the labels"
    ):
        row_labels(real, {person: label for person, label in labels.items() if person != "P7"})
    with pytest.raises(InputError, match="the first is row 1, which belongs to no person"):
        row_labels(without_persons(real), labels)
