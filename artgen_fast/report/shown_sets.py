"""The sets of an evaluation in the order and style in which every table and figure shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from artgen_fast.evaluation import HOLDOUT, Evaluation, SetEvaluation
from artgen_fast.report.palette import HOLDOUT_STYLE, SetStyle, set_style

UNSEEN = "unseen people"
"""What the hold-out is called on the page."""

_LONGEST = 26

_Statistic = TypeVar("_Statistic")


@dataclass(frozen=True, slots=True)
class ShownSet:
    """A set with the name and style that it has on the page.

    Attributes
    ----------
    name : str
        In full, for text.
    short : str
        Cut to fit into a figure.
    style : SetStyle
    results : SetEvaluation
    """

    name: str
    short: str
    style: SetStyle
    results: SetEvaluation

    @property
    def is_holdout(self) -> bool:
        """Whether these are the unseen real people."""
        return self.results.role == HOLDOUT


def shown_sets(evaluation: Evaluation) -> list[ShownSet]:
    """All sets; unseen people, if there are any, come first: they show how good a set can be."""
    sets = []
    if evaluation.holdout is not None:
        sets.append(ShownSet(UNSEEN, UNSEEN, HOLDOUT_STYLE, evaluation.holdout))
    for place, each in enumerate(evaluation.sets.values()):
        short = each.name if len(each.name) <= _LONGEST else each.name[: _LONGEST - 1] + "…"
        sets.append(ShownSet(each.name, short, set_style(place), each))
    return sets


def having(
    sets: Sequence[ShownSet], statistic: Callable[[SetEvaluation], _Statistic | None]
) -> list[tuple[ShownSet, _Statistic]]:
    """The sets that have a statistic, each with it: not every statistic is asked for, or can be told of every set."""
    found = [(each, statistic(each.results)) for each in sets]
    return [(each, value) for each, value in found if value is not None]
