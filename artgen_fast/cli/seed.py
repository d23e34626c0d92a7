"""Seeds of models, as the command line takes them."""

from __future__ import annotations

import click

SEED = click.IntRange(0, 2**63 - 1)
"""What `artgen_fast.generators.interface` takes, said here so that help and refusals name both ends."""
