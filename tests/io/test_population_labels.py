from __future__ import annotations

import pytest

from artgen_fast.errors import FileFormatError
from artgen_fast.io import read_labels


def test_labels_of_a_file(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_text("sample\tpopulation\tsex\nA\tGBR\tmale\nB\tYRI\tfemale\n\n")
    assert read_labels(path) == {"A": "GBR", "B": "YRI"}
    assert read_labels(path, "sex") == {"A": "male", "B": "female"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "at least two columns, person and label; its first line has 0 columns"),
        ("sample population\nA GBR\n", "must be tab-separated"),
        ("sample\tpopulation\nA\n", r"line 2: must have 2 columns, .* got 1 columns\."),
        (
            "sample\tpopulation\nA\tGBR\n\tGBR\n",
            r"line 3: must have 2 columns, .* got 2 columns, and one of the two empty",
        ),
        ("sample\tpopulation\nA\tGBR\nA\tYRI\n", r"line 3: the person is 'YRI' here and 'GBR' in line 2"),
    ],
)
def test_faulty_label_files_are_refused(tmp_path, text, message):
    path = tmp_path / "labels.tsv"
    path.write_text(text)
    with pytest.raises(FileFormatError, match=message):
        read_labels(path)


def test_a_column_that_is_not_there_is_refused(tmp_path):
    path = tmp_path / "labels.tsv"
    path.write_text("sample\tpopulation\nA\tGBR\n")
    with pytest.raises(FileFormatError, match="a column 'region'; its first line has 2 columns and does not name it"):
        read_labels(path, "region")
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileFormatError, match="must be a tab-separated text file"):
        read_labels(path)
