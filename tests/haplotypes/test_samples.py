"""The table of haplotypes, and who belongs together."""

from __future__ import annotations

import numpy as np
import pytest

from artgen_fast.errors import InputError
from artgen_fast.haplotypes import Samples, as_text


class TestSamples:
    def test_consecutive_haplotypes_of_a_person(self):
        samples = Samples.from_persons(["NA1", "NA2"])
        assert samples.name.tolist() == ["NA1_A", "NA1_B", "NA2_A", "NA2_B"]
        assert samples.person.tolist() == ["NA1", "NA1", "NA2", "NA2"]
        assert samples.phase.tolist() == [0, 1, 0, 1]

    def test_pairs_only_where_the_names_say_so(self):
        names = ["X_A", "Y_HAP_2", "AG0", "X_B", "Y_HAP_1", "Z_A", "W_A", "W_HAP_2", "V_1", "V_2", "U_A", "U_A", "U_B"]
        samples = Samples.from_haplotype_names(names)
        assert samples.name.tolist() == names
        assert samples.person.tolist() == ["X", "Y", "", "X", "Y", "", "", "", "", "", "", "", ""]
        assert samples.phase.tolist() == [0, 1, -1, 1, 0, -1, -1, -1, -1, -1, -1, -1, -1]

    def test_artificial_rows_belong_to_nobody(self):
        samples = Samples.synthetic(3)
        assert samples.name.tolist() == ["AG0", "AG1", "AG2"]
        assert samples.units().tolist() == [0, 1, 2]
        assert set(samples.phase.tolist()) == {-1}

    def test_units_are_persons_or_rows_without_one(self):
        samples = Samples.from_haplotype_names(["b_A", "AG0", "a_B", "b_B", "AG1", "a_A"])
        assert samples.units().tolist() == [0, 1, 2, 0, 3, 2]

    def test_columns_of_different_lengths_are_refused(self):
        with pytest.raises(InputError, match=r"a table of samples must be arrays of one length; .* phase: int8 of"):
            Samples(as_text(["a", "b"]), as_text(["", ""]), np.zeros(3, np.int8))
        with pytest.raises(InputError, match=r"name: list.* Use Samples\.from_persons"):
            Samples(["a"], as_text([""]), np.zeros(1, np.int8))


@pytest.mark.real_data
def test_real_names_pair_as_the_source_says(real_data):
    with np.load(real_data / "panels" / "805_SNP_1000G_real.npz") as archive:
        names = archive["sample_ids"]
    samples = Samples.from_haplotype_names(names)
    persons, sizes = np.unique(samples.person, return_counts=True)
    assert len(persons) == len(names) // 2
    assert set(sizes.tolist()) == {2}
