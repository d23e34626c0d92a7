"""A Markov chain along the chromosome: each allele given those at the sites just before it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from artgen_fast.array_types import Float64Array, Int64Array, UInt8Array, UInt64Array
from artgen_fast.errors import FileFormatError, InputError
from artgen_fast.generators import interface, model_folder
from artgen_fast.haplotypes import Haplotypes, packed_by_site, words_for
from artgen_fast.whole_numbers import whole_number

BLOCK_ROWS = 1 << 15
"""Rows that are generated together, at most: the conditionals of a site are worked out once for so many."""

_BLOCK_BITS = 1 << 31
"""Alleles of a block, 256 MB of bits; of more sites than two millions, the fewest rows that are worth it."""

_FEWEST_ROWS = 1024

_SITES_TOGETHER = 512
"""Sites whose alleles are unpacked at once; a multiple of 8, so that they meet at whole bytes."""

LONGEST_WINDOW = 16
"""A context is a number of so many bits at most, and a site's table has one entry a context."""


class Markov(interface.Generator):
    """Each allele is drawn from its exact empirical conditional given the alleles at the ``window`` sites before it.

    The Markov baseline of Yelmen et al. 2021 (PLoS Genet 17:e1009303), there with a window of 10 sites. The first sites
    have shorter windows. A context that fewer than ``min_count`` training haplotypes have is shortened at its far end
    until enough of them have it. (With ``min_count`` 1 that never happens in sampling: a generated context always ends
    a longer one that was seen.)

    Rows of a sample depend on how many there are: of this model alone the first rows of a larger sample of the same
    seed are others, since at each site there is one random number a row of the sample.

    Parameters
    ----------
    window : int
        Sites that an allele depends on, 0 … 16.
    min_count : int
        Training haplotypes that must share a context for it to be used, at least 1.
    """

    name: ClassVar[str] = "markov"

    _offsets: Int64Array
    """Shape (sites + 1,): where each site's contexts start in the three arrays below."""
    _contexts: npt.NDArray[np.uint16]
    """Contexts seen in training, ascending; the allele just before the site is bit 0."""
    _context_counts: npt.NDArray[np.int32]
    """Training haplotypes with the context."""
    _alternative_counts: npt.NDArray[np.int32]
    """Those of them with the alternative allele at the site."""

    def __init__(self, window: int = 10, min_count: int = 1) -> None:
        n_sites, count = whole_number(window), whole_number(min_count)
        if n_sites is None or not 0 <= n_sites <= LONGEST_WINDOW:
            raise InputError(f"window must be from 0 to {LONGEST_WINDOW} sites, a whole number; got {window!r}.")
        if count is None or count < 1:
            raise InputError(f"min_count must be at least 1, a whole number; got {min_count!r}.")
        self.window = n_sites
        self.min_count = count

    def options(self) -> dict[str, Any]:
        """Window and smallest count, as given to the constructor."""
        return {"window": self.window, "min_count": self.min_count}

    def _learn(self, train: Haplotypes, arguments: interface.FitArguments) -> dict[str, Any]:
        # One contiguous row a site, since the chain runs along the sites.
        by_site = np.ascontiguousarray(train.alleles().T)
        n_contexts = 1 << self.window
        codes = np.zeros(len(train), dtype=np.int64)
        offsets = np.zeros(train.n_sites + 1, dtype=np.int64)
        contexts, context_counts, alternative_counts = [], [], []
        for site, alleles in enumerate(by_site):
            followed = np.bincount(codes * 2 + alleles, minlength=2 * n_contexts).reshape(n_contexts, 2)
            total = followed.sum(axis=1)
            seen = np.flatnonzero(total)
            contexts.append(seen.astype(np.uint16))
            context_counts.append(total[seen].astype(np.int32))
            alternative_counts.append(followed[seen, 1].astype(np.int32))
            offsets[site + 1] = offsets[site] + len(seen)
            codes = _append(codes, alleles, n_contexts)
        self._offsets = offsets
        self._contexts = np.concatenate(contexts)
        self._context_counts = np.concatenate(context_counts)
        self._alternative_counts = np.concatenate(alternative_counts)
        arguments.report(1, 1, "conditional frequencies counted")
        return {"n_haplotypes": len(train)}

    def conditional_frequencies(self, site: int) -> Float64Array:
        """Probability of the alternative allele at one site after each context, float64 of shape (2^window,).

        In a context's number the allele at the site just before is bit 0, the one before that bit 1, and so on.
        """
        _ = self.sites
        here = slice(self._offsets[site], self._offsets[site + 1])
        total = np.zeros(1 << self.window, dtype=np.int64)
        alternative = np.zeros_like(total)
        total[self._contexts[here]] = self._context_counts[here]
        alternative[self._contexts[here]] = self._alternative_counts[here]
        # Counts of shorter contexts are sums over the allele that is farthest away, the highest bit.
        levels = [(total, alternative)]
        for _ in range(self.window):
            levels.append(tuple(counts.reshape(2, -1).sum(axis=0) for counts in levels[-1]))
        total, alternative = levels.pop()
        frequencies: Float64Array = alternative / total
        while levels:
            total, alternative = levels.pop()
            shorter = np.tile(frequencies, 2)
            frequencies = np.where(total >= self.min_count, alternative / np.maximum(total, 1), shorter)
        return frequencies

    def _blocks(self, n: int, random: int, progress: interface.ProgressCallback | None) -> Iterator[UInt64Array]:
        n_sites = len(self.sites)
        step = min(BLOCK_ROWS, max(_FEWEST_ROWS, _BLOCK_BITS // n_sites))
        for first in range(0, n, step):
            rows = min(step, n - first)
            # A site takes n numbers, one a row, whatever the blocks; those of other rows are passed over.
            bits = np.random.PCG64(random).advance(first)
            generator = np.random.Generator(bits)
            packed = np.zeros((rows, words_for(n_sites) * 8), dtype=np.uint8)
            codes = np.zeros(rows, dtype=np.int64)
            for start in range(0, n_sites, _SITES_TOGETHER):
                by_site = np.empty((min(_SITES_TOGETHER, n_sites - start), rows), dtype=np.uint8)
                for site, alleles in enumerate(by_site, start=start):
                    frequencies = self.conditional_frequencies(site)[codes]
                    np.less(generator.random(rows), frequencies, out=alleles.view(np.bool_))
                    bits.advance(n - rows)
                    codes = _append(codes, alleles, 1 << self.window)
                together = packed_by_site(by_site)
                packed[:, start // 8 : start // 8 + together.shape[1]] = together
            yield packed.view("<u8")
            if progress is not None:
                progress(interface.Progress(first + rows, n, "haplotypes"))

    def _tensors(self) -> dict[str, npt.NDArray[Any]]:
        return {
            "offsets": self._offsets,
            "contexts": self._contexts,
            "context_counts": self._context_counts,
            "alternative_counts": self._alternative_counts,
        }

    def _restore(self, saved: model_folder.SavedModel) -> None:
        tensors = saved.tensors
        self._offsets = tensors.tensor("offsets", np.int64, (len(saved.sites) + 1,))
        n_seen = len(tensors.tensor("contexts", np.uint16, (None,)))
        self._contexts = tensors.tensor("contexts", np.uint16, (n_seen,))
        self._context_counts = tensors.tensor("context_counts", np.int32, (n_seen,))
        self._alternative_counts = tensors.tensor("alternative_counts", np.int32, (n_seen,))
        sound = (
            self._offsets[0] == 0
            and self._offsets[-1] == n_seen
            and np.all(np.diff(self._offsets) > 0)
            and np.all(self._contexts < 1 << self.window)
            and np.all(self._context_counts > 0)
            and np.all(self._alternative_counts >= 0)
            and np.all(self._alternative_counts <= self._context_counts)
        )
        if not sound:
            raise FileFormatError(
                f"{saved.path}: the counts of contexts contradict one another. Use another copy, or train again."
            )


def _append(codes: Int64Array, alleles: UInt8Array, n_contexts: int) -> Int64Array:
    """The contexts one site further on."""
    shifted: Int64Array = (codes << 1) | alleles
    shifted &= n_contexts - 1
    return shifted
