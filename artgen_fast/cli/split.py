"""``artgen split``: a panel into train, validation and hold-out, by person."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from artgen_fast.cli.counting import counted
from artgen_fast.errors import InputError

_PARTS = {2: ("train", "holdout"), 3: ("train", "validation", "holdout")}
_DEFAULT_FRACTIONS = "0.5 0.25 0.25"


class _SeveralFractions(click.Command):
    """Lets ``--fractions`` take all numbers that follow it."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        joined: list[str] = []
        rest = list(args)
        while rest:
            argument = rest.pop(0)
            joined.append(argument)
            if argument == "--":
                break
            if argument == "--fractions":
                numbers = []
                while rest and _is_number(rest[0]):
                    numbers.append(rest.pop(0))
                if numbers:
                    joined.append(" ".join(numbers))
        return super().parse_args(ctx, joined + rest)


def _is_number(text: str) -> bool:
    with suppress(ValueError):
        float(text)
        return True
    return False


@click.command("split", cls=_SeveralFractions, short_help="Split a panel by person: train, validation, hold-out.")
@click.argument("panel", type=click.Path(path_type=Path))
@click.option(
    "--fractions",
    metavar="TRAIN [VALIDATION] HOLDOUT",
    default=_DEFAULT_FRACTIONS,
    show_default=True,
    help="Shares of the haplotypes, summing to 1: three, or two without a validation part.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Same seed, same split.")
@click.option(
    "-o", "--output", "folder", metavar="FOLDER", type=click.Path(path_type=Path),
    help="Folder for the parts, made if it is not there; default: the panel's.",
)  # fmt: skip
@click.option("--force", is_flag=True, help="Replace parts that are there already.")
def command(panel: Path, fractions: str, seed: int, folder: Path | None, force: bool) -> None:
    """Split PANEL at random into .train, .validation and .holdout panels; a person stays on one side.

    \b
      artgen split panel.hapbits --fractions .5 .25 .25 --seed 1
      artgen split panel.vcf.gz --fractions .8 .2 -o parts

    writes panel.train.hapbits, panel.validation.hapbits and panel.holdout.hapbits. Train on the first, stop and choose
    by the second, and report on the third only.
    """  # noqa: D301 - click reads the backspace as "keep these lines"
    from artgen_fast import io
    from artgen_fast.io.formats import without_extension
    from artgen_fast.whole_files import require_folder, require_unused

    words = fractions.replace(",", " ").split()
    if len(words) not in _PARTS or not all(map(_is_number, words)):
        raise InputError(
            "--fractions must be two numbers (train, hold-out) or three (train, validation, hold-out); "
            f"got {fractions!r}. For example --fractions {_DEFAULT_FRACTIONS}."
        )
    shares = [float(word) for word in words]
    folder = panel.parent if folder is None else folder
    require_folder(folder)
    targets = [folder / f"{without_extension(panel)}.{name}.hapbits" for name in _PARTS[len(shares)]]
    for target in targets:
        # Another split of the same name would hold training people of the one before out.
        require_unused(target, force, panel)
    parts = io.read(panel).split_by_person(shares, seed)
    folder.mkdir(parents=True, exist_ok=True)
    for target, part in zip(targets, parts, strict=True):
        io.write(part, target)
        click.echo(f"{target}: {counted(len(part), 'haplotype')} {_of_whom(part.samples.person.tolist())}")


def _of_whom(person_of_row: list[str]) -> str:
    n_persons, n_without = len(set(person_of_row) - {""}), person_of_row.count("")
    if not n_persons:
        return "without a person"
    return f"of {counted(n_persons, 'person')}{f', {n_without:,} of them without one' if n_without else ''}"
