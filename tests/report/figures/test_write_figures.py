from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import write_figures


def test_every_panel_is_a_whole_svg_file(without_holdout: Evaluation, tmp_path: Path):
    files = write_figures(without_holdout, tmp_path / "figures")
    assert sorted(files) == sorted((tmp_path / "figures").iterdir())
    assert [path.name for path in files] == [
        "aa-ts-halves.svg",
        "scores.svg",
        "principal-components-1.svg",
        "principal-components-2.svg",
        "allele-frequencies-1.svg",
        "allele-frequencies-2.svg",
        "ld-decay.svg",
        "pairwise-distances.svg",
        "nn-chains.svg",
    ]
    for path in files:
        root = ElementTree.parse(path).getroot()
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert root.find("{http://www.w3.org/2000/svg}title") is not None
        assert "var(--" not in path.read_text(encoding="utf-8")
