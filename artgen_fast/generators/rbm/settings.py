"""Options of a restricted Boltzmann machine and its training."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from numbers import Real

import numpy as np

from artgen_fast.errors import InputError
from artgen_fast.kernels.gibbs import PRECISIONS
from artgen_fast.whole_numbers import whole_number

METHODS = ("rdm", "cd", "pcd")
"""How the chains of a training begin: from Bernoulli(1/2), as the samples will ("Rdm-k"); from the minibatch
(contrastive divergence); where the update before left them (persistent contrastive divergence)."""

STEPS_TO_EQUILIBRIUM = 1000
"""Steps of a sample's chain by default where it should be in equilibrium: after training by "cd" or "pcd"."""

_LARGEST_WHOLE_NUMBER = 2**31 - 1
"""More units, sites or steps than any computer has room or time for, and products of two still fit in 64 bits."""

_LARGEST_NUMBER = float(np.finfo(np.float32).max)

_LARGEST_DECAY = 2
"""Of the learning rate times l2: a weight w decays to (1 - that) w."""

_WHOLE_NUMBERS = (
    "hidden",
    "gibbs_steps",
    "minibatch",
    "epochs",
    "check_every",
    "check_rows",
    "patience",
    "average_over",
)
_OPTIONAL_WHOLE_NUMBERS = ("sampling_steps", "receptive_field", "calibration_rounds")


@dataclass(frozen=True)
class Settings:
    """Options of an RBM and its training; see `artgen_fast.generators.rbm.RBM`."""

    hidden: int = 300
    gibbs_steps: int = 20
    learning_rate: float = 0.4
    minibatch: int = 250
    epochs: int = 500
    check_every: int = 25
    check_rows: int = 1000
    patience: int = 10
    method: str = "rdm"
    l2: float = 0.0
    average_over: int = 200
    sampling_steps: int | None = None
    precision: str | None = None
    receptive_field: int | None = None
    calibration_rounds: int | None = None

    def __post_init__(self) -> None:
        for name in (*_WHOLE_NUMBERS, *_OPTIONAL_WHOLE_NUMBERS):
            value = getattr(self, name)
            if value is not None or name in _WHOLE_NUMBERS:
                # As Python's numbers, which the model's file can hold.
                object.__setattr__(self, name, _from_1(name, value))
        if self.method == "rdm" and self.sampling_steps not in (None, self.gibbs_steps):
            raise InputError(
                "chains of method 'rdm' are run as long in sampling as in training: leave sampling_steps out, or "
                f"give gibbs_steps ({self.gibbs_steps}); got {self.sampling_steps}."
            )
        for name, least in (("learning_rate", "a positive number"), ("l2", "a number, 0 or more")):
            object.__setattr__(self, name, _number(name, getattr(self, name), least))
        if self.learning_rate == 0:
            raise InputError(f"learning_rate must be a positive number; got {self.learning_rate!r}.")
        if self.learning_rate * self.l2 > _LARGEST_DECAY:
            raise InputError(
                f"learning_rate · l2 must be at most {_LARGEST_DECAY}: an update takes that share off every weight, "
                f"and more would make weights grow; got {self.learning_rate:g} · {self.l2:g}. Lower l2, which is of "
                "the order of 0.001, or the learning rate."
            )
        if self.method not in METHODS:
            raise InputError(f"method must be one of {', '.join(METHODS)}; got {self.method!r}.")
        if self.precision is not None and self.precision not in PRECISIONS:
            raise InputError(f"precision must be one of {', '.join(PRECISIONS)}; got {self.precision!r}.")

    @property
    def steps_of_samples(self) -> int:
        """Steps of the chains that make samples."""
        if self.sampling_steps is not None:
            return self.sampling_steps
        return self.gibbs_steps if self.method == "rdm" else max(self.gibbs_steps, STEPS_TO_EQUILIBRIUM)

    def resumable(self) -> dict[str, object]:
        """The options that must be the same for a training to go on: it may go on for longer, and end in other ways."""
        free = ("epochs", "patience", "calibration_rounds")
        return {name: value for name, value in asdict(self).items() if name not in free}


def _from_1(name: str, value: object) -> int:
    number = whole_number(value)
    if number is None or not 1 <= number <= _LARGEST_WHOLE_NUMBER:
        raise InputError(f"{name} must be a whole number of at least 1, and below 2^31; got {value!r}.")
    return number


def _number(name: str, value: object, required: str) -> float:
    """Python's number for Python's or NumPy's of at least 0; truth values are none."""
    number = -1.0
    if isinstance(value, Real) and not isinstance(value, bool):
        with suppress(OverflowError):  # a whole number of more than 308 digits
            number = float(value)
    if not 0 <= number <= _LARGEST_NUMBER:
        raise InputError(
            f"{name} must be {required}, and at most {_LARGEST_NUMBER:.1e}, as weights are float32; got {value!r}."
        )
    return number
