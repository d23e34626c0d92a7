"""What users could run instead, each as its own documentation uses it best."""

from __future__ import annotations

import importlib.metadata
import importlib.util
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from cases import Panel
from threads import on_threads

from hamming_contenders.answers import Answer, Search, adversarial_accuracy


class Contender(Protocol):
    """A library that is timed. Each search is prepared without being timed."""

    name: str
    version: str

    def cross(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Distances from each row of T to its nearest row of S."""

    def within(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Distances from each row of T to its nearest other row."""

    def aa_ts(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Both halves of AA_TS and their ties."""


class Faiss:
    """IndexBinaryFlat; adding rows to the index is not timed."""

    name = "faiss"

    def __init__(self) -> None:
        import faiss

        self.faiss = faiss
        self.version = importlib.metadata.version("faiss-cpu")

    def _index(self, rows: Panel) -> Any:
        index = self.faiss.IndexBinaryFlat(64 * rows.shape[1])
        index.add(rows.view(np.uint8))
        return index

    def cross(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """One nearest row of S."""
        self.faiss.omp_set_num_threads(threads)
        index = self._index(synthetic)
        return Search(lambda: index.search(truth.view(np.uint8), 1)[0][:, 0])

    def within(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """The two nearest rows of T, of which one is the row itself or a duplicate as near: the second distance."""
        self.faiss.omp_set_num_threads(threads)
        index = self._index(truth)
        return Search(lambda: index.search(truth.view(np.uint8), 2)[0][:, 1])

    def aa_ts(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Four searches."""
        return _aa_ts_by_four_searches(self, truth, synthetic, threads)


class NumKong:
    """hammings_packed and hammings_symmetric; only distances are timed, not the search for the smallest.

    Memory for all distances is given beforehand. Threads share out the rows, as its documentation says.
    """

    name = "numkong"

    def __init__(self) -> None:
        import numkong

        self.numkong = numkong
        self.version = importlib.metadata.version("numkong")

    def _table(self, rows: Panel, others: Panel) -> Any:
        return self.numkong.zeros((len(rows), len(others)), dtype="uint32")

    def _distances(self, rows: Panel, others: Panel, table: Any, threads: int) -> None:
        packed = self.numkong.hammings_pack(others.view(np.uint8), dtype="uint1")

        def some(part: Any) -> None:
            self.numkong.hammings_packed(
                rows.view(np.uint8), packed, out=table, start_row=int(part[0]), end_row=int(part[-1]) + 1
            )

        on_threads(some, np.array_split(np.arange(len(rows)), threads))

    def cross(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """All distances between T and S."""
        table = self._table(truth, synthetic)
        return Search(
            lambda: self._distances(truth, synthetic, table, threads), lambda _: np.asarray(table).min(axis=1)
        )

    def within(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """All distances within T, each once; the rows are shared out so that threads get equally many pairs."""
        table = self._table(truth, truth)
        n = len(truth)
        bounds = [round(n * (1 - np.sqrt(1 - share / threads))) for share in range(threads + 1)]

        def some(part: tuple[int, int]) -> None:
            self.numkong.hammings_symmetric(
                truth.view(np.uint8), dtype="uint1", out=table, start_row=part[0], end_row=part[1]
            )

        def smallest(_: None) -> Answer:
            upper = np.triu(np.asarray(table), 1)
            both = upper + upper.T
            np.fill_diagonal(both, np.iinfo(both.dtype).max)
            return np.asarray(both.min(axis=1))

        return Search(lambda: on_threads(some, list(pairwise(bounds))), smallest)

    def aa_ts(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """The distances of one cross search and two within."""
        between = self._table(truth, synthetic)
        own = [self.within(rows, rows, threads) for rows in (truth, synthetic)]

        def run() -> None:
            self._distances(truth, synthetic, between, threads)
            for search in own:
                search.run()

        def halves(_: None) -> Answer:
            distances = np.asarray(between)
            truth_to_truth, synthetic_to_synthetic = (search.answer(None) for search in own)
            return adversarial_accuracy(
                truth_to_truth, distances.min(axis=1), synthetic_to_synthetic, distances.min(axis=0)
            )

        return Search(run, halves)


class ScikitLearn:
    """NearestNeighbors, brute force, on one byte an allele."""

    name = "scikit-learn"

    def __init__(self) -> None:
        self.version = importlib.metadata.version("scikit-learn")

    def _search(self, rows: Panel, others: Panel, n_neighbours: int, threads: int) -> Search:
        from sklearn.neighbors import NearestNeighbors

        queries, targets = (np.unpackbits(each.view(np.uint8), axis=1).astype(bool) for each in (rows, others))
        index = NearestNeighbors(n_neighbors=n_neighbours, algorithm="brute", metric="hamming", n_jobs=threads)
        index.fit(targets)
        n_sites = queries.shape[1]
        return Search(lambda: np.rint(index.kneighbors(queries)[0][:, -1] * n_sites).astype(np.int32))

    def cross(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """One nearest row of S."""
        return self._search(truth, synthetic, 1, threads)

    def within(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """The two nearest rows of T, as with faiss."""
        return self._search(truth, truth, 2, threads)

    def aa_ts(self, truth: Panel, synthetic: Panel, threads: int) -> Search:
        """Four searches."""
        return _aa_ts_by_four_searches(self, truth, synthetic, threads)


def _aa_ts_by_four_searches(contender: Contender, truth: Panel, synthetic: Panel, threads: int) -> Search:
    """AA_TS by a library that searches one way at a time: T-T, T-S, S-S and S-T."""
    searches = [
        search(rows, others, threads)
        for rows, others in ((truth, synthetic), (synthetic, truth))
        for search in (contender.within, contender.cross)
    ]
    return Search(lambda: adversarial_accuracy(*(search.run() for search in searches)))


_MODULES: dict[str, type[Contender]] = {"faiss": Faiss, "numkong": NumKong, "sklearn": ScikitLearn}


def missing() -> list[str]:
    """Names of the peers that are not installed."""
    return [peer.name for module, peer in _MODULES.items() if not importlib.util.find_spec(module)]


def contenders(with_scikit_learn: bool) -> Iterator[Contender]:
    """The peers that are installed."""
    for peer in _MODULES.values():
        if peer.name not in missing() and (peer is not ScikitLearn or with_scikit_learn):
            yield peer()
