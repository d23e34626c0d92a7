"""Who may import whom: the table of CONTRIBUTING.md, and nobody in a circle, enforced on the source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import artgen_fast

PACKAGE = Path(artgen_fast.__file__).parent

EVERYONE_MAY_IMPORT = {
    "__version__",
    "array_types",
    "errors",
    "host_arrays",
    "whole_files",
    "whole_numbers",
    "haplotypes",
}
MAY_IMPORT = {
    "errors": set(),
    "whole_files": set(),
    "whole_numbers": set(),
    "array_types": set(),
    "host_arrays": set(),
    "haplotypes": set(),
    "arrays": set(),
    "kernels": {"arrays"},
    "io": set(),
    "simulation": set(),
    "metrics": {"kernels"},
    "generators": {"metrics", "kernels"},
    "privacy": {"metrics", "kernels"},
    "evaluation": {"metrics"},
    # Figures take results apart, whose types are those of the metrics.
    "report": {"evaluation", "metrics"},
    "__main__": {"cli"},
    "demo": {"simulation", "generators", "evaluation", "report"},
}
"""Part of the package → the parts that it may import besides itself and `EVERYONE_MAY_IMPORT`.

The package's own ``__init__`` and the command line, which may import everything, are not listed.
"""

FIRST_USE_ONLY = {"torch", "numba", "scipy", "cupy"}
"""Libraries that are imported where they are first used, not at a module's top."""

TOP_OF_MODULE = {
    "torch": ("generators/",),
    # A backend's module is itself imported at the first call that it serves.
    "numba": ("kernels/*/numba_cpu.py", "kernels/numba_functions.py"),
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
            yield from (".".join(filter(None, [*package, node.module, alias.name])) for alias in node.names)


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


class WithoutTypeChecking(ast.NodeTransformer):
    """Takes out what is read by type checkers only."""

    def visit_If(self, node: ast.If) -> ast.If | list[ast.stmt]:
        self.generic_visit(node)
        return node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else node


def module_of(path: str) -> str:
    return ".".join(["artgen_fast", *Path(path).with_suffix("").parts]).removesuffix(".__init__")


def import_graph(files: dict[str, str]) -> dict[str, set[str]]:
    """Modules of the package → those that they import, at the top or in a function.

    Who takes a module from a package does not count as importing the package: Python runs its ``__init__`` all the
    same. Imports by a name in a string are not seen.
    """
    modules = {module_of(path) for path in files}
    graph = {}
    for path, text in files.items():
        tree = WithoutTypeChecking().visit(ast.parse(text))
        graph[module_of(path)] = {
            module if module in modules else module.rpartition(".")[0] for module in imported_modules(tree, path)
        } & modules
    return graph


def import_cycle(files: dict[str, str]) -> list[str]:
    """Modules of which each is imported by the next, the first one again at the end; empty if there are none."""
    try:
        TopologicalSorter(import_graph(files)).prepare()
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return cycle
    return []


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


def test_nothing_is_allowed_that_nothing_needs():
    files = sources(PACKAGE)
    for importer, allowed in MAY_IMPORT.items():
        needed = {
            module.split(".")[1]
            for path, text in files.items()
            if part_of(path) == importer
            for module in imported_modules(ast.parse(text), path)
            if module.startswith("artgen_fast.")
        }
        assert allowed <= needed, importer


def test_no_modules_import_each_other():
    assert import_cycle(sources(PACKAGE)) == []
    assert "artgen_fast.io.formats" in import_graph(sources(PACKAGE))["artgen_fast.io"]  # there is a graph at all


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
        assert libraries - sys.stdlib_module_names <= {"numpy"}, path


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
        ("evaluation.py", "from artgen_fast.generators.binomial import Binomial"),
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
        ("evaluation.py", "from artgen_fast.metrics.aa_ts import aa_ts\nimport numpy"),
        ("evaluation.py", "from artgen_fast.metrics import aa_ts"),
        ("evaluation.py", "import artgen_fast\nprint(artgen_fast.__version__)"),
        ("cli/demo.py", "from artgen_fast.report import write_report"),
    ],
)
def test_a_right_direction_is_not(path, text):
    assert wrong_directions({path: text}) == []


@pytest.mark.parametrize(
    "files",
    [
        {"io/a.py": "from artgen_fast.io.b import B", "io/b.py": "from artgen_fast.io.a import A"},
        {"io/a.py": "from artgen_fast.io import b", "io/b.py": "def late():\n    from artgen_fast.io import a"},
        {"io/a.py": "from . import b", "io/b.py": "from .c import C", "io/c.py": "import artgen_fast.io.a"},
        {"io/__init__.py": "from artgen_fast.io.a import A", "io/a.py": "from artgen_fast.io import Options"},
        {"__init__.py": "from artgen_fast.a import A", "a.py": "import artgen_fast\nprint(artgen_fast.__version__)"},
        {
            "a.py": "if TYPE_CHECKING:\n    import numpy\nelse:\n    from artgen_fast import b",
            "b.py": "from . import a",
        },
        {"a.py": "from artgen_fast.a import A"},
    ],
)
def test_a_cycle_is_seen(files):
    cycle = import_cycle(files)
    assert cycle[0] == cycle[-1]
    assert set(cycle) == {module_of(path) for path in files}


@pytest.mark.parametrize(
    "files",
    [
        {
            "io/a.py": "from artgen_fast.io.b import B",
            "io/b.py": "if TYPE_CHECKING:\n    from artgen_fast.io.a import A",
        },
        {"io/a.py": "from . import b, c", "io/b.py": "from . import c", "io/c.py": "from artgen_fast import errors"},
        {"io/__init__.py": "from artgen_fast.io import a", "io/a.py": "from artgen_fast.io import b", "io/b.py": ""},
        {"io/a.py": "from artgen_fast import metrics", "metrics/a.py": "from artgen_fast.io import a"},
    ],
)
def test_a_graph_without_a_cycle_is_not(files):
    assert import_cycle(files) == []


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
        ("kernels/numba_functions.py", "import numba"),
    ],
)
def test_a_slow_library_where_it_belongs_is_not(path, text):
    assert wrong_tops({path: text}) == []
