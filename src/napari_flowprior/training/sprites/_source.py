"""Sprites: drawn figures in front of random backgrounds, as many as wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior.training.patches import DataSummary
from napari_flowprior.training.sprites._backgrounds import draw_background
from napari_flowprior.training.sprites._figure import draw_figure
from napari_flowprior.training.sprites._shapes import Canvas

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Sprites", "draw_sprite"]

_EXTENT = 64.0
"""Width of the drawing in its own units, which are pixels at the usual size."""
_SIZES = (16, 1024)
_RESERVED = int.from_bytes(b"Sprites held out!", "big")
"""Longer than 128 bits, so that no seed of a training gives the same sprites."""


def draw_sprite(rng: np.random.Generator, size: int = 64) -> NDArray[np.uint8]:
    """Draw a figure in some pose, centred, in front of a random background.

    A reconstruction of the paper's Sprites data from their description alone
    (supplement, section D): 64x64 pixels, a figure in the centre, colours of hair and
    clothing that vary, random backgrounds.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of all randomness: the same state gives the same sprite.
    size : int
        Width and height in pixels, 16 to 1024.

    Returns
    -------
    ndarray of uint8, shape (3, size, size)
        Red, green and blue.

    Raises
    ------
    InputError
        If the size is out of range.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.training import draw_sprite
    >>> draw_sprite(np.random.default_rng(0)).shape
    (3, 64, 64)
    """
    _check(size)
    canvas = Canvas(draw_background(rng, size, _EXTENT), _EXTENT)
    draw_figure(rng, canvas)
    image = np.rint(np.clip(canvas.image, 0, 1) * 255).astype(np.uint8)
    return np.ascontiguousarray(image.transpose(2, 0, 1))


class Sprites:
    """Endless source of sprites to train on.

    Parameters
    ----------
    size : int
        Width and height in pixels, 16 to 1024.

    Raises
    ------
    InputError
        If the size is out of range.
    """

    channels = 3
    quantum = 1 / 255
    normalisation = "8 bits: values divided by 255"

    def __init__(self, size: int = 64) -> None:
        _check(size)
        self.size = size

    @property
    def summary(self) -> DataSummary:
        """What there is to train on; no number of patches, as there is no end."""
        return DataSummary(
            images=0,
            planes=0,
            skipped=(),
            patches=0,
            accepted=1.0,
            channels=self.channels,
            dtype="uint8",
            low=0.0,
            high=255.0,
            memory=0,
            held_out="sprites from reserved seeds",
        )

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        """Draw a sprite.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.

        Returns
        -------
        ndarray of float32, shape (3, size, size)
            Values in [0, 1], multiples of 1/255.
        """
        return draw_sprite(rng, self.size).astype(np.float32) / np.float32(255)

    def held_out(self, number: int) -> NDArray[np.float32]:
        """Draw sprites that no training meets: their seeds are reserved.

        Parameters
        ----------
        number : int
            How many.

        Returns
        -------
        ndarray of float32, shape (number, 3, size, size)
            The same sprites every time, the first of them also for another number.
        """
        sprites = np.empty((number, self.channels, self.size, self.size), np.float32)
        for place in range(number):
            sprites[place] = self.draw(_reserved(place))
        return sprites


def _check(size: int) -> None:
    smallest, largest = _SIZES
    if not smallest <= size <= largest:
        raise InputError(
            f"Sprites of {size} pixels cannot be drawn; ask for {smallest} to "
            f"{largest}."
        )


def _reserved(place: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(_RESERVED, spawn_key=(place,)))
