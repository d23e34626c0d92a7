"""What a step costs beyond its sums: sigmoid, uniform numbers and thresholds, with next to nothing to sum."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from rounds import Entry

from gibbs_contenders import steps
from gibbs_contenders.workload import Workload


def entries(work: Workload) -> Iterator[Entry]:
    """Chains of the same visible units and one hidden unit; ours only."""
    alone = Workload(
        np.ascontiguousarray(work.weights[:, :1]),
        work.visible_bias,
        work.hidden_bias[:1],
        work.start,
        work.rows,
        work.steps,
        work.threads,
    )
    yield from (entry for entry in steps.entries(alone) if entry.contender.startswith("artgen_fast"))
