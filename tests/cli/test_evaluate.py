"""`artgen evaluate`: files in, evaluation.json, report.html and a table out."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rich.console import Console

import artgen_fast as ag
from artgen_fast import Haplotypes, Samples, Sites
from artgen_fast.cli import main
from artgen_fast.evaluation import Evaluation


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Train and hold-out of 30 persons each, a copy of the training rows and independent sites, as files."""
    folder = tmp_path_factory.mktemp("panels")
    rng = np.random.default_rng(0)
    founders = rng.random((20, 120)) < rng.beta(0.5, 1, 120)
    alleles = founders[rng.integers(20, size=(120, 4)).repeat(30, axis=1), np.arange(120)]
    sites = Sites.from_columns(np.arange(1, 121) * 500, "1", ref="A", alt="C")
    panel = Haplotypes.from_alleles(alleles, sites, Samples.from_persons([f"P{i}" for i in range(60)]))
    train, holdout = panel.split_by_person([0.5, 0.5], seed=0)
    ag.write(train, folder / "train.hapbits")
    ag.write(holdout, folder / "holdout.vcf.gz")
    ag.write(Haplotypes.from_alleles(train.alleles(), sites), folder / "copies.npz")
    independent = rng.random((60, 120)) < train.alleles().mean(axis=0)
    ag.write(Haplotypes.from_alleles(independent, sites), folder / "binomial.hapbits")
    lines = [f"P{i}\t{'north' if i % 2 else 'south'}\t{'east' if i < 30 else 'west'}" for i in range(60)]
    (folder / "labels.tsv").write_text("\n".join(["sample\tpopulation\tside", *lines]) + "\n")
    return folder


def artgen(*arguments):
    try:
        main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code or 0
    return 0


def test_writes_both_files_and_a_table(folder, tmp_path, capsys):
    output = tmp_path / "results" / "first"
    status = artgen(
        "evaluate", folder / "train.hapbits", folder / "copies.npz", "--holdout", folder / "holdout.vcf.gz",
        "--baseline", folder / "binomial.hapbits", "--labels", folder / "labels.tsv", "--label-column", "side",
        "-o", output, "--seed", "3",
    )  # fmt: skip
    shown = capsys.readouterr()
    assert status == 0, shown.err
    assert sorted(path.name for path in output.iterdir()) == ["evaluation.json", "report.html"]
    evaluation = Evaluation.from_json(output / "evaluation.json")
    assert {name: each.role for name, each in evaluation.sets.items()} == {
        "copies": "synthetic",
        "binomial": "baseline",
    }
    assert evaluation.sets["copies"].verdict.label == "leaks"
    assert evaluation.protocol.seed == 3
    assert [each.label for each in evaluation.holdout.populations.populations] == ["east", "west"]
    for row in evaluation.summary_table():
        assert all(cell in shown.out for cell in row.values())
    assert "copies leaks: Training haplotypes are copied: those of 30 of 30" in shown.out
    assert str(output / "report.html") in shown.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{f}/train.hapbits", "{f}/nothing.npz", "-o", "{o}"], "nothing.npz"),
        (["{f}/train.hapbits", "{f}/copies.npz", "{f}/copies.npz", "-o", "{o}"], "copies.npz more than once"),
        (["{f}/train.hapbits", "{f}/fewer.hapbits", "-o", "{o}"], "real and the fewer panel must have the same sites"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{f}/labels.tsv"], "the output must be a folder"),
        (
            ["{f}/none.hapbits", "{f}/copies.npz", "-o", "{f}/labels.tsv/x"],
            "{f}/labels.tsv, above it, is a file. Choose",
        ),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--labels", "{f}/train.hapbits"], "must be a tab-sep"),
        (["{f}/copies.npz", "{f}/train.hapbits", "-o", "{o}", "--labels", "{f}/labels.tsv"], "belongs to no person"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--label-column", "side"], "give --labels FILE as well"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--backend", "abacus"], "backend must be one of"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--metrics", "ld_decay,LD"], "; got LD."),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--repeats", "0"], "repeats must be a positive"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--core", "1:7"], "'1:7' is the name of none"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--core", "1:2500"], "A>C has 0 with the rarer one"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--core", "1:500", "--quick"], "which is not among"),
        (["{f}/train.hapbits", "{f}/copies.npz", "-o", "{o}", "--core", "1:500", "--core", "1:500"], "different site"),
    ],
)
def test_faults_are_one_message_and_leave_nothing(folder, tmp_path, capsys, arguments, message):
    if not (folder / "fewer.hapbits").exists():
        ag.write(ag.read(folder / "copies.npz")[:, :100], folder / "fewer.hapbits")
    output = tmp_path / "output"
    status = artgen("evaluate", *(word.format(f=folder, o=output) for word in arguments))
    error = capsys.readouterr().err
    assert status == 2
    assert message.format(f=folder) in error
    assert error.count("artgen: error:") == 1
    assert "Traceback" not in error
    assert not output.exists()


def test_a_negative_seed_is_refused_before_anything_is_read(tmp_path, capsys):
    assert artgen("evaluate", "absent.hapbits", "absent.npz", "-o", tmp_path / "output", "--seed", "-1") == 2
    assert "-1 is not in the range x>=0" in capsys.readouterr().err


def test_panels_of_one_file_name_are_numbered_and_no_folder_is_written(folder, tmp_path, capsys):
    paths = [folder / "copies.npz"]
    for place, name in (("alice", "copies"), ("bob", "copies"), ("bob", "real")):
        (tmp_path / place).mkdir(exist_ok=True)
        paths.append(tmp_path / place / f"{name}.hapbits")
        ag.write(ag.read(folder / "binomial.hapbits"), paths[-1])
    assert artgen("evaluate", folder / "train.hapbits", *paths, "-o", tmp_path / "output") == 0
    shown = capsys.readouterr().out
    names = list(Evaluation.from_json(tmp_path / "output" / "evaluation.json").sets)
    assert names == ["copies", "copies-2", "copies-3", "real-2"]
    for name, path in zip(names[1:], paths[1:], strict=True):
        assert f"{name} is {path}" in shown
    assert f"copies is {paths[0]}" not in shown
    for file in ("evaluation.json", "report.html"):
        text = (tmp_path / "output" / file).read_text()
        assert not [part for part in ("alice", "bob", folder.name, tmp_path.name) if part in text]


def test_notes_are_shown_in_the_report(folder, tmp_path, capsys):
    note = "All of it was simulated."
    arguments = [folder / "train.hapbits", folder / "copies.npz", "-o", tmp_path / "output", "--note", note]
    assert artgen("evaluate", *arguments) == 0
    capsys.readouterr()
    assert note in (tmp_path / "output" / "report.html").read_text()


def test_files_in_the_wrong_order_are_wondered_at(folder, tmp_path, capsys):
    real, made = ag.read(folder / "train.hapbits"), tmp_path / "made.hapbits"
    ag.write(ag.Haplotypes.from_alleles(real.alleles(), real.sites), made)
    assert artgen("evaluate", made, folder / "train.hapbits", "-o", tmp_path / "out", "--quick") == 0
    assert "made.hapbits, which should be real, are named like artificial ones" in capsys.readouterr().err
    assert artgen("evaluate", folder / "train.hapbits", made, "-o", tmp_path / "out", "--quick") == 0
    assert "should be real" not in capsys.readouterr().err


def test_many_haplotypes_are_said_to_take_long(folder, tmp_path, capsys, monkeypatch):
    from artgen_fast.cli import evaluate

    monkeypatch.setattr(evaluate, "_MANY_HAPLOTYPES", 59)
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz", "--metrics", "diversity"]
    assert artgen(*arguments, "-o", tmp_path / "all") == 0
    assert "note: 60 haplotypes of each panel are compared" in capsys.readouterr().err
    assert artgen(*arguments, "-o", tmp_path / "few", "--at-most", 50) == 0
    assert "note:" not in capsys.readouterr().err


def test_utility_is_asked_for_and_needs_a_hold_out(folder, tmp_path, capsys):
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz", "--utility", "--metrics", "diversity"]
    assert artgen(*arguments, "-o", tmp_path / "refused") == 2
    assert "imputation needs unseen real people; got no hold-out" in capsys.readouterr().err
    assert artgen(*arguments, "-o", tmp_path / "output", "--holdout", folder / "holdout.vcf.gz") == 0
    found = Evaluation.from_json(tmp_path / "output" / "evaluation.json").sets["copies"]
    assert found.imputation is not None
    assert found.selection_scan is not None
    assert "Imputation of unseen people" in (tmp_path / "output" / "report.html").read_text()


def test_statistics_can_be_chosen_and_an_answer_be_quick(folder, tmp_path, capsys):
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz"]
    assert artgen(*arguments, "-o", tmp_path / "chosen", "--metrics", "ld_decay, three_point") == 0
    assert artgen(*arguments, "-o", tmp_path / "quick", "--quick") == 0
    capsys.readouterr()
    chosen, quick = (Evaluation.from_json(tmp_path / name / "evaluation.json") for name in ("chosen", "quick"))
    assert chosen.protocol.metrics == ("ld_decay", "three_point")
    assert {"aa_ts", "ld_decay"} < set(quick.protocol.metrics)
    assert not {"ld_heat_map", "pca", "pairwise_distances"} & set(quick.protocol.metrics)
    assert artgen(*arguments, "-o", tmp_path / "few", "--metrics", "aa_ts", "--at-most", 8) == 0
    assert Evaluation.from_json(tmp_path / "few" / "evaluation.json").protocol.n == 8


def test_homozygosity_is_followed_around_chosen_sites(folder, tmp_path, capsys):
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz", "--metrics", "haplotype_homozygosity"]
    assert artgen(*arguments, "-o", tmp_path / "output", "--core", "1:20000", "--core", "1:500") == 0
    capsys.readouterr()
    found = Evaluation.from_json(tmp_path / "output" / "evaluation.json").sets["copies"].haplotype_homozygosity
    assert found.cores.position.tolist() == [20_000, 500]
    assert np.isfinite(found.cores.difference).all()


def test_a_log_has_a_line_for_each_statistic_and_a_terminal_a_bar(folder, tmp_path, capsys, monkeypatch):
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz", "--metrics", "aa_ts,ld_decay"]
    assert artgen(*arguments, "-o", tmp_path / "log") == 0
    assert capsys.readouterr().err.splitlines() == [
        "reading", "copies: adversarial accuracy (AA_TS) (1 of 2)",
        "copies: decay of linkage disequilibrium (2 of 2)", "writing the report",
    ]  # fmt: skip
    monkeypatch.setattr(Console, "is_terminal", True)
    assert artgen(*arguments, "-o", tmp_path / "terminal") == 0
    shown = capsys.readouterr().err
    assert "writing the report" in shown
    assert "(1 of 2)" not in shown
    assert "━" in shown


def test_the_table_fits_a_narrow_terminal_and_leaves_out_what_was_not_asked_for(folder, tmp_path, capsys, monkeypatch):
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz", "--metrics", "aa_ts,ld_decay"]
    monkeypatch.setattr(Console, "is_terminal", True)
    monkeypatch.setenv("COLUMNS", "80")
    assert artgen(*arguments, "--holdout", folder / "holdout.vcf.gz", "-o", tmp_path / "narrow") == 0
    shown = lambda: re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)  # noqa: E731 - without its colours
    narrow = [line.split() for line in shown().splitlines()]
    assert ["set", "unseen", "people", "(hold-out)", "copies"] in narrow
    assert [line[0] for line in narrow if line and line[0] in ("AA_truth", "AA_syn", "AF", "LD", "3-point")] == [
        "AA_truth", "AA_syn", "LD",
    ]  # fmt: skip
    monkeypatch.setenv("COLUMNS", "140")
    assert artgen(*arguments, "-o", tmp_path / "wide") == 0
    head = next(line for line in shown().splitlines() if "AA_truth" in line)
    assert head.split() == ["set", "AA_truth", "AA_syn", "AA_TS", "strict", "LD"]
    assert artgen(*arguments[:3], "--metrics", "diversity", "-o", tmp_path / "other") == 0
    assert "–" not in shown()


def test_figures_are_written_when_asked_for(folder, tmp_path, capsys):
    output = tmp_path / "drawn"
    arguments = ["evaluate", folder / "train.hapbits", folder / "copies.npz", "--metrics", "allele_frequencies,aa_ts"]
    assert artgen(*arguments, "-o", output, "--figures") == 0
    assert str(output / "figures") in capsys.readouterr().out
    assert {path.name for path in (output / "figures").iterdir()} == {
        f"{name}.{kind}"
        for name in ("aa-ts-halves", "scores", "radar", "allele-frequencies", "frequency-classes")
        for kind in ("svg", "png")
    }
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "figures").write_text("mine")
    assert artgen(*arguments, "-o", tmp_path / "taken", "--figures") != 0
    assert "is a file. Remove it, or choose another -o." in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "taken").iterdir()] == ["figures"]


def test_help_teaches(capsys):
    assert artgen("evaluate", "--help") == 0
    shown = capsys.readouterr().out
    assert "--holdout panel.holdout.hapbits" in shown
    assert "the very rows that the models were trained on" in " ".join(shown.split())
