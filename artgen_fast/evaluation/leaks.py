"""What is known of training people leaking into a synthetic set, in plain sentences."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from artgen_fast.evaluation.fidelity import check
from artgen_fast.evaluation.number_text import interval_text, number_text, p_text, percent_text, percents_text
from artgen_fast.metrics.copies import Copies
from artgen_fast.metrics.near_copies import FEWEST_UNSEEN_ROWS, NearCopies, too_few_training
from artgen_fast.metrics.nearest_training import NearestTraining
from artgen_fast.metrics.pairwise import PairwiseDistances
from artgen_fast.metrics.privacy_score import PrivacyScore
from artgen_fast.metrics.shared_haplotypes import SharedHaplotypes, SharedWithTraining

LEAK_P_VALUE = 0.01
"""A test by person that training people are nearer to the set than unseen ones is called a leak below this p-value over
the number of tests."""

SUSPICION_P_VALUE = 0.005
"""And a suspicion below this one by itself: of sets that know nobody, one in forty with five tests."""

NEAR_COPIES_SUSPICION_P_VALUE = 0.05
"""And of near copies beside unseen people's relatives: a thousand sets of unseen people have one near copy, so that the
few that there are call for little more."""

FOUND, DOUBTFUL, NOT_FOUND = "found", "doubtful", "not found"
"""What a number says by itself."""

Test = Copies | NearCopies | NearestTraining | SharedWithTraining


@dataclass(frozen=True, slots=True)
class LeakEvidence:
    """The statistics that tell leaks, each None where it was not asked for.

    Attributes
    ----------
    privacy, copies, near, nearest, shared : results
        Those that need unseen people.
    distances : PairwiseDistances, optional
        The one that tells copies without them.
    """

    privacy: PrivacyScore | None = None
    copies: Copies | None = None
    near: NearCopies | None = None
    nearest: NearestTraining | None = None
    shared: SharedHaplotypes | None = None
    distances: PairwiseDistances | None = None

    @classmethod
    def of(cls, statistic: Callable[[str], Any]) -> LeakEvidence:
        """The evidence among the statistics of a set, each of which is asked for by its name."""
        return cls(
            privacy=statistic("privacy_score"),
            copies=statistic("copies"),
            near=statistic("near_copies"),
            nearest=statistic("nearest_training"),
            shared=statistic("shared_haplotypes"),
            distances=statistic("pairwise_distances"),
        )

    def tests(self) -> list[Test]:
        """The tests by person that there are."""
        shared = self.shared
        of_all, of_longest = (None, None) if shared is None else (shared.with_training, shared.longest_with_training)
        if of_all is not None and of_longest is not None and of_all.rows == of_longest.rows:
            of_longest = None  # all stretches are as long: it is the same test
        found = (self.copies, self.near, self.nearest, of_all, of_longest)
        return [each for each in found if each is not None]

    def of_test(self, test: Test | None) -> str | None:
        """What one of the tests says among all of them; None where there is no such test."""
        if test is None:
            return None
        if test.p_value < LEAK_P_VALUE / len(self.tests()):
            return FOUND
        return DOUBTFUL if test.p_value < SUSPICION_P_VALUE else NOT_FOUND

    def of_near_copies(self) -> str | None:
        """What the number of near copies says; None where they cannot be told."""
        if self.near is None or self.near.copy_distance < 0:
            return None
        found, doubts = _near_copies(self.near, self.copies)
        return FOUND if found else DOUBTFUL if doubts else NOT_FOUND

    def of_identical_rows(self) -> str | None:
        """What rows that are training rows say; None where there are better tests."""
        if self.distances is None or self.tests() or self.privacy is not None:
            return None
        found, doubts = _copied(self.distances)
        return FOUND if found else DOUBTFUL if doubts else NOT_FOUND

    @property
    def holdout_is_known(self) -> bool:
        """Whether the set knows people who should be unseen, so that a test that finds nothing says nothing."""
        return bool(_known_holdout(self))

    def of_privacy_score(self) -> str | None:
        """What the privacy score says, which is never more than a doubt; None where it has no interval."""
        if self.privacy is None or math.isnan(self.privacy.half_tie_interval.low):
            return None
        return DOUBTFUL if _doubtful(self.privacy) else NOT_FOUND


@dataclass(frozen=True, slots=True)
class Leaks:
    """What was found.

    Attributes
    ----------
    found, suspected : tuple of str
        A sentence for each finding.
    remark : str
        What else is to be said, in a sentence: that nothing was found, or that nothing can be; may be empty.
    """

    found: tuple[str, ...]
    suspected: tuple[str, ...]
    remark: str


def find_leaks(evidence: LeakEvidence, has_holdout: bool) -> Leaks:
    """Weigh the evidence.

    The set leaks if more rows are nearer to training rows than people come than relatives would be (p < 0.01), or if
    more training than unseen persons are copied, are near to its rows, or share their longest stretches (p < 0.01 over
    all these tests, which hold for a random split by person). It is suspected if there are such rows and no such
    relatives, or hardly any beside them (p < 0.05), if one test has p < 0.005 by itself, or if the privacy score's
    interval, which is known to be too narrow, lies above 0; and if it knows the hold-out instead of the training rows.
    Without unseen people only rows that are training rows are found.
    """
    tests = evidence.tests()
    if not tests and evidence.privacy is None:
        found, suspected = _copied(evidence.distances)
        if has_holdout:
            remark = "Leaks were not looked for: no statistic that tells them was asked for."
        else:
            remark = "Leaks cannot be told without a hold-out of unseen people (holdout=, --holdout)."
            if found or suspected:
                remark = "Without a hold-out of unseen people (holdout=, --holdout) no other leak can be told."
        return Leaks(tuple(found), tuple(suspected), remark)
    found, doubts = _near_copies(evidence.near, evidence.copies)
    found += [_sentence(test, evidence) for test in tests if evidence.of_test(test) == FOUND]
    doubts += [_sentence(test, evidence) for test in tests if evidence.of_test(test) == DOUBTFUL]
    # Whatever else is found: a hold-out that is known makes every other test doubtful.
    suspected = _known_holdout(evidence) + ([] if found else doubts)
    if evidence.privacy is not None and _doubtful(evidence.privacy) and not found:
        suspected.append(f"It may leak: {_score(evidence.privacy)}. Its interval is known to be too narrow.")
    return Leaks(tuple(found), tuple(suspected), _remark(evidence, bool(found), bool(suspected)))


def _remark(evidence: LeakEvidence, leaks: bool, suspected: bool) -> str:
    privacy, copies = evidence.privacy, evidence.copies
    score = None if privacy is None else _score(privacy)
    if leaks:
        return "" if score is None else f"Beside that, {score}."
    if suspected:
        beside = "" if score is None or _doubtful(privacy) else f"; {score}"
        return f"No test by person finds a leak over all tests{beside}."
    said = f"No leak found: {score}." if score is not None else "No test by person finds a leak."
    near = evidence.near
    if near is not None and near.copy_distance < 0:
        why = (
            f"fewer than {FEWEST_UNSEEN_ROWS} unseen rows do not tell"
            if near.unseen_rows < FEWEST_UNSEEN_ROWS
            else "unseen people come too near themselves to tell"
        )
        said += f" Near copies were not looked for: {why} how near is too near."
    if copies is not None and copies.training_persons_copied:
        said += (
            f" Among its rows are haplotypes of {_persons(copies.training_persons_copied, 'training')} and "
            f"{_persons(copies.holdout_persons_copied, 'unseen')}: as many as chance may give "
            f"({p_text(copies.p_value)}); artgen audit lists them."
        )
    return said


def _persons(n: int, of: str) -> str:
    return f"{n:,} {of} {'person' if n == 1 else 'persons'}"


def _doubtful(privacy: PrivacyScore | None) -> bool:
    """Whether the privacy score's interval lies above 0."""
    return privacy is not None and privacy.half_tie_interval.low > 0


def _score(privacy: PrivacyScore) -> str:
    score = f"the privacy score is {number_text(privacy.half_tie, 3)}"
    if math.isnan(privacy.half_tie_interval.low):
        return f"{score} (ties ½; too few people for an interval)"
    return f"{score} {interval_text(privacy.half_tie_interval, 3)} (ties ½; 0 = no leak)"


def _known_holdout(evidence: LeakEvidence) -> list[str]:
    """That the rows know people who should be unseen: then no other test can be believed."""
    copies, near, nearest, privacy = evidence.copies, evidence.near, evidence.nearest, evidence.privacy
    if copies is not None and too_few_training(
        copies.training_persons_copied,
        copies.training_persons_copied + copies.holdout_persons_copied,
        copies.training_persons / (copies.training_persons + copies.holdout_persons),
    ):
        known = (
            f"{copies.holdout_persons_copied} of its {copies.holdout_persons} persons have a haplotype among the rows, "
            f"and {copies.training_persons_copied} of the {copies.training_persons} training persons"
        )
    elif near is not None and (
        reversed_at := [
            each
            for each in near.nearest_persons
            if too_few_training(each.training, each.persons, each.expected / max(each.persons, 1))
        ]
    ):
        most = reversed_at[-1]
        known = (
            f"of the {most.persons} people nearest to any of the rows, {most.persons - most.training} are its, where "
            f"chance gives {most.persons - most.expected:.0f}"
        )
    elif (
        nearest is not None
        and nearest.p_value == 1
        # Even if every row that is as near to both had voted for the training people, where a lot decided.
        and nearest.nearer + nearest.tied < nearest.exchangeable.low
        and privacy is not None
        and privacy.half_tie_interval.high < 0
    ):
        known = (
            f"{percent_text(1 - nearest.nearer - nearest.tied)} of the rows are nearer to one of its haplotypes than "
            f"to any training one, where chance gives {percent_text(1 - nearest.chance)}"
        )
    else:
        return []
    return [
        f"The hold-out is not unseen: {known}. Were training panel and hold-out given in each other's place, or was "
        "the model fitted on both?"
    ]


def _near_copies(near: NearCopies | None, copies: Copies | None) -> tuple[list[str], list[str]]:
    """What is found, and what is suspected, of rows that are nearer to training rows than people come."""
    if near is None or near.copy_distance < 0:
        return [], []
    if near.near_copies:
        how_near = f"differ from one at {near.copy_distance} sites or fewer" if near.copy_distance else "are one"
        beside = (
            f"as rows of {near.unseen_near_copies:,} unseen people do"
            if near.unseen_near_copies
            else f"where unseen people come no nearer than {near.unseen_to_training[0]:.0f} sites"
        )
        sentence = (
            f"Training haplotypes are copied: {near.near_copies:,} of {near.synthetic_rows:,} rows {how_near}, {beside}"
            f" ({p_text(near.near_copies_p_value)})."
        )
        if near.most_of_a_person > 1:
            sentence += f" As many as {near.most_of_a_person:,} are of one person."
        if near.near_copies_p_value < LEAK_P_VALUE:
            return [sentence], []
        doubtful = not near.unseen_near_copies or near.near_copies_p_value < NEAR_COPIES_SUSPICION_P_VALUE
        return [], [sentence] if doubtful else []
    if copies is not None and copies.rows_copied and not copies.holdout_persons_copied:
        # A quick evaluation has looked at some rows only, but at all for copies.
        return [], [
            f"Training haplotypes are copied: {copies.rows_copied:,} of its rows are training rows, and none is an "
            f"unseen person's ({p_text(copies.p_value)})."
        ]
    return [], []


def _sentence(test: Test, evidence: LeakEvidence) -> str:
    if isinstance(test, Copies):
        return (
            f"Training haplotypes are copied: those of {test.training_persons_copied} of {test.training_persons} "
            f"training persons are among the synthetic rows, against {test.holdout_persons_copied} of "
            f"{test.holdout_persons} unseen persons ({p_text(test.p_value)})."
        )
    if isinstance(test, NearCopies):
        most = min(test.nearest_persons, key=lambda each: each.p_value)
        return (
            f"Training people are near to the rows: of the {most.persons} people nearest to any, {most.training} are "
            f"training people, where chance gives {most.expected:.0f} ({p_text(test.p_value)})."
        )
    if isinstance(test, NearestTraining):
        return (
            f"Synthetic rows know the training rows: {percent_text(test.share)} of them have a training row as their "
            f"nearest{_tied(test.tied, 'near', 'a lot decided')}, where chance gives "
            f"{percents_text(test.exchangeable)} ({p_text(test.p_value, test.permutations)})."
        )
    longest = evidence.shared is not None and test is evidence.shared.longest_with_training
    rows = f"the {test.rows} rows with the longest stretches" if longest else "the rows"
    return (
        f"Pieces of training haplotypes are copied: {percent_text(test.share)} of {rows} share their longest stretch "
        f"with a training row{_tied(test.tied, 'long', 'the first one, or a lot, decided')}, where chance gives "
        f"{percents_text(test.exchangeable)} ({p_text(test.p_value, test.permutations)})."
    )


def _tied(tied: float, what: str, decided: str) -> str:
    """How many of the rows have an unseen row as near, and what decided about them, in brackets."""
    return f" ({percent_text(tied)} have one as {what} with an unseen row, and {decided})" if tied else ""


def _copied(distances: PairwiseDistances | None) -> tuple[list[str], list[str]]:
    """What is found and what is suspected where rows are training rows.

    By descent real rows of one region can be so too: as often as training rows are each other's twins is no finding.
    """
    if distances is None:
        return [], []
    identical, twins = distances.synthetic_identical_to_real, distances.real_with_twin
    copied = check("", "", 0, (identical.value, identical.interval), (twins.value, twins.interval))
    found = copied is not None and copied.fails
    if not found and not identical.value > twins.value == 0:
        return [], []
    rows = round(identical.value * distances.n)
    sentence = (
        f"Training haplotypes are copied: {rows:,} of {distances.n:,} rows are identical to a training row, where "
        f"{percent_text(twins.value)} of the training rows are identical to another one."
    )
    return ([sentence], []) if found else ([], [sentence])
