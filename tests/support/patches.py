"""Sources of patches that need no files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ArrayPatches:
    """Random crops of uint8 images held in memory, (N, C, Y, X)."""

    quantum = 1 / 255
    normalisation = "8 bits"

    def __init__(self, images: NDArray[np.uint8], size: int = 16) -> None:
        self.images = images
        self.size = size
        self.channels = images.shape[1]

    def draw(self, rng: np.random.Generator) -> NDArray[np.float32]:
        image = self.images[rng.integers(len(self.images))]
        y, x = (int(rng.integers(side - self.size + 1)) for side in image.shape[1:])
        crop = image[:, y : y + self.size, x : x + self.size]
        return crop.astype(np.float32) / 255

    def held_out(self, number: int) -> NDArray[np.float32]:
        rng = np.random.default_rng(99)
        return np.stack([self.draw(rng) for _ in range(number)])


def rough_images(
    number: int = 3, side: int = 40, channels: int = 1
) -> NDArray[np.uint8]:
    """Blocks of random values, 4 pixels wide, (N, C, side, side)."""
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 256, (number, channels, side // 4, side // 4))
    return rough.repeat(4, axis=2).repeat(4, axis=3).astype(np.uint8)
