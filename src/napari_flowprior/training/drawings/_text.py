"""Text: of a typeface with grey or hard edges, and of glyphs made of pixels."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from napari_flowprior.training.drawings._plane import Plane, as_plane, chance

__all__ = ["draw_glyphs", "draw_text", "font", "phrase"]

_SIZES = (7, 30)
"""Of the letters, in pixels."""
_LETTERS = (
    "etaoinshrdlucmfwypvbgkqjxz" + "etaoinshrdlu" * 2 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)
_DIGITS = "01234567890123456789.,-%+:/"
_SIGNS = _LETTERS + _DIGITS + "()[]{}=<>_#*&|\\\"'!?;@$"
_RESAMPLINGS = (
    Image.Resampling.BILINEAR,
    Image.Resampling.BICUBIC,
    Image.Resampling.LANCZOS,
)


@lru_cache
def font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Return the typeface that comes with Pillow."""
    return ImageFont.load_default(size)


def phrase(rng: np.random.Generator, length: int) -> str:
    """Return random words, numbers or signs with spaces between them."""
    signs = (_LETTERS, _LETTERS, _DIGITS, _SIGNS)[rng.integers(4)]
    line = [signs[index] for index in rng.integers(len(signs), size=length)]
    end = int(rng.integers(1, 9))
    while end < length:
        line[end] = " "
        end += int(rng.integers(2, 10))
    return "".join(line)


def draw_text(rng: np.random.Generator, size: int) -> Plane:
    """Draw lines of text, perhaps turned, enlarged or shrunk."""
    if chance(rng, 0.12):
        half = _page(rng, -(-size // 2))
        return half.repeat(2, axis=0).repeat(2, axis=1)[:size, :size]
    if chance(rng, 0.15):
        page = _image(_page(rng, max(round(size / rng.uniform(0.6, 2)), 4)))
        method = _RESAMPLINGS[rng.integers(len(_RESAMPLINGS))]
        return _plane(page.resize((size, size), method))
    if chance(rng, 0.15):
        return _turned(rng, size)
    plane = _page(rng, size)
    return np.rot90(plane, int(rng.integers(1, 4))) if chance(rng, 0.15) else plane


def _turned(rng: np.random.Generator, size: int) -> Plane:
    """Draw text at a small angle, sometimes at any."""
    angle = rng.uniform(-180, 180) if chance(rng, 0.3) else rng.normal(0, 6)
    wide = math.ceil(1.45 * size)
    start = (wide - size) // 2
    page = _image(_page(rng, wide)).rotate(
        angle, Image.Resampling.BICUBIC, fillcolor=255
    )
    return _plane(page)[start : start + size, start : start + size]


def _page(rng: np.random.Generator, size: int) -> Plane:
    """Draw lines of text, dark on light."""
    image = Image.new("L", (size, size), 255)
    canvas = ImageDraw.Draw(image)
    canvas.fontmode = "1" if chance(rng, 0.25) else "L"
    height = int(rng.integers(_SIZES[0], _SIZES[1] + 1))
    height = min(height, int(rng.integers(_SIZES[0], _SIZES[1] + 1)))
    stroke = int(height > 10 and chance(rng, 0.1))
    spacing = height * rng.uniform(0.95, 1.8)
    left = rng.uniform(-height, size / 3) if chance(rng, 0.5) else -height / 2
    for top in np.arange(rng.uniform(-0.8 * height, 0), size - 0.4 * height, spacing):
        length = math.ceil((size - left) / (0.45 * height)) + 1
        length = int(rng.integers(1, length + 1)) if chance(rng, 0.15) else length
        text = phrase(rng, length)
        canvas.text((left, top), text, 0, font(height), stroke_width=stroke)
    return _plane(image)


def draw_glyphs(rng: np.random.Generator, size: int) -> Plane:
    """Draw random signs of a terminal: strokes of one pixel in cells of a few.

    Each has some of the seven strokes of a digit on a display, and a slanted one.
    """
    enlarged = int(rng.integers(1, 4)) if chance(rng, 0.4) else 1
    high, wide = (int(side) for side in rng.integers((7, 4), (12, 8)))
    count = -(-size // enlarged)
    rows, columns = count // high + 2, count // wide + 2
    signs = _strokes(high - 2, wide - 1)[rng.integers(256, size=(rows, columns))]
    signs = signs * (rng.random((rows, columns, 1, 1)) < 0.85)
    cells = np.pad(signs, ((0, 0), (0, 0), (0, 2), (0, 1)))
    page = cells.transpose(0, 2, 1, 3).reshape(rows * high, columns * wide)
    top, left = int(rng.integers(high)), int(rng.integers(wide))
    page = page[top : top + count, left : left + count]
    page = page.repeat(enlarged, axis=0).repeat(enlarged, axis=1)
    return as_plane(1 - page[:size, :size])


@lru_cache(maxsize=64)
def _strokes(high: int, wide: int) -> Plane:
    """Return 256 signs with all choices of eight strokes."""
    strokes = np.zeros((8, high, wide), np.float32)
    middle = high // 2
    for stroke, row in enumerate((0, middle, high - 1)):
        strokes[stroke, row] = 1
    for stroke, column in enumerate((0, wide - 1)):
        strokes[3 + stroke, :middle, column] = 1
        strokes[5 + stroke, middle:, column] = 1
    slanted = np.arange(high)
    strokes[7, slanted, slanted * wide // high] = 1
    chosen = np.arange(256)[:, None] >> np.arange(8) & 1
    return as_plane(np.minimum(np.tensordot(chosen, strokes, 1), 1))


def _image(plane: Plane) -> Image.Image:
    return Image.fromarray(np.rint(plane * 255).astype(np.uint8))


def _plane(image: Image.Image) -> Plane:
    return as_plane(np.asarray(image)) / np.float32(255)
