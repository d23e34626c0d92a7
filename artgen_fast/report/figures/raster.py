"""Maps of many cells as one small picture of a single colour, which follows the page's light or dark scheme.

Matplotlib embeds a picture whose colour is the same everywhere and whose opacity varies. In the SVG the opacity becomes
a mask, laid over a rectangle of the colour: that one can be a CSS variable, a picture's pixels cannot.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from artgen_fast.report.figures.marks import SHADE, shade_limits

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Extent = tuple[float, float, float, float]

SHADES = 31
"""Steps of opacity above nothing: as many as eyes tell apart, and the picture compresses to half its size."""

_NAME = "opacity-of-"
_FULL = 255


def raster(axes: Axes, opacity: npt.NDArray[np.float64], colour: str, extent: Extent | None = None) -> None:
    """Draw a table of opacities, its first row at the top.

    Parameters
    ----------
    axes : Axes
        Its limits become the picture's.
    opacity : float64 array of shape (rows, columns)
        0 … 1; NaN leaves the cell blank.
    colour : str
        Hexadecimal, as on light paper.
    extent : tuple of float, optional
        Left, right, bottom and top of the picture. By default cell (i, j) is from (j, i) to (j + 1, i + 1), and the
        second axis runs downwards.
    """
    shade = np.rint(np.clip(np.nan_to_num(opacity), 0, 1) * SHADES) / SHADES
    pixels = np.empty((*opacity.shape, 4), dtype=np.uint8)
    pixels[..., :3] = list(bytes.fromhex(colour[1:]))
    pixels[..., 3] = np.rint(shade * _FULL)
    rows, columns = opacity.shape
    picture = axes.imshow(pixels, interpolation="none", aspect="auto", extent=extent or (0, columns, rows, 0))
    picture.set_gid(_NAME + colour[1:])


def density(axes: Axes, counts: npt.ArrayLike, colour: str, extent: Extent) -> None:
    """Draw a table of counts in the shades of `marks.cells`, where cells are many and bins equally wide.

    Parameters
    ----------
    axes : Axes
    counts : int array of shape (bins along the first axis, bins along the second)
    colour : str
    extent : tuple of float
        Left, right, bottom and top.
    """
    table = np.asarray(counts)
    least = shade_limits(table)
    shades = np.searchsorted(least, table, side="right")
    opacity = np.asarray(1 - (1 - SHADE) ** shades, dtype=np.float64)
    raster(axes, opacity[:, ::-1].T, colour, extent)


def as_masks(svg: str) -> str:
    """Matplotlib's SVG with every picture that `raster` drew as a mask over its colour."""
    pictures = iter(range(svg.count("<image")))
    return re.sub(
        r"<image[^>]*>", lambda match: _mask(match[0], next(pictures)) if f'id="{_NAME}' in match[0] else match[0], svg
    )


def _mask(image: str, place: int) -> str:
    attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', image))
    name, size = f"opacity-{place}", f'width="{attributes["width"]}" height="{attributes["height"]}"'
    return (
        f'<g transform="{attributes["transform"]}"><mask id="{name}">'
        f'<image href="{_opacity(attributes["href"])}" {size} style="image-rendering: pixelated"/></mask>'
        f'<rect {size} mask="url(#{name})" style="fill: #{attributes["id"].removeprefix(_NAME)}"/></g>'
    )


def _opacity(address: str) -> str:
    """Address of the picture's opacity as shades of grey, a fourth of its channels."""
    from PIL import Image

    picture = Image.open(BytesIO(b64decode(address.split(",", 1)[1])))
    grey = BytesIO()
    picture.getchannel("A").save(grey, format="PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(grey.getvalue()).decode()}"
