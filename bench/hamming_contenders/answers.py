"""What is timed, and what it answers, so that every contender can be held to the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from rounds import Answer


class Search(NamedTuple):
    """A prepared search: ``run`` is timed; ``answer`` takes what it returned and is not."""

    run: Callable[[], Any]
    answer: Callable[[Any], Answer] = np.asarray


def adversarial_accuracy(
    truth_to_truth: Answer, truth_to_synthetic: Answer, synthetic_to_synthetic: Answer, synthetic_to_truth: Answer
) -> Answer:
    """Both halves of AA_TS and their tie rates: [truth, syn, truth ties, syn ties].

    From the distance of each row to its nearest row of the other set and to its nearest other row of its own
    (Yelmen et al. 2023, PLoS Comput Biol 19:e1011584).
    """
    return np.array(
        [
            np.mean(truth_to_synthetic > truth_to_truth),
            np.mean(synthetic_to_truth > synthetic_to_synthetic),
            np.mean(truth_to_synthetic == truth_to_truth),
            np.mean(synthetic_to_truth == synthetic_to_synthetic),
        ]
    )
