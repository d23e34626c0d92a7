"""What the package imports, `pip install .` brings: the tests' own environment holds more, and would not tell."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import sys
from pathlib import Path

import artgen_fast

PACKAGE = Path(artgen_fast.__file__).parent
CUDA_ONLY = {"cupy", "cupy_backends"}
"""From the extra ``cuda``; imported only where a GPU is asked for."""


def imported() -> set[str]:
    """Libraries that any module of the package imports, at its top or later."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module is not None:
                found.add(node.module.partition(".")[0])
    return found - set(sys.stdlib_module_names) - {"artgen_fast"}


def required_by(distribution: str) -> set[str]:
    """Distributions that are installed with it."""
    return {
        re.split(r"[^\w.-]", requirement)[0].lower()
        for requirement in importlib.metadata.requires(distribution) or []
        if "extra ==" not in requirement
    }


def test_every_library_that_is_imported_is_required():
    # What a required library itself requires and gives us to handle (msprime its tskit, jinja2 its markupsafe) may be
    # relied on.
    own = required_by("artgen_fast")
    required = own.union(*map(required_by, own))
    of_library = importlib.metadata.packages_distributions()
    missing = {
        library
        for library in imported() - CUDA_ONLY
        if not required & {name.lower() for name in of_library.get(library, [])}
    }
    assert missing == set()
    assert {"numpy", "torch", "click", "jinja2"} <= imported() & own
