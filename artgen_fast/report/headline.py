"""The verdict in a few plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from artgen_fast.evaluation import Evaluation, SetEvaluation
from artgen_fast.report.numbers import listed
from artgen_fast.report.shown_sets import ShownSet


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found on one set.

    Attributes
    ----------
    shown : ShownSet
    label : str
        The verdict in a word or two.
    kind : str
        "good", "fails" or "leaks": the CSS class.
    sentences : tuple of str
        The most important first.
    """

    shown: ShownSet
    label: str
    kind: str
    sentences: tuple[str, ...]


def headline(evaluation: Evaluation) -> list[str]:
    """What is good, what fails and what leaks, each in a sentence; baselines are named as such."""
    sets = list(evaluation.sets.values())
    good = [_name(each) for each in sets if each.verdict is not None and each.verdict.label == "good"]
    fails = [_name(each) for each in sets if each.verdict is not None and each.verdict.fails]
    leaks = [_name(each) for each in sets if each.verdict is not None and each.verdict.leaks]
    suspected = [_name(each) for each in sets if each.verdict is not None and each.verdict.leak_suspected]
    yardstick = "unseen real people" if evaluation.holdout is not None else "real people"
    sentences = []
    if good:
        their, verb = ("its", "looks") if len(good) == 1 else ("their", "look")
        sentences.append(f"By {their} nearest neighbours, {listed(good)} {verb} like {yardstick}.")
    if fails:
        verb = "does" if len(fails) == 1 else "do"
        sentences.append(f"{listed(fails)} {verb} not pass for {yardstick}.")
    if evaluation.holdout is None:
        sentences.append("Whether training people leak cannot be told, since no people were held out.")
    elif leaks:
        verb = "knows" if len(leaks) == 1 else "know"
        sentences.append(f"{listed(leaks)} {verb} more of the training people than of unseen ones: a leak.")
    elif not suspected:
        sentences.append("No leak of training people was found.")
    if suspected:
        sentences.append(f"{listed(suspected)} may leak: no test shows it, but the privacy score is above 0.")
    return sentences


def set_findings(sets: Sequence[ShownSet]) -> list[Findings]:
    """The verdict on every set but the unseen people."""
    found = []
    for each in sets:
        verdict = each.results.verdict
        if verdict is not None:
            label = "leaks and fails" if verdict.leaks and verdict.fails else verdict.label
            kind = verdict.label
            if verdict.leak_suspected:
                # Never in the colour of what is good.
                label, kind = ("may leak" if kind == "good" else f"{label}, may leak"), "fails"
            found.append(Findings(each, label, kind, verdict.sentences))
    return found


def _name(each: SetEvaluation) -> str:
    return f"{each.name} (baseline)" if each.role == "baseline" else each.name
