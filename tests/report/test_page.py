"""The page's structure: everything is on it, nothing is fetched, nobody is named."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation import Evaluation
from artgen_fast.report import write_report
from artgen_fast.report.headline import headline, set_findings
from artgen_fast.report.shown_sets import shown_sets

ALWAYS = {"aa-ts-halves", "scores", "principal-components", "allele-frequencies", "ld-decay", "pairwise-distances",
          "nn-chains"}  # fmt: skip
AWKWARD = 'markov <b> & "$x^2$" 日本'
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Tags that are not closed, identifiers, attributes, text outside styles, drawn shapes by figure."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.figures: dict[str, int] = {}
        self.svgs: dict[str, int] = {}
        self.words: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag == "figure":
            name = dict(attrs)["id"] or ""
            self.figures[name] = self.svgs[name] = 0
        elif self.figures and "figure" in self.open:
            last = next(reversed(self.figures))
            self.svgs[last] += tag == "svg"
            self.figures[last] += tag in ("path", "use")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def html(evaluation: Evaluation, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("page") / "report.html"
    write_report(evaluation, path, notes=["Simulated with <msprime>."])
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_figure_is_drawn(page: Page):
    assert set(page.figures) == ALWAYS | {"nearest-training", "populations"}
    assert min(page.figures.values()) > 5
    # Four sets; components and frequencies have two rows of panels.
    several = {"principal-components": 8, "allele-frequencies": 8, "ld-decay": 4, "pairwise-distances": 4}
    assert page.svgs == dict.fromkeys(page.figures, 1) | several


def test_identifiers_are_unique_and_all_references_lead_somewhere(html: str, page: Page):
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    references = re.findall(r'(?:href="|url\()#([^")]+)', html)
    assert references
    assert set(references) <= set(ids)


def test_nothing_is_fetched(html: str, page: Page):
    loading = [value for _, name, value in page.attributes if name in ("src", "href", "srcset", "data", "poster")]
    assert [value for value in loading if not value.startswith(("#", "data:"))] == []
    assert not re.search(r"<script|@import|@font-face|url\((?!#)", html)
    assert set(re.findall(r"https?://[^\"'\s<]+", html)) <= {"http://www.w3.org/2000/svg"}


def test_nobody_and_no_machine_is_named(html: str, evaluation: Evaluation):
    assert "DONOR" not in html
    assert not re.search(r"/(?:home|root|tmp|work|usr|Users|mnt)/", html)
    assert len(html) < 1_500_000


def test_colours_follow_the_scheme(html: str):
    body = html[html.index("<body>") :]
    assert not re.search(r"#[0-9a-f]{6}\b(?!\")", body)
    assert "prefers-color-scheme: dark" in html


def test_the_verdict_comes_first_and_in_words(page: Page):
    text = page.text
    assert "copies knows more of the training people than of unseen ones: a leak." in text
    assert "copies and independent (baseline) do not pass for unseen real people." in text
    assert f"By its nearest neighbours, {AWKWARD} (baseline) looks like unseen real people." in text
    assert text.index("a leak.") < text.index("The sets side by side") < text.index("All scores")
    assert "Simulated with <msprime>." in text


def test_a_doubt_about_leaks_is_neither_called_good_nor_kept_quiet(evaluation: Evaluation):
    name, found = next((name, each) for name, each in evaluation.sets.items() if each.verdict.label == "good")
    doubtful = replace(found, verdict=replace(found.verdict, leak_suspected=True))
    alone = replace(evaluation, sets={name: doubtful})
    assert f"{name} (baseline) may leak: no test shows it, but the privacy score is above 0." in headline(alone)
    assert "No leak of training people was found." not in headline(alone)
    assert "No leak of training people was found." in headline(replace(evaluation, sets={name: found}))
    (finding,) = [each for each in set_findings(shown_sets(alone)) if each.shown.results.name == name]
    assert (finding.label, finding.kind) == ("may leak", "fails")


def test_numbers_are_those_of_the_evaluation(page: Page, evaluation: Evaluation):
    table = page.text[page.text.index("The sets side by side") :]
    for each in (evaluation.holdout, *evaluation.sets.values()):
        assert each is not None
        aa = each.aa_ts
        low, high = aa.truth_half_tie_interval.low, aa.truth_half_tie_interval.high
        assert f"{aa.truth_half_tie:.2f} [{low:.2f}, {high:.2f}]" in table
        assert f"{aa.value:.2f} {aa.truth:.2f} / {aa.syn:.2f}" in table


def test_awkward_names_stay_text(html: str, page: Page):
    assert page.text.count(AWKWARD) > 10
    assert "<b>" not in html


def test_same_evaluation_gives_the_same_bytes(html: str, evaluation: Evaluation, tmp_path: Path):
    write_report(evaluation, tmp_path / "again.html", notes=["Simulated with <msprime>."])
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == html


def test_without_a_holdout_leaks_are_not_judged(without_holdout: Evaluation, tmp_path: Path):
    write_report(without_holdout, tmp_path / "report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert set(page.figures) == ALWAYS
    assert "Whether training people leak cannot be told" in page.text
    assert "No leak" not in page.text
    assert "Privacy score" not in page.text
    assert "unseen people 0" not in page.text


def test_undefined_numbers_are_dashes(undefined: Evaluation, tmp_path: Path):
    write_report(undefined, tmp_path / "report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert set(page.figures) >= ALWAYS
    assert "LD score agreement of mean r² over distance 1 – – – –" in page.text
    assert not re.search(r"\b(?:nan|NaN|inf|None)\b", page.text)


def test_a_folder_that_is_not_there_is_refused(evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("artgen_fast.report.page.report_html", lambda evaluation, notes: "page")
    with pytest.raises(InputError, match="folder must exist"):
        write_report(evaluation, tmp_path / "missing" / "report.html")
    assert list(tmp_path.iterdir()) == []
