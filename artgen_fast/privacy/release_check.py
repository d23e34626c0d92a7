"""Row by row, how near a release comes to the people that its model was trained on."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np

from artgen_fast.array_types import BoolArray, Float64Array, Int32Array, Int64Array, TextArray
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.kernels import hamming
from artgen_fast.metrics.near_copies import copy_distance, is_near_copy
from artgen_fast.metrics.panels.checks import require_comparable, require_order, require_unseen
from artgen_fast.metrics.shared_haplotypes import StretchSearches
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

DONOR_COLUMNS = ("nearest_training_haplotype", "longest_shared_training_haplotype")


@dataclass(frozen=True, slots=True)
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
        Whether the row is a near copy (`artgen_fast.metrics.near_copies`); none is where there is no such distance.
    copy_distance : int
        Greatest distance of near copies, in sites; -1 where there is none (`NearCopies`).
    least_unseen : int
        Least distance of unseen people's rows to a training row.
    longest_unseen : int
        Most sites that a row of unseen people shares in one stretch with a training row.
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
    copy_distance: int
    least_unseen: int
    longest_unseen: int

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
                    "unknown" if self.copy_distance < 0 else "yes" if self.near_copy[row] else "no",
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


def release_check(
    real: Haplotypes,
    synthetic: Haplotypes,
    *,
    holdout: Haplotypes,
    backend: str | None = None,
    threads: int | None = None,
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

    Returns
    -------
    ReleaseCheck

    Raises
    ------
    InputError
        If the sites differ or are not in order, a panel has fewer than two haplotypes, or people of the hold-out are
        among the training ones.
    """
    require_order(real.sites)
    require_unseen(holdout, real)
    panels = {"training": real, "unseen": holdout, "synthetic": synthetic}
    require_comparable(panels)
    to_training = hamming.cross(real, synthetic, backend=backend, threads=threads)
    to_unseen = hamming.cross(holdout, synthetic, backend=backend, threads=threads).column_distances
    unseen: Int32Array = np.sort(hamming.cross(real, holdout, backend=backend, threads=threads).column_distances)
    distances: Int32Array = to_training.column_distances
    limit = copy_distance(unseen, len(synthetic))
    stretches = StretchSearches(panels, threads=threads)
    with_training, with_unseen = stretches.longest("synthetic", "training"), stretches.longest("synthetic", "unseen")
    of_unseen = np.sort(stretches.longest("unseen", "training").sites)
    longer = len(of_unseen) - np.searchsorted(of_unseen, with_training.sites, side="left")
    return ReleaseCheck(
        names=synthetic.samples.name,
        to_training=distances,
        to_unseen=to_unseen,
        unseen_as_near=(1 + np.searchsorted(unseen, distances, side="right")) / (1 + len(unseen)),
        shared_sites=with_training.sites,
        shared_base_pairs=with_training.base_pairs,
        shared_sites_with_unseen=with_unseen.sites,
        unseen_sharing_as_much=(1 + longer) / (1 + len(of_unseen)),
        nearest_training=to_training.column_indices,
        longest_shared_training=stretches.target_rows("training", with_training),
        near_copy=is_near_copy(distances, to_unseen, limit),
        copy_distance=limit,
        least_unseen=int(unseen[0]),
        longest_unseen=int(of_unseen[-1]),
    )
