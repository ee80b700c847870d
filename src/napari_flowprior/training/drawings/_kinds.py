"""All kinds of drawings, how often each is drawn, and mixtures of two."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.training.drawings import (
    _blocks,
    _dithers,
    _dots,
    _gratings,
    _lines,
    _regions,
    _text,
    _textures,
)
from napari_flowprior.training.drawings._contrast import coloured, finished
from napari_flowprior.training.drawings._plane import (
    Drawing,
    Plane,
    along,
    as_plane,
    chance,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

__all__ = ["KINDS", "draw_patch"]

_WEIGHTED: dict[str, tuple[float, Drawing]] = {
    "text": (21, _text.draw_text),
    "glyphs": (4, _text.draw_glyphs),
    "grating": (5, _gratings.draw_grating),
    "chirp": (3, _gratings.draw_chirp),
    "zone plate": (3, _gratings.draw_zone_plate),
    "star": (5, _gratings.draw_star),
    "checkerboard": (3, _gratings.draw_checkerboard),
    "stripes": (3, _gratings.draw_stripes),
    "diagonals": (3, _gratings.draw_diagonals),
    "blocks": (5, _blocks.draw_blocks),
    "code": (3, _blocks.draw_code),
    "barcode": (4, _blocks.draw_barcode),
    "noise": (3, _blocks.draw_noise),
    "lines": (3, _lines.draw_lines),
    "polygons": (1.5, _lines.draw_polygons),
    "round shapes": (1.5, _lines.draw_round),
    "curves": (2, _lines.draw_curves),
    "plot": (2, _lines.draw_plot),
    "overlay": (2, _lines.draw_overlay),
    "stars": (4, _dots.draw_stars),
    "spots": (3, _dots.draw_spots),
    "airy": (1, _dots.draw_airy),
    "beads": (2, _dots.draw_beads),
    "ordered dither": (2, _dithers.draw_ordered),
    "error diffusion": (2, _dithers.draw_diffused),
    "random dither": (1, _dithers.draw_random),
    "halftone": (2, _dithers.draw_halftone),
    "bands": (1, _dithers.draw_bands),
    "ramp": (0.5, _textures.draw_ramp),
    "cloud": (0.5, _textures.draw_cloud),
    "cut cloud": (0.5, _textures.draw_cut_cloud),
    "edge": (1, _regions.draw_edge),
    "steps": (1, _regions.draw_steps),
    "rectangles": (0.75, _regions.draw_rectangles),
    "cells": (0.75, _regions.draw_cells),
}
"""Each kind with its share, in percent."""

KINDS: Mapping[str, Drawing] = MappingProxyType(
    {name: drawing for name, (_, drawing) in _WEIGHTED.items()}
)
"""Draws a plane of each kind, shape (size, size), values in [0, 1]."""

_DRAWINGS = tuple(KINDS.values())
_BOUNDS = np.cumsum([weight for weight, _ in _WEIGHTED.values()])
_MIXED = 0.15
"""Share of the patches that show two drawings."""
_SEPARATE = 0.08
"""Share of the colour patches whose channels are drawn independently."""
_SMALLEST = 8
_TRIES = 4
"""Drawings in place of one that shows nothing."""


def draw_patch(
    rng: np.random.Generator, size: int, channels: int
) -> NDArray[np.float32]:
    """Draw a patch unlike a photograph, to train a denoiser on.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness: the same state gives the same patch.
    size : int
        Width and height in pixels, at least 8.
    channels : int
        Number of channels; 1 gives greys, more give random colours.

    Returns
    -------
    ndarray of float32, shape (channels, size, size)
        Values in [0, 1].

    Raises
    ------
    InputError
        If the patch would be smaller, or has no channel.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.training.drawings import draw_patch
    >>> draw_patch(np.random.default_rng(0), 32, channels=3).shape
    (3, 32, 32)
    """
    if size < _SMALLEST or channels < 1:
        raise InputError(
            f"A drawn patch has at least {_SMALLEST} pixels a side and one channel, "
            f"not {size} and {channels}."
        )
    if channels > 1 and chance(rng, _SEPARATE):
        planes = [_patch(rng, size, 1) for _ in range(channels)]
        return np.concatenate(planes)
    return _patch(rng, size, channels)


def _patch(rng: np.random.Generator, size: int, channels: int) -> Plane:
    if not chance(rng, _MIXED):
        return finished(rng, coloured(rng, _plane(rng, size), channels))
    first, second = (coloured(rng, _plane(rng, size), channels) for _ in range(2))
    if chance(rng, 0.3):
        second = second[:, :1, :1]
    share = _mask(rng, size)
    return finished(rng, share * first + (1 - share) * second)


def _plane(rng: np.random.Generator, size: int) -> Plane:
    """Draw a plane of a random kind, again if it shows nothing."""
    plane: Plane = _kind(rng)(rng, size)
    for _ in range(_TRIES):
        if np.ptp(plane) > 0:
            break
        plane = _kind(rng)(rng, size)
    return plane


def _kind(rng: np.random.Generator) -> Drawing:
    where = rng.random() * _BOUNDS[-1]
    return _DRAWINGS[int(np.searchsorted(_BOUNDS, where, side="right"))]


def _mask(rng: np.random.Generator, size: int) -> Plane:
    """Return where the first of two drawings lies: a side, a box or a drawing."""
    kind = rng.random()
    if kind < 0.5:
        way = along(rng, size)
        cut = rng.uniform(0.25, 0.75) * (way.max() - way.min()) + way.min()
        return as_plane(way > cut)
    if kind < 0.75:
        mask = np.zeros((size, size), np.float32)
        top, left = rng.integers(size // 2, size=2)
        high, wide = rng.integers(size // 4, size, 2)
        mask[top : top + high, left : left + wide] = 1
        return mask
    return as_plane(_plane(rng, size) > 0.5)
