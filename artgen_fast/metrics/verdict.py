"""A judgement of one synthetic set, in plain sentences, against unseen real people in its place."""

from __future__ import annotations

from dataclasses import dataclass

from artgen_fast.metrics.aa_ts import AATS
from artgen_fast.metrics.copies import Copies
from artgen_fast.metrics.nearest_training import NearestTraining
from artgen_fast.metrics.one_nn_accuracy import OneNNAccuracy
from artgen_fast.metrics.privacy_score import PrivacyScore
from artgen_fast.metrics.scores import Scores
from artgen_fast.metrics.uncertainty import Interval

LEAK_P_VALUE = 0.01
"""Training persons found among the synthetic rows, or nearest to them, are called a leak below this p-value."""

_TIES_WORTH_SAYING = 0.02

REGIMES = {
    (1, 1): "underfitted: both sets keep to themselves",
    (-1, -1): "overfitted: each set is closer to the other than to itself",
    (-1, 1): "averages of few: synthetic rows are alike and lie among the real ones",
    (1, -1): "off support: synthetic rows lie outside the real ones and apart from each other",
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
        differs from the reference; else "good".
    leaks, fails : bool
        Both can be true. Without a hold-out, ``leaks`` is False: it cannot be told.
    leak_suspected : bool
        No leak is shown, but the privacy score's interval lies above 0. That interval is too narrow (see `AATS`),
        so this is a doubt and no finding.
    regime : str
        What the two halves say together, one of `REGIMES`.
    reference : Reference
        What the halves were compared with.
    sentences : tuple of str
        What was found, the most important first.
    """

    label: str
    leaks: bool
    leak_suspected: bool
    fails: bool
    regime: str
    reference: Reference
    sentences: tuple[str, ...]


def judge(
    aa: AATS,
    scores: Scores,
    reference: Reference,
    *,
    holdout_scores: Scores | None = None,
    privacy: PrivacyScore | None = None,
    copies: Copies | None = None,
    nearest: NearestTraining | None = None,
) -> Verdict:
    """Judge a synthetic set by the half-tie halves of AA_TS, never by their mean.

    Parameters
    ----------
    aa, scores : AATS, Scores
        Of the synthetic set.
    reference : Reference
        A half fails if its interval and the reference's share no point.
    holdout_scores : Scores, optional
        Of unseen people, to be shown beside.
    privacy, copies, nearest : PrivacyScore, Copies, NearestTraining, optional
        The set leaks if more training than unseen persons are copied, or are nearest to the synthetic rows (each
        p < 0.01, exact for a random split). The privacy score is shown beside; its interval does not decide.

    Returns
    -------
    Verdict
    """
    leaked = _leaks(copies, nearest)
    suspected = not leaked and privacy is not None and privacy.half_tie_interval.low > 0
    failing = [
        f"{value:.0%} of the {who} are nearer to their own set than to the other, {_text(interval)}; "
        + (
            f"unseen real people in its place give {expected:.0%}, {_text(accepted)}."
            if reference.name == "hold-out"
            else f"50% is expected, {_text(accepted)}."
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
    sentences = list(leaked)
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
            f"Ties: {aa.tie_rate:.0%} of the rows are as near to one set as to the other; so the strict AA_TS, which "
            f"counts them 0, is {aa.value:.2f}, and {aa.half_tie:.2f} with ties ½."
        )
    sentences.append(_score_sentence(scores, holdout_scores))
    if privacy is None:
        sentences.append("Leaks cannot be told without a hold-out of unseen people (holdout=, --holdout).")
    else:
        score = (
            f"the privacy score is {privacy.half_tie:.3f} {_text(privacy.half_tie_interval, 3)} (ties ½; 0 = no leak)"
        )
        if leaked:
            sentences.append(f"Beside that, {score}.")
        elif suspected:
            sentences.append(
                f"It may leak: {score}. Its interval is known to be too narrow; neither test by person finds a leak."
            )
        else:
            sentences.append(f"No leak found: {score}.")
    return Verdict(
        label="leaks" if leaked else "fails" if failing else "good",
        leaks=bool(leaked),
        leak_suspected=suspected,
        fails=bool(failing),
        regime=regime,
        reference=reference,
        sentences=tuple(sentences),
    )


def _leaks(copies: Copies | None, nearest: NearestTraining | None) -> list[str]:
    found = []
    if copies is not None and copies.p_value < LEAK_P_VALUE:
        found.append(
            f"Training haplotypes are copied: those of {copies.training_persons_copied} of {copies.training_persons} "
            f"training persons are among the synthetic rows, against {copies.holdout_persons_copied} of "
            f"{copies.holdout_persons} unseen persons (p = {copies.p_value:.2g})."
        )
    if nearest is not None and nearest.p_value < LEAK_P_VALUE:
        found.append(
            f"Synthetic rows know the training rows: {nearest.share:.0%} of them are nearer to a training row than to "
            f"any unseen person's, where chance gives {_text(nearest.exchangeable)} (p = {nearest.p_value:.2g})."
        )
    return found


def _score_sentence(scores: Scores, holdout: Scores | None) -> str:
    shown = []
    for name, field in (
        ("allele frequencies", "allele_frequencies"),
        ("linkage disequilibrium", "ld"),
        ("pairwise distances", "pairwise_distances"),
    ):
        beside = "" if holdout is None else f" (unseen people {getattr(holdout, field):.2f})"
        shown.append(f"{name} {getattr(scores, field):.2f}{beside}")
    return f"Scores, 1 is best: {', '.join(shown)}."


def _side(interval: Interval, reference: Interval) -> int:
    return 1 if interval.low > reference.high else -1 if interval.high < reference.low else 0


def _span(first: Interval, second: Interval) -> Interval:
    return Interval(min(first.low, second.low), max(first.high, second.high), first.level)


def _text(interval: Interval, digits: int = 2) -> str:
    return f"[{interval.low:.{digits}f}, {interval.high:.{digits}f}]"
