"""`artgen split`: by person, with fractions as the user writes them."""

from __future__ import annotations

import numpy as np
import pytest

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.cli import main


@pytest.fixture
def panel(tmp_path):
    alleles = np.random.default_rng(0).integers(0, 2, (40, 30))
    sites = Sites.from_columns(np.arange(1, 31), "1", ref="A", alt="C")
    panel = Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(20)]))
    for name in ("panel.hapbits", "panel.vcf.gz"):
        ag.write(panel, tmp_path / name)
    return panel


def artgen(*arguments):
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code or 0
    return 0


def parts(folder, *names):
    return [ag.read(folder / f"panel.{name}.hapbits") for name in names]


ORDERS = {
    "panel first": ("{panel}", "--fractions", ".5", ".25", ".25", "--seed", "7"),
    "panel last": ("--seed", "7", "--fractions", ".5", ".25", ".25", "{panel}"),
    "one word": ("{panel}", "--fractions", "0.5,0.25,0.25", "--seed", "7"),
    "with =": ("{panel}", "--fractions=.5 .25 .25", "--seed", "7"),
    "default": ("{panel}", "--seed", "7"),
}


@pytest.mark.parametrize("name", ["panel.hapbits", "panel.vcf.gz"])
@pytest.mark.parametrize("order", ORDERS)
def test_three_parts_by_person(panel, tmp_path, capsys, order, name):
    arguments = [argument.format(panel=tmp_path / name) for argument in ORDERS[order]]
    assert artgen("split", *arguments) == 0
    assert "panel.train.hapbits: 20 haplotypes of 10 persons" in capsys.readouterr().out
    written = parts(tmp_path, "train", "validation", "holdout")
    for part, expected in zip(written, panel.split_by_person([0.5, 0.25, 0.25], seed=7), strict=True):
        np.testing.assert_array_equal(part.packed, expected.packed)
        assert part.samples.name.tolist() == expected.samples.name.tolist()
    persons = [set(part.samples.person.tolist()) for part in written]
    assert [len(part) for part in persons] == [10, 5, 5]
    assert len(set.union(*persons)) == 20


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (Samples.synthetic(2), "1 haplotype without a person"),
        (Samples.from_persons(["P", "Q"]), "2 haplotypes of 1 person"),
        (Samples.from_haplotype_names(["P_A", "P_B", *(f"AG{i}" for i in range(198))]),
         "180 haplotypes of 1 person, 178 of them without one"),
    ],
)  # fmt: skip
def test_whose_the_haplotypes_are_is_said(tmp_path, capsys, samples, said):
    alleles = np.zeros((len(samples), 3), dtype=np.uint8)
    ag.write(Haplotypes.from_alleles(alleles, samples=samples), tmp_path / "panel.hapbits")
    shares = (".5", ".5") if len(samples) < 5 else (".9", ".1")
    assert artgen("split", tmp_path / "panel.hapbits", "--fractions", *shares, "--seed", "1") == 0
    assert f"train.hapbits: {said}\n" in capsys.readouterr().out


def test_two_parts_are_train_and_hold_out_in_the_given_folder_which_is_made(panel, tmp_path):
    assert artgen("split", tmp_path / "panel.hapbits", "--fractions", ".8", ".2", "-o", tmp_path / "parts") == 0
    assert sorted(file.name for file in (tmp_path / "parts").iterdir()) == [
        "panel.holdout.hapbits",
        "panel.train.hapbits",
    ]
    assert [len(part) for part in parts(tmp_path / "parts", "train", "holdout")] == [32, 8]


def test_another_seed_is_another_split(panel, tmp_path):
    names = []
    for seed in (1, 2, 1):
        assert artgen("split", tmp_path / "panel.hapbits", "--seed", seed, "--force") == 0
        names.append(parts(tmp_path, "train")[0].samples.name.tolist())
    assert names[0] == names[2] != names[1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--fractions", ".5"), "two numbers"),
        (("--fractions", ".25", ".25", ".25", ".25"), "two numbers"),
        (("--fractions", "half,half"), "two numbers"),
        (("--fractions", ".5", ".6"), "sum to 1"),
        (("--fractions", "1.5", "-.5"), "positive"),
        (("--fractions",), "--fractions"),
        (("--fractions", ".999", ".001"), "part empty"),
        (("--seed", "-1"), "-1 is not in the range x>=0"),
    ],
)
def test_impossible_splits_are_refused_and_leave_no_file(panel, tmp_path, capsys, arguments, message):
    before = set(tmp_path.iterdir())
    assert artgen("split", tmp_path / "panel.hapbits", *arguments) == 2
    assert message in capsys.readouterr().err
    assert set(tmp_path.iterdir()) == before


def test_the_help_teaches(capsys):
    assert artgen("split", "--help") == 0
    assert "artgen split panel.hapbits --fractions .5 .25 .25 --seed 1" in capsys.readouterr().out
