"""artgen_fast as a contender: every instruction set and Numba, dense and pruned."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from cases import Panel

import artgen_fast
from artgen_fast.kernels import dispatch, hamming
from hamming_contenders.answers import Answer, Search, adversarial_accuracy


class Ours:
    """One backend, instruction set and choice of pruning."""

    def __init__(self, backend: str, instruction_set: str | None, pruning: bool | None) -> None:
        self.engine = {"backend": backend, "instruction_set": instruction_set}
        self.pruning = pruning
        level = backend if instruction_set is None else instruction_set
        self.name = f"artgen_fast {level}" + (
            "" if backend == "numba" else ", dense" if pruning is False else ", pruned"
        )
        self.version = artgen_fast.__version__

    def cross(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Distances from each row of T to its nearest of S; the search finds those from S to T as well."""
        return Search(lambda: self._cross(truth, synthetic, threads)[0])

    def within(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Distances from each row of T to its nearest other row."""
        return Search(lambda: self._within(truth, threads))

    def aa_ts(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Both halves of AA_TS and their ties, from one cross search and two within."""

        def run() -> Answer:
            truth_to_synthetic, synthetic_to_truth = self._cross(truth, synthetic, threads)
            return adversarial_accuracy(
                self._within(truth, threads), truth_to_synthetic, self._within(synthetic, threads), synthetic_to_truth
            )

        return Search(run)

    def _cross(self, truth: Panel, synthetic: Panel, threads: int) -> tuple[Answer, Answer]:
        found = hamming.cross(truth, synthetic, threads=threads, pruning=self.pruning, **self.engine)
        return found.row_distances, found.column_distances

    def _within(self, rows: Panel, threads: int) -> Answer:
        found = hamming.within(rows, threads=threads, pruning=self.pruning, **self.engine)
        return np.asarray(found.distances[:, 0])


def contenders() -> Iterator[Ours]:
    """What can run here, best first."""
    for level in dispatch.instruction_sets("hamming"):
        if level.usable:
            yield Ours("compiled", level.name, None)
            yield Ours("compiled", level.name, False)
    if dispatch.backend_availability("numba").usable:
        yield Ours("numba", None, None)
