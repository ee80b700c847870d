"""Drawings that resemble no photograph: text, lines, patterns, charts, dots.

Each is a function of the side of the square, of 8 bits, and always the same: those of
`GREY` are (Y, X), those of `COLOUR` are (Y, X, 3). They are for tests and comparisons;
no prior may be trained on them, nor on what draws them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy.ndimage import gaussian_filter
from skimage import data

__all__ = ["COLOUR", "GREY", "SMALL", "Drawing", "Picture"]

Picture = NDArray[np.uint8]
Drawing = Callable[[int], Picture]

# Curves are drawn so many times larger and reduced, which smooths their edges.
_FINER = 4
_WORDS = "Pack my box with 5 dozen liquor jugs. The quick brown fox jumps 0123456789. "
_BAYER = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
_INKS = ["#d00000", "#0040e0", "#008020", "#c000c0", "#e08000", "#000000"]


def grid(side: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the row and the column of every pixel."""
    rows, columns = np.mgrid[:side, :side]
    return rows, columns


def eight_bits(values: NDArray[Any]) -> Picture:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def two_levels(light: NDArray[np.bool_], dark: int = 0, bright: int = 255) -> Picture:
    return np.where(light, bright, dark).astype(np.uint8)


def canvas(
    side: int, paper: Any = 255, mode: str = "L", finer: int = _FINER
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """Return an empty picture, larger than it will be, and what draws on it."""
    image = Image.new(mode, (side * finer, side * finer), paper)
    return image, ImageDraw.Draw(image)


def reduced(image: Image.Image, side: int) -> Picture:
    return np.asarray(image.resize((side, side), Image.Resampling.BOX))


# --- patterns


def siemens_star(side: int) -> Picture:
    rows, columns = (k - (side * _FINER - 1) / 2 for k in grid(side * _FINER))
    light = np.sin(36 * np.arctan2(rows, columns)) > 0
    inside = np.hypot(rows, columns) < 0.47 * side * _FINER
    return reduced(Image.fromarray(two_levels(light | ~inside)), side)


def zone_plate(side: int) -> Picture:
    """Circles that come to the finest period of two pixels at the border."""
    rows, columns = (k - (side - 1) / 2 for k in grid(side))
    return eight_bits(127.5 + 127.5 * np.cos(np.pi / side * (rows**2 + columns**2)))


def checkerboard(side: int, dark: int = 0, bright: int = 255) -> Picture:
    return two_levels(sum(grid(side)) % 2 > 0, dark, bright)


def stripes(side: int) -> Picture:
    """Stripes of one pixel: along rows above, along columns below."""
    rows, columns = grid(side)
    return two_levels(np.where(rows < side // 2, rows, columns) % 2 > 0)


def random_pixels(side: int) -> Picture:
    return two_levels(np.random.default_rng(1).random((side, side)) < 0.5)


def blocks(side: int) -> Picture:
    """Squares of three pixels, as of QR codes, within a white border."""
    number = side // 3 - 4
    light = np.random.default_rng(2).random((number, number)) < 0.5
    code = np.kron(light, np.ones((3, 3))) > 0
    before = (side - len(code)) // 2
    after = side - len(code) - before
    return two_levels(np.pad(code, (before, after), constant_values=True))


def barcode(side: int) -> Picture:
    widths = np.random.default_rng(3).integers(1, 5, side)
    light = np.repeat(np.arange(side) % 2 == 0, widths)[: side - 16]
    code = np.pad(light, 8, constant_values=True)
    rows, _ = grid(side)
    inside = (rows >= 8) & (rows < side - 8)
    return two_levels(code[None] | ~inside)


def resolution_chart(side: int) -> Picture:
    """Groups of five bars of widths from one to six pixels, in both directions."""
    chart = np.full((2 * side, 2 * side), 255, dtype=np.uint8)
    top = 6
    for row, width in enumerate((1, 2, 3, 4, 6) * 4):
        length = 9 * width
        left = 6
        for turn in range(side // (length + 8) + 1):
            bars = two_levels(np.arange(length) // width % 2 > 0)
            group = np.broadcast_to(bars, (length, length))
            place = np.s_[top : top + length, left : left + length]
            chart[place] = group.T if (turn + row) % 2 else group
            left += length + 8
        top += length + 8
        if top > side:
            break
    return chart[:side, :side]


# --- dithers


def smooth(side: int) -> NDArray[np.float64]:
    """Return a ramp with soft dark and bright spots, from 0 to 1."""
    rows, columns = (k / side for k in grid(side))
    spots = 0.2 * np.sin(9 * rows + 1) * np.sin(7 * columns)
    return np.clip(0.05 + 0.9 * columns + spots, 0, 1)


def diffused(side: int) -> Picture:
    """Dither by Floyd and Steinberg."""
    ramp = Image.fromarray(eight_bits(255 * smooth(side)))
    return np.asarray(ramp.convert("1").convert("L"))


def ordered(side: int) -> Picture:
    """Dither by Bayer's matrix of 4x4."""
    rows, columns = grid(side)
    return two_levels(smooth(side) > (_BAYER[rows % 4, columns % 4] + 0.5) / 16)


def halftone(side: int) -> Picture:
    """Dots of a screen of 5 pixels, turned by 30 degrees."""
    rows, columns = grid(side)
    phase = 2 * np.pi / 5
    across = np.sin(phase * (0.866 * columns + 0.5 * rows))
    along = np.sin(phase * (0.866 * rows - 0.5 * columns))
    return two_levels(smooth(side) > 0.5 + 0.5 * across * along)


# --- lines and text


def screen_text(side: int, size: int, ink: int = 0, paper: int = 255) -> Picture:
    image, draw = canvas(side, paper, finer=1)
    font = ImageFont.load_default(size)
    for line, top in enumerate(range(2, side, round(1.35 * size))):
        draw.text((3, top), shifted(line), fill=ink, font=font)
    return np.asarray(image)


def shifted(line: int) -> str:
    start = 11 * line % len(_WORDS)
    return 2 * (_WORDS[start:] + _WORDS[:start])


def diagonal_lines(side: int) -> Picture:
    """Lines of one pixel in several directions, without smooth edges."""
    image, draw = canvas(side, finer=1)
    for start in range(0, 2 * side, 11):
        draw.line((start, 0, start - side, side), fill=0)
    for start in range(-side, side, 23):
        draw.line((0, start, side, start + side // 2), fill=0)
    return np.asarray(image)


def line_drawing(side: int) -> Picture:
    """Curves, ellipses and straight lines of about one pixel and a half."""
    rng = np.random.default_rng(4)
    large = side * _FINER
    image, draw = canvas(side)
    t = np.linspace(0, 1, 200)
    for _ in range(side // 12):
        points = gaussian_filter(rng.normal(size=(2, 200)).cumsum(1), (0, 9))
        x, y = large * (0.5 + 0.06 * points) + large * np.outer(rng.normal(size=2), t)
        draw.line(list(zip(x.tolist(), y.tolist(), strict=True)), fill=0, width=6)
        a, b, c, d = (large * rng.random(4)).tolist()
        draw.ellipse((min(a, c), min(b, d), max(a, c), max(b, d)), outline=0, width=6)
        draw.line(tuple((large * rng.random(4)).tolist()), fill=0, width=5)
    return reduced(image, side)


def plot(side: int, *, colour: bool = False) -> Picture:
    """Axes with ticks and numbers, a grid, two curves and bars."""
    mode, inks = ("RGB", _INKS) if colour else ("L", [0, 90, 160])
    paper, faint, black = ("#ffffff", "#d8d8d8", "#000000") if colour else (255, 216, 0)
    image, draw = canvas(side, paper, mode)
    large, left = side * _FINER, 18 * _FINER
    bottom = large - 14 * _FINER
    for tick in range(left, large, 24 * _FINER):
        draw.line((tick, 0, tick, bottom), fill=faint, width=_FINER)
    for tick in range(bottom, 0, -24 * _FINER):
        draw.line((left, tick, large, tick), fill=faint, width=_FINER)
    for k, tick in enumerate(range(left + 20, large, 16 * _FINER)):
        height = (13 * k + 9) % 40 * _FINER
        draw.rectangle((tick, bottom - height, tick + 24, bottom), fill=inks[2])
    x = np.linspace(left, large, 300)
    for ink, phase in zip(inks, (0, 2), strict=False):
        y = bottom * (0.45 + 0.35 * np.sin(x / 90 + phase) * np.cos(x / 41))
        points = list(zip(x.tolist(), y.tolist(), strict=True))
        draw.line(points, fill=ink, width=6)
    draw.line((left, 0, left, bottom, large, bottom), fill=black, width=_FINER)
    return numbered(Image.fromarray(reduced(image, side)), black)


def numbered(image: Image.Image, ink: Any) -> Picture:
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(9)
    for k, place in enumerate(range(14, image.width, 24)):
        draw.text((place, image.height - 13), str(k), fill=ink, font=font)
        draw.text((2, image.height - 8 - place), f".{k}", fill=ink, font=font)
    return np.asarray(image)


def page(side: int) -> Picture:
    """Return a scan of a printed page."""
    return mirrored(data.page(), side)


def handwriting(side: int) -> Picture:
    """Return a photograph of written words."""
    return mirrored(data.text(), side)


def mirrored(picture: Picture, side: int) -> Picture:
    height = max(0, side - len(picture))
    return np.pad(picture, ((0, height), (0, 0)), mode="reflect")[:side, :side]


# --- dots and planes


def stars(side: int) -> Picture:
    """Draw single bright pixels on a dark sky, whose noise rounding nearly hides."""
    rng = np.random.default_rng(5)
    sky = 10 + rng.normal(0, 0.35, (side, side))
    light = rng.random((side, side)) < 0.004
    return eight_bits(np.where(light, rng.uniform(60, 255, (side, side)), sky))


def beads(side: int) -> Picture:
    """Gaussian spots of several widths and brightnesses on a dark ground."""
    rng = np.random.default_rng(6)
    field = np.full((side, side), 10.0)
    for width in (0.8, 1.1, 1.6):
        points = np.zeros((side, side))
        number = side * side // 900
        points[tuple(rng.integers(0, side, (2, number)))] = rng.uniform(50, 220, number)
        field += gaussian_filter(points, width) * 2 * np.pi * width**2
    return eight_bits(field)


def steps_and_ramps(side: int) -> Picture:
    """A staircase, a steep ramp, a ramp of few grey levels, and grey squares."""
    rows, columns = (k / side for k in grid(side))
    squares = 128 + 40 * ((8 * columns).astype(int) % 2 * 2 - 1)
    bands = [np.floor(8 * columns) * 36, 255 * columns, 100 + 20 * columns, squares]
    return eight_bits(np.choose((4 * rows).astype(int), bands))


# --- colours


def coloured_text(side: int) -> Picture:
    """Write lines in colours, on white above and on colours below."""
    image, draw = canvas(side, "#ffffff", "RGB", finer=1)
    draw.rectangle((0, side // 2, side, side), fill="#ffe040")
    draw.rectangle((0, 3 * side // 4, side, side), fill="#101850")
    font = ImageFont.load_default(12)
    for line, top in enumerate(range(2, side, 16)):
        ink = _INKS[line % 6] if top < 3 * side // 4 else "#ffffff"
        draw.text((3, top), shifted(line), fill=ink, font=font)
    return np.asarray(image)


def colour_patches(side: int) -> Picture:
    """Draw even patches of corners of the cube of colours, and of greys."""
    rng = np.random.default_rng(7)
    colours = rng.choice([0, 51, 128, 204, 255], (side // 12, side // 12, 3))
    return np.kron(colours, np.ones((12, 12, 1))).astype(np.uint8)


def palette(side: int) -> Picture:
    """Dither all hues to a palette of 216 colours."""
    rows, columns = (k / side for k in grid(side))
    hues = np.stack([columns, np.full_like(rows, 0.8), 1 - 0.6 * rows], axis=2)
    image = Image.fromarray(eight_bits(255 * hues), "HSV").convert("RGB")
    return np.asarray(image.convert("P", palette=Image.Palette.WEB).convert("RGB"))


def colour_checkerboard(side: int) -> Picture:
    odd = (sum(grid(side)) % 2 > 0)[..., None]
    return np.where(odd, (230, 30, 30), (20, 60, 220)).astype(np.uint8)


def grey_screenshot(side: int) -> Picture:
    return np.stack([screen_text(side, 11)] * 3, axis=2)


GREY: Mapping[str, Drawing] = {
    "Siemens star": siemens_star,
    "zone plate": zone_plate,
    "checkerboard": checkerboard,
    "faint checkerboard": partial(checkerboard, dark=100, bright=150),
    "stripes": stripes,
    "random pixels": random_pixels,
    "blocks": blocks,
    "barcode": barcode,
    "resolution chart": resolution_chart,
    "error diffusion": diffused,
    "ordered dither": ordered,
    "halftone": halftone,
    "text of 9 pixels": partial(screen_text, size=9),
    "text of 16 pixels": partial(screen_text, size=16),
    "white text": partial(screen_text, size=11, ink=255, paper=0),
    "grey text": partial(screen_text, size=11, ink=90, paper=140),
    "diagonal lines": diagonal_lines,
    "line drawing": line_drawing,
    "plot": plot,
    "page": page,
    "handwriting": handwriting,
    "stars": stars,
    "beads": beads,
    "steps and ramps": steps_and_ramps,
}
COLOUR: Mapping[str, Drawing] = {
    "coloured text": coloured_text,
    "colour patches": colour_patches,
    "palette": palette,
    "colour checkerboard": colour_checkerboard,
    "colour plot": partial(plot, colour=True),
    "grey screenshot": grey_screenshot,
}
SMALL = (
    "Siemens star",
    "checkerboard",
    "random pixels",
    "blocks",
    "error diffusion",
    "text of 9 pixels",
    "white text",
    "grey text",
    "line drawing",
    "stars",
    "beads",
    "steps and ramps",
)
"""Names of a few of all kinds, which a test can do in a minute."""
