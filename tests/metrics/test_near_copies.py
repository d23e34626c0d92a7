"""Near copies: rows that come nearer to training rows than people do are found, and unseen people are not."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import hypergeom

from artgen_fast.evaluation import evaluate
from artgen_fast.haplotypes import Haplotypes, Samples, concatenate
from artgen_fast.metrics import near_copies
from artgen_fast.metrics.near_copies import LEVELS, copy_distance, is_near_copy, nearest_persons
from artgen_fast.metrics.neighbours.searches import NeighbourSearches


def mosaics(rng, founders, rows, persons):
    """Rows that switch between 40 founders, with mutations: unrelated people over a long region."""
    n_sites = founders.shape[1]
    breaks = rng.random((rows, n_sites)) < 20 / n_sites
    source = rng.integers(len(founders), size=(rows, n_sites))
    at = np.maximum.accumulate(np.where(breaks, np.arange(n_sites), 0), axis=1)
    alleles = founders[np.take_along_axis(source, at, axis=1), np.arange(n_sites)]
    alleles = alleles ^ (rng.random(alleles.shape) < 0.02)
    samples = Samples.from_persons(persons) if persons else Samples.synthetic(rows)
    return Haplotypes.from_alleles(alleles, samples=samples)


@pytest.fixture(scope="module")
def parts():
    rng = np.random.default_rng(0)
    founders = rng.random((40, 1500)) < rng.beta(0.6, 1.2, 1500)
    train = mosaics(rng, founders, 400, [f"T{i}" for i in range(200)])
    holdout = mosaics(rng, founders, 300, [f"H{i}" for i in range(150)])
    return train, holdout, mosaics(rng, founders, 360, [])


def changed(panel, rows, sites, seed=1):
    """Rows with so many sites changed."""
    rng = np.random.default_rng(seed)
    alleles = panel.alleles()[rows]
    for row in alleles:
        row[rng.choice(panel.n_sites, sites, replace=False)] ^= 1
    return Haplotypes.from_alleles(alleles)


def planted(synthetic, *others):
    rows = sum(map(len, others))
    return Haplotypes.from_alleles(np.concatenate([synthetic[rows:].alleles(), *(each.alleles() for each in others)]))


def test_unseen_people_are_no_near_copies(parts):
    found = near_copies(parts[0], parts[2], holdout=parts[1])
    assert found.copy_distance > 0
    assert (found.near_copies, found.most_of_a_person) == (0, 0)
    assert found.p_value > 0.05
    assert found.unseen_to_training[0] > found.copy_distance


def test_distances_are_those_of_whole_panels(parts):
    train = parts[0]
    found = near_copies(parts[0], parts[2], holdout=parts[1])
    alleles = [panel.alleles() for panel in parts]
    n = train.n_sites
    between = [np.rint(cdist(alleles[i], alleles[j], "hamming") * n) for i, j in ((2, 0), (1, 0), (2, 1))]
    for quantiles, distances in zip(
        (found.synthetic_to_training, found.unseen_to_training, found.synthetic_to_unseen), between, strict=True
    ):
        np.testing.assert_array_equal(
            quantiles, np.quantile(distances.min(axis=1), LEVELS, method="inverted_cdf"), strict=False
        )
    assert (found.synthetic_rows, found.training_rows, found.unseen_rows) == (360, 400, 300)
    of_person = [
        np.rint(cdist(a, alleles[2], "hamming") * n).min(axis=1).reshape(-1, 2).min(axis=1) for a in alleles[:2]
    ]
    for each in found.nearest_persons:
        farthest = np.sort(np.concatenate(of_person))[each.persons - 1]
        assert each.training == np.count_nonzero(of_person[0] <= farthest)
        assert each.p_value == pytest.approx(hypergeom(350, each.persons, 200).sf(each.training - 1))
        assert each.expected == pytest.approx(each.persons * 200 / 350)
    assert [each.persons >= 8 * 2**place for place, each in enumerate(found.nearest_persons)] == [True] * 5


def test_few_exact_and_near_copies_are_counted_and_their_people(parts):
    train, holdout, synthetic = parts
    exact, near = changed(train, [5, 9, 8], 0), changed(train, [100, 101, 200, 201, 300], 20)
    found = near_copies(train, planted(synthetic, exact, near), holdout=holdout)
    assert found.copy_distance >= 20
    assert (found.near_copies, found.unseen_near_copies) == (8, 0)
    # The first eight of all rows that are so near are of the set, of 360 rows and 150 unseen persons.
    assert found.near_copies_p_value == pytest.approx(np.prod((360 - np.arange(8)) / (510 - np.arange(8))))
    assert found.most_of_a_person == 2, "rows 100 and 101, 200 and 201 are of one person each, and so are 8 and 9"
    assert found.synthetic_to_training[0] == 0
    many = near_copies(train, planted(synthetic, changed(train, np.zeros(30, dtype=int), 1)), holdout=holdout)
    assert (many.near_copies, many.most_of_a_person) == (30, 30)


def test_many_half_near_rows_are_told_by_their_people(parts):
    train, holdout, synthetic = parts
    whole = near_copies(parts[0], parts[2], holdout=parts[1])
    halfway = int(whole.copy_distance + whole.unseen_to_training[0]) // 2
    assert halfway > whole.copy_distance + 10
    found = near_copies(train, planted(synthetic, changed(train, np.arange(0, 80, 2), halfway)), holdout=holdout)
    assert found.near_copies == 0
    assert found.p_value < 1e-4


def test_copies_of_unseen_people_are_no_copies_of_training_people(parts):
    train, holdout, synthetic = parts
    found = near_copies(train, planted(synthetic, changed(holdout, np.arange(40), 0)), holdout=holdout)
    assert found.near_copies == 0
    assert found.p_value == pytest.approx(1)


def test_rows_near_everybody_are_no_copies(parts):
    """A consensus of all lies near to training and unseen people alike."""
    train, holdout, _ = parts
    twice = concatenate([train, holdout]).alleles()
    crowd = Haplotypes.from_alleles(np.tile(twice.mean(axis=0) > 0.5, (300, 1)))
    found = near_copies(train, crowd, holdout=holdout)
    assert found.near_copies == 0
    assert found.p_value > 0.01


@pytest.mark.parametrize(
    ("to_training", "to_unseen", "near"),
    [(10, 21, True), (11, 99, False), (5, 10, False), (5, 11, True), (0, 1, True), (0, 0, False)],
)
def test_a_near_copy_is_within_the_limit_and_far_from_unseen_people(to_training, to_unseen, near):
    found = is_near_copy(np.array([to_training], np.int32), np.array([to_unseen], np.int32), 10)
    assert found.tolist() == [near]


@pytest.mark.parametrize(
    ("unseen", "rows", "limit"),
    [
        (np.full(99, 500), 100, -1),  # too few to know
        (np.zeros(400), 400, -1),  # people are identical
        (np.full(400, 30), 400, -1),  # no tail
        (np.concatenate([np.zeros(5), np.arange(100, 499)]), 400, -1),  # more than two persons are identical
    ],
)
def test_where_people_come_as_near_as_can_be_nothing_is_too_near(unseen, rows, limit):
    assert copy_distance(unseen.astype(np.int32), rows) == limit


def test_one_person_who_was_sampled_twice_does_not_hide_copies(parts):
    train, holdout, synthetic = parts
    alleles = holdout.alleles()
    alleles[10:12] = train.alleles()[20:22]
    with_twin = Haplotypes.from_alleles(alleles, samples=holdout.samples)
    found = near_copies(train, planted(synthetic, changed(train, np.arange(100, 160, 5), 2)), holdout=with_twin)
    assert found.copy_distance >= 2
    assert (found.near_copies, found.unseen_near_copies) == (12, 1)
    assert found.unseen_to_training[0] == 0
    assert found.near_copies_p_value < 0.1


def test_the_limit_is_where_a_power_law_expects_a_thousandth_of_a_row():
    # Quantiles of the power law P(d) = (d / 1000)^6.
    unseen = 1000 * (np.arange(1, 40_001) / 40_000) ** (1 / 6)
    expected = 1000 * (0.001 / 20_000) ** (1 / 6)
    assert expected < unseen[0] / 2
    assert copy_distance(unseen.astype(np.int32), 20_000) == pytest.approx(expected, rel=0.05)
    assert copy_distance(unseen.astype(np.int32), 40_000) < copy_distance(unseen.astype(np.int32), 20_000)
    # A lighter tail, in which so many rows would be expected much nearer to the least: half of it is the limit, of the
    # least but for a thousandth.
    lighter = 1000 * (np.arange(1, 40_001) / 40_000) ** (1 / 60)
    assert copy_distance(lighter.astype(np.int32), 20_000) == (int(lighter[40]) - 1) // 2
    # The nearest forty of 40,000 may be relatives, and say nothing of others.
    with_relatives = np.concatenate([np.zeros(40), unseen[40:]])
    assert copy_distance(with_relatives.astype(np.int32), 20_000) == pytest.approx(expected, rel=0.05)
    assert copy_distance(np.concatenate([[0], with_relatives[:-1]]).astype(np.int32), 20_000) == -1


def test_tied_persons_count_together_and_few_persons_tell_nothing():
    train, holdout = np.array([0, 0, 0, 5, 6, 7, 8, 9], np.int32), np.array([0, 0, 0, 0, 0, 0, 0, 3], np.int32)
    (found,) = nearest_persons(train, holdout)
    assert (found.persons, found.training) == (10, 3)
    assert nearest_persons(train[:7], holdout) == ()
    assert near_copies(people(4), people(8), holdout=people(4)).p_value == 1


def people(rows):
    return Haplotypes.from_alleles(np.random.default_rng(rows).integers(0, 2, (rows, 70)))


def test_panels_that_need_no_cut_are_searched_once(parts, monkeypatch):
    from artgen_fast.kernels import hamming

    train, holdout, synthetic = (panel[:300] for panel in parts)
    shuffled = NeighbourSearches({"train": train, "holdout": holdout, "synthetic": synthetic}, seed=4)
    for first, second in (("train", "synthetic"), ("holdout", "synthetic"), ("train", "holdout")):
        direct = hamming.cross(
            *({"train": train, "holdout": holdout, "synthetic": synthetic}[n] for n in (first, second))
        )
        shuffled.cross(first, second)
        with monkeypatch.context() as patch:
            patch.setattr(hamming, "cross", None)
            found = shuffled.cross_of_whole(first, second)
        np.testing.assert_array_equal(found.row_distances, direct.row_distances)
        np.testing.assert_array_equal(found.column_distances, direct.column_distances)
        packed = {"train": train, "holdout": holdout, "synthetic": synthetic}
        for row, at in enumerate(found.row_indices.tolist()):
            differing = packed[first].packed[row] ^ packed[second].packed[at]
            assert int(np.bitwise_count(differing).sum()) == found.row_distances[row]


def test_relatives_are_no_copies(parts):
    """Of many people some are twins: as often among the rows of a large release as among unseen people."""
    train, holdout, synthetic = parts
    many = Haplotypes.from_alleles(np.concatenate([synthetic.alleles()] * 5 + [train.alleles()[:5]]))
    few = holdout[:120]
    found = near_copies(train, many, holdout=few)
    assert found.near_copies == 5, "1,805 rows have some whom 60 unseen people need not have"
    assert found.near_copies_p_value > 0.5
    assert evaluate(train, many, few, metrics=["near_copies"]).sets["synthetic"].verdict.label == "may leak"
    twins = Haplotypes.from_alleles(
        np.concatenate([train.alleles()[100:102], *[holdout.alleles()] * 8]),
        samples=Samples.from_persons([f"H{person}" for person in range(1201)]),
    )
    found = near_copies(train, planted(synthetic, changed(train, np.arange(0, 60, 2), 0)), holdout=twins)
    assert found.copy_distance > 0, "a pair among 2,402 rows does not make it impossible to tell copies"
    assert (found.near_copies, found.unseen_near_copies) == (30, 1)
    assert found.near_copies_p_value < 1e-9


def test_the_verdict_names_them_whatever_the_size_of_the_hold_out(parts):
    train, holdout, synthetic = parts
    leaky = planted(synthetic, changed(train, [5, 9, 8], 0), changed(train, np.arange(100, 124, 2), 20))
    for cut in (slice(None), slice(120)):
        for metrics in (None, ["near_copies", "copies"]):
            found = evaluate(train, leaky, holdout[cut], metrics=metrics)
            verdict = found.sets["synthetic"].verdict
            assert verdict.label == ("leaks" if cut == slice(None) else "may leak")
            assert verdict.about_leaks.startswith("Training haplotypes are copied: 15 of 360 rows differ from one at ")
            assert verdict.about_leaks in verdict.sentences
    assert verdict.reference is None
    clean = evaluate(train, synthetic, holdout, metrics=["near_copies"]).sets["synthetic"].verdict
    assert (clean.label, clean.leaks, clean.about_leaks) == ("not judged", False, "No test by person finds a leak.")


def test_few_copies_are_a_suspicion(parts):
    train, holdout, synthetic = parts
    leaky = planted(synthetic, changed(train, [5, 9], 0))
    verdict = evaluate(train, leaky, holdout).sets["synthetic"].verdict
    assert (verdict.label, verdict.leak_suspected) == ("may leak", True)
    assert "2 of 360 rows differ from one at" in verdict.about_leaks


def test_a_quick_look_finds_every_row_that_is_a_training_row(parts):
    train, holdout, synthetic = parts
    many = Haplotypes.from_alleles(
        np.concatenate([np.tile(synthetic.alleles(), (6, 1)), changed(train, [5, 9, 8], 0).alleles()])
    )
    for seed in range(3):
        verdict = evaluate(train, many, holdout, quick=True, seed=seed).sets["synthetic"].verdict
        assert verdict.leak_suspected
        said = " ".join(verdict.sentences)
        assert "3 of its rows are training rows" in said or "of 1,000 rows differ from one" in said


def test_a_quick_look_cuts_each_panel_by_itself(parts):
    train, holdout, synthetic = parts
    quick = evaluate(train, {"few": synthetic[:40], "all": synthetic}, holdout, quick=True).sets
    whole = near_copies(train, synthetic, holdout=holdout)
    for name, rows in (("few", 40), ("all", 360)):
        found = quick[name].near_copies
        assert (found.synthetic_rows, found.training_rows, found.unseen_rows) == (rows, 400, 300)
    assert quick["all"].near_copies.copy_distance == whole.copy_distance
