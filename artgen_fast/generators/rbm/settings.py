"""Options of a restricted Boltzmann machine and its training."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

from artgen_fast.errors import InputError
from artgen_fast.kernels.gibbs import PRECISIONS
from artgen_fast.whole_numbers import whole_number

METHODS = ("rdm", "cd", "pcd")
"""How the chains of a training begin: from Bernoulli(1/2), as the samples will ("Rdm-k"); from the minibatch
(contrastive divergence); where the update before left them (persistent contrastive divergence)."""

STEPS_TO_EQUILIBRIUM = 1000
"""Steps of a sample's chain by default where it should be in equilibrium: after training by "cd" or "pcd"."""

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
        if not (isinstance(self.learning_rate, (int, float)) and 0 < self.learning_rate < math.inf):
            raise InputError(f"learning_rate must be a positive number; got {self.learning_rate!r}.")
        if not (isinstance(self.l2, (int, float)) and 0 <= self.l2 < math.inf):
            raise InputError(f"l2 must be a number, 0 or more; got {self.l2!r}.")
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
    if number is None or number < 1:
        raise InputError(f"{name} must be a whole number of at least 1; got {value!r}.")
    return number
