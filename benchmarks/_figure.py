"""A picture of what each method makes of the same details."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw
from skimage.metrics import peak_signal_noise_ratio

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SIDE = 96
ZOOM = 2
CAPTION = 16


class Figure:
    """Rows of images, columns of methods: the liveliest square of each image.

    Parameters
    ----------
    rows : int
        Images to show.
    """

    def __init__(self, rows: int = 3) -> None:
        self.rows = rows
        self._tiles: dict[str, list[Image.Image]] = {}
        self._original: NDArray[Any] | None = None
        self._corner = (0, 0)

    def add(
        self, image: str, method: str, pixels: NDArray[Any], *, scored: bool = True
    ) -> None:
        """Add a picture; the first of an image is the original. Maps have no score."""
        if image not in self._tiles:
            if len(self._tiles) == self.rows:
                return
            self._tiles[image] = []
            self._original, self._corner = pixels, _liveliest(pixels)
        with np.errstate(divide="ignore"):
            psnr = peak_signal_noise_ratio(self._original, pixels, data_range=255)
        note = f"{method} {psnr:.1f}" if scored and np.isfinite(psnr) else method
        self._tiles[image].append(self._tile(note, pixels))

    def _tile(self, caption: str, pixels: NDArray[Any]) -> Image.Image:
        top, left = self._corner
        part = Image.fromarray(pixels[top : top + SIDE, left : left + SIDE])
        side = ZOOM * SIDE
        tile = Image.new("RGB", (side, side + CAPTION), "white")
        tile.paste(part.resize((side, side), Image.Resampling.NEAREST), (0, CAPTION))
        ImageDraw.Draw(tile).text((2, 2), caption, fill="black")
        return tile

    def save(self, path: Path) -> None:
        """Write the picture."""
        rows = list(self._tiles.values())
        width, height = rows[0][0].size
        sheet = Image.new("RGB", (len(rows[0]) * width, len(rows) * height), "white")
        for y, row in enumerate(rows):
            for x, tile in enumerate(row):
                sheet.paste(tile, (x * width, y * height))
        sheet.save(path)


def _liveliest(pixels: NDArray[Any]) -> tuple[int, int]:
    height, width = pixels.shape[:2]
    corners = [
        (top, left)
        for top in range(0, max(height - SIDE, 0) + 1, SIDE // 2)
        for left in range(0, max(width - SIDE, 0) + 1, SIDE // 2)
    ]
    return max(corners, key=lambda c: pixels[c[0] :, c[1] :][:SIDE, :SIDE].std())
