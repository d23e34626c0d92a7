import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Haplotypes
from artgen_fast.simulation import CONTIG, POPULATIONS, out_of_africa, populations, simulate_panel


@pytest.fixture(scope="module")
def panel() -> Haplotypes:
    return simulate_panel(200, 300, seed=5)


def test_has_the_requested_shape_and_consecutive_haplotypes_of_named_persons(panel: Haplotypes) -> None:
    assert (len(panel), panel.n_sites) == (200, 300)
    assert panel.samples.person[0] == panel.samples.person[1] == "simulated_YRI_1"
    assert panel.samples.phase.tolist() == [0, 1] * 100
    assert len(set(panel.samples.person)) == 100


def test_sites_are_biallelic_variable_ascending_and_said_to_be_simulated(panel: Haplotypes) -> None:
    counts = panel.alleles().sum(axis=0)
    assert counts.min() >= 1
    assert counts.max() <= 199
    assert np.all(np.diff(panel.sites.position) > 0)
    assert panel.sites.position[0] >= 1
    assert set(panel.sites.contig) == {CONTIG}
    assert panel.sites.has_alleles
    assert np.all(panel.sites.ref != panel.sites.alt)


def test_same_seed_same_panel_and_another_seed_another(panel: Haplotypes) -> None:
    again, other = simulate_panel(200, 300, seed=5), simulate_panel(200, 300, seed=6)
    assert np.array_equal(panel.packed, again.packed)
    assert panel.sites.first_difference(again.sites) is None
    assert not np.array_equal(panel.packed, other.packed)


def test_minor_allele_frequency_is_kept_above_the_bound() -> None:
    common = simulate_panel(100, 150, min_maf=0.05, seed=2)
    frequency = common.alleles().mean(axis=0)
    assert np.minimum(frequency, 1 - frequency).min() >= 0.05
    assert simulate_panel(100, 150, seed=2).alleles().sum(axis=0).min() < 5


def test_persons_are_shared_out_evenly_among_the_populations() -> None:
    counted = simulate_panel(20, 10, seed=1)
    names, rows = np.unique(populations(counted), return_counts=True)
    assert set(names) == set(POPULATIONS)
    assert sorted(rows.tolist()) == [6, 6, 8]


def test_africans_are_the_most_diverse() -> None:
    # The bottleneck out of Africa is what the model is for: fewer differences between two haplotypes outside it.
    panel = simulate_panel(60, 20_000, seed=1)
    alleles, population = panel.alleles(), populations(panel)
    heterozygosity = {}
    for name in POPULATIONS:
        frequency = alleles[population == name].mean(axis=0)
        heterozygosity[name] = (2 * frequency * (1 - frequency)).sum()
    assert heterozygosity["YRI"] > 1.15 * max(heterozygosity["CEU"], heterozygosity["CHB"])


def test_present_sizes_are_those_of_the_source() -> None:
    # Gutenkunst et al. 2009, table 1: sizes today that follow from founders and growth, in rounded figures.
    sizes = {population.name: population.initial_size for population in out_of_africa().populations}
    assert sizes["YRI"] == 12_300
    assert sizes["CEU"] == pytest.approx(29_725, rel=1e-3)
    assert sizes["CHB"] == pytest.approx(54_090, rel=1e-3)


def test_one_person_lives_in_the_first_population() -> None:
    assert set(populations(simulate_panel(2, 5))) == {"YRI"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"n_haplotypes": 3}, "even and at least 2"),
        ({"n_haplotypes": 0}, "even and at least 2"),
        ({"n_sites": 0}, "n_sites must be at least 1"),
        ({"min_maf": 0.5}, "min_maf must be"),
        ({"seed": 0}, "seed must be"),
    ],
)
def test_numbers_out_of_range_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        simulate_panel(**{"n_haplotypes": 10, "n_sites": 10, **wrong})


def test_populations_of_real_persons_are_not_guessed() -> None:
    with pytest.raises(InputError, match="only for simulated persons"):
        populations(Haplotypes.from_alleles([[0, 1], [1, 1]]))
