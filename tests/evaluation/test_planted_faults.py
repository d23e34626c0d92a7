"""Each fault that is planted into unseen real people moves its statistic, and the verdict names it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast.evaluation import evaluate
from artgen_fast.evaluation.leaks import NOT_FOUND, LeakEvidence
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.io import read_labels
from artgen_fast.report.signs import NOT_JUDGED, PASSES, leak_sign

pytestmark = [pytest.mark.real_data, pytest.mark.slow]

SITES, ROWS = 6000, 800


@pytest.fixture(scope="module")
def sets(real_data):
    """Unseen people, and what becomes of them with a fault each; training rows, hold-out and populations."""
    panel = ag.read(real_data / "panels" / "kg1000_chr1_d1s1656_rephased.npz")[:, :SITES]
    train, holdout, rest = panel.split_by_person([1 / 3, 1 / 3, 1 / 3], seed=0)
    labels = read_labels(real_data / "labels" / "kg1000_2504_population_labels.tsv", "superpopulation")
    rng = np.random.default_rng(0)
    learned, unseen = train.alleles(), rest.alleles()
    population = np.array([labels[str(person)] for person in rest.samples.person])
    people = unseen[:ROWS]

    copies = people.copy()
    copies[rng.permutation(ROWS)[: ROWS // 10]] = learned[rng.permutation(len(learned))[: ROWS // 10]]

    carriers = people.sum(axis=0)
    rare = np.minimum(carriers, ROWS - carriers) < 0.005 * ROWS
    rare_fixed = people.copy()
    rare_fixed[:, rare] = carriers[rare] > ROWS / 2

    first, second = (learned[rng.permutation(len(learned))[:ROWS]] for _ in range(2))
    switch = rng.integers(SITES // 4, 3 * SITES // 4, size=(ROWS, 1))

    faulty = {
        "unseen": people,
        "binomial": rng.random((ROWS, SITES)) < learned.mean(axis=0),
        "copied training rows": copies,
        "shuffled sites": people[:, rng.permutation(SITES)],
        "unlinked": rng.permuted(people, axis=0),
        "no Africans": unseen[population != "AFR"][:ROWS],
        "rare alleles fixed": rare_fixed,
        "rows of two donors": np.where(np.arange(SITES) < switch, first, second),
    }
    return train, holdout, labels, {name: Haplotypes.from_alleles(rows, train.sites) for name, rows in faulty.items()}


@pytest.fixture(scope="module")
def evaluation(sets):
    train, holdout, labels, faulty = sets
    return evaluate(train, faulty, holdout, labels=labels)


def test_unseen_people_pass_every_check(evaluation):
    verdict = evaluation.sets["unseen"].verdict
    assert len(verdict.checks) > 20
    assert [each.name for each in verdict.checks if each.fails] == []
    assert (verdict.label, verdict.fails, verdict.leaks) == ("good", False, False)


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ("binomial", ["linkage disequilibrium", "pairwise distances", "haplotype homozygosity"]),
        ("shuffled sites", ["allele frequencies", "linkage disequilibrium"]),
        ("unlinked", ["linkage disequilibrium", "r² of single pairs of sites", "motifs of 8 sites"]),
        ("no Africans", ["population AFR", "sites of frequency 0.5–1 %"]),
        ("rare alleles fixed", ["sites of frequency < 0.5 %", "singletons", "Tajima's D"]),
    ],
)
def test_a_fault_fails_its_statistics_and_is_named(evaluation, fault, named):
    verdict = evaluation.sets[fault].verdict
    assert (verdict.label, verdict.leaks) == ("fails", False)
    failed = {each.name for each in verdict.checks if each.fails}
    assert set(named) <= failed
    text = " ".join(verdict.sentences)
    assert all(name in text for name in failed)


def test_a_binomial_generator_that_the_mean_calls_good_fails_by_both_halves(evaluation):
    found = evaluation.sets["binomial"]
    assert found.aa_ts.half_tie == pytest.approx(0.5, abs=0.05)
    assert found.aa_ts.worst_half_distance > 0.4
    assert found.verdict.neighbours_fail
    assert any("looks good and hides this" in sentence for sentence in found.verdict.sentences)


@pytest.mark.parametrize("fault", ["unlinked", "rare alleles fixed"])
def test_what_a_fault_leaves_alone_passes(evaluation, fault):
    # Alleles shuffled between rows keep their frequencies; fixed rare ones are too few to show in common sites' LD.
    kept = {"unlinked": "allele frequencies", "rare alleles fixed": "linkage disequilibrium"}[fault]
    (check,) = (each for each in evaluation.sets[fault].verdict.checks if each.name == kept)
    assert not check.fails


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("copied training rows", "Training haplotypes are copied"),
        ("rows of two donors", "Pieces of training haplotypes are copied"),
    ],
)
def test_training_people_in_the_set_are_a_leak_and_named(evaluation, fault, sentence):
    verdict = evaluation.sets[fault].verdict
    assert (verdict.label, verdict.leaks) == ("leaks", True)
    assert any(each.startswith(sentence) for each in verdict.sentences)


@pytest.mark.parametrize(
    ("metrics", "sentence"),
    [
        (["copies"], "persons have a haplotype among the rows, and "),
        (["near_copies"], "people nearest to any of the rows, "),
        (
            ["privacy_score", "nearest_training"],
            "of the rows are nearer to one of its haplotypes than to any training",
        ),
    ],
)
def test_a_training_panel_given_as_the_hold_out_is_noticed(sets, metrics, sentence):
    train, holdout, _, faulty = sets
    chosen = {"unseen": faulty["unseen"], "copied": Haplotypes.from_alleles(train.alleles()[:ROWS], train.sites)}
    found = evaluate(holdout, chosen, train, metrics=metrics, repeats=1)
    said = {name: each.verdict.about_leaks for name, each in found.sets.items() if each.verdict is not None}
    assert said["copied"].startswith("The hold-out is not unseen: ")
    assert sentence in said["copied"]
    assert "not unseen" not in said.get("unseen", "")
    assert (found.sets["copied"].verdict.label, found.sets["copied"].verdict.leaks) == ("may leak", False)
    evidence = {name: LeakEvidence.of(each.__getattribute__) for name, each in found.sets.items()}
    assert evidence["copied"].holdout_is_known
    assert not evidence["unseen"].holdout_is_known
    if evidence["copied"].nearest is not None:
        # Where nearly all rows are as near to both, lots vote, and may all fall to one person.
        by_lot = dataclasses.replace(evidence["copied"].nearest, nearer=0.0, tied=0.985)
        assert not dataclasses.replace(evidence["copied"], nearest=by_lot).holdout_is_known
    # Tests that find nothing then say nothing.
    (test,) = evidence["copied"].tests()
    assert evidence["copied"].of_test(test) == NOT_FOUND
    signs = {name: leak_sign(each, lambda own: own.of_test(own.tests()[0])) for name, each in found.sets.items()}
    assert signs["copied"] is NOT_JUDGED
    assert signs["unseen"] is PASSES


def test_without_a_hold_out_the_worst_faults_are_still_seen(sets):
    train, _, _, faulty = sets
    chosen = {name: faulty[name] for name in ("unseen", "unlinked", "rare alleles fixed")}
    found = evaluate(train, chosen, metrics=["aa_ts", "one_nn_accuracy", "diversity", "ld_decay"])
    failed = {name: {each.name for each in found.sets[name].verdict.checks if each.fails} for name in chosen}
    assert failed["unseen"] == set()
    assert "linkage disequilibrium" in failed["unlinked"]
    assert "Tajima's D" in failed["rare alleles fixed"]


def test_ld_that_near_sites_lost_is_named_though_the_mean_over_all_pairs_hides_it(real_data):
    # The 2021 RBM: r² of sites within 10 kb is 0.05 for 0.9, while most pairs, far apart, keep what populations give.
    learned, holdout = ag.read(real_data / "panels" / "805_SNP_1000G_real.npz").split_by_person([0.5, 0.5], seed=0)
    published = ag.read(real_data / "panels" / "805_SNP_RBM_AG_800Epochs.npz")
    found = evaluate(
        learned, {"RBM": published}, holdout, metrics=["aa_ts", "one_nn_accuracy", "ld_decay"], repeats=1
    ).sets["RBM"]
    near = (found.ld_decay.edges[1:] <= 10_000) & (found.ld_decay.pairs > 0)
    assert found.ld_decay.synthetic[near].max() < 0.3 * found.ld_decay.real[near].min()
    failed = {each.name for each in found.verdict.checks if each.fails}
    assert "decay of linkage disequilibrium" in failed
    assert "linkage disequilibrium" not in failed
