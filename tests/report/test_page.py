"""The page's structure: everything is on it, nothing is fetched, nobody is named."""

from __future__ import annotations

import base64
import hashlib
import math
import re
from dataclasses import fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from artgen_fast.errors import InputError
from artgen_fast.evaluation import Evaluation, SetEvaluation
from artgen_fast.report import write_report

ALWAYS = {"aa-ts-halves", "scores", "radar", "principal-components", "allele-frequencies",
          "frequency-classes", "frequency-spectrum",
          "diversity", "ld-decay", "ld-heat-map", "ld-runs", "haplotype-homozygosity", "three-point", "kmer-motifs",
          "pairwise-distances", "shared-haplotypes", "nn-chains"}  # fmt: skip
AWKWARD_GLYPH = "▲"
AWKWARD = 'markov <b> & "$x^2$" 日本'
SCORED_BY = {
    "allele_frequencies": re.compile("allele_frequencies"),
    "frequency_spectrum": re.compile("(?!)"),
    "diversity": re.compile("(?!)"),
    "ld_runs": re.compile("(?!)"),
    "haplotype_homozygosity": re.compile("(?!)"),
    "imputation": re.compile("(?!)"),
    "selection_scan": re.compile("(?!)"),
    "haplotype_windows": re.compile("(?!)"),
    "shared_haplotypes": re.compile("(?!)"),
    "nn_chains": re.compile("(?!)"),
    "aa_ts": re.compile("(over|under)fitting"),
}
VOID = {"meta", "link", "br", "wbr", "hr", "img", "input"}


class Page(HTMLParser):
    """Tags that are not closed, identifiers, attributes, text that is seen, drawn shapes by figure."""

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
        elif self.figures and "figure" in self.open and "template" not in self.open:
            last = next(reversed(self.figures))
            self.svgs[last] += tag == "svg"
            self.figures[last] += tag in ("path", "use")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "script", "template"} & set(self.open):
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
    of_some = {"copied-people", "nearest-training", "near-copies", "populations", "imputation", "selection-scan",
               "haplotype-windows"}  # fmt: skip
    assert set(page.figures) == ALWAYS | of_some
    assert min(page.figures.values()) > 5
    # Four sets; several figures have rows of panels: four of components, five of populations, two of frequencies.
    several = {"principal-components": 16, "allele-frequencies": 8, "frequency-classes": 8, "populations": 20,
               "radar": 4, "ld-decay": 4,
               "pairwise-distances": 4, "frequency-spectrum": 4, "diversity": 8, "ld-runs": 4,
               "ld-heat-map": 4, "three-point": 4, "kmer-motifs": 8, "shared-haplotypes": 3,
               "haplotype-homozygosity": 4, "imputation": 3, "selection-scan": 4,
               "haplotype-windows": 4, "near-copies": 3}  # fmt: skip
    assert page.svgs == dict.fromkeys(page.figures, 1) | several


def test_every_figure_has_its_title_its_caption_and_a_place_in_the_contents(html: str, page: Page):
    contents = html[html.index("<nav") : html.index("</nav>")]
    for name in page.figures:
        figure = html[html.index(f'<figure id="{name}"') :].split("</figure>")[0]
        # What one sees and how to read it, in few words; the rest is folded.
        title = re.search(r"<h3>([^<]+)</h3>\s*<p>([^<]{60,330})</p>\s*<details><summary>Details</summary>", figure)
        assert title, name
        assert len(re.findall(r"(?<! al)[.!?](?: |$)", title[2])) in (1, 2), title[2]
        assert f'<li><a href="#{name}">{title[1]}</a></li>' in contents


def test_the_contents_are_grouped_as_the_page_is(html: str):
    contents = html[html.index("<nav") : html.index("</nav>")]
    groups = re.findall(r'<a class="group" href="#([^"]+)">([^<]+)</a>', contents)
    sections = re.findall(r'<(?:section|footer) id="([^"]+)">\s*<h2>([^<]+)</h2>', html)
    # Two small ones are entries of others.
    assert groups == [each for each in sections if each[0] not in ("chains", "provenance")]
    assert len(groups) == 9
    assert [name for name, _ in groups][:2] == ["verdict", "evidence"]
    for name, _ in groups:
        entries = contents[contents.index(f'href="#{name}">') :].split("</div>")[0]
        section = html[html.index(f'<section id="{name}">') :].split("</section>")[0]
        assert re.findall(r'<figure id="([^"]+)"', section) == [
            entry for entry in re.findall(r'<li><a href="#([^"]+)"', entries) if f'<figure id="{entry}"' in html
        ]


def test_every_panel_has_its_place_on_the_sheet(html: str, page: Page):
    for name, panels in page.svgs.items():
        sheet = html[html.index(f'<figure id="{name}"') :].split("<template>")[1].split("</template>")[0]
        places = re.findall(r'<svg x="([^"]+)" y="([^"]+)" width="([^"]+)" height="([^"]+)"', sheet)
        assert len(places) == panels
        assert len({place[:2] for place in places}) == panels
        assert not re.search(r"#[0-9a-f]{6}", sheet)


def test_identifiers_are_unique_and_all_references_lead_somewhere(html: str, page: Page):
    ids = [value for _, name, value in page.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    references = re.findall(r'(?:href="|url\()#([^")]+)', html)
    assert references
    assert set(references) <= set(ids)


def test_nothing_is_fetched(html: str, page: Page):
    loading = [value for _, name, value in page.attributes if name in ("src", "href", "srcset", "data", "poster")]
    assert [value for value in loading if not value.startswith(("#", "data:"))] == []
    assert not re.search(r"@import|@font-face|url\((?!#|\(\?)", html)
    assert not re.search(
        r"fetch\(|XMLHttpRequest|WebSocket|import\(|sendBeacon|https?:", html[html.index("<script>") :]
    )


def test_only_the_pages_own_script_may_run(html: str):
    (script,) = re.findall(r"<script>(.*?)</script>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', html)
    assert policy
    assert policy[1].startswith("default-src 'none';")
    assert f"script-src 'sha256-{digest}';" in policy[1]
    assert not re.search(r"\son[a-z]+=", html[html.index("<body>") : html.index("<script>")])
    assert set(re.findall(r"https?://[^\"'\s<]+", html)) == {"http://www.w3.org/2000/svg"}


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
    order = [
        "copies does not pass for unseen real people. It leaks training people.",
        f"Good {AWKWARD_GLYPH} {AWKWARD} (baseline) passes for unseen real people",
        "Fails ● copies ■ independent (baseline) does not pass for unseen real people",
        "Leaks ● copies knows more of the training people than of unseen ones",
        "Simulated with <msprime>.",
        "fails leaks ● copies",
        "Training haplotypes are copied",
        "Can the sets be told apart?",
        "All scores",
        "The sets side by side",
    ]
    # The contents name figures too.
    start = text.index("Verdicts fails leaks")
    places = [text.index(words) if place < 5 else text.index(words, start) for place, words in enumerate(order)]
    assert places == sorted(places)


def test_numbers_are_those_of_the_evaluation(page: Page, evaluation: Evaluation):
    table = page.text[page.text.index("The sets side by side") :]
    table = re.sub(r" [✓✗?·]", "", table)
    for each in (evaluation.holdout, *evaluation.sets.values()):
        assert each is not None
        aa = each.aa_ts
        low, high = aa.truth_half_tie_interval.low, aa.truth_half_tie_interval.high
        assert f"{aa.truth_half_tie:.2f} [{low:.2f}, {high:.2f}]" in table
        assert f"{aa.value:.2f} {aa.truth:.2f} / {aa.syn:.2f}" in table


def test_signs_are_symbols_with_words_for_those_who_hear_them(html: str):
    words = {"✓": {"passes"}, "✗": {"fails", "leaks"}, "?": {"may leak"}, "·": {"not judged"}}
    for table in re.findall(r"<table.*?</table>", html, flags=re.DOTALL)[:2]:
        signs = re.findall(r'<span class="sign \w+" role="img" aria-label="([^"]+)"[^>]*>(.)</span>', table)
        assert {"✓", "✗"} <= {symbol for _, symbol in signs}
        assert all(said in words[symbol] for said, symbol in signs)
        assert len(re.findall(r"[✓✗·]", table)) == len([symbol for _, symbol in signs if symbol != "?"])


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
    assert "Whether training people leak cannot be told." in page.text
    assert "Leaks cannot be told, since no people were held out" in page.text
    assert "leaks not tested" in page.text
    assert "No leak" not in page.text
    assert "Privacy score" not in page.text
    assert "unseen people 0" not in page.text


@pytest.mark.parametrize(
    ("chosen", "figures"),
    [
        ("allele_frequencies", {"allele-frequencies", "frequency-classes", "scores"}),
        ("frequency_spectrum", {"frequency-spectrum"}),
        ("diversity", {"diversity"}),
        ("ld_runs", {"ld-runs"}),
        ("shared_haplotypes", {"shared-haplotypes"}),
        ("haplotype_homozygosity", {"haplotype-homozygosity"}),
        ("imputation", {"imputation"}),
        ("selection_scan", {"selection-scan"}),
        ("haplotype_windows", {"haplotype-windows"}),
        ("nn_chains", {"nn-chains"}),
        ("aa_ts", {"aa-ts-halves", "scores", "radar"}),
    ],
)
def test_what_was_not_asked_for_is_left_out(evaluation: Evaluation, chosen: str, figures: set[str], tmp_path: Path):
    def only(each: SetEvaluation) -> SetEvaluation:
        statistics = {
            field.name: None for field in fields(each) if field.name not in ("name", "role", "panel", "scores")
        }
        scored = {field.name: math.nan for field in fields(each.scores) if not SCORED_BY[chosen].match(field.name)}
        kept = {chosen: getattr(each, chosen), "verdict": each.verdict if chosen == "aa_ts" else None}
        return replace(each, **statistics | kept, scores=replace(each.scores, **scored))

    assert evaluation.holdout is not None
    sets = {name: only(each) for name, each in evaluation.sets.items()}
    few = replace(evaluation, holdout=only(evaluation.holdout), sets=sets)
    write_report(few, tmp_path / "report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert set(page.figures) == figures
    assert ("No verdict" in page.text) == (chosen != "aa_ts")
    assert ("All chain patterns" in page.text) == (chosen == "nn_chains")
    links = [value[1:] for tag, name, value in page.attributes if tag == "a" and name == "href"]
    assert set(links) <= {value for _, name, value in page.attributes if name == "id"}


def test_undefined_numbers_are_dashes(undefined: Evaluation, tmp_path: Path):
    write_report(undefined, tmp_path / "report.html")
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert set(page.figures) >= ALWAYS - {"scores", "radar", "frequency-classes"}
    assert "LD score agreement of mean r² over distance 1 – – – –" in page.text
    assert not re.search(r"\b(?:nan|NaN|inf|None)\b", page.text)


def test_a_folder_that_is_not_there_is_refused(evaluation: Evaluation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("artgen_fast.report.page.draw_sections", lambda sets: [])
    with pytest.raises(InputError, match="folder must exist"):
        write_report(evaluation, tmp_path / "missing" / "report.html")
    assert list(tmp_path.iterdir()) == []
