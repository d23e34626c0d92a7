"""Matplotlib's SVG made small, and made fit for a page that holds many."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby, pairwise

from artgen_fast.report import palette
from artgen_fast.report.figures.raster import as_masks

_LINE = re.compile(r"M-?[\d.]+ -?[\d.]+(?:L-?[\d.]+ -?[\d.]+)+")
_MARK = re.compile(r"<(?:use|path|rect)\b[^>]*/>|<text\b[^>]*>[^<]*</text>")
_NEIGHBOURS = re.compile(rf"(?:(?:{_MARK.pattern})\s*){{2,}}")
_SHARED = re.compile(r' (?:style|clip-path)="[^"]*"(?=[^<>]*>)')
_VARIABLES = {light: f"var(--{name})" for name, (light, _) in palette.variables().items()}


def bare(svg: str) -> str:
    """An SVG element alone, in hundredths of a point, without what says nothing: half of what Matplotlib writes."""
    head, body = svg[svg.index("<svg") :].split(">", 1)
    head = re.sub(r' (?:xmlns:xlink|version)="[^"]*"', "", head) + ' stroke-linejoin="round" stroke-linecap="butt">'
    body = re.sub(r"<metadata>.*?</metadata>|<defs>\s*<style.*?</defs>|<!--.*?-->", "", body, flags=re.DOTALL)
    body = as_masks(body.replace("xlink:href", "href"))
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", body)
    body = re.sub(r"<[^>]+>", _bare_tag, body)
    body = re.sub(r'<path d="[^"]*" style="fill: none"/>', "", body)
    body = _with_shared_attributes(_without_empty_groups(body))
    return re.sub(r"\s*\n\s*", "\n", head + body).strip()


def _bare_tag(match: re.Match[str]) -> str:
    if "matrix(" in match[0]:
        # Of a picture: a hundredth there, times its pixels, would be seen.
        return match[0]
    tag = re.sub(r"(\.\d\d)\d+", r"\1", match[0])
    if tag.startswith("<text"):
        tag = re.sub(r" font-family: [^;]*;", "", tag)
        return re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
    if not tag.startswith("<path"):
        return tag
    return _LINE.sub(_steps, re.sub(r"\s*([MLCQz])\s*", r"\1", tag))


def _steps(line: re.Match[str]) -> str:
    """A line's points as steps from one to the next, without those of no length: half of an outline's digits."""
    points = [[round(100 * float(number)) for number in point.split()] for point in line[0][1:].split("L")]
    steps = [(x - x0, y - y0) for (x0, y0), (x, y) in pairwise(points)]
    # A line that goes nowhere stays one, since its mark may have an end to draw.
    moved = [step for step in steps if step != (0, 0)] or steps[:1]
    written = " ".join(f"{_hundredths(x)} {_hundredths(y)}" for x, y in moved)
    return f"{line[0][: line[0].index('L')]}l{written.replace(' -', '-')}"


def _hundredths(number: int) -> str:
    text = f"{number / 100:.2f}".rstrip("0").rstrip(".")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _without_empty_groups(svg: str) -> str:
    """Groups that hold nothing, or have no attributes, are there for nothing."""
    kept: list[bool] = []

    def keep(match: re.Match[str]) -> str:
        if match[0] != "</g>":
            kept.append(match[0] != "<g>")
            return match[0] if kept[-1] else ""
        return match[0] if kept.pop() else ""

    return re.sub(r"</?g\b[^>]*>", keep, re.sub(r"<g\b[^>]*/>", "", svg))


def _with_shared_attributes(svg: str) -> str:
    """Neighbours of one style, as ticks, letters and points are, in a group that has it: a fifth of a page less."""
    return _NEIGHBOURS.sub(lambda match: "\n".join(_grouped(_MARK.findall(match[0]))) + "\n", svg)


def _grouped(marks: Sequence[str]) -> Iterator[str]:
    for attributes, alike in groupby(marks, key=lambda mark: "".join(_SHARED.findall(mark))):
        several = list(alike)
        # A group's opacity is not that of its members, where they overlap.
        if attributes and len(several) > 1 and "opacity" not in attributes:
            yield f"<g{attributes}>\n" + "\n".join(_SHARED.sub("", mark) for mark in several) + "\n</g>"
        else:
            yield from several


def named(svg: str, name: str) -> str:
    """The SVG with a name before every identifier, for a place that it shares with others."""
    svg = re.sub(r' id="', f' id="{name}-', svg)
    return re.sub(r'(href="|url\()#', rf"\g<1>#{name}-", svg)


def themed(svg: str) -> str:
    """The SVG with the page's CSS variables for colours, so that it follows the reader's light or dark scheme."""
    return re.sub(r'((?:fill|stroke)(?:: |="))(#[0-9a-f]{6})', _variable, svg, flags=re.IGNORECASE)


def inline(svg: str, name: str, label: str) -> str:
    """An SVG for the page: `themed`, `named`, as wide as its place.

    Parameters
    ----------
    svg : str
        What `drawing` gave.
    name : str
        Put before every identifier, since all figures share the page.
    label : str
        What the picture shows, for readers who hear it.
    """
    head, body = themed(named(svg, name)).split(">", 1)
    head = re.sub(r' (?:width|height)="[^"]*"', "", head)
    return f'{head} role="img" aria-label="{escape(label)}">{body}'


def contents(svg: str) -> str:
    """What is inside the SVG's root element."""
    return svg[svg.index(">") + 1 : svg.rindex("<")].strip()


def _variable(match: re.Match[str]) -> str:
    return match[1] + _VARIABLES.get(match[2].lower(), match[2])
