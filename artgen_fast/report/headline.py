"""The verdict in a few plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artgen_fast.evaluation import Evaluation, SetEvaluation
from artgen_fast.evaluation.verdict import FEWEST_HAPLOTYPES
from artgen_fast.report.shown_sets import ShownSet, having

GOOD, FAILS, LEAKS, UNKNOWN = "good", "fails", "leaks", "unknown"
"""CSS classes."""

_UNFOLDED = 2
"""Findings on a set that are shown beside what is known of leaks."""

_NOT_JUDGED = (
    "Whether it passes for real cannot be told: that needs the statistics aa_ts and one_nn_accuracy, of at least "
    f"{FEWEST_HAPLOTYPES} haplotypes."
)


@dataclass(frozen=True, slots=True)
class Mark:
    """A judgement in a word or two, and its CSS class."""

    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on one set.

    Attributes
    ----------
    shown : ShownSet
    kind : str
        The worst of the marks'.
    marks : tuple of Mark
        Whether it passes for real, and whether it leaks.
    sentences : tuple of str
        The most important ones, and what is known of leaks.
    more : tuple of str
        The others, to be folded.
    """

    shown: ShownSet
    kind: str
    marks: tuple[Mark, Mark]
    sentences: tuple[str, ...]
    more: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """The sets of one judgement: what is good, what fails, what leaks.

    Attributes
    ----------
    mark : Mark
    meaning : str
    sets : tuple of ShownSet
        Baselines too. Empty where there are none; the meaning says so.
    """

    mark: Mark
    meaning: str
    sets: tuple[ShownSet, ...]


def headline(evaluation: Evaluation) -> list[str]:
    """How many of the sets pass for real, and whether any leaks; baselines count only where there is nothing else."""
    judged = [each for each in evaluation.sets.values() if each.verdict is not None]
    sets = [each for each in judged if each.role != "baseline"] or judged
    if not sets:
        return ["No verdict: it needs the statistics aa_ts and one_nn_accuracy, which were not both asked for."]
    compared = [each for each in sets if each.verdict is not None and each.verdict.reference is not None]
    return [_passing(compared, _yardstick(evaluation)) if compared else _NOT_JUDGED, _leaking(sets)]


def standings(evaluation: Evaluation, sets: Sequence[ShownSet]) -> list[Standing]:
    """Good, failing and leaking sets, in this order; nothing without a verdict."""
    yardstick = _yardstick(evaluation)
    judged = having(sets, lambda each: each.verdict)
    if not judged:
        return []
    good = tuple(each for each, verdict in judged if verdict.label == "good")
    fails = tuple(each for each, verdict in judged if verdict.fails)
    leaks = tuple(each for each, verdict in judged if verdict.leaks)
    suspected = tuple(each for each, verdict in judged if verdict.leak_suspected)
    found = [
        Standing(Mark("Good", GOOD), f"passes for {yardstick}" if good else "none", good),
        Standing(Mark("Fails", FAILS), f"does not pass for {yardstick}" if fails else "none", fails),
    ]
    if all(verdict.reference is None for _, verdict in judged):
        found = [Standing(Mark("Good", UNKNOWN), "not judged: only leaks were", ())]
    if not leaks and not suspected and not any(_is_tested(each.results) for each, _ in judged):
        why = "since no people were held out" if evaluation.holdout is None else "since it was not asked for"
        return [*found, Standing(Mark("Leaks", UNKNOWN), f"cannot be told, {why}", ())]
    if leaks or not suspected:
        meaning = "knows more of the training people than of unseen ones" if leaks else "none found"
        found.append(Standing(Mark("Leaks", LEAKS), meaning, leaks))
    if suspected:
        found.append(
            Standing(
                Mark("May leak", FAILS), "no test shows a leak over all tests, but something points to one", suspected
            )
        )
    return found


def set_findings(sets: Sequence[ShownSet]) -> list[Findings]:
    """The verdict on every set but the unseen people."""
    found = []
    for each, verdict in having(sets, lambda each: each.verdict):
        if verdict.reference is None:
            real = Mark("not judged", UNKNOWN)
        else:
            real = Mark("fails", FAILS) if verdict.fails else Mark("passes", GOOD)
        leak = leak_mark(each)
        kind = next((kind for kind in (LEAKS, FAILS, UNKNOWN) if kind in (real.kind, leak.kind)), GOOD)
        first = tuple(dict.fromkeys([*verdict.sentences[:_UNFOLDED], verdict.about_leaks]))
        more = tuple(sentence for sentence in verdict.sentences if sentence not in first)
        found.append(Findings(each, kind, (real, leak), first, more))
    return found


def leak_mark(each: ShownSet) -> Mark:
    """What is known of leaks of a set that has a verdict."""
    verdict = each.results.verdict
    if verdict is not None and verdict.leaks:
        return Mark("leaks", LEAKS)
    if verdict is not None and verdict.leak_suspected:
        # Never in the colour of what is good.
        return Mark("may leak", FAILS)
    return Mark("no leak found", GOOD) if _is_tested(each.results) else Mark("leaks not tested", UNKNOWN)


def _yardstick(evaluation: Evaluation) -> str:
    return "unseen real people" if evaluation.holdout is not None else "real people"


def _is_tested(each: SetEvaluation) -> bool:
    """Whether a leak could have been found."""
    pieces = each.shared_haplotypes and each.shared_haplotypes.with_training
    found = (each.privacy_score, each.copies, each.near_copies, each.nearest_training, pieces)
    return any(result is not None for result in found)


def _passing(sets: Sequence[SetEvaluation], yardstick: str) -> str:
    n, passing = len(sets), sum(each.verdict is not None and not each.verdict.fails for each in sets)
    if n == 1:
        how = "passes for" if passing else "does not pass for"
        return f"{sets[0].name} {how} {yardstick}."
    if passing == n:
        return f"All {n} sets pass for {yardstick}."
    if passing == 0:
        return f"None of the {n} sets passes for {yardstick}."
    return f"{passing} of {n} sets {'passes' if passing == 1 else 'pass'} for {yardstick}."


def _leaking(sets: Sequence[SetEvaluation]) -> str:
    leaks = sum(each.verdict is not None and each.verdict.leaks for each in sets)
    suspected = sum(each.verdict is not None and each.verdict.leak_suspected for each in sets)
    if not leaks and not suspected and not any(_is_tested(each) for each in sets):
        return "Whether training people leak cannot be told."
    if not leaks and not suspected:
        blind = any(each.near_copies is not None and each.near_copies.copy_distance < 0 for each in sets)
        return "No leak of training people was found" + ("; near copies cannot be told here." if blind else ".")
    if len(sets) == 1:
        return "It leaks training people." if leaks else "It may leak training people."
    parts = []
    if leaks:
        parts.append(f"{leaks} {'leaks' if leaks == 1 else 'leak'} training people")
    if suspected:
        parts.append(f"{suspected} may leak" + ("" if leaks else " training people"))
    return f"{' and '.join(parts)}."
