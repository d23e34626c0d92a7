from __future__ import annotations

import math
import sys

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation.serialization import from_plain, to_plain
from artgen_fast.haplotypes import Haplotypes, Samples, Sites
from artgen_fast.metrics.allele_frequencies import CLASSES
from artgen_fast.metrics.imputation import (
    COPIED_ROWS,
    MOST_HAPLOTYPES,
    HiddenAlleles,
    Imputation,
    alleles_at,
    imputation,
    imputation_of,
)
from artgen_fast.metrics.uncertainty.intervals import jackknife_interval, person_groups

# The package's attribute of the same name is the function.
MODULE = sys.modules[Imputation.__module__]
REFERENCES = ("real", "half_real", "mixed", "synthetic")


@pytest.fixture(scope="module")
def people():
    """Training and unseen people of 60 persons each, mosaics of 25 founders over two contigs."""
    rng = np.random.default_rng(3)
    founders = rng.random((25, 400)) < rng.beta(0.5, 1.2, 400)
    switches = np.cumsum(rng.random((240, 400)) < 0.005, axis=1)
    source = rng.integers(0, 25, (240, 400))[np.arange(240)[:, None], switches]
    alleles = founders[source, np.arange(400)] ^ (rng.random((240, 400)) < 0.002)
    # Half of the sites have a commoner ALT.
    alleles ^= np.arange(400) % 2 == 1
    sites = Sites.from_columns(np.concatenate([np.arange(150), np.arange(250)]) + 1, ["1"] * 150 + ["2"] * 250)
    panel = Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(120)]))
    return panel.split_by_person([0.5, 0.5], seed=0)


@pytest.fixture(scope="module")
def independent(people):
    train, _ = people
    alleles = np.random.default_rng(0).random((120, 400)) < train.alleles().mean(axis=0)
    return Haplotypes.from_alleles(alleles, train.sites)


@pytest.fixture(scope="module")
def result(people, independent):
    train, holdout = people
    return imputation(train, independent, holdout=holdout, seed=2)


def copied(task, reference):
    """Dosages of ALT from the rows of the longest stretches, found site by site."""
    observed, contig = task.observed, reference.sites.contig
    targets, alleles = task.targets.alleles(), reference.alleles()
    dosages = np.empty((len(targets), len(task.sites)))
    for i, target in enumerate(targets):
        for j, site in enumerate(task.sites):
            lengths = []
            for row in alleles:
                length = 0
                for step in (-1, 1):
                    at = site + step
                    while 0 <= at < len(row) and contig[at] == contig[site]:
                        if observed[at] and row[at] != target[at]:
                            break
                        length += observed[at]
                        at += step
                lengths.append(length)
            best = np.argsort(-np.array(lengths), kind="stable")[:COPIED_ROWS]
            weights = 1.0 + np.array(lengths)[best]
            dosages[i, j] = weights @ alleles[best, site] / weights.sum()
    return dosages


def test_dosages_are_copied_from_the_longest_stretches(people):
    train, holdout = people
    task = HiddenAlleles(train[:20], holdout[:6], seed=1)
    task.sites, task.place = task.sites[::9], task.place[::9]
    np.testing.assert_allclose(task.dosages(train[:20]), copied(task, train[:20]))


def test_accuracies_and_intervals_are_those_of_the_dosages(people, independent):
    train, holdout = people
    task = HiddenAlleles(train, holdout, seed=2)
    found = imputation_of(task, independent)
    panels = (train, task.half_real, task.mixed(independent), independent)
    people_together = np.concatenate([train.alleles(), holdout.alleles()])[:, task.sites]
    frequency = people_together.mean(axis=0)
    rarer_is_reference = frequency > 0.5
    counts = np.minimum(people_together.sum(axis=0), 240 - people_together.sum(axis=0, dtype=int))
    minor = counts / 240
    truth = np.abs(task.targets.alleles()[:, task.sites] - 1.0 * rarer_is_reference)
    dosages = [np.abs(task.dosages(panel) - rarer_is_reference) for panel in panels]
    groups = person_groups(task.targets.samples.units(), 2)
    inside = {
        "common": minor >= 0.05,
        "rare": minor < 0.05,
        "singletons": counts == 1,
        "1–5 %": (minor >= 0.01) & (minor < 0.05) & (counts > 2),
        "5–20 %": (minor >= 0.05) & (minor < 0.2),
    }
    by_name = {each.name: each for each in (found.common, found.rare, *found.classes)}
    assert [each.name for each in found.classes] == list(CLASSES)

    by_count = np.where(counts > 2, np.searchsorted([0.005, 0.01, 0.05, 0.2], minor, side="right"), -counts)

    def r2(x, y, kinds):
        """Of each class of frequency by itself, then the mean over the sites."""
        values, sites = [], []
        for kind in np.unique(kinds):
            dosage, allele = (each[:, kinds == kind] - each[:, kinds == kind].mean(axis=0) for each in (x, y))
            if np.any(allele):
                r = np.corrcoef(dosage.ravel(), allele.ravel())[0, 1] if np.ptp(dosage) > 1e-9 else 0.0
                values.append(r**2)
                sites.append(np.count_nonzero(kinds == kind))
        return np.average(values, weights=sites)

    for name, sites in inside.items():
        one = by_name[name]
        assert one.n_sites == np.count_nonzero(sites)
        assert one.rarer_alleles == truth[:, sites].sum()
        if not truth[:, sites].any():
            continue
        left_out = []
        for reference, x in zip(REFERENCES, dosages, strict=True):
            accuracy = getattr(one, reference)
            assert accuracy.r2 == pytest.approx(r2(x[:, sites], truth[:, sites], by_count[sites])), (name, reference)
            assert accuracy.concordance == pytest.approx(np.mean((x > 0.5)[:, sites] == truth[:, sites]))
            left_out.append(
                [r2(x[groups != g][:, sites], truth[groups != g][:, sites], by_count[sites]) for g in range(20)]
            )
        if name not in ("common", "5–20 %"):
            continue
        expected = jackknife_interval(one.mixed.r2, left_out[2])
        assert (one.mixed.r2_interval.low, one.mixed.r2_interval.high) == pytest.approx((expected.low, expected.high))
        for value, interval, first, second in (
            (one.synthetic_less_real, one.synthetic_less_real_interval, 3, 0),
            (one.mixed_less_half_real, one.mixed_less_half_real_interval, 2, 1),
        ):
            expected = jackknife_interval(value, np.array(left_out[first]) - np.array(left_out[second]))
            assert (interval.low, interval.high) == pytest.approx((expected.low, expected.high))
    assert found.common.synthetic_less_real == pytest.approx(found.common.synthetic.r2 - found.common.real.r2)
    assert found.common.mixed_less_half_real == pytest.approx(found.common.mixed.r2 - found.common.half_real.r2)


def test_panels_are_of_one_size_and_halves_are_of_whole_persons(people, independent):
    train, holdout = people
    task = HiddenAlleles(train, holdout, seed=2)
    mixed = task.mixed(independent)
    assert (len(train), len(task.half_real), len(mixed)) == (120, 60, 120)
    assert all(np.unique(task.half_real.samples.person, return_counts=True)[1] == 2)
    rows = {row.tobytes() for row in task.half_real.packed}
    from_real = np.array([row.tobytes() in rows for row in mixed.packed])
    assert np.count_nonzero(from_real) == 60
    # They are shuffled, since the first of several equal rows is copied.
    assert 20 < np.count_nonzero(from_real[:60]) < 40
    assert not set(task.sites) & set(np.flatnonzero(task.observed))
    found = imputation_of(task, independent)
    assert (found.rows, found.mixed_rows, found.haplotypes, found.persons) == (120, 120, 120, 60)
    assert found.observed_sites + found.hidden_sites == 400
    assert 150 < found.observed_sites < 250
    assert sum(each.n_sites for each in found.classes) == found.imputed_sites == len(task.sites)


def test_unseen_people_are_as_useful_and_broken_rows_are_not(people, independent, result):
    train, holdout = people
    half, other = holdout.split_by_person([0.5, 0.5], seed=1)
    alike = imputation(train, half, holdout=other, seed=2)
    assert alike.common.synthetic_less_real_interval.contains(0)
    assert result.common.synthetic_less_real_interval.high < -0.3
    assert result.common.synthetic.r2 < result.common.mixed.r2
    assert result.common.half_real.r2 < result.common.real.r2
    # Rows that add people to the real half: the other half of the training people themselves.
    added = imputation(train, Haplotypes.from_alleles(train.alleles(), train.sites), holdout=other, seed=2)
    assert added.common.mixed_less_half_real_interval.low > 0
    assert added.common.synthetic_less_real == pytest.approx(0, abs=0.02)


def test_it_depends_on_the_seed_alone(people, independent, result):
    train, holdout = people
    assert to_plain(imputation(train, independent, holdout=holdout, seed=2, threads=1)) == to_plain(result)
    assert to_plain(imputation(train, independent, holdout=holdout, seed=3)) != to_plain(result)
    assert to_plain(from_plain(Imputation, to_plain(result))) == to_plain(result)


def test_an_allele_that_a_panel_never_gives_explains_nothing(people):
    train, holdout = people
    commoner = np.concatenate([train.alleles(), holdout.alleles()]).mean(axis=0) > 0.5
    fixed = Haplotypes.from_alleles(np.tile(commoner, (120, 1)), train.sites)
    found = imputation(train, fixed, holdout=holdout)
    for each in found.classes:
        assert each.synthetic.r2 == 0 if each.rarer_alleles else math.isnan(each.synthetic.r2)


def test_the_work_is_capped_and_rare_sites_get_their_share(monkeypatch, people, independent):
    train, holdout = people
    monkeypatch.setattr(MODULE, "MOST_HAPLOTYPES", 31)
    monkeypatch.setattr(MODULE, "MOST_SITES", 40)
    found = imputation(train, independent, holdout=holdout)
    assert (found.haplotypes, found.persons, found.imputed_sites) == (30, 15, 40)
    numbers = [each.n_sites for each in found.classes]
    every = [each.n_sites for each in imputation_of(HiddenAlleles(train, holdout), independent).classes]
    monkeypatch.undo()
    full = [each.n_sites for each in imputation(train, independent, holdout=holdout).classes]
    assert every == numbers
    assert MOST_HAPLOTYPES == 200
    for number, there in zip(numbers, full, strict=True):
        # All sites of a small class, and about as many as the others have of a large one.
        assert number == there or number >= max(numbers) - 1


def test_alleles_at_a_few_sites(people):
    train, _ = people
    sites = np.array([0, 7, 8, 63, 64, 399])
    np.testing.assert_array_equal(alleles_at(train, sites), train.alleles()[:, sites])


def test_what_cannot_be_imputed_is_refused(people, independent):
    train, holdout = people
    with pytest.raises(InputError, match="a reference panel of at least 4 rows; got 2"):
        imputation(train[:2], independent, holdout=holdout)
    with pytest.raises(InputError, match="the holdout panel must have the same sites"):
        imputation(train, independent, holdout=holdout[:, 1:])
    constant = Haplotypes.from_alleles(np.zeros((120, 400), int), train.sites)
    with pytest.raises(InputError, match="sites that vary in real people, some to observe and some to hide; of 400"):
        imputation(constant, independent, holdout=constant)


@pytest.mark.real_data
def test_real_people_impute_real_people_and_independent_sites_do_not(panels):
    panel = panels("kg1000_chr1_d1s1656_rephased")[:, 3_000:5_000]
    train, holdout = panel[:1600].split_by_person([0.5, 0.5], seed=0)
    alleles = np.random.default_rng(0).random((800, 2_000)) < train.alleles().mean(axis=0)
    found = imputation(train, Haplotypes.from_alleles(alleles, panel.sites), holdout=holdout)
    assert found.common.real.r2 > 0.9
    assert found.rare.real.r2 > 0.4
    assert next(each for each in found.classes if each.name == "1–5 %").real.r2 > 0.7
    # They know the frequencies, and nothing else.
    assert found.common.synthetic.r2 < 0.02
    assert found.rare.synthetic.r2 < 0.02
    assert found.common.synthetic_less_real_interval.high < 0
