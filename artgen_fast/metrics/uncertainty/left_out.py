"""What a statistic is computed from, of a whole set and without each group of persons in turn: for the jackknife."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from artgen_fast.metrics.panels.grouped_panel import GroupedPanel
from artgen_fast.metrics.uncertainty.intervals import Interval, jackknife_interval

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class LeftOut(Generic[Part]):
    """The same aggregate of a set: of all its persons, and without each group of them.

    Attributes
    ----------
    whole : the aggregate
    without : sequence of the aggregate
        Empty where nothing would be left; there is no interval then.
    """

    whole: Part
    without: Sequence[Part]


def groups_to_leave_out(panel: GroupedPanel) -> range:
    """The panel's groups of persons; none where fewer than two haplotypes would be left without one of them."""
    sizes = panel.by_site.group_sizes
    return range(panel.by_site.n_groups if panel.n_haplotypes - int(sizes.max()) >= 2 else 0)


def interval_of(statistic: Callable[[Part], float], one: LeftOut[Part], value: float | None = None) -> Interval:
    """Delete-a-group jackknife interval of a statistic of one set.

    Parameters
    ----------
    statistic : function of the aggregate
    one : LeftOut
    value : float, optional
        The interval's middle; default: the statistic of the whole set.
    """
    return jackknife_interval(
        statistic(one.whole) if value is None else value, [statistic(part) for part in one.without]
    )


def interval_between(
    statistic: Callable[[Part, Part], float], real: LeftOut[Part], synthetic: LeftOut[Part], value: float | None = None
) -> Interval:
    """Delete-a-group jackknife interval of a statistic of two sets.

    Parameters
    ----------
    statistic : function of the real and the synthetic aggregate
    real, synthetic : LeftOut
    value : float, optional
        The interval's middle; default: the statistic of the whole sets.
    """
    return jackknife_interval(
        statistic(real.whole, synthetic.whole) if value is None else value,
        [statistic(part, synthetic.whole) for part in real.without],
        [statistic(real.whole, part) for part in synthetic.without],
    )
