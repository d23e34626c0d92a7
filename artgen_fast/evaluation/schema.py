"""JSON Schema of evaluation.json, made from the result types and their docstrings, so that it cannot fall behind."""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import types
from typing import Any, Union, get_args, get_type_hints

import numpy as np

from artgen_fast.evaluation.results import FORMAT, FORMAT_VERSION, Evaluation
from artgen_fast.evaluation.serialization import origin_and_arguments

_NUMBER: dict[str, Any] = {"type": ["number", "null"]}
"""NaN and infinities are null."""


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of what `Evaluation.to_json` writes.

    Every field carries the description that its type's docstring gives. The copy for readers is
    ``docs/evaluation.schema.json``.
    """
    definitions: dict[str, Any] = {}
    _of_type(Evaluation, definitions)
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"{FORMAT}, version {FORMAT_VERSION}",
    }
    schema |= definitions.pop("Evaluation")
    schema["properties"] = {
        "format": {"const": FORMAT},
        "format_version": {"const": FORMAT_VERSION},
    } | schema["properties"]
    schema["required"] = ["format", "format_version", *schema["required"]]
    schema["$defs"] = dict(sorted(definitions.items()))
    return schema


def _of_type(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    """The schema of a type as the result types annotate it; dataclasses go to the definitions and are referred to."""
    origin, arguments = origin_and_arguments(kind)
    if origin in (Union, types.UnionType):
        inner = next(argument for argument in arguments if argument is not type(None))
        return {"anyOf": [_of_type(inner, definitions), {"type": "null"}]}
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] |= _of_fields(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is np.ndarray:
        scalar = np.dtype(get_args(arguments[1])[0])
        return {
            "type": "array",
            "items": {"anyOf": [{"type": "integer"} if scalar.kind in "iu" else _NUMBER, {"type": "array"}]},
        }
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": _of_type(arguments[0], definitions)}
    if origin is tuple:
        each = [_of_type(argument, definitions) for argument in arguments]
        return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _of_type(arguments[1], definitions)}
    scalars: dict[Any, dict[str, Any]] = {
        bool: {"type": "boolean"},
        int: {"type": "integer"},
        str: {"type": "string"},
        float: _NUMBER,
    }
    return scalars[kind]


def _of_fields(kind: type, definitions: dict[str, Any]) -> dict[str, Any]:
    hints, described = get_type_hints(kind), _descriptions(kind)
    properties = {
        field.name: ({"description": described[field.name]} if field.name in described else {})
        | _of_type(hints[field.name], definitions)
        for field in dataclasses.fields(kind)
    }
    return {
        "type": "object",
        "description": (inspect.getdoc(kind) or "").partition("\n")[0],
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _descriptions(kind: type) -> dict[str, str]:
    """Name and type, and text, of each field in the Attributes section of a docstring."""
    text = inspect.getdoc(kind) or ""
    section = re.search(r"^Attributes\n-+\n(.*?)(?=^\w[^\n]*\n-+$|\Z)", text, flags=re.MULTILINE | re.DOTALL)
    described = {}
    for names, what, body in re.findall(
        r"^(\w[\w, ]*) : ([^\n]+)(?:\n|\Z)((?: +[^\n]*\n?|\n)*)", section[1] if section else "", flags=re.MULTILINE
    ):
        for name in names.split(", "):
            described[name] = " ".join(f"{what}. {body}".split()).removesuffix(". ").strip()
    return described


if __name__ == "__main__":
    print(json.dumps(json_schema(), indent=1, ensure_ascii=False))
