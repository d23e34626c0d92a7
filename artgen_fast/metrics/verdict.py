"""A judgement of one synthetic set, in plain sentences, against unseen real people in its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.copies import Copies
from artgen_fast.metrics.fidelity import Check, check
from artgen_fast.metrics.nearest_training import NearestTraining
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy
from artgen_fast.metrics.pairwise import PairwiseDistances
from artgen_fast.metrics.privacy_score import PrivacyScore
from artgen_fast.metrics.shared_haplotypes import SharedHaplotypes, SharedWithTraining
from artgen_fast.metrics.uncertainty import Interval

LEAK_P_VALUE = 0.01
"""A test by person that training people are nearer to the set than unseen ones is called a leak below this p-value over
the number of tests."""

_TIES_WORTH_SAYING = 0.02
_NAMED_IN_FULL = 3

REGIMES = {
    (1, 1): "underfitted: both sets keep to themselves",
    (-1, -1): "overfitted: each set is closer to the other than to itself",
    (-1, 1): "averages of few: synthetic rows are alike and lie among the real ones",
    (1, -1): "off support: real rows keep to themselves, and synthetic rows are nearer to real ones than to each other",
    (0, 0): "balanced: the two sets cannot be told apart",
    (1, 0): "real rows keep to themselves",
    (0, 1): "synthetic rows keep to themselves",
    (-1, 0): "real rows are closer to synthetic ones than to each other",
    (0, -1): "synthetic rows are closer to real ones than to each other",
}
"""What the sides of (AA_truth, AA_syn) mean: 1 above the reference, -1 below, 0 the same. The four in which both depart
are those of figure 4 of Yelmen et al. 2023 (PLoS Comput Biol 19:e1011584)."""


@dataclass(frozen=True, slots=True)
class Reference:
    """What the two half-tie halves of AA_TS should be.

    Attributes
    ----------
    name : str
        "hold-out", or "expectation" without one.
    truth_half_tie, syn_half_tie : float
        What unseen people in the place of the synthetic set give, or ½.
    truth_interval, syn_interval : Interval
        What counts as the same.
    """

    name: str
    truth_half_tie: float
    syn_half_tie: float
    truth_interval: Interval
    syn_interval: Interval

    @classmethod
    def holdout(cls, aa: AATS, one_nn: OneNNAccuracy) -> Reference:
        """Unseen people in the synthetic set's place.

        Their intervals span both the bootstrap's and where permuted labels lie, since the bootstrap alone is too
        narrow (`AATS`).
        """
        return cls(
            "hold-out",
            aa.truth_half_tie,
            aa.syn_half_tie,
            _span(aa.truth_half_tie_interval, one_nn.real_exchangeable),
            _span(aa.syn_half_tie_interval, one_nn.generated_exchangeable),
        )

    @classmethod
    def expectation(cls, one_nn: OneNNAccuracy) -> Reference:
        """Sets that cannot be told apart: where the set's own permuted labels lie, around ½."""
        return cls("expectation", 0.5, 0.5, one_nn.real_exchangeable, one_nn.generated_exchangeable)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a synthetic set is good.

    Attributes
    ----------
    label : str
        "leaks" if it knows more of the training rows than of unseen people's; else "fails" if a half of AA_TS (ties ½)
        differs from the reference, or a check fails; else "may leak" if a leak is suspected; else "good".
    leaks, fails : bool
        Both can be true. Without a hold-out only rows that are training rows can be told.
    neighbours_fail : bool
        Whether a half of AA_TS differs from the reference.
    leak_suspected : bool
        No leak is shown, but the privacy score's interval lies above 0. That interval is too narrow (see `AATS`),
        so this is a doubt and no finding.
    regime : str
        What the two halves say together, one of `REGIMES`.
    reference : Reference
        What the halves were compared with.
    checks : tuple of Check
        The other statistics beside those of unseen people.
    sentences : tuple of str
        What was found, the most important first.
    """

    label: str
    leaks: bool
    leak_suspected: bool
    fails: bool
    neighbours_fail: bool
    regime: str
    reference: Reference
    checks: tuple[Check, ...]
    sentences: tuple[str, ...]


def judge(
    aa: AATS,
    reference: Reference,
    *,
    checks: Sequence[Check] = (),
    privacy: PrivacyScore | None = None,
    copies: Copies | None = None,
    nearest: NearestTraining | None = None,
    shared: SharedHaplotypes | None = None,
    distances: PairwiseDistances | None = None,
) -> Verdict:
    """Judge a synthetic set by the half-tie halves of AA_TS, never by their mean, and by its other statistics.

    Parameters
    ----------
    aa : AATS
        Of the synthetic set.
    reference : Reference
        A half fails if its interval and the reference's share no point.
    checks : sequence of Check
        The set fails if any of them does.
    privacy, copies, nearest, shared : PrivacyScore, Copies, NearestTraining, SharedHaplotypes, optional
        The set leaks if more training than unseen persons are copied, are nearest to the synthetic rows, or share
        their longest stretches (p < 0.01 over all these tests, exact for a random split). The privacy score is shown
        beside; its interval does not decide.
    distances : PairwiseDistances, optional
        Where no such test can be made, the set leaks if far more of its rows are identical to a training row than of
        those rows to each other.

    Returns
    -------
    Verdict
    """
    tested = bool(_leak_tests(copies, nearest, shared))
    leaked = _leaks(copies, nearest, shared) if tested else _copied(distances)
    suspected = not leaked and privacy is not None and privacy.half_tie_interval.low > 0
    failing = [
        f"{_percent(value)} of the {who} are nearer to their own set than to the other {_percents(interval)}; "
        + (
            f"unseen real people in its place give {_percent(expected)} {_percents(accepted)}."
            if reference.name == "hold-out"
            else f"50 % is expected {_percents(accepted)}."
        )
        for who, value, interval, expected, accepted in (
            (
                "real haplotypes (AA_truth)",
                aa.truth_half_tie,
                aa.truth_half_tie_interval,
                reference.truth_half_tie,
                reference.truth_interval,
            ),
            (
                "synthetic haplotypes (AA_syn)",
                aa.syn_half_tie,
                aa.syn_half_tie_interval,
                reference.syn_half_tie,
                reference.syn_interval,
            ),
        )
        if not interval.overlaps(accepted)
    ]
    regime = REGIMES[
        _side(aa.truth_half_tie_interval, reference.truth_interval),
        _side(aa.syn_half_tie_interval, reference.syn_interval),
    ]
    failed = [each for each in checks if each.fails]
    others = _check_sentences(checks, failed, reference)
    sentences = list(leaked)
    if failed and not failing:
        # What makes it fail comes before what does not.
        sentences += others
        others = []
    if failing:
        sentences += [*failing, f"Together: {regime}."]
        if reference.truth_interval.low <= aa.half_tie <= reference.truth_interval.high:
            sentences.append(f"The mean of the two halves, {aa.half_tie:.2f}, looks good and hides this.")
    else:
        like = "as for unseen real people" if reference.name == "hold-out" else "as for sets that cannot be told apart"
        sentences.append(
            f"Nearest neighbours cannot tell it from the training rows: AA_truth {aa.truth_half_tie:.2f} and AA_syn "
            f"{aa.syn_half_tie:.2f} (ties ½) are {like}, within their intervals."
        )
    if aa.half_tie - aa.value > _TIES_WORTH_SAYING:
        sentences.append(
            f"Ties: {_percent(aa.tie_rate)} of the rows are as near to one set as to the other; so the strict AA_TS, "
            f"which counts them 0, is {aa.value:.2f}, and {aa.half_tie:.2f} with ties ½."
        )
    sentences += others
    if privacy is not None:
        score = (
            f"the privacy score is {_number(privacy.half_tie, 3)} {_text(privacy.half_tie_interval, 3)} "
            "(ties ½; 0 = no leak)"
        )
        if leaked:
            sentences.append(f"Beside that, {score}.")
        elif suspected:
            sentences.append(
                f"It may leak: {score}. Its interval is known to be too narrow; no test by person finds a leak."
            )
        else:
            sentences.append(f"No leak found: {score}.")
    elif leaked:
        pass
    elif tested:
        sentences.append("No test by person finds a leak.")
    elif reference.name == "hold-out":
        sentences.append("Leaks were not looked for: no statistic that tells them was asked for.")
    else:
        sentences.append("Leaks cannot be told without a hold-out of unseen people (holdout=, --holdout).")
    return Verdict(
        label="leaks" if leaked else "fails" if failing or failed else "may leak" if suspected else "good",
        leaks=bool(leaked),
        leak_suspected=suspected,
        fails=bool(failing or failed),
        neighbours_fail=bool(failing),
        regime=regime,
        reference=reference,
        checks=tuple(checks),
        sentences=tuple(sentences),
    )


def _leak_tests(
    copies: Copies | None, nearest: NearestTraining | None, shared: SharedHaplotypes | None
) -> list[Copies | NearestTraining | SharedWithTraining]:
    """The tests by person that there are."""
    of_all, of_longest = (None, None) if shared is None else (shared.with_training, shared.longest_with_training)
    if of_all is not None and of_longest is not None and of_all.rows == of_longest.rows:
        of_longest = None  # all stretches are as long: it is the same test
    return [each for each in (copies, nearest, of_all, of_longest) if each is not None]


def _leaks(copies: Copies | None, nearest: NearestTraining | None, shared: SharedHaplotypes | None) -> list[str]:
    tests = _leak_tests(copies, nearest, shared)
    found = []
    for test in tests:
        if test.p_value >= LEAK_P_VALUE / len(tests):
            continue
        if isinstance(test, Copies):
            found.append(
                f"Training haplotypes are copied: those of {test.training_persons_copied} of {test.training_persons} "
                f"training persons are among the synthetic rows, against {test.holdout_persons_copied} of "
                f"{test.holdout_persons} unseen persons (p = {test.p_value:.2g})."
            )
        elif isinstance(test, NearestTraining):
            found.append(
                f"Synthetic rows know the training rows: {_percent(test.share)} of them are nearer to a training row "
                f"than to any unseen person's, where chance gives {_percents(test.exchangeable)} "
                f"(p = {test.p_value:.2g})."
            )
        else:
            found.append(_stretch_sentence(test, shared is not None and test is shared.longest_with_training))
    return found


def _copied(distances: PairwiseDistances | None) -> list[str]:
    """A sentence if rows are training rows: as often as those are each other's twins, by descent, is no finding."""
    if distances is None:
        return []
    identical, twins = distances.synthetic_identical_to_real, distances.real_with_twin
    found = check("", "", 0, (identical.value, identical.interval), (twins.value, twins.interval))
    if found is None or not found.fails:
        return []
    return [
        f"Training haplotypes are copied: {_percent(identical.value)} of its rows are identical to a training row, "
        f"where {_percent(twins.value)} of the training rows are identical to another one."
    ]


def _stretch_sentence(test: SharedWithTraining, longest: bool) -> str:
    rows = f"the {test.rows} rows with the longest stretches" if longest else "the rows"
    return (
        f"Pieces of training haplotypes are copied: {_percent(test.share)} of {rows} share their longest stretch with "
        f"a training row and not with an unseen person's, where chance gives {_percents(test.exchangeable)} "
        f"(p = {test.p_value:.2g})."
    )


def _check_sentences(checks: Sequence[Check], failed: Sequence[Check], reference: Reference) -> list[str]:
    """What the other statistics say, in a sentence or two."""
    if not checks:
        return []
    beside = "unseen people" if reference.name == "hold-out" else "expected"
    if not failed:
        agree = "agree with those of unseen people" if reference.name == "hold-out" else "are as expected"
        return [f"All {len(checks)} other statistics {agree}."]
    by_departure = sorted(failed, key=_departure, reverse=True)
    most = "; ".join(
        f"{each.name} ({each.statistic}: {_beside(each, beside)})" for each in by_departure[:_NAMED_IN_FULL]
    )
    others = [each.name for each in by_departure[_NAMED_IN_FULL:]]
    begun = f"It fails on {len(failed)} of {len(checks)} other statistics"
    if not others:
        return [f"{begun}: {most}."]
    return [f"{begun}, most of all: {most}.", f"It also fails on: {', '.join(others)}."]


def _departure(check: Check) -> float:
    """How far a value lies from what is expected, in half-lengths of both intervals."""
    if math.isnan(check.value):
        return math.inf
    length = check.interval.high - check.interval.low + check.expected_interval.high - check.expected_interval.low
    return 2 * abs(check.value - check.expected) / length if length > 0 else math.inf


def _beside(check: Check, beside: str) -> str:
    """Both values, with as many digits as tell them apart."""
    for digits in range(2, 6):
        value, expected = _number(check.value, digits), _number(check.expected, digits)
        if value != expected:
            break
    return f"{value}, {beside} {expected}"


def _side(interval: Interval, reference: Interval) -> int:
    return 1 if interval.low > reference.high else -1 if interval.high < reference.low else 0


def _span(first: Interval, second: Interval) -> Interval:
    return Interval(min(first.low, second.low), max(first.high, second.high), first.level)


def _number(value: float, digits: int) -> str:
    """With a true minus sign, and none before zero."""
    text = f"{value:.{digits}f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def _text(interval: Interval, digits: int = 2) -> str:
    return f"[{_number(interval.low, digits)}, {_number(interval.high, digits)}]"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _percents(interval: Interval) -> str:
    return f"[{_percent(interval.low)}, {_percent(interval.high)}]"
