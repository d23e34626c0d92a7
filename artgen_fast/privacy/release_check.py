"""Row by row, how near a release comes to the people that its model was trained on."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int32Array, Int64Array, TextArray
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import hamming
from artgen_fast.kernels.shared_haplotypes import LongestShared
from artgen_fast.metrics.near_copies import (
    FEWEST_UNSEEN_ROWS,
    copy_distance,
    is_near_copy,
    share_p_value,
    too_few_training,
)
from artgen_fast.metrics.panels.checks import require_comparable, require_order, require_unseen
from artgen_fast.metrics.shared_haplotypes import UNSEEN_QUANTILE, StretchSearches
from artgen_fast.whole_files import whole_file

COLUMNS = (
    "row",
    "name",
    "near_copy",
    "sites_from_training",
    "sites_from_unseen",
    "unseen_as_near",
    "sites_shared_with_training",
    "base_pairs_shared_with_training",
    "sites_shared_with_unseen",
    "unseen_sharing_as_much",
)
"""Of the table; its rows come nearest to training rows first."""

LONG_STRETCHES_P_VALUE = 1e-4
"""Of so many rows with long stretches beside unseen people's, below which the summary points at them. So small, since
rows count as if they were independent, which they are not quite."""

ROWS_BETWEEN_PROGRESS = 1 << 16
"""Of a search for nearest rows: as many as one prepares together, so that it costs nothing to begin the next."""

Progress = Callable[[str, int, int], None]
"""What is being searched, rows that are done with, and all of them; each row is searched for several times."""

DONOR_COLUMNS = ("nearest_training_haplotype", "longest_shared_training_haplotype")


@dataclass(frozen=True, slots=True)
class CopiedPersons:
    """Persons of one part, and those of them of whom a row is a near copy or, where none can be told, a copy."""

    persons: int
    copied: int


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseCheck:
    """One entry a synthetic row, in the order of the panel.

    Attributes
    ----------
    names : array of strings
    to_training, to_unseen : int32 arrays
        Hamming distance to the nearest training row and to the nearest row of unseen people, in sites.
    unseen_as_near : float64 array
        Share of unseen people's rows that come as near to a training row, the row itself counted with them: small
        where a row is nearer than people are.
    shared_sites, shared_base_pairs : int32 and int64 arrays
        The stretch of most sites, and that of most base pairs, which may be another one, that is shared with any
        training row without a difference.
    shared_sites_with_unseen : int32 array
        The same with rows of unseen people.
    unseen_sharing_as_much : float64 array
        Share of unseen people's rows that share as many sites in one stretch with a training row, the row itself
        counted with them: small where a row holds a longer piece of a training row than people do, as one does that is
        made of two of them.
    nearest_training, longest_shared_training : int64 arrays
        Training rows: the nearest, and one with which the stretch of most sites is shared; -1 where nothing is.
    near_copy : bool array
        Whether the row is a near copy of a training row (`artgen_fast.metrics.near_copies`); none is where there is no
        such distance.
    near_unseen_copy : bool array
        The same of rows of unseen people, which a model that has not seen them cannot make.
    copy_distance : int
        Greatest distance of near copies, in sites; -1 where there is none (`NearCopies`).
    training_persons, unseen_persons : CopiedPersons
    unseen_rows : int
    least_unseen : int
        Least distance of unseen people's rows to a training row.
    longest_unseen : int
        Most sites that a row of unseen people shares in one stretch with a training row.
    long_stretch : int
        Sites of a stretch that counts as long: that with a training row of the hundredth of unseen people's rows that
        share the longest ones.
    unseen_share_long : float
        Share of unseen people's rows that share as long a one: 0.01, or more where many stretches are of that length,
        as those are that reach over a whole contig.
    """

    names: TextArray
    to_training: Int32Array
    to_unseen: Int32Array
    unseen_as_near: Float64Array
    shared_sites: Int32Array
    shared_base_pairs: Int64Array
    shared_sites_with_unseen: Int32Array
    unseen_sharing_as_much: Float64Array
    nearest_training: Int64Array
    longest_shared_training: Int64Array
    near_copy: BoolArray
    near_unseen_copy: BoolArray
    copy_distance: int
    training_persons: CopiedPersons
    unseen_persons: CopiedPersons
    unseen_rows: int
    least_unseen: int
    longest_unseen: int
    long_stretch: int
    unseen_share_long: float

    @property
    def identical(self) -> BoolArray:
        """Whether the row is a training row and no unseen person's, near copies or not."""
        same: BoolArray = (self.to_training == 0) & (self.to_unseen > 0)
        return same

    @property
    def suspect(self) -> BoolArray:
        """Rows that are not to be released unseen: near copies, or copies where near ones cannot be told."""
        return self.identical if self.copy_distance < 0 else self.near_copy

    @property
    def holdout_is_known(self) -> bool:
        """Whether so many more unseen persons than training ones are copied that the hold-out was not unseen.

        Then nothing else here can be believed. Fewer training persons among the copied ones than any random split
        leaves: p < 1e-4, as `artgen_fast.evaluate` has it.
        """
        training, unseen = self.training_persons, self.unseen_persons
        chance = training.persons / (training.persons + unseen.persons)
        return too_few_training(training.copied, training.copied + unseen.copied, chance)

    def summary(self) -> str:
        """What was found and what to do about it, in sentences; nobody is named."""
        n, long = len(self.names), self._long_rows()
        return "\n".join(
            [
                f"nearest to a training haplotype: {int(self.to_training.min()):,} sites; of unseen people: "
                f"{self.least_unseen:,} sites",
                *self._copies(),
                f"stretches of {self.long_stretch:,} sites or more shared with a training haplotype: {long:,} of {n:,} "
                f"rows, {long / n:.1%}; of unseen people's rows {self.unseen_share_long:.1%}",
                *self._conclusions(),
            ]
        )

    def _long_rows(self) -> int:
        return int(np.count_nonzero(self.shared_sites >= self.long_stretch))

    def _copies(self) -> list[str]:
        n = f"{len(self.names):,} rows"
        if self.copy_distance >= 0:
            return [
                f"near copies, at {self.copy_distance:,} sites or fewer: {np.count_nonzero(self.near_copy):,} of {n}; "
                f"of unseen people: {np.count_nonzero(self.near_unseen_copy):,}"
            ]
        why = (
            f"{self.unseen_rows:,} unseen rows do not tell how near is too near; it takes {FEWEST_UNSEEN_ROWS}"
            if self.unseen_rows < FEWEST_UNSEEN_ROWS
            else "unseen people come too near to training people themselves; a longer region may tell"
        )
        return [
            f"near copies: cannot be told: {why}",
            f"training rows that are no unseen person's: {np.count_nonzero(self.identical):,} of {n}; unseen people's "
            f"that are no training row: {np.count_nonzero((self.to_unseen == 0) & (self.to_training > 0)):,}",
        ]

    def _conclusions(self) -> list[str]:
        training, unseen = self.training_persons, self.unseen_persons
        if self.holdout_is_known:
            return [
                f"The hold-out is not unseen: {unseen.copied:,} of its {unseen.persons:,} persons are copied, and "
                f"{training.copied:,} of the {training.persons:,} training persons. Were training panel and hold-out "
                "given in each other's place, or was the model fitted on both? Nothing else here can be believed."
            ]
        found = []
        if self.suspect.any():
            rows = "near copies" if self.copy_distance >= 0 else "training rows"
            found.append(f"Rows that are {rows} come first in the table: leave them out.")
        long_unseen = round(self.unseen_share_long * self.unseen_rows)
        p_value = share_p_value(self._long_rows(), len(self.names), long_unseen, self.unseen_rows)
        if p_value < LONG_STRETCHES_P_VALUE:
            found.append(
                "Many rows hold longer pieces of training haplotypes than unseen people do: those of the least "
                "unseen_sharing_as_much in the table."
            )
        whole = "Whether the release as a whole knows its training people, artgen evaluate tells."
        return [*(found or ["No copy can be told."]), whole]

    def write(self, path: str | os.PathLike[str], donors: Haplotypes | None = None) -> None:
        """Write the table, tab-separated with a header, rows nearest to a training row first.

        Parameters
        ----------
        path : path
            The file appears when it is whole.
        donors : Haplotypes, optional
            The training panel, to name the training haplotypes in two more columns. Without it nobody is named.
        """
        order = np.lexsort([-self.shared_sites, self.to_training])
        with whole_file(path) as partial, open(partial, "w", encoding="utf-8") as file:
            file.write("\t".join(COLUMNS + (DONOR_COLUMNS if donors is not None else ())) + "\n")
            for row in order.tolist():
                fields = [
                    str(row + 1),
                    str(self.names[row]),
                    self._near_copy_text(row),
                    str(self.to_training[row]),
                    str(self.to_unseen[row]),
                    f"{self.unseen_as_near[row]:.6g}",
                    str(self.shared_sites[row]),
                    str(self.shared_base_pairs[row]),
                    str(self.shared_sites_with_unseen[row]),
                    f"{self.unseen_sharing_as_much[row]:.6g}",
                ]
                if donors is not None:
                    found = (int(self.nearest_training[row]), int(self.longest_shared_training[row]))
                    fields += [str(donors.samples.name[at]) if at >= 0 else "" for at in found]
                file.write("\t".join(fields) + "\n")

    def _near_copy_text(self, row: int) -> str:
        if self.copy_distance >= 0:
            return "yes" if self.near_copy[row] else "no"
        return "identical" if self.identical[row] else "unknown"


def release_check(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes,
    backend: str | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> ReleaseCheck:
    """Compare every row of a release with every training row, and with unseen people.

    Nothing is cut or sampled. Memory grows with the rows, time with the product of synthetic and real rows.

    Parameters
    ----------
    real : Haplotypes
        The rows that the model was fitted on.
    synthetic : Haplotypes
        The rows to be released.
    holdout : Haplotypes
        Rows of other people.
    backend, threads
        As for `artgen_fast.kernels.hamming.nearest`.
    progress : callable, optional
        Called with what is searched, and how many of how many rows are done with.

    Returns
    -------
    ReleaseCheck

    Raises
    ------
    InputError
        If the sites differ or are not in order, a panel has fewer than two haplotypes, or people of the hold-out are
        among the training ones.
    """
    require_unseen(holdout, real)
    require_order(real.sites)
    panels = {"training": real, "unseen": holdout, "synthetic": synthetic}
    require_comparable(panels)
    search = _Searches(panels, backend, threads, progress)
    to_training, to_unseen = search.nearest("synthetic", "training"), search.nearest("synthetic", "unseen")
    unseen: Int32Array = np.sort(search.nearest("unseen", "training").distances)
    limit = copy_distance(unseen, len(synthetic))
    distances, from_unseen = to_training.distances, to_unseen.distances
    near, near_unseen = is_near_copy(distances, from_unseen, limit), is_near_copy(from_unseen, distances, limit)
    with_training, with_unseen = search.longest("synthetic", "training"), search.longest("synthetic", "unseen")
    of_unseen = np.sort(search.longest("unseen", "training").sites)
    search.tell("done")
    longer = len(of_unseen) - np.searchsorted(of_unseen, with_training.sites, side="left")
    long_stretch = int(np.quantile(of_unseen, UNSEEN_QUANTILE, method="inverted_cdf"))
    return ReleaseCheck(
        names=synthetic.samples.name,
        to_training=distances,
        to_unseen=from_unseen,
        unseen_as_near=(1 + np.searchsorted(unseen, distances, side="right")) / (1 + len(unseen)),
        shared_sites=with_training.sites,
        shared_base_pairs=with_training.base_pairs,
        shared_sites_with_unseen=with_unseen.sites,
        unseen_sharing_as_much=(1 + longer) / (1 + len(of_unseen)),
        nearest_training=to_training.indices,
        longest_shared_training=search.stretches.target_rows("training", with_training),
        near_copy=near,
        near_unseen_copy=near_unseen,
        copy_distance=limit,
        training_persons=_copied_persons(real, to_training, from_unseen, near, limit),
        unseen_persons=_copied_persons(holdout, to_unseen, distances, near_unseen, limit),
        unseen_rows=len(holdout),
        least_unseen=int(unseen[0]),
        longest_unseen=int(of_unseen[-1]),
        long_stretch=long_stretch,
        unseen_share_long=float(np.mean(of_unseen >= long_stretch)),
    )


class _Nearest(NamedTuple):
    """Of each row of a panel, the nearest row of another."""

    distances: Int32Array
    indices: Int64Array


class _Searches:
    """The searches of a check, one after the other, and their progress."""

    def __init__(
        self,
        panels: Mapping[str, Haplotypes],
        backend: str | None,
        threads: int | None,
        progress: Progress | None,
    ) -> None:
        self.stretches = StretchSearches(panels, threads=threads)
        self._panels, self._backend, self._threads, self._progress = panels, backend, threads, progress
        self._done = 0
        self._total = 2 * (2 * len(panels["synthetic"]) + len(panels["unseen"]))

    def nearest(self, rows: str, targets: str) -> _Nearest:
        """Of each row of one panel the nearest of another, in blocks, as a search may take an hour."""
        parts = []
        for first in range(0, len(self._panels[rows]), ROWS_BETWEEN_PROGRESS):
            self.tell(f"nearest {targets} haplotypes of {rows} ones")
            block = self._panels[rows][first : first + ROWS_BETWEEN_PROGRESS]
            parts.append(hamming.nearest(block, self._panels[targets], backend=self._backend, threads=self._threads))
            self._done += len(block)
        return _Nearest(
            np.concatenate([part.distances[:, 0] for part in parts]),
            np.concatenate([part.indices[:, 0] for part in parts]),
        )

    def longest(self, rows: str, targets: str) -> LongestShared:
        """Of each row of one panel the longest stretches that it shares with any of another."""
        self.tell(f"stretches that {rows} haplotypes share with {targets} ones")
        found = self.stretches.longest(rows, targets)
        self._done += len(self._panels[rows])
        return found

    def tell(self, what: str) -> None:
        if self._progress is not None:
            self._progress(what, self._done, self._total)


def _copied_persons(
    people: Haplotypes, to_people: _Nearest, to_others: Int32Array, near: BoolArray, limit: int
) -> CopiedPersons:
    """Persons of a part of whom a row is a near copy; where none can be told, of whom one is a copy."""
    units = people.samples.units()
    copied = near if limit >= 0 else (to_people.distances == 0) & (to_others > 0)
    return CopiedPersons(int(units.max()) + 1, len(np.unique(units[to_people.indices[copied]])))
