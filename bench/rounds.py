"""Contenders in one process: their answers held to each other, their times taken in rounds, the results kept."""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import machine
import numpy as np
import numpy.typing as npt

import artgen_fast

RESULTS = Path(__file__).resolve().parent / "results"

Answer = npt.NDArray[Any]
Measurement = dict[str, Any]


class WrongAnswerError(RuntimeError):
    """Contenders disagree."""


class Truth(NamedTuple):
    """What an answer is held to that is not exact, or is to another question than the others'."""

    answer: Answer
    within: npt.NDArray[np.float64] | float
    """Largest difference, from what is known of the contender's rounding."""


class Entry(NamedTuple):
    """A contender with its question prepared."""

    contender: str
    version: str
    run: Callable[[], Any]
    """This alone is timed."""
    answer: Callable[[Any], Answer] = np.asarray
    """Takes what `run` returned."""
    truth: Truth | None = None
    """Default: the answer of the other entries without a truth, bit for bit."""
    units: int = 1
    """Units of work in one run, such as pairs of sites, where contenders differ in them."""
    seconds: Callable[[Any], float] | None = None
    """Takes the seconds from what `run` returned, where it knows them better than the clock around it."""
    about: str = ""
    """What it computes that the others do not."""


class Unit(NamedTuple):
    """How times are printed."""

    name: str
    per_second: float


MILLISECONDS = Unit("ms", 1e3)


def in_own_process(function: Any, *arguments: Any) -> Any:
    """A fresh process, since thread pools keep the CPUs that they were started with."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def check_answers(entries: Sequence[Entry]) -> None:
    """Run every entry once, which also warms it up, and require right answers."""
    first_name, first_answer = "", None
    for entry in entries:
        answer = entry.answer(entry.run())
        if entry.truth is not None:
            _require_near(entry.contender, answer, entry.truth)
        elif first_answer is None:
            first_name, first_answer = entry.contender, answer
        else:
            _require_equal(entry.contender, answer, first_name, first_answer)


def _require_equal(name: str, answer: Answer, first_name: str, first_answer: Answer) -> None:
    if answer.shape == first_answer.shape and np.array_equal(answer, first_answer, equal_nan=True):
        return
    differing: int | str = "all"
    if answer.shape == first_answer.shape:
        differing = int(np.sum((answer != first_answer) & ~((answer != answer) & (first_answer != first_answer))))
    raise WrongAnswerError(
        f"{name} and {first_name} must give the same answer; {differing} of {first_answer.size} numbers differ"
    )


def _require_near(name: str, answer: Answer, truth: Truth) -> None:
    if answer.shape != truth.answer.shape:
        raise WrongAnswerError(f"{name} must give {truth.answer.shape} numbers; it gave {answer.shape}")
    missing = np.isnan(answer) & np.isnan(truth.answer)
    # A NaN on one side only is no small difference.
    wrong = ~(missing | (np.abs(answer - truth.answer) <= truth.within))
    if wrong.any():
        raise WrongAnswerError(
            f"{name} must be within {np.max(truth.within):.3g} of the truth; "
            f"{int(wrong.sum())} of {wrong.size} numbers are not"
        )


def time_in_rounds(entries: Sequence[Entry], repeats: int) -> list[Measurement]:
    """Check the answers, then let every entry run once a round: one measurement each."""
    check_answers(entries)
    seconds: list[list[float]] = [[] for _ in entries]
    for _ in range(repeats):
        for times, entry in zip(seconds, entries, strict=True):
            returned = None  # or giving the last answer's memory back would be part of this one's time
            begin = time.perf_counter()
            returned = entry.run()
            elapsed = time.perf_counter() - begin
            times.append(elapsed if entry.seconds is None else entry.seconds(returned))
    return [
        {
            "contender": entry.contender,
            "version": entry.version,
            "seconds": times,
            "median": statistics.median(times),
        }
        | ({"units": entry.units} if entry.units != 1 else {})
        | ({"about": entry.about} if entry.about else {})
        for times, entry in zip(seconds, entries, strict=True)
    ]


def cpus() -> list[int] | None:
    """The CPUs that this process may run on, where the system tells."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def is_ours(measurement: Measurement) -> bool:
    """Whether artgen_fast itself was timed."""
    return str(measurement["contender"]).startswith(artgen_fast.__name__)


def print_table(title: str, measurements: Sequence[Measurement], unit: Unit = MILLISECONDS) -> None:
    """Median time of each contender, and how many times as long each peer takes."""
    taken = [one["median"] / one.get("units", 1) for one in measurements]
    peers = [(one["contender"], each) for one, each in zip(measurements, taken, strict=True) if not is_ours(one)]
    widths = [max(16, len(name) + 4) for name, _ in peers]
    left = max(len(one["contender"]) for one in measurements) + 2
    print(f"\n{title}, median of {len(measurements[0]['seconds'])}")
    head = "".join(f"{'x ' + name:>{width}}" for (name, _), width in zip(peers, widths, strict=True))
    print(f"  {'':<{left}}{unit.name:>10}{head}")
    for one, each in zip(measurements, taken, strict=True):
        ratios = "".join(f"{theirs / each:>{width}.2f}" for (_, theirs), width in zip(peers, widths, strict=True))
        print(f"  {one['contender']:<{left}}{unit.per_second * each:>10.2f}{ratios}")
    sys.stdout.flush()


def append(folder: Path, subject: str, measurements: Sequence[Measurement]) -> None:
    """One line of JSON a measurement, in the file of this subject and this kind of machine."""
    append_to(folder / f"{subject}-{machine.results_file_name()}", measurements)


def append_to(path: Path, measurements: Sequence[Measurement]) -> None:
    """One line of JSON a measurement, in a file that is made if need be."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as file:
        file.writelines(json.dumps(measurement) + "\n" for measurement in measurements)
