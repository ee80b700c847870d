"""Shapes drawn into an image by their signed distance."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Canvas", "Capsule", "Colour", "Frame", "Point"]

Colour = NDArray[np.float64]
"""Red, green and blue in [0, 1]."""
Point = tuple[float, float]
"""x to the right and y downwards."""

_LIGHT = (-0.55, -0.8)
"""Direction towards the light: from above, and from the left."""
_SHORTEST = 1e-3
"""Length from which a line has a direction."""
_TURN = np.linspace(0, 2 * math.pi, 24, endpoint=False)
_ROUND = np.stack((np.cos(_TURN), np.sin(_TURN)), axis=1)
_SHADES = 0.3
"""Contrast of light and shadow on a shape."""


@dataclass(frozen=True, eq=False)
class Capsule:
    """A line with round ends whose radius changes from one end to the other.

    Parameters
    ----------
    start, end : tuple of float
        x and y of the centres of its round ends.
    radii : tuple of float
        Radius at the start and at the end.
    colour : ndarray, shape (3,)
        Of its middle tone.
    outline : float
        Width of the dark line around it.
    cut : float
        How far beyond ``end`` it is cut straight; negative before it.
    flat : bool
        Whether it is drawn without light and shadow.
    """

    start: Point
    end: Point
    radii: tuple[float, float]
    colour: Colour
    outline: float = 1.0
    cut: float = math.inf
    flat: bool = False

    def bounds(self) -> tuple[float, float, float, float]:
        """Return the box around it.

        Returns
        -------
        left, top, right, bottom : float
            Its sides, with the outline and half a unit more.
        """
        (x0, y0), (x1, y1), (r0, r1) = self.start, self.end, self.radii
        left, top = min(x0 - r0, x1 - r1), min(y0 - r0, y1 - r1)
        right, bottom = max(x0 + r0, x1 + r1), max(y0 + r0, y1 + r1)
        if self.cut < max(self.radii):
            rim = self._rim()
            (left, top), (right, bottom) = rim.min(0).tolist(), rim.max(0).tolist()
        margin = self.outline + 0.5
        return left - margin, top - margin, right + margin, bottom + margin

    def _rim(self) -> NDArray[np.float64]:
        """Return points on both ends, those beyond the cut moved onto it."""
        ends = np.array((self.start, self.end))
        axis = ends[1] - ends[0]
        length = max(math.hypot(*axis), _SHORTEST)
        axis = axis / length
        rim: NDArray[np.float64]
        rim = (ends[:, None] + np.array(self.radii)[:, None, None] * _ROUND).reshape(
            -1, 2
        )
        beyond = (rim - ends[0]) @ axis - (length + self.cut)
        rim -= np.maximum(beyond, 0)[:, None] * axis
        return rim


@dataclass(frozen=True)
class Frame:
    """Turned coordinates: x to the right as seen, y upwards.

    Parameters
    ----------
    centre : tuple of float
        Their origin in the image, whose y is downwards.
    cosine, sine : float
        Of the angle by which they are turned clockwise.
    """

    centre: Point
    cosine: float
    sine: float

    def at(self, x: float, y: float) -> Point:
        """Return a place in the image.

        Parameters
        ----------
        x, y : float
            The place in these coordinates.

        Returns
        -------
        tuple of float
            The place in those of the image.
        """
        return (
            self.centre[0] + x * self.cosine + y * self.sine,
            self.centre[1] + x * self.sine - y * self.cosine,
        )

    def blob(
        self,
        start: Point,
        end: Point,
        radii: tuple[float, float],
        colour: Colour,
        outline: float = 1.0,
        *,
        cut: float = math.inf,
        flat: bool = False,
    ) -> Capsule:
        """Return a shape given in these coordinates.

        Parameters
        ----------
        start, end, radii, colour, outline, cut, flat
            As of `Capsule`.

        Returns
        -------
        Capsule
            The same in coordinates of the image.
        """
        start, end = self.at(*start), self.at(*end)
        return Capsule(start, end, radii, colour, outline, cut, flat)

    def spot(self, x: float, y: float, radius: float, colour: Colour) -> Capsule:
        """Return a disc without outline.

        Parameters
        ----------
        x, y : float
            Its centre in these coordinates.
        radius : float
            Half its width.
        colour : ndarray, shape (3,)
            Red, green and blue.

        Returns
        -------
        Capsule
            The disc in coordinates of the image.
        """
        return self.blob((x, y), (x, y), (radius, radius), colour, 0.0, flat=True)


class Canvas:
    """An image to draw on, in units that do not depend on its size.

    Parameters
    ----------
    image : ndarray of float64, shape (side, side, 3)
        Background with values in [0, 1], drawn over.
    extent : float
        Width and height of the image in units of the drawing.
    """

    def __init__(self, image: NDArray[np.float64], extent: float) -> None:
        self.image = image
        self.scale = len(image) / extent
        centres = np.arange(len(image), dtype=np.float64) + 0.5
        self.places = centres / self.scale

    def draw(self, shape: Capsule) -> None:
        """Draw a shape over the image, with smooth edges.

        Parameters
        ----------
        shape : Capsule
            What to draw; parts outside of the image are left out.
        """
        rows, columns = self._window(shape)
        x, y = self.places[columns], self.places[rows, None]
        distance, light = _measure(shape, x, y)
        window = self.image[rows, columns]
        if shape.outline:
            self._paint(window, distance - shape.outline, 0.3 * shape.colour)
        tone = shape.colour
        if not shape.flat:
            tone = shape.colour * (1 + _SHADES * _cel(light))[..., None]
        self._paint(window, distance, tone)

    def shadow(self, centre: Point, radii: tuple[float, float], depth: float) -> None:
        """Darken a soft ellipse.

        Parameters
        ----------
        centre : tuple of float
            Its x and y.
        radii : tuple of float
            Half its width and half its height.
        depth : float
            Fraction of the light that is taken away in its middle.
        """
        x = (self.places - centre[0]) / radii[0]
        y = (self.places[:, None] - centre[1]) / radii[1]
        self.image *= (1 - depth * np.clip(1.3 - x**2 - y**2, 0, 1))[..., None]

    def _window(self, shape: Capsule) -> tuple[slice, slice]:
        left, top, right, bottom = (
            min(max(round(side * self.scale), 0), len(self.image))
            for side in shape.bounds()
        )
        return slice(top, bottom), slice(left, right)

    def _paint(
        self,
        window: NDArray[np.float64],
        distance: NDArray[np.float64],
        colour: NDArray[np.float64],
    ) -> None:
        # A pixel is covered in proportion to how far its centre is inside.
        cover = _fraction(0.5 - distance * self.scale)[..., None]
        window += cover * (colour - window)


def _fraction(values: NDArray[np.float64]) -> NDArray[np.float64]:
    # On small arrays in half the time of np.clip.
    return np.minimum(np.maximum(values, 0), 1)


def _measure(
    shape: Capsule, x: NDArray[np.float64], y: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the distance to the edge (negative inside), and the light."""
    (x0, y0), (x1, y1) = shape.start, shape.end
    length = max(math.hypot(x1 - x0, y1 - y0), _SHORTEST)
    ux, uy = (x1 - x0) / length, (y1 - y0) / length
    right, down = x - x0, y - y0
    along = right * ux + down * uy
    foot = np.minimum(np.maximum(along, 0), length)
    right, down = right - foot * ux, down - foot * uy
    radius = shape.radii[0] + (shape.radii[1] - shape.radii[0]) / length * foot
    distance = np.sqrt(right**2 + down**2) - radius
    if shape.cut < math.inf:
        distance = np.maximum(distance, along - (length + shape.cut))
    light = (right * _LIGHT[0] + down * _LIGHT[1]) / radius
    return distance, light


def _cel(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gather the light into three tones, as in cartoons."""
    bright, dark = _fraction(4 * light - 1), _fraction(-4 * light - 0.6)
    return 0.6 * bright - dark
