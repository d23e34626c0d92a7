"""What the CPU calls itself, from a file like /proc/cpuinfo."""

from __future__ import annotations

from artgen_fast.kernels import cpu


def test_model_and_flags_of_the_first_cpu(tmp_path, monkeypatch):
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Some CPU: 9\nflags\t\t: avx2 amx_int8\n\nmodel name\t: Other\n")
    monkeypatch.setattr(cpu, "_CPU_INFO", info)
    assert cpu.cpu_model() == "Some CPU: 9"
    assert cpu.cpu_flags() == {"avx2", "amx_int8"}


def test_without_the_file_the_architecture_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(cpu, "_CPU_INFO", tmp_path / "absent")
    assert cpu.cpu_model() != ""
    assert cpu.cpu_flags() == frozenset()
