"""Evaluate synthetic haplotypes: every statistic, of several sets side by side, against unseen real people.

`evaluate` runs the statistics of `STATISTICS`; an `Evaluation` holds what came out, and writes and reads it as JSON.
"""

from artgen_fast.evaluation.results import (
    FORMAT,
    FORMAT_VERSION,
    HOLDOUT,
    REAL,
    Evaluation,
    PanelSize,
    Protocol,
    SetEvaluation,
    SitesSummary,
)
from artgen_fast.evaluation.run import REPEATS, Progress, evaluate
from artgen_fast.evaluation.statistics import QUICK_HAPLOTYPES, STATISTICS, Statistic

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "HOLDOUT",
    "QUICK_HAPLOTYPES",
    "REAL",
    "REPEATS",
    "STATISTICS",
    "Evaluation",
    "PanelSize",
    "Progress",
    "Protocol",
    "SetEvaluation",
    "SitesSummary",
    "Statistic",
    "evaluate",
]
