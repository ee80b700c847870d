"""Curves, captions and grids of pictures, drawn with Pillow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Cell", "Curve", "draw_axes", "draw_grid", "save", "stack", "titled"]

# Curves are drawn so many times larger and reduced, which smooths their edges.
_FINER = 3
_INK, _FAINT = (40, 44, 52), (225, 228, 232)
_GAP, _LINE = 6, 15
_LARGEST = 200_000


@dataclass(frozen=True)
class Curve:
    """Values over steps."""

    name: str
    colour: tuple[int, int, int]
    steps: Sequence[float]
    values: Sequence[float]


@dataclass(frozen=True)
class Cell:
    """A picture, (Y, X) or (Y, X, 3) of 8 bits, and the line below it."""

    pixels: NDArray[np.uint8]
    caption: str = ""


def font(size: float) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def blank(width: int, height: int) -> Image.Image:
    return Image.new("RGB", (width, height), "white")


def round_ticks(low: float, high: float, number: int = 4) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten within a range."""
    rough = max(high - low, 1e-9) / number
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= rough)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(step * k, 10) for k in range(first, last + 1)]


def value_range(curves: Sequence[Curve]) -> tuple[float, float]:
    """Return a range that leaves out the steep beginning of a training."""
    late = [np.asarray(c.values)[len(c.values) // 20 :] for c in curves]
    values = np.concatenate(late)
    room = 0.06 * max(float(np.ptp(values)), 1e-6)
    return float(values.min()) - room, float(values.max()) + room


def draw_axes(
    title: str, curves: Sequence[Curve], size: tuple[int, int] = (344, 170)
) -> Image.Image:
    """Draw curves over their steps, with grid, numbers and a legend."""
    width, height = (_FINER * side for side in size)
    left, top, right, bottom = (_FINER * n for n in (38, 20, 14, 20))
    page = blank(width, height)
    pen, small = ImageDraw.Draw(page), font(10 * _FINER)
    low, high = value_range(curves)
    longest = max(max(curve.steps) for curve in curves)

    def place(step: float, value: float) -> tuple[float, float]:
        across = left + (width - left - right) * step / longest
        share = (high - value) / (high - low)
        return across, top + (height - top - bottom) * min(max(share, 0.0), 1.0)

    for value in round_ticks(low, high):
        pen.line([place(0, value), place(longest, value)], _FAINT, _FINER)
        pen.text(
            (left - 4 * _FINER, place(0, value)[1]), f"{value:g}", _INK, small, "rm"
        )
    for step in round_ticks(0, longest):
        spot = place(step, low)[0], height - bottom + 3 * _FINER
        pen.text(spot, f"{step:g}", _INK, small, "ma")
    for curve in curves:
        spots = map(place, curve.steps, curve.values)
        pen.line(list(spots), curve.colour, 2 * _FINER, joint="curve")
    pen.text((left, 3 * _FINER), title, _INK, font(11.5 * _FINER), "la")
    draw_legend(pen, curves, width - right)
    return page.reduce(_FINER)


def draw_legend(
    pen: ImageDraw.ImageDraw, curves: Sequence[Curve], right: float
) -> None:
    if len(curves) < 2:
        return
    letters = font(11 * _FINER)
    for curve in reversed(curves):
        pen.text((right, 3 * _FINER), curve.name, curve.colour, letters, "ra")
        right -= pen.textlength(curve.name, letters) + 10 * _FINER


def titled(page: Image.Image, title: str) -> Image.Image:
    """Write a line above a picture."""
    whole = blank(page.width, page.height + _LINE + 3)
    ImageDraw.Draw(whole).text((0, 1), title, _INK, font(11.5), "la")
    whole.paste(page, (0, _LINE + 3))
    return whole


def draw_grid(rows: Sequence[Sequence[Cell]], heads: Sequence[str] = ()) -> Image.Image:
    """Set pictures of one size out in rows, below the heads of the columns."""
    high, wide = rows[0][0].pixels.shape[:2]
    captions = any(cell.caption for row in rows for cell in row)
    across, down = wide + _GAP, high + (_LINE if captions else 0) + _GAP
    top = _LINE + 2 if heads else 0
    page = blank(across * len(rows[0]) - _GAP, top + down * len(rows) - _GAP)
    pen = ImageDraw.Draw(page)
    for place, head in enumerate(heads):
        pen.text((across * place + wide / 2, 1), head, _INK, font(12), "ma")
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            corner = across * x, top + down * y
            page.paste(Image.fromarray(cell.pixels).convert("RGB"), corner)
            below = corner[0] + wide / 2, corner[1] + high + 1
            pen.text(below, cell.caption, _INK, font(11), "ma")
    return page


def stack(pages: Sequence[Image.Image], *, across: bool = False) -> Image.Image:
    """Join pictures below each other, or side by side."""
    space = 2 * _GAP
    widths, heights = zip(*(page.size for page in pages), strict=True)
    gaps = space * (len(pages) - 1)
    if across:
        joined = blank(sum(widths) + gaps, max(heights))
    else:
        joined = blank(max(widths), sum(heights) + gaps)
    at = 0
    for page in pages:
        joined.paste(page, (at, 0) if across else (0, at))
        at += page.size[not across] + space
    return joined


def save(page: Image.Image, path: Path) -> None:
    """Write a PNG with a margin, with a palette where it would be large otherwise."""
    framed = blank(page.width + 2 * _GAP, page.height + 2 * _GAP)
    framed.paste(page, (_GAP, _GAP))
    framed.save(path, optimize=True)
    if path.stat().st_size > _LARGEST:
        framed.quantize(256).save(path, optimize=True)
    print(f"{path}: {framed.width}x{framed.height}, {path.stat().st_size // 1000} kB")
