"""Who may import whom: the table of CONTRIBUTING.md, enforced on the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import artgen_fast

PACKAGE = Path(artgen_fast.__file__).parent

EVERYONE_MAY_IMPORT = {"__version__", "errors", "whole_files", "whole_numbers", "haplotypes"}
MAY_IMPORT = {
    "errors": set(),
    "whole_files": set(),
    "whole_numbers": set(),
    "haplotypes": set(),
    "arrays": set(),
    "kernels": {"arrays"},
    "io": set(),
    "simulation": set(),
    "metrics": {"kernels"},
    "generators": {"metrics", "kernels"},
    "regulatory": {"metrics", "kernels"},
    "privacy": {"metrics", "generators"},
    "evaluation": {"metrics", "generators.binomial"},
    "distributed": {"evaluation", "generators", "metrics"},
    "report": {"evaluation"},
    "demo": {"io", "simulation", "generators", "metrics", "evaluation", "report"},
}
"""Part of the package → the parts that it may import besides itself and `EVERYONE_MAY_IMPORT`.

The package's own ``__init__`` and the command line, which may import everything, are not listed.
"""

FIRST_USE_ONLY = {"torch", "numba", "scipy", "cupy"}
"""Libraries that are imported where they are first used, not at a module's top."""

TOP_OF_MODULE = {
    "torch": ("generators/", "privacy/", "regulatory/"),
    # A backend's module is itself imported at the first call that it serves.
    "numba": ("kernels/*/numba_cpu.py",),
    "cupy": ("kernels/*/cuda.py",),
}
"""Where a library may be imported at a module's top all the same."""


def sources(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))}


def imported_modules(tree: ast.AST, path: str) -> Iterator[str]:
    """Full names of the modules, and of the names taken from them, of every import in a file.

    ``import artgen_fast`` counts as what is then taken from it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name != "artgen_fast" or alias.asname)
        elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "artgen_fast":
            yield f"artgen_fast.{node.attr}"
        elif isinstance(node, ast.ImportFrom):
            package = ["artgen_fast", *Path(path).parent.parts][: -node.level + 1 or None] if node.level else []
            yield from (".".join([*package, *(node.module or "").split("."), alias.name]) for alias in node.names)


def imported_at_the_top(body: list[ast.stmt]) -> Iterator[str]:
    """Libraries whose import is executed when the module is: not those in functions or under TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").partition(".")[0]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            yield from imported_at_the_top(node.orelse)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for name in ("body", "orelse", "finalbody"):
                yield from imported_at_the_top(getattr(node, name, []))
            for handler in getattr(node, "handlers", []):
                yield from imported_at_the_top(handler.body)


def part_of(path: str) -> str:
    return Path(path).parts[0].removesuffix(".py")


def is_allowed(importer: str, imported: str) -> bool:
    allowed = MAY_IMPORT.get(importer, set()) | EVERYONE_MAY_IMPORT | {importer}
    return any(imported == part or imported.startswith(part + ".") for part in allowed)


def wrong_directions(files: dict[str, str]) -> list[str]:
    wrong = []
    for path, text in files.items():
        if part_of(path) in ("__init__", "cli"):
            continue
        for module in imported_modules(ast.parse(text), path):
            root, _, imported = module.partition(".")
            if root == "artgen_fast" and not is_allowed(part_of(path), imported):
                wrong.append(f"{path} imports {module}")
    return wrong


def wrong_tops(files: dict[str, str]) -> list[str]:
    wrong = []
    for path, text in files.items():
        for library in FIRST_USE_ONLY.intersection(imported_at_the_top(ast.parse(text).body)):
            places = TOP_OF_MODULE.get(library, ())
            if not any(path.startswith(place) or Path(path).match(place) for place in places):
                wrong.append(f"{path} imports {library} at its top")
    return wrong


def test_imports_point_down():
    assert wrong_directions(sources(PACKAGE)) == []


def test_slow_libraries_are_imported_at_first_use():
    assert wrong_tops(sources(PACKAGE)) == []


def test_every_part_of_the_package_is_in_the_table():
    parts = {part_of(path) for path in sources(PACKAGE)}
    assert parts - {"__init__", "cli"} <= set(MAY_IMPORT)
    assert {"haplotypes", "kernels", "metrics"} <= parts  # it is the package that was read


def test_references_import_numpy_only():
    references = {path: text for path, text in sources(PACKAGE).items() if path.endswith("reference.py")}
    assert "kernels/hamming/reference.py" in references
    for path, text in references.items():
        libraries = {module.partition(".")[0] for module in imported_modules(ast.parse(text), path)}
        assert libraries <= {"__future__", "numpy"}, path


def test_only_the_bindings_include_pybind11():
    csrc = Path(__file__).parents[1] / "csrc"
    including = [
        str(path.relative_to(csrc))
        for path in sorted(csrc.rglob("*"))
        if path.is_file() and "#include <pybind11" in path.read_text("utf-8")
    ]
    assert including == ["bindings.cpp"]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("metrics/aa_ts.py", "from artgen_fast.generators import rbm"),
        ("metrics/aa_ts.py", "from artgen_fast import generators"),
        ("metrics/aa_ts.py", "from ..generators import rbm"),
        ("metrics/aa_ts.py", "def late():\n    import artgen_fast.evaluation"),
        ("kernels/hamming/__init__.py", "from artgen_fast.io import read"),
        ("kernels/hamming/__init__.py", "from ... import io"),
        ("evaluation.py", "from artgen_fast.generators import rbm"),
        ("evaluation.py", "from artgen_fast.generators.binomials import Binomial"),
        ("haplotypes.py", "from artgen_fast.arrays import packed_rows"),
        ("metrics/aa_ts.py", "import artgen_fast\nartgen_fast.evaluate(1, 2)"),
        ("metrics/aa_ts.py", "import artgen_fast as ag"),
    ],
)
def test_a_wrong_direction_is_seen(path, text):
    assert len(wrong_directions({path: text})) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("metrics/aa_ts.py", "from artgen_fast.kernels import hamming\nfrom artgen_fast import haplotypes"),
        ("kernels/hamming/__init__.py", "from . import reference\nfrom ...arrays import packed_rows"),
        ("evaluation.py", "from artgen_fast.generators.binomial import Binomial\nimport numpy"),
        ("evaluation.py", "from artgen_fast.generators import binomial"),
        ("evaluation.py", "import artgen_fast\nprint(artgen_fast.__version__)"),
        ("cli/demo.py", "from artgen_fast.report import write_report"),
    ],
)
def test_a_right_direction_is_not(path, text):
    assert wrong_directions({path: text}) == []


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("metrics/pca.py", "import scipy.linalg"),
        ("metrics/pca.py", "try:\n    import numba\nexcept ImportError:\n    numba = None"),
        ("metrics/pca.py", "try:\n    import numpy\nexcept ImportError:\n    from torch import nn"),
        ("metrics/pca.py", "if True:\n    import scipy"),
        ("metrics/pca.py", "class Late:\n    import scipy"),
        ("generators/rbm.py", "from scipy import stats"),
        ("kernels/hamming/__init__.py", "import numba"),
        ("kernels/hamming/numba_cpu.py", "import torch"),
    ],
)
def test_a_slow_library_at_the_top_is_seen(path, text):
    assert len(wrong_tops({path: text})) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("metrics/pca.py", "def late():\n    import scipy"),
        ("metrics/pca.py", "if TYPE_CHECKING:\n    import torch"),
        ("generators/rbm/train.py", "import torch"),
        ("kernels/hamming/numba_cpu.py", "import numba\nfrom numba.extending import intrinsic"),
    ],
)
def test_a_slow_library_where_it_belongs_is_not(path, text):
    assert wrong_tops({path: text}) == []
