import subprocess
import sys

import pytest

from artgen_fast import generators
from artgen_fast.errors import InputError
from artgen_fast.generators.interface import Generator


def test_every_name_leads_to_a_generator_of_that_name() -> None:
    assert generators.names() == ("binomial", "markov", "rbm", "crbm-chain")
    for name in generators.names():
        assert issubclass(generators.by_name(name), Generator)
        assert generators.by_name(name).name == name


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match="binomial, markov, rbm, crbm-chain; got 'gan'"):
        generators.by_name("gan")


def test_the_baselines_need_no_torch() -> None:
    code = (
        "import sys; from artgen_fast import Haplotypes, generators\n"
        "panel = Haplotypes.from_alleles([[0, 1], [1, 1], [0, 0]])\n"
        "for name in ('binomial', 'markov'): generators.by_name(name)().fit(panel).sample(3)\n"
        "assert 'torch' not in sys.modules and 'scipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_generators_can_be_imported_by_their_class_names() -> None:
    for name in generators.names():
        kind = generators.by_name(name)
        assert getattr(generators, kind.__name__) is kind
        assert issubclass(kind, generators.Generator)
    assert set(dir(generators)) == set(generators.__all__)
