from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import write_figures, write_report
from artgen_fast.report.figures import PIXELS_PER_INCH, draw_sections
from artgen_fast.report.shown_sets import shown_sets

SVG = "{http://www.w3.org/2000/svg}"


def test_every_figure_is_a_whole_svg_and_a_png_of_the_same_size(without_holdout: Evaluation, tmp_path: Path):
    files = write_figures(without_holdout, tmp_path / "figures")
    assert sorted(files) == sorted((tmp_path / "figures").iterdir())
    sets = shown_sets(without_holdout)
    names = [figure.name for section in draw_sections(sets) for figure in section.figures]
    assert "aa-ts-halves" in names
    assert [path.name for path in files] == [f"{name}.{kind}" for name in names for kind in ("svg", "png")]
    for vector, raster in zip(files[::2], files[1::2], strict=True):
        root = ElementTree.parse(vector).getroot()
        assert root.tag == f"{SVG}svg"
        assert (root.find(f"{SVG}title").text or "").strip()
        assert "var(--" not in vector.read_text(encoding="utf-8")
        ids = [each.get("id") for each in root.iter() if each.get("id")]
        assert len(ids) == len(set(ids))
        picture = Image.open(raster)
        assert [round(each) for each in picture.info["dpi"]] == [PIXELS_PER_INCH] * 2
        points = [float(root.get(side).removesuffix("pt")) for side in ("width", "height")]
        assert picture.size == tuple(int(each / 72 * PIXELS_PER_INCH) for each in points)
        pixels = np.asarray(picture.convert("RGB"))
        assert (pixels[[0, -1]] == 255).all()
        assert 0.01 < (pixels.min(axis=2) < 200).mean() < 0.5


def test_the_report_writes_the_same_files_on_the_way(without_holdout: Evaluation, tmp_path: Path):
    apart = write_figures(without_holdout, tmp_path / "apart")
    beside = write_report(without_holdout, tmp_path / "report.html", figures=tmp_path / "beside")
    assert [path.name for path in beside] == [path.name for path in apart]
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(apart, beside, strict=True))
    assert write_report(without_holdout, tmp_path / "report.html") == []
