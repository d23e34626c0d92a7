"""The signs of judgement, the same in every table: a symbol, the class of its colour, and words to be heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from artgen_fast.evaluation import SetEvaluation
from artgen_fast.evaluation.leaks import DOUBTFUL, FOUND, NOT_FOUND, LeakEvidence
from artgen_fast.report.headline import FAILS, GOOD, LEAKS, UNKNOWN

Evidence = Callable[[LeakEvidence], str | None]
"""What a number says of leaks by itself."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A judgement as a symbol.

    Attributes
    ----------
    symbol : str
    kind : str
        CSS class.
    words : str
    """

    symbol: str
    kind: str
    words: str


PASSES = Sign("✓", GOOD, "passes")
DOES_NOT_PASS = Sign("✗", FAILS, "fails")
LEAKING = Sign("✗", LEAKS, "leaks")
MAY_LEAK = Sign("?", FAILS, "may leak")
NOT_JUDGED = Sign("·", UNKNOWN, "not judged")

SIGNS = (PASSES, DOES_NOT_PASS, LEAKING, MAY_LEAK, NOT_JUDGED)


def leak_sign(each: SetEvaluation, told: Evidence) -> Sign:
    """The sign of a number that tells leaks; a doubt is no finding."""
    if each.verdict is None:
        return NOT_JUDGED
    evidence = LeakEvidence.of(lambda name: getattr(each, name))
    found = told(evidence)
    if found is None or (found == NOT_FOUND and evidence.holdout_is_known):
        return NOT_JUDGED
    return LEAKING if found == FOUND else MAY_LEAK if found == DOUBTFUL else PASSES
