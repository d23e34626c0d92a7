"""Simulated panels: what a fresh clone works on, since no real genomes are shipped.

The model is the three-population out-of-Africa history of Gutenkunst et al. 2009 (PLoS Genet 5:e1000695, table 1),
run with msprime (Baumdicker et al. 2022, Genetics 220:iyab229). Everything made here says that it is simulated: the
contig is called "simulated", and every person's name starts with "simulated_".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from artgen_fast.array_types import TextArray
from artgen_fast.errors import InputError
from artgen_fast.haplotypes import BITS_PER_WORD, Haplotypes, Samples, Sites, as_text, pack, words_for

if TYPE_CHECKING:
    import msprime
    import tskit  # type: ignore[import-untyped]

POPULATIONS = ("YRI", "CEU", "CHB")
"""Populations of the model, named as in its source; persons are shared out among them as evenly as possible."""

CONTIG = "simulated"
"""Contig of every simulated site."""

_NAME_PREFIX = "simulated"
_YEARS_PER_GENERATION = 25.0
_MUTATION_RATE = 2.35e-8
"""Mutations per base pair and generation, as in the source of the model."""
_RECOMBINATION_RATE = 1e-8
"""Crossovers per base pair and generation (1 cM/Mb, our choice: the source has unlinked sites)."""
_SITES_PER_BASE_PAIR = 0.02
"""Low guess of the density of sites; only the length of the first try depends on it."""
_LARGEST_SEED = 2**31 - 1
"""msprime takes seeds from 1 to 2^32 - 1; two are needed."""


def out_of_africa() -> msprime.Demography:
    """The three-population history, as an msprime demography.

    Returns
    -------
    msprime.Demography
        YRI, CEU and CHB today; sizes in diploid persons, times in generations of 25 years, migration as the fraction of
        a population replaced in each generation. Maximum-likelihood values of Gutenkunst et al. 2009, table 1.
    """
    import msprime

    years_ago = {"expansion_in_africa": 220e3, "out_of_africa": 140e3, "europe_asia_split": 21.2e3}
    generations = {event: years / _YEARS_PER_GENERATION for event, years in years_ago.items()}
    ancestral, african, out_of_africa_size = 7_300, 12_300, 2_100
    european_founders, european_growth = 1_000, 0.004
    asian_founders, asian_growth = 510, 0.0055
    since_split = generations["europe_asia_split"]

    history = msprime.Demography()
    history.add_population(name="YRI", initial_size=african)
    history.add_population(
        name="CEU",
        initial_size=european_founders * math.exp(european_growth * since_split),
        growth_rate=european_growth,
    )
    history.add_population(
        name="CHB", initial_size=asian_founders * math.exp(asian_growth * since_split), growth_rate=asian_growth
    )
    history.add_population(name="out_of_Africa", initial_size=out_of_africa_size)
    history.add_population(name="African_ancestors", initial_size=african)
    history.add_population(name="ancestors", initial_size=ancestral)
    history.set_symmetric_migration_rate(["YRI", "CEU"], 3e-5)
    history.set_symmetric_migration_rate(["YRI", "CHB"], 1.9e-5)
    history.set_symmetric_migration_rate(["CEU", "CHB"], 9.6e-5)
    history.add_population_split(time=since_split, derived=["CEU", "CHB"], ancestral="out_of_Africa")
    history.add_symmetric_migration_rate_change(time=since_split, populations=["YRI", "out_of_Africa"], rate=25e-5)
    history.add_population_split(
        time=generations["out_of_africa"], derived=["YRI", "out_of_Africa"], ancestral="African_ancestors"
    )
    history.add_population_split(
        time=generations["expansion_in_africa"], derived=["African_ancestors"], ancestral="ancestors"
    )
    history.sort_events()
    return history


def simulate_panel(
    n_haplotypes: int = 5008, n_sites: int = 10_000, *, min_maf: float = 0.0, seed: int = 1
) -> Haplotypes:
    """Simulate a panel of persons from three populations.

    Parameters
    ----------
    n_haplotypes : int
        Rows; even, since every person has two haplotypes.
    n_sites : int
        Columns: the first so many bi-allelic sites of a chromosome that is long enough.
    min_maf : float
        Keep only sites whose minor allele has at least this frequency in the panel: from 0, below 0.5.
    seed : int
        Same seed and msprime version, same panel.

    Returns
    -------
    Haplotypes
        REF is the ancestral allele. Persons are called ``simulated_YRI_1``, …; see `populations`.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    if n_haplotypes < 2 or n_haplotypes % 2:
        raise InputError(f"n_haplotypes must be even and at least 2 (two per person); got {n_haplotypes}.")
    if n_sites < 1:
        raise InputError(f"n_sites must be at least 1; got {n_sites}.")
    if not 0 <= min_maf < 0.5:
        raise InputError(f"min_maf must be at least 0 and below 0.5; got {min_maf}.")
    if not 1 <= seed <= _LARGEST_SEED:
        raise InputError(f"seed must be a whole number from 1 to {_LARGEST_SEED}; got {seed}.")
    n_persons = n_haplotypes // 2
    persons = {
        name: n_persons // len(POPULATIONS) + (place < n_persons % len(POPULATIONS))
        for place, name in enumerate(POPULATIONS)
    }
    length = max(1_000, math.ceil(n_sites / _SITES_PER_BASE_PAIR))
    while True:
        trees = _simulate_trees(persons, length, seed)
        panel = _first_sites(trees, n_sites, min_maf, persons)
        if panel is not None:
            return panel
        # A longer chromosome of the same seed is another draw, not a continuation: nothing of the short one is kept.
        length *= 2


def populations(haplotypes: Haplotypes) -> TextArray:
    """Population of each row of a simulated panel (or of some of its rows), an array of strings.

    Raises
    ------
    InputError
        If a row does not come from `simulate_panel`.
    """
    names = []
    for person in haplotypes.samples.person:
        prefix, _, rest = person.partition("_")
        population = rest.partition("_")[0]
        if prefix != _NAME_PREFIX or population not in POPULATIONS:
            raise InputError(
                f"populations are known only for simulated persons (simulated_YRI_1, …); got '{person}'. "
                "Read real labels from their own file."
            )
        names.append(population)
    return as_text(names)


def _simulate_trees(persons: dict[str, int], length: int, seed: int) -> tskit.TreeSequence:
    import msprime

    ancestry = msprime.sim_ancestry(
        samples={name: count for name, count in persons.items() if count},
        demography=out_of_africa(),
        sequence_length=length,
        recombination_rate=_RECOMBINATION_RATE,
        random_seed=seed,
    )
    return msprime.sim_mutations(ancestry, rate=_MUTATION_RATE, random_seed=seed + _LARGEST_SEED)


def _first_sites(trees: tskit.TreeSequence, n_sites: int, min_maf: float, persons: dict[str, int]) -> Haplotypes | None:
    """The first bi-allelic sites that are common enough, or None if there are too few."""
    rows = trees.num_samples
    packed = np.zeros((rows, words_for(n_sites)), dtype=np.uint64)
    block = np.empty((rows, BITS_PER_WORD), dtype=np.uint8)
    positions: list[int] = []
    ref: list[str] = []
    alt: list[str] = []
    fewest = max(1, math.ceil(min_maf * rows))
    for variant in trees.variants():
        if len(variant.alleles) != 2 or None in variant.alleles:
            continue
        alternatives = int(np.count_nonzero(variant.genotypes))
        if not fewest <= alternatives <= rows - fewest:
            continue
        site = len(positions)
        block[:, site % BITS_PER_WORD] = variant.genotypes
        # Simulated coordinates count from 0, those of VCF from 1.
        positions.append(int(variant.site.position) + 1)
        ref.append(variant.alleles[0])
        alt.append(variant.alleles[1])
        if len(positions) % BITS_PER_WORD == 0 or len(positions) == n_sites:
            packed[:, site // BITS_PER_WORD] = pack(block[:, : site % BITS_PER_WORD + 1])[:, 0]
        if len(positions) == n_sites:
            sites = Sites.from_columns(positions, contig=CONTIG, ref=ref, alt=alt)
            names = [f"{_NAME_PREFIX}_{name}_{which + 1}" for name, count in persons.items() for which in range(count)]
            return Haplotypes(packed, n_sites, sites, Samples.from_persons(names))
    return None
