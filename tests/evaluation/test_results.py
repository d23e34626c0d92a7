"""The JSON of an evaluation, and the schema that describes it."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from artgen_fast.errors import FileFormatError
from artgen_fast.evaluation import Evaluation
from artgen_fast.evaluation.schema import json_schema


def test_json_goes_and_comes(evaluation, tmp_path):
    path = tmp_path / "evaluation.json"
    evaluation.to_json(path)
    back = Evaluation.from_json(path)
    assert back.as_dict() == evaluation.as_dict()
    assert back.sets["unseen"].aa_ts == evaluation.sets["unseen"].aa_ts
    assert list(back.sets) == ["unseen", "copied", "binomial"]
    plain = json.loads(path.read_text(encoding="utf-8"))
    assert (plain["format"], plain["format_version"]) == ("artgen_fast.evaluation", 5)
    assert list(tmp_path.iterdir()) == [path]


def test_json_names_no_person_and_holds_no_row(evaluation, tmp_path):
    evaluation.to_json(tmp_path / "evaluation.json")
    text = (tmp_path / "evaluation.json").read_text(encoding="utf-8")
    assert "SECRET" not in text

    def lengths(value):
        if isinstance(value, dict):
            for item in value.values():
                yield from lengths(item)
        elif isinstance(value, list):
            yield len(value)
            for item in value:
                yield from lengths(item)

    # 130 rows and 200 sites: nothing is listed by row, by person (65) or by site.
    assert not set(lengths(json.loads(text))) & {65, 130, 195, 200}


def test_no_interval_says_what_cannot_be(evaluation):
    """A jackknife's interval is symmetric; where the statistic has limits, so has its interval."""
    limits = {"r": (-1, 1), "correlation": (-1, 1), "share": (0, 1), "distance": (0, math.inf), "rmse": (0, math.inf)}
    limits |= {"wasserstein": (0, math.inf), "ratio": (0, math.inf), "fixed": (0, 1), "score": (-1, 1)}
    seen = set()

    def walk(value, where):
        if isinstance(value, dict):
            if set(value) == {"low", "high", "level"} and value["low"] is not None:
                name = where.removesuffix("_interval").rpartition(".")[2]
                for word in set(name.split("_")) & set(limits):
                    seen.add(word)
                    assert limits[word][0] <= value["low"] <= value["high"] <= limits[word][1], where
            for key, each in value.items():
                walk(each, f"{where}.{key}")
        elif isinstance(value, list):
            for each in value:
                walk(each, where)

    walk(evaluation.as_dict(), "")
    assert seen == set(limits)


def test_the_schema_describes_what_is_written(evaluation):
    from jsonschema import Draft202012Validator

    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    plain = json.loads(evaluation.to_json_text())
    assert list(validator.iter_errors(plain)) == []
    del plain["sets"]["unseen"]["ld_decay"]["score"]
    plain["protocol"]["n"] = "many"
    assert sorted(error.json_path for error in validator.iter_errors(plain)) == [
        "$.protocol.n",
        "$.sets.unseen.ld_decay",
    ]


def test_every_field_is_described():
    definitions = json_schema()["$defs"]
    silent = [
        f"{name}.{field}"
        for name, one in definitions.items()
        for field, its in one["properties"].items()
        if "description" not in its
    ]
    assert silent == []


def test_the_documented_schema_is_that_of_this_version():
    path = Path(__file__).parents[2] / "docs" / "evaluation.schema.json"
    assert json.loads(path.read_text("utf-8")) == json_schema(), (
        "python -m artgen_fast.evaluation.schema > docs/evaluation.schema.json"
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text[:-200], "must be an evaluation in JSON"),
        (lambda text: "[1]", "must be an evaluation"),
        (lambda text: "{}", "must be an evaluation"),
        (lambda text: text.replace('"format_version": 5', '"format_version": 99', 1), "version 5; got 99"),
        (
            lambda text: text.replace('"repeats"', '"repetitions"', 1),
            r"evaluation.protocol must have the fields n, rep",
        ),
        (lambda text: text.replace('"n": 130', '"n": "many"', 1), r"evaluation.protocol.n must be int; got str"),
    ],
)
def test_a_faulty_file_is_refused_by_name(evaluation, tmp_path, change, message):
    path = tmp_path / "evaluation.json"
    evaluation.to_json(path)
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(FileFormatError, match=message) as caught:
        Evaluation.from_json(path)
    assert "evaluation.json" in str(caught.value)
