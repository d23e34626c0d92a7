"""Evaluations: what is computed, shared, cut and refused."""

from __future__ import annotations

import math

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast.errors import InputError
from artgen_fast.evaluation import QUICK_HAPLOTYPES, STATISTICS, Evaluation, evaluate
from artgen_fast.evaluation.results import _number, _with_interval
from artgen_fast.haplotypes import Haplotypes, Samples
from artgen_fast.kernels import hamming
from artgen_fast.metrics import (
    aa_ts,
    allele_frequencies,
    haplotype_windows,
    imputation,
    one_nn_accuracy,
    privacy_score,
    selection_scan,
)
from artgen_fast.metrics.uncertainty.intervals import Interval


def test_verdicts(evaluation):
    labels = {name: each.verdict.label for name, each in evaluation.sets.items()}
    assert labels == {"unseen": "good", "copied": "leaks", "binomial": "fails"}
    assert [each.role for each in evaluation.sets.values()] == ["synthetic", "synthetic", "baseline"]


def test_numbers_are_those_of_the_metrics(evaluation, parts):
    train, holdout, sets = parts
    for name, panel in [*sets.items(), ("holdout", holdout)]:
        found = evaluation.holdout if name == "holdout" else evaluation.sets[name]
        alone = aa_ts(train, panel, backend="reference")
        for field in ("truth", "syn", "value", "truth_half_tie", "syn_half_tie", "tie_rate"):
            assert getattr(found.aa_ts, field) == pytest.approx(getattr(alone, field)), (name, field)
        assert found.one_nn_accuracy.real == pytest.approx(one_nn_accuracy(train, panel, backend="reference").real)
        assert found.allele_frequencies.all_sites.r == pytest.approx(allele_frequencies(train, panel).all_sites.r)
        if name != "holdout":
            expected = privacy_score(train, panel, holdout=holdout, backend="reference")
            assert found.privacy_score.half_tie == pytest.approx(expected.half_tie)


def test_the_hold_out_stands_in_the_place_of_a_synthetic_set(evaluation):
    ceiling = evaluation.holdout
    assert (ceiling.role, ceiling.verdict, ceiling.privacy_score, ceiling.copies) == ("holdout", None, None, None)
    assert "holdout" not in evaluation.sets
    assert ceiling.scores.ld > evaluation.sets["binomial"].scores.ld
    assert evaluation.summary_table()[0]["set"] == "unseen people (hold-out)"


def test_every_set_is_scored_on_the_same_pairs_of_sites(parts):
    train, holdout, sets = parts
    alleles = sets["unseen"].alleles()
    alleles[:, 50] = 0
    compared = {"lost": Haplotypes.from_alleles(alleles), "binomial": sets["binomial"]}
    found = evaluate(train, compared, holdout, backend="reference")
    decays = [found.holdout.ld_decay, *(each.ld_decay for each in found.sets.values())]
    assert decays[0].dropped_pairs > 0
    for decay in decays[1:]:
        np.testing.assert_array_equal(decay.pairs, decays[0].pairs)


def test_same_seed_same_answer_and_progress_ends(parts):
    train, holdout, sets = parts
    steps = []
    first, again = (
        evaluate(train, sets["unseen"], holdout, seed=3, backend="reference", progress=lambda *step: steps.append(step))
        for _ in range(2)
    )
    assert first.as_dict() == again.as_dict()
    assert list(first.sets) == ["synthetic"]
    once = steps[: len(steps) // 2]
    assert [done for _, done, _ in once] == list(range(len(once)))
    assert once[-1][1] == once[-1][2]
    assert any(what.startswith("synthetic: ") for what, *_ in once)


def test_searches_are_shared_between_sets_and_statistics(parts, monkeypatch):
    train, holdout, sets = parts
    searched = []
    for name in ("within", "cross", "histogram", "nearest"):
        original = getattr(hamming, name)

        def counting(*panels, name=name, original=original, **options):
            searched.append(name)
            return original(*panels, **options)

        monkeypatch.setattr(hamming, name, counting)
    evaluate(train, sets, holdout, backend="reference")
    # Within: train, hold-out and 3 sets once each, 4 pools. Cross: train with the 4 others, hold-out with 3 sets.
    assert (searched.count("within"), searched.count("cross"), searched.count("nearest")) == (5 + 4, 4 + 3, 0)
    # Histograms of the 20 groups of persons with each other: within 5 panels, and between train and the 4 others.
    assert searched.count("histogram") == 5 * 20 * 21 // 2 + 4 * 20 * 20


def test_without_a_hold_out_leaks_are_unknown(parts):
    train, _, sets = parts
    result = evaluate(train, sets["binomial"], backend="reference")
    assert result.holdout is None
    alone = result.sets["synthetic"]
    assert (alone.privacy_score, alone.copies, alone.nearest_training) == (None, None, None)
    assert (alone.verdict.label, alone.verdict.reference.name) == ("fails", "expectation")
    assert [row["privacy"] for row in result.summary_table()] == [""]


def test_people_in_training_and_hold_out_are_refused(parts):
    train, holdout, sets = parts
    both = Haplotypes.from_alleles(
        np.concatenate([holdout.alleles(), train.alleles()[:4]]),
        samples=Samples(
            *(
                np.concatenate([getattr(holdout.samples, field), getattr(train.samples, field)[:4]])
                for field in ("name", "person", "phase")
            )
        ),
    )
    people = len(set(train.samples.person[:4].tolist()))
    with pytest.raises(InputError, match=rf"no model has seen; {people} of its people are among the real") as error:
        evaluate(train, sets["unseen"], both)
    assert "SECRET" not in str(error.value)
    # Rows that belong to nobody have no names to be known by.
    evaluate(sets["copied"], sets["unseen"], sets["copied"], metrics=["allele_frequencies"])


def test_copies_are_told_without_a_hold_out(parts):
    train, _, sets = parts
    found = evaluate(train, sets, backend="reference").sets
    assert found["copied"].verdict.label == "leaks"
    assert found["copied"].verdict.sentences[0].startswith("Training haplotypes are copied: 130 of 130 rows are")
    assert not any("cannot be told" in sentence for sentence in found["copied"].verdict.sentences)
    for name in ("unseen", "binomial"):
        assert not found[name].verdict.leaks
        assert found[name].verdict.sentences[-1].startswith("Leaks cannot be told without a hold-out")


def test_sizes_that_differ_are_cut_and_averaged(parts):
    train, holdout, sets = parts
    result = evaluate(train, sets["unseen"], holdout[:60], repeats=3, backend="reference")
    assert (result.protocol.n, result.protocol.repeats) == (60, 3)
    assert "real (130)" in result.protocol.cut
    assert result.sets["synthetic"].aa_ts.n == result.holdout.aa_ts.n == 60
    assert result.holdout.panel.haplotypes == 60
    assert result.sets["synthetic"].panel.haplotypes == 130


def test_labels(evaluation):
    for each in [*evaluation.sets.values(), evaluation.holdout]:
        assert [population.label for population in each.populations.populations] == ["north", "south"]
        assert sum(population.synthetic_share for population in each.populations.populations) == pytest.approx(1)


def test_only_the_chosen_statistics_are_computed(parts):
    train, holdout, sets = parts
    steps = []
    chosen = evaluate(
        train,
        sets,
        holdout,
        metrics=["ld_decay", "copies"],
        backend="reference",
        progress=lambda what, done, total: steps.append((what, done, total)),
    )
    present = {
        name: [one.name for one in STATISTICS if getattr(each, one.name) is not None]
        for name, each in (chosen.sets | {"holdout": chosen.holdout}).items()
    }
    # The hold-out is not compared with itself.
    assert present == {name: ["copies", "ld_decay"] for name in sets} | {"holdout": ["ld_decay"]}
    assert chosen.protocol.metrics == ("copies", "ld_decay")
    assert steps[-1] == ("done", 7, 7)
    assert chosen.sets["copied"].verdict.label == "leaks"
    assert chosen.sets["unseen"].verdict.label == "not judged"
    assert evaluate(train, sets, holdout, metrics=["ld_decay"]).sets["copied"].verdict is None
    score = evaluate(train, sets, holdout, metrics=["privacy_score"]).sets
    assert score["unseen"].verdict.about_leaks.startswith("No leak found: the privacy score is")
    assert score["copied"].verdict.label == "may leak"
    assert np.isnan(chosen.sets["copied"].scores.overfitting)
    assert chosen.sets["copied"].scores.ld == pytest.approx(1)
    assert Evaluation.from_json_text(chosen.to_json_text()).as_dict() == chosen.as_dict()


def test_what_sets_are_good_for_is_told_when_asked(parts, evaluation):
    train, holdout, sets = parts
    assert evaluation.sets["unseen"].imputation is None
    assert evaluation.sets["unseen"].selection_scan is None
    utility = [one.name for one in STATISTICS if one.utility]
    assert utility == ["imputation", "selection_scan", "haplotype_windows"]
    assert not set(utility) & set(evaluation.protocol.metrics)
    asked = evaluate(train, sets, holdout, metrics=["allele_frequencies"], utility=True)
    assert asked.protocol.metrics == ("allele_frequencies", "imputation", "selection_scan", "haplotype_windows")
    assert asked.holdout.imputation is None
    named = evaluate(train, sets["unseen"], holdout, metrics=["selection_scan"])
    assert named.protocol.metrics == ("selection_scan",)
    assert named.holdout.selection_scan.n_sites > 10
    quick = evaluate(train, sets["unseen"], holdout, quick=True, utility=True)
    assert set(utility) < set(quick.protocol.metrics)
    assert "ld_heat_map" not in quick.protocol.metrics
    for name, panel in sets.items():
        found = asked.sets[name]
        assert (found.imputation.rows, found.imputation.haplotypes) == (130, 130)
        # The panels are shuffled here and there: of equally long stretches others are copied.
        alone = imputation(train, panel, holdout=holdout)
        for field in ("real", "synthetic"):
            here, there = (getattr(each.common, field).r2 for each in (found.imputation, alone))
            assert here == pytest.approx(there, abs=0.05)
        assert found.selection_scan.correlation == pytest.approx(selection_scan(train, panel).correlation, abs=1e-12)
    good, bad = asked.sets["unseen"], asked.sets["binomial"]
    assert bad.imputation.common.synthetic.r2 < good.imputation.common.synthetic.r2
    assert bad.selection_scan.correlation < good.selection_scan.correlation
    # Sites that know nothing of each other make every haplotype a rare one.
    assert bad.haplotype_windows.h12_ratio < good.haplotype_windows.h12_ratio
    alone = haplotype_windows(train, sets["unseen"])
    assert good.haplotype_windows.h12_ratio == pytest.approx(alone.h12_ratio, abs=1e-12)
    assert Evaluation.from_json_text(asked.to_json_text()).as_dict() == asked.as_dict()


@pytest.mark.parametrize(
    ("asked", "needs"),
    [
        ({"utility": True}, "imputation needs unseen real people; got no hold-out"),
        ({"metrics": ["imputation"]}, "imputation needs unseen real people; got no hold-out"),
        ({"metrics": ["aa_ts", "privacy_score"]}, "privacy_score needs unseen real people; got no hold-out"),
        ({"metrics": ["populations"]}, "populations needs the population of each real person; got no labels"),
    ],
)
def test_what_is_asked_for_and_cannot_be_told_is_refused(parts, asked, needs):
    train, _, sets = parts
    with pytest.raises(InputError, match=rf"{needs}\. Give"):
        evaluate(train, sets["unseen"], **asked)
    alone = evaluate(train, sets["unseen"], metrics=["selection_scan"])
    assert alone.sets["synthetic"].selection_scan.n_sites > 10


@pytest.mark.parametrize("metrics", [["ld"], [], ["aa_ts", "Pca"]])
def test_unknown_statistics_are_refused(parts, metrics):
    train, _, sets = parts
    with pytest.raises(InputError, match=r"metrics must be among aa_ts, .*; got (ld|none|Pca)"):
        evaluate(train, sets, metrics=metrics)


def test_a_quick_evaluation_compares_few_haplotypes_once(parts):
    rng = np.random.default_rng(0)
    many = {name: Haplotypes.from_alleles(rng.integers(0, 2, (n, 70))) for name, n in (("real", 1500), ("s", 1100))}
    quick = evaluate(many["real"], many["s"], quick=True)
    assert (quick.protocol.n, quick.protocol.repeats) == (QUICK_HAPLOTYPES, 1)
    assert f"to {QUICK_HAPLOTYPES} haplotypes, once" in quick.protocol.cut
    assert set(quick.protocol.metrics) == {one.name for one in STATISTICS if one.quick}
    only = evaluate(many["real"], many["s"], quick=True, metrics=["pca"])
    assert only.protocol.metrics == ("pca",)
    assert only.sets["synthetic"].pca is not None


def test_what_nobody_has_a_set_does_not_lack(tmp_path):
    """Sites on contigs of their own have no linkage, no stretches and no decay of homozygosity, in any set."""
    from artgen_fast.haplotypes import Sites
    from artgen_fast.report import write_report

    rng = np.random.default_rng(0)
    sites = Sites.from_columns(np.ones(30, int), contig=[f"c{site}" for site in range(30)])
    frequencies = rng.uniform(0.05, 0.6, 30)
    train, unseen, rest = (Haplotypes.from_alleles(rng.random((60, 30)) < frequencies, sites) for _ in range(3))
    for holdout in (None, unseen):
        verdict = evaluate(train, rest, holdout).sets["synthetic"].verdict
        assert [each.name for each in verdict.checks if math.isnan(each.value)] == []
        assert not verdict.fails
    one = evaluate(train[:, :1], rest[:, :1], unseen[:, :1])
    assert not one.sets["synthetic"].verdict.fails
    # What it has too little of is drawn all the same.
    write_report(one, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size > 10_000


def test_leaks_are_looked_for_in_whole_panels_however_few_haplotypes_are_compared(parts):
    train, holdout, sets = parts
    asked = {"metrics": ["aa_ts", "copies", "near_copies", "shared_haplotypes"], "at_most": 20}
    found = evaluate(train, sets["copied"], holdout, **asked)
    copied = found.sets["synthetic"]
    assert (found.protocol.n, copied.aa_ts.n) == (20, 20)
    assert copied.copies.training_persons_copied == 65
    near = copied.near_copies
    assert (near.synthetic_rows, near.training_rows, near.unseen_rows) == (130, 130, 130)
    assert copied.shared_haplotypes.synthetic.haplotypes == 130
    assert copied.shared_haplotypes.synthetic.mean_sites == train.n_sites
    assert found.holdout.shared_haplotypes.synthetic.haplotypes == 130
    quick = evaluate(train, sets["copied"], holdout, quick=True, **asked).sets["synthetic"]
    assert (quick.aa_ts.n, quick.near_copies.synthetic_rows, quick.near_copies.training_rows) == (20, 20, 130)
    assert quick.shared_haplotypes.synthetic.haplotypes == 20


def test_is_the_packages_own_name():
    assert ag.evaluate is evaluate
    assert ag.Evaluation is Evaluation


@pytest.mark.parametrize("name", ["real", "holdout", "", "  "])
def test_reserved_names_are_refused(parts, name):
    train, holdout, sets = parts
    with pytest.raises(InputError, match="name must be a text other than 'real' and 'holdout'"):
        evaluate(train, {name: sets["unseen"]}, holdout)


def test_what_is_no_panel_is_refused_by_its_name(parts):
    train, holdout, sets = parts
    unseen = sets["unseen"]
    for panels, name in (
        ((train, unseen.alleles()), "synthetic"),
        ((train, "synthetic.vcf"), "synthetic"),
        ((train, {"a": unseen, "b": unseen.packed}), "b"),
        ((train.alleles(), unseen), "real"),
        ((train, unseen, holdout.alleles()), "holdout"),
    ):
        with pytest.raises(InputError, match=rf"the {name} panel must be Haplotypes; got (ndarray|str)\. Use artgen"):
            evaluate(*panels)


def test_input_that_cannot_be_compared_is_refused(parts):
    train, holdout, sets = parts
    with pytest.raises(InputError, match="needs at least one synthetic set"):
        evaluate(train, {})
    with pytest.raises(InputError, match=r"baselines must be names of synthetic sets \(a\); got b"):
        evaluate(train, {"a": sets["unseen"]}, baselines=["b"])
    with pytest.raises(InputError, match=r"baselines must be a list of names; got the text 'a'\. Write \['a'\]\."):
        evaluate(train, {"a": sets["unseen"]}, baselines="a")
    with pytest.raises(InputError, match="real and the a panel must have the same sites"):
        evaluate(train, {"a": sets["unseen"][:, :100]})
    with pytest.raises(InputError, match="real and the holdout panel must have the same sites"):
        evaluate(train, sets["unseen"], holdout[:, 1:])
    with pytest.raises(InputError, match="labels must name every person"):
        evaluate(train, sets["unseen"], labels={"SECRET1": "north"})
    with pytest.raises(InputError, match="a panel must have at least 2 haplotypes"):
        evaluate(train, {"a": sets["unseen"][:0]})


@pytest.mark.real_data
def test_published_sets_beside_unseen_people(real_data):
    folder = real_data / "panels"
    train, holdout = ag.read(folder / "805_SNP_1000G_real.npz").split_by_person([0.5, 0.5], seed=0)
    sets = {name: ag.read(folder / f"805_SNP_{name}.npz") for name in ("GAN_AG_20000epochs", "RBM_AG_800Epochs")}
    result = evaluate(
        train, sets | {"copies": Haplotypes.from_alleles(train.alleles(), train.sites)}, holdout, repeats=2
    )
    gan, rbm, copied = (each for each in result.sets.values())
    assert {each.verdict.label for each in (gan, rbm)} == {"fails"}
    assert gan.verdict.regime.startswith("averages of few")
    assert rbm.aa_ts.worst_half_distance < gan.aa_ts.worst_half_distance
    assert copied.verdict.label == "leaks"
    assert result.holdout.one_nn_accuracy.real_exchangeable.contains(result.holdout.aa_ts.truth_half_tie)


def test_numbers_of_the_table_have_no_sign_before_zero_and_no_interval_where_there_is_none():
    missing = Interval(float("nan"), float("nan"))
    assert [_number(value) for value in (-0.004, -0.006, float("nan"))] == ["0.00", "−0.01", "–"]
    assert _with_interval(0.5, missing) == "0.50"
    assert _with_interval(0.5, Interval(-0.001, 0.6)) == "0.50 [0.00, 0.60]"
