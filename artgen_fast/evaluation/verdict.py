"""A judgement of one synthetic set, in plain sentences, against unseen real people in its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from artgen_fast.evaluation.fidelity import Check
from artgen_fast.evaluation.leaks import LeakEvidence, find_leaks
from artgen_fast.evaluation.number_text import number_text, percent_text, percents_text
from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy
from artgen_fast.metrics.uncertainty.intervals import FEWEST_UNITS, Interval

NOT_JUDGED = "not judged"
"""Label of a set of which only leaks can be told or were asked for, and none was found."""

FEWEST_HAPLOTYPES = 2 * FEWEST_UNITS
"""Where fewer are compared of each panel, bad sets pass for good ones."""

_TIES_WORTH_SAYING = 0.02
_NAMED_IN_FULL = 3

POPULATION = "population "
"""How the names of checks of populations begin."""

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
        differs from the reference, or a check fails; else "may leak" if a leak is suspected; else "good". Without
        AA_TS, what is neither "leaks" nor "may leak" is "not judged".
    leaks, fails : bool
        Both can be true. Without a hold-out only rows that are training rows can be told.
    neighbours_fail : bool
        Whether a half of AA_TS differs from the reference.
    leak_suspected : bool
        No leak is shown, but a test by itself has a low p-value, or the privacy score's interval lies above 0. That
        interval is too narrow (see `AATS`), so this is a doubt and no finding.
    regime : str or None
        What the two halves say together, one of `REGIMES`; None without AA_TS.
    reference : Reference or None
        What the halves were compared with; None without AA_TS.
    checks : tuple of Check
        The other statistics beside those of unseen people.
    sentences : tuple of str
        What was found, the most important first.
    about_leaks : str
        The one of them that says whether training people leak.
    """

    label: str
    leaks: bool
    leak_suspected: bool
    fails: bool
    neighbours_fail: bool
    regime: str | None
    reference: Reference | None
    checks: tuple[Check, ...]
    sentences: tuple[str, ...]
    about_leaks: str

    @property
    def in_short(self) -> str:
        """The label with the most important finding, and what is known of leaks."""
        said = dict.fromkeys([self.sentences[0], self.about_leaks])
        return f"{self.label}: {' '.join(said)}"


def judge(
    aa: AATS | None,
    reference: Reference | None,
    *,
    checks: Sequence[Check] = (),
    evidence: LeakEvidence | None = None,
    has_holdout: bool | None = None,
) -> Verdict:
    """Judge a synthetic set by the half-tie halves of AA_TS, never by their mean, its other statistics, and leaks.

    Parameters
    ----------
    aa : AATS or None
        Of the synthetic set. Without it, or where it is of fewer than 20 haplotypes, only leaks are judged.
    reference : Reference or None
        A half fails if its interval and the reference's share no point. There is one where there is ``aa``.
    checks : sequence of Check
        The set fails if any of them does.
    evidence : LeakEvidence, optional
        What tells whether the set leaks (`find_leaks`).
    has_holdout : bool, optional
        Whether there were unseen people; default: if the reference is theirs.

    Returns
    -------
    Verdict
    """
    if has_holdout is None:
        has_holdout = reference is not None and reference.name == "hold-out"
    leaks = find_leaks(evidence or LeakEvidence(), has_holdout)
    about_leaks = [*leaks.found, *leaks.suspected, *([leaks.remark] if leaks.remark else [])]
    suspected = bool(leaks.suspected) and not leaks.found
    few = "" if aa is None or reference is None else _too_few(aa, reference)
    if aa is None or reference is None or few:
        return Verdict(
            label="leaks" if leaks.found else "may leak" if suspected else NOT_JUDGED,
            leaks=bool(leaks.found),
            leak_suspected=suspected,
            fails=False,
            neighbours_fail=False,
            regime=None,
            reference=None,
            checks=(),
            sentences=tuple([few, *about_leaks] if few else about_leaks),
            about_leaks=about_leaks[0],
        )
    failing = _failing_halves(aa, reference)
    regime = REGIMES[
        _side(aa.truth_half_tie_interval, reference.truth_interval),
        _side(aa.syn_half_tie_interval, reference.syn_interval),
    ]
    failed = [each for each in checks if each.fails]
    others = _check_sentences(checks, failed, reference)
    sentences = list(leaks.found)
    if failed and not failing:
        # What makes it fail comes before what does not.
        sentences += others
        others = []
    sentences += _about_halves(aa, reference, failing, regime)
    sentences += [*others, *leaks.suspected]
    if leaks.remark:
        sentences.append(leaks.remark)
    return Verdict(
        label="leaks" if leaks.found else "fails" if failing or failed else "may leak" if suspected else "good",
        leaks=bool(leaks.found),
        leak_suspected=suspected,
        fails=bool(failing or failed),
        neighbours_fail=bool(failing),
        regime=regime,
        reference=reference,
        checks=tuple(checks),
        sentences=tuple(sentences),
        about_leaks=about_leaks[0],
    )


def _too_few(aa: AATS, reference: Reference) -> str:
    """Why the set cannot be judged, in a sentence; empty where it can."""
    if aa.n < FEWEST_HAPLOTYPES:
        return f"Only {aa.n} haplotypes of each panel are compared: fewer than {FEWEST_HAPLOTYPES} tell leaks at best."
    compared = aa.truth_half_tie_interval, aa.syn_half_tie_interval, reference.truth_interval, reference.syn_interval
    if any(math.isnan(each.low) or math.isnan(each.high) for each in compared):
        return f"A panel has haplotypes of fewer than {FEWEST_UNITS} persons, which tell leaks at best."
    return ""


def _failing_halves(aa: AATS, reference: Reference) -> list[str]:
    """A sentence for each half of AA_TS that departs from the reference."""
    return [
        _failing_half(who, value, interval, expected if reference.name == "hold-out" else None, accepted)
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


def _failing_half(who: str, value: float, interval: Interval, unseen: float | None, accepted: Interval) -> str:
    """A half beside what counts as the same, with as many digits as keep the two intervals apart."""
    digits = next((n for n in range(4) if _apart(interval, accepted, n)), 3)
    of_half, of_same = (percents_text(each, digits) for each in (interval, accepted))
    expected = (
        "50 % is expected" if unseen is None else f"unseen real people in its place give {percent_text(unseen, digits)}"
    )
    return (
        f"{percent_text(value, digits)} of the {who} are nearer to their own set than to the other (ties ½) {of_half}; "
        f"{expected}, and {of_same} counts as the same."
    )


def _apart(first: Interval, second: Interval, digits: int) -> bool:
    """Whether two intervals share no point when their ends are written with so many digits of a percent."""
    (low, high), (other_low, other_high) = ((round(100 * x, digits) for x in (i.low, i.high)) for i in (first, second))
    return low > other_high or high < other_low


def _about_halves(aa: AATS, reference: Reference, failing: list[str], regime: str) -> list[str]:
    """What nearest neighbours say: the halves that depart, or that none does, and how many ties there are."""
    if failing:
        said = [*failing, f"Together: {regime}."]
        if reference.truth_interval.low <= aa.half_tie <= reference.truth_interval.high:
            said.append(f"The mean of the two halves, {aa.half_tie:.2f}, looks good and hides this.")
    else:
        like = "as for unseen real people" if reference.name == "hold-out" else "as for sets that cannot be told apart"
        said = [
            f"Nearest neighbours cannot tell it from the training rows: AA_truth {aa.truth_half_tie:.2f} and AA_syn "
            f"{aa.syn_half_tie:.2f} (ties ½) are {like}, within their intervals."
        ]
    if aa.half_tie - aa.value > _TIES_WORTH_SAYING:
        said.append(
            f"Ties: {percent_text(aa.tie_rate)} of the rows are as near to one set as to the other; so the strict "
            f"AA_TS, which counts them 0, is {aa.value:.2f}, and {aa.half_tie:.2f} with ties ½."
        )
    return said


def _check_sentences(checks: Sequence[Check], failed: Sequence[Check], reference: Reference) -> list[str]:
    """What the other statistics say, in a sentence or two; populations, of which there can be many, apart."""
    populations = [each for each in checks if each.name.startswith(POPULATION)]
    rest = [each for each in checks if each not in populations]
    return [
        *_of_checks(rest, [each for each in failed if each in rest], reference, "other statistics"),
        *_of_checks(populations, [each for each in failed if each in populations], reference, "populations' shares"),
    ]


def _of_checks(checks: Sequence[Check], failed: Sequence[Check], reference: Reference, what: str) -> list[str]:
    if not checks:
        return []
    beside = "unseen people" if reference.name == "hold-out" else "expected"
    if not failed:
        like = "those of unseen people" if reference.name == "hold-out" else "what is expected"
        if len(checks) == 1:
            like = like.replace("those", "that")
            return [f"The one other number that can be told, {checks[0].name}, does not depart clearly from {like}."]
        return [f"Of {len(checks)} {what} not one departs clearly from {like}."]
    by_departure = sorted(failed, key=_departure, reverse=True)
    most = "; ".join(
        f"{each.name} ({each.statistic}: {_beside(each, beside)})" for each in by_departure[:_NAMED_IN_FULL]
    )
    others = [each.name for each in by_departure[_NAMED_IN_FULL:]]
    begun = f"It fails on {len(failed)} of {len(checks)} {what}"
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
        value, expected = number_text(check.value, digits), number_text(check.expected, digits)
        if value != expected:
            break
    return f"{value}, {beside} {expected}"


def _side(interval: Interval, reference: Interval) -> int:
    return 1 if interval.low > reference.high else -1 if interval.high < reference.low else 0


def _span(first: Interval, second: Interval) -> Interval:
    if math.isnan(first.low):
        return first
    return Interval(min(first.low, second.low), max(first.high, second.high), first.level)
