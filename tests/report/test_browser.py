"""The page in a real browser: no message on the console, everything visible, nothing wider than a phone."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from artgen_fast.evaluation import Evaluation
from artgen_fast.report import write_report

PHONE, DESKTOP = 390, 1200
LIGHT, DARK = 1, 0

MEASURE = """
<!DOCTYPE html><html><head><meta charset="utf-8"></head><body><pre id="measured"></pre><script>
const page = PAGE, widths = WIDTHS, found = {};
for (const width of widths) {
  const frame = document.createElement("iframe");
  frame.style.cssText = `width:${width}px;height:800px;border:0`;
  frame.onload = () => {
    const inside = frame.contentDocument, root = inside.documentElement;
    const boxes = [...inside.querySelectorAll("figure svg")].map(svg => {
      const box = svg.getBoundingClientRect();
      return [svg.closest("figure").id, box.left, box.right, box.height];
    });
    const texts = [...inside.querySelectorAll("figure svg text")].map(text => text.getBoundingClientRect().height);
    found[width] = {
      scroll: root.scrollWidth, boxes, smallest: Math.min(...texts),
      paper: frame.contentWindow.getComputedStyle(root).backgroundColor,
      ink: frame.contentWindow.getComputedStyle(inside.querySelector("svg text")).fill,
    };
    if (Object.keys(found).length == widths.length)
      document.getElementById("measured").textContent = JSON.stringify(found);
  };
  frame.srcdoc = page;
  document.body.append(frame);
}
</script></body></html>
"""


@pytest.fixture(scope="module")
def chromium() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        if found := shutil.which(name):
            return found
    pytest.skip("no Chromium on the PATH (Debian: apt-get install chromium)")


@pytest.fixture(scope="module")
def html(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("browser") / "report.html"
    write_report(evaluation, path)
    return path.read_text(encoding="utf-8")


def browse(chromium: str, page: Path, scheme: int) -> tuple[str, list[str]]:
    """The page's document after loading, and what was written to the console."""
    run = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
         f"--user-data-dir={page.parent / f'profile-{page.stem}'}", "--enable-logging=stderr", "--v=0",
         f"--blink-settings=preferredColorScheme={scheme}", "--virtual-time-budget=20000", "--dump-dom", page.as_uri()],
        capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    return run.stdout, re.findall(r"^.*CONSOLE.*$", run.stderr, flags=re.MULTILINE)


def measured(chromium: str, html: str, folder: Path, scheme: int) -> dict[str, Any]:
    page = folder / f"measure-{scheme}.html"
    text = MEASURE.replace("PAGE", json.dumps(html).replace("</", "<\\/")).replace("WIDTHS", str([PHONE, DESKTOP]))
    page.write_text(text, encoding="utf-8")
    document, console = browse(chromium, page, scheme)
    assert console == []
    found = re.search(r'<pre id="measured">(.+?)</pre>', document)
    assert found, "the page did not load"
    result: dict[str, Any] = json.loads(unescape(found[1]))
    return result


def test_everything_is_visible_on_a_desktop_and_on_a_phone_in_both_schemes(chromium: str, html: str, tmp_path: Path):
    light, dark = (measured(chromium, html, tmp_path, scheme) for scheme in (LIGHT, DARK))
    for width in (PHONE, DESKTOP):
        seen = light[str(width)]
        assert seen["scroll"] <= width
        assert {name for name, *_ in seen["boxes"]} == set(re.findall(r'<figure id="([^"]+)"', html))
        for name, left, right, height in seen["boxes"]:
            assert left >= 0, name
            assert right <= width, name
            assert right - left >= 200, name
            assert height >= 80, name
        assert seen["smallest"] >= 7
        assert seen["paper"] == "rgb(255, 255, 255)"
        assert dark[str(width)]["paper"] == "rgb(21, 24, 28)"
        assert seen["ink"] != dark[str(width)]["ink"]


def test_a_message_on_the_console_is_seen(chromium: str, tmp_path: Path):
    page = tmp_path / "broken.html"
    page.write_text('<!DOCTYPE html><script>console.error("lost"); undefined.member</script>', encoding="utf-8")
    _, console = browse(chromium, page, LIGHT)
    assert len(console) == 2
