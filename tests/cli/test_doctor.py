"""`artgen doctor` says what can run here, and why not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from click.testing import CliRunner

import artgen_fast
from artgen_fast import kernels
from artgen_fast.cli import artgen
from artgen_fast.kernels import cpu, dispatch


@pytest.fixture
def lines():
    def run():
        result = CliRunner().invoke(artgen, ["doctor"])
        assert result.exit_code == 0, result.output
        return result.output.splitlines()

    return run


def test_every_backend_and_instruction_set_of_this_machine_is_listed(lines):
    listed = {}
    said = lines()
    for line in said:
        name, _, verdict = line.strip().partition("  ")
        listed[name] = verdict.strip()
    for backend in ("numba", "cuda", "reference"):
        availability = dispatch.backend_availability(backend)
        expected = "usable" if availability.usable else f"refused: {availability.reason}"
        assert listed[backend].removesuffix("; runs by default") == expected
    for level in dispatch.instruction_sets("hamming"):
        expected = "usable" if level.usable else f"refused: {level.reason}"
        assert listed[f"compiled {level.name}"].removesuffix("; runs by default") == expected
    assert [
        line.removesuffix(" kernel: backends, best first") for line in said if " kernel: " in line
    ] == kernels.__all__
    assert sum(line.endswith("; runs by default") for line in said) == len(kernels.__all__)
    assert listed["CPU"] == cpu.cpu_model() != ""
    assert listed["threads"].startswith(f"{dispatch.thread_count(None)} usable of")


def test_a_refused_instruction_set_is_shown_with_its_reason(lines, monkeypatch):
    core = SimpleNamespace(
        __version__="9.9",
        __file__="_core.so",
        hamming_instruction_sets=lambda: [("amx_int8", "this CPU has no AMX"), ("avx2", ""), ("portable", "")],
    )
    monkeypatch.setattr(dispatch, "compiled_module", lambda: core)
    hopper = SimpleNamespace(instruction_sets=lambda: [("tensor_cores", ""), ("population_count", "")])
    monkeypatch.setattr(dispatch, "backend_availability", lambda name: dispatch.Availability(name))
    monkeypatch.setattr(dispatch, "_module", lambda kernel, backend: hopper)
    monkeypatch.setattr("artgen_fast.cli.doctor._gpu", lambda: "an H200")
    monkeypatch.setattr("artgen_fast.kernels.__all__", ["hamming"])
    output = lines()
    assert f"artgen_fast {artgen_fast.__version__}" in output[0]
    table = [line.split(maxsplit=2) for line in output if line.startswith("  compiled")]
    assert table == [
        ["compiled", "amx_int8", "refused: this CPU has no AMX"],
        ["compiled", "avx2", "usable; runs by default"],
        ["compiled", "portable", "usable"],
    ]
    of_gpu = [line.split() for line in output if line.startswith("  cuda")]
    assert of_gpu == [["cuda", "tensor_cores", "usable"], ["cuda", "population_count", "usable"]]
    assert any(line.split() == ["compiled", "module", "9.9", "(_core.so)"] for line in output)
    assert any(line.split() == ["GPU", "an", "H200"] for line in output)


def test_with_nothing_usable_it_still_answers(lines, monkeypatch):
    monkeypatch.setattr(dispatch, "compiled_module", lambda: None)
    monkeypatch.setattr(dispatch, "backend_availability", lambda name: dispatch.Availability(name, f"no {name} here"))
    output = lines()
    for backend in dispatch.BACKENDS:
        assert any(line.split() == [backend, "refused:", "no", backend, "here"] for line in output)
    assert not any("runs by default" in line for line in output)


def test_the_numba_backend_is_the_default_without_the_compiled_module(lines, monkeypatch):
    monkeypatch.setattr(dispatch, "compiled_module", lambda: None)
    monkeypatch.setattr(
        dispatch,
        "backend_availability",
        lambda name: dispatch.Availability(name, "" if name in ("numba", "reference") else f"no {name} here"),
    )
    output = lines()
    assert any(line.split() == ["numba", "usable;", "runs", "by", "default"] for line in output)
    assert any(line.split() == ["reference", "usable"] for line in output)
