"""Independent sites at the training panel's allele frequencies: the baseline that knows nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Int64Array, UInt64Array
from artgen_fast.errors import FileFormatError
from artgen_fast.generators import interface, model_folder
from artgen_fast.haplotypes import Haplotypes, pack

_BLOCK_UNIFORMS = 1 << 22
"""Random numbers drawn at once: 32 MB."""


class Binomial(interface.Generator):
    """Each site of each haplotype is drawn on its own: Bernoulli(allele frequency in the training panel).

    The binomial baseline of Yelmen et al. 2021 (PLoS Genet 17:e1009303). It has the right allele frequencies and no
    linkage disequilibrium at all.
    """

    name: ClassVar[str] = "binomial"

    _counts: Int64Array
    _n_rows: int

    def options(self) -> dict[str, Any]:
        """There are none."""
        return {}

    def _learn(self, train: Haplotypes, arguments: interface.FitArguments) -> dict[str, Any]:
        self._counts = train.allele_counts()
        self._n_rows = len(train)
        arguments.report(1, 1, "allele frequencies counted")
        return {"n_haplotypes": len(train)}

    def frequencies(self) -> npt.NDArray[np.float64]:
        """Alternative allele frequency at each site, float64 of shape (sites,)."""
        _ = self.sites
        return self._counts / self._n_rows

    def _blocks(self, n: int, random: int, progress: interface.ProgressCallback | None) -> Iterator[UInt64Array]:
        generator = np.random.Generator(np.random.PCG64(random))
        frequencies = self.frequencies()
        step = max(1, _BLOCK_UNIFORMS // len(frequencies))
        for start in range(0, n, step):
            rows = min(step, n - start)
            # Uniforms are below 1, so a frequency of 1 always gives the allele, and one of 0 never.
            yield pack(generator.random((rows, len(frequencies))) < frequencies)
            if progress is not None:
                progress(interface.Progress(start + rows, n, "haplotypes"))

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        return {"alternative_counts": self._counts, "n_haplotypes": np.array([self._n_rows], dtype=np.int64)}

    def _restore(self, saved: model_folder.SavedModel) -> None:
        self._counts = saved.tensors.tensor("alternative_counts", np.int64, (len(saved.sites),))
        self._n_rows = int(saved.tensors.tensor("n_haplotypes", np.int64, (1,))[0])
        if self._n_rows < 1 or np.any(self._counts < 0) or np.any(self._counts > self._n_rows):
            raise FileFormatError(
                f"{saved.path}: allele counts must be from 0 to the {self._n_rows} training haplotypes."
            )
