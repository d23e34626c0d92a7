"""Figures are saved from the page as whole SVG and PNG files, on light paper whatever the page's scheme."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import write_figures

SVG = "{http://www.w3.org/2000/svg}"
INK, DARK_PAPER = "#1c2024", "#15181c"


class Saving:
    """The dark page, and the folder that it saves to."""

    def __init__(self, tab: Any, folder: Path) -> None:
        self.tab, self.folder = tab, folder
        tab.browser.send("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(folder))

    def file(self, name: str) -> Path:
        """The file, as soon as it is whole."""
        path, end = self.folder / name, time.monotonic() + 60
        while not path.exists() or list(self.folder.glob("*.crdownload")):
            assert time.monotonic() < end, f"{name} was not saved; there are {sorted(self.folder.iterdir())}"
            self.tab.evaluate("new Promise(resolve => setTimeout(resolve, 50))")
        assert self.tab.console == []
        return path


@pytest.fixture
def saving(open_tab: Callable[..., Any], report: Path, tmp_path: Path) -> Saving:
    return Saving(open_tab(report, dark=True), tmp_path)


@pytest.fixture(scope="module")
def written(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.name: path for path in write_figures(evaluation, tmp_path_factory.mktemp("figures"))}


def shapes(path: Path) -> dict[str, int]:
    tags = [each.tag.removeprefix(SVG) for each in ElementTree.parse(path).iter()]
    return {tag: tags.count(tag) for tag in ("path", "use", "text", "svg", "clipPath")}


def words(path: Path) -> list[str]:
    return "".join(ElementTree.parse(path).getroot().itertext()).split()


@pytest.mark.parametrize("name", ["aa-ts-halves", "principal-components", "scores"])
def test_svg_is_what_write_figures_writes(saving: Saving, written: dict[str, Path], name: str):
    saving.tab.click(f"#{name} [data-do=svg]")
    path = saving.file(f"{name}.svg")
    root = ElementTree.parse(path).getroot()
    assert root.tag == f"{SVG}svg"
    assert shapes(path) == shapes(written[path.name])
    assert words(path) == words(written[path.name])
    assert root.get("viewBox") == ElementTree.parse(written[path.name]).getroot().get("viewBox")
    text = path.read_text(encoding="utf-8")
    assert "var(" not in text
    assert DARK_PAPER not in text
    assert INK in text
    ids = [each.get("id") for each in root.iter() if each.get("id")]
    assert len(ids) == len(set(ids)) > 0
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', text)) <= set(ids)


def test_png_is_drawn_at_twice_a_screens_resolution(saving: Saving, written: dict[str, Path]):
    for name in ("allele-frequencies", "nn-chains"):
        saving.tab.click(f"#{name} [data-do=png]")
        path = saving.file(f"{name}.png")
        saved, ours = (np.asarray(Image.open(each).convert("RGB")).astype(int) for each in (path, written[path.name]))
        assert np.abs(np.array(saved.shape) - ours.shape).max() <= 1
        assert saved[0, 0].tolist() == [255, 255, 255]
        # The browser's letters differ from Matplotlib's; where the marks are, and how much, does not.
        rows, columns = (min(sizes) for sizes in zip(saved.shape[:2], ours.shape[:2], strict=True))
        ink = [np.abs(each[:rows, :columns] - 255).sum(axis=2) > 60 for each in (saved, ours)]
        assert 0.01 < ink[1].mean() < 0.5
        assert ink[0].mean() == pytest.approx(ink[1].mean(), rel=0.2)
        assert np.corrcoef(ink[0].ravel(), ink[1].ravel())[0, 1] > 0.6


def test_the_enlarged_figure_is_saved_whole_however_it_is_zoomed(saving: Saving, written: dict[str, Path]):
    saving.tab.click("#scores [data-do=enlarge]")
    saving.tab.click("#viewer [data-do=in]")
    saving.tab.click("#viewer [data-do=svg]")
    path = saving.file("scores.svg")
    assert shapes(path) == shapes(written[path.name])
    assert ElementTree.parse(path).getroot().get("viewBox") == ElementTree.parse(written[path.name]).getroot().get(
        "viewBox"
    )
