"""Privacy score, copies and nearest training rows: leaks are found, and only leaks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from artgen_fast.errors import InputError
from artgen_fast.evaluation import evaluate
from artgen_fast.haplotypes import concatenate
from artgen_fast.metrics import aa_ts, copies, near_copies, nearest_training, privacy_score, shared_haplotypes


@pytest.fixture(scope="module")
def parts(founders_panel, without_persons):
    train, holdout, rest = founders_panel.split_by_person([1 / 3, 1 / 3, 1 / 3], seed=0)
    return train, holdout, without_persons(rest), without_persons(train)


def test_privacy_score_is_a_difference_of_aa_ts(parts):
    train, holdout, rest, copied = parts
    half = concatenate([rest[:80], copied[:80]])
    result = privacy_score(train, half, holdout=holdout, backend="reference")
    of_test, of_train = (aa_ts(real, half, backend="reference") for real in (holdout, train))
    assert result.value == pytest.approx(of_test.value - of_train.value)
    assert result.half_tie == pytest.approx(of_test.half_tie - of_train.half_tie)
    assert result.half_tie_interval.low < result.half_tie < result.half_tie_interval.high


def test_unseen_people_do_not_leak(parts):
    train, holdout, rest, _ = parts
    assert privacy_score(train, rest, holdout=holdout, backend="reference").half_tie_interval.contains(0)
    assert copies(train, rest, holdout=holdout).p_value > 0.05
    assert nearest_training(train, rest, holdout=holdout, backend="reference").p_value > 0.05


def test_copied_training_rows_leak(parts):
    train, holdout, _, copied = parts
    assert privacy_score(train, copied, holdout=holdout, backend="reference").half_tie_interval.low > 0.3
    result = copies(train, copied, holdout=holdout)
    assert (result.training_persons, result.training_persons_copied) == (80, 80)
    assert result.p_value < 1e-6
    nearest = nearest_training(train, copied, holdout=holdout, backend="reference")
    assert nearest.share == pytest.approx(1, abs=0.05)
    assert nearest.p_value == 0.001


def test_a_few_copied_rows_leak(parts):
    train, holdout, rest, copied = parts
    few = concatenate([rest[:140], copied[np.arange(0, 40, 2)]])
    result = copies(train, few, holdout=holdout)
    # 20 persons' first haplotypes.
    assert 20 <= result.training_persons_copied < 30
    assert result.p_value < 1e-3
    expected = stats.fisher_exact(
        [
            [result.training_persons_copied, 80 - result.training_persons_copied],
            [result.holdout_persons_copied, 80 - result.holdout_persons_copied],
        ],
        alternative="greater",
    )
    assert result.p_value == pytest.approx(expected.pvalue)
    # Where splits of the same 160 people put the copied ones.
    rng = np.random.default_rng(0)
    copied_people = result.training_persons_copied + result.holdout_persons_copied
    splits = [np.count_nonzero(rng.permutation(160)[:80] < copied_people) for _ in range(4000)]
    inside = np.mean([result.exchangeable.contains(each) for each in splits])
    assert 0.95 <= inside + 0.01 <= 1
    assert np.mean(splits) == pytest.approx((result.exchangeable.low + result.exchangeable.high) / 2, abs=0.6)
    assert result.exchangeable.high < result.training_persons_copied


def test_near_copies_leak_though_none_is_exact(parts):
    train, holdout, _, copied = parts
    alleles = copied.alleles()
    rng = np.random.default_rng(0)
    for row in alleles:
        row[rng.choice(300, 3, replace=False)] ^= 1
    near = type(copied).from_alleles(alleles)
    assert copies(train, near, holdout=holdout).training_persons_copied <= 1
    assert nearest_training(train, near, holdout=holdout, backend="reference").p_value == 0.001


def test_rows_that_crowd_around_one_person_are_no_leak(parts):
    # 160 rows by one training person: all or none of them would be nearest to the training part, had that person been
    # in it or not. A test that takes rows for independent finds a leak here.
    train, holdout, _, copied = parts
    crowd = type(copied).from_alleles(np.repeat(copied.alleles()[:1], 160, axis=0))
    nearest = nearest_training(train, crowd, holdout=holdout, backend="reference")
    assert nearest.share == 1
    assert nearest.p_value == pytest.approx(0.5, abs=0.06)
    assert copies(train, crowd, holdout=holdout).p_value == pytest.approx(0.5, abs=0.05)


def test_ties_between_training_and_unseen_people_fall_to_either(parts):
    _, _, _, copied = parts
    nearest = nearest_training(copied, copied, holdout=copied, backend="reference")
    # 160 ties, each to one of two identical rows: sd 0.04.
    assert nearest.share == pytest.approx(0.5, abs=4 * 0.04)
    assert (nearest.nearer, nearest.tied, nearest.chance) == (0, 1, 0.5)


def test_few_unseen_people_are_enough_to_tell_that_rows_know_the_training_people(founders_panel, without_persons):
    train, holdout, rest = founders_panel.split_by_person([0.6, 0.1, 0.3], seed=1)
    part = train.alleles()[: len(rest)]
    alleles = rest.alleles()
    alleles[:, :150] = part[:, :150]
    halves = without_persons(type(train).from_alleles(alleles))
    found = nearest_training(train, halves, holdout=holdout, backend="reference")
    assert found.chance == len(train) / (len(train) + len(holdout))
    assert found.rows == len(rest) > len(holdout)
    assert found.nearer <= found.share <= found.nearer + found.tied
    assert found.p_value == 0.001
    assert nearest_training(train, without_persons(rest), holdout=holdout, backend="reference").p_value > 0.01


def test_rows_of_persons_cannot_be_held_against_rows_of_nobody(parts, without_persons):
    train, holdout, rest, copied = parts
    with pytest.raises(InputError, match="80 of its people are among the real"):
        privacy_score(train, rest, holdout=train)
    message = "must belong to persons alike, .*got 160 of 160 training rows in pairs of one person's, and 0 of 160 of"
    for ask in (
        lambda train, unseen: nearest_training(train, rest, holdout=unseen),
        lambda train, unseen: copies(train, rest, holdout=unseen),
        lambda train, unseen: near_copies(train, rest, holdout=unseen),
        lambda train, unseen: shared_haplotypes(train, rest, holdout=unseen),
        lambda train, unseen: evaluate(train, rest, unseen),
    ):
        with pytest.raises(InputError, match=message):
            ask(train, without_persons(holdout))
        with pytest.raises(InputError, match=r"got 0 of 160 training rows in pairs .*, and 160 of 160 of the hold-out"):
            ask(copied, holdout)
    assert nearest_training(copied, rest, holdout=without_persons(holdout), backend="reference").p_value > 0.01


def test_the_score_of_a_few_people_has_no_interval(parts):
    train, holdout, rest, _ = parts
    few = privacy_score(train[:18], rest, holdout=holdout[:18], backend="reference")
    enough = privacy_score(train[:20], rest, holdout=holdout[:20], backend="reference")
    for interval in (few.half_tie_interval, few.value_interval):
        assert np.isnan([interval.low, interval.high]).all()
    assert enough.half_tie_interval.low < enough.half_tie < enough.half_tie_interval.high
