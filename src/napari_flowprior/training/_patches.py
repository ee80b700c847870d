"""Random patches from images held in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["PatchSampler"]

# Mean absolute difference of neighbours, of 255, under which a patch counts as smooth.
_SMOOTH = 2.0


class PatchSampler:
    """Draw square patches uniformly over the area of all images.

    Smooth patches (sky, blur) teach little: only a fraction of them is kept. Patches
    are flipped and turned at random.

    Parameters
    ----------
    images : sequence of ndarray
        uint8 images, (C, H, W), all with the same C.
    size : int
        Side of a patch in pixels.
    keep_smooth : float
        Probability to keep a smooth patch.

    Raises
    ------
    InputError
        If an image is not uint8 (C, H, W), none is as large as a patch, or the
        channels differ.
    """

    def __init__(
        self,
        images: Sequence[NDArray[np.uint8]],
        size: int,
        *,
        keep_smooth: float = 0.25,
    ) -> None:
        if not 0 < keep_smooth <= 1:
            raise InputError(f"keep_smooth is {keep_smooth}; it must be in (0, 1].")
        for image in images:
            if image.ndim != 3 or image.dtype != np.uint8:
                raise InputError(
                    f"An image has shape {image.shape} and type {image.dtype}; patches "
                    "are drawn from uint8 images of shape (C, H, W)."
                )
        self.size = size
        self.keep_smooth = keep_smooth
        self.images = [image for image in images if min(image.shape[1:]) >= size]
        if not self.images:
            raise InputError(
                f"None of the {len(images)} images is as large as a patch of "
                f"{size}x{size} pixels."
            )
        if len({len(image) for image in self.images}) > 1:
            raise InputError("The images have different numbers of channels.")
        places = [self._places(image) for image in self.images]
        self._cumulated = np.cumsum(places) / np.sum(places)

    def _places(self, image: NDArray[np.uint8]) -> int:
        height, width = image.shape[1:]
        return int((height - self.size + 1) * (width - self.size + 1))

    def _crop(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        chosen = int(np.searchsorted(self._cumulated, rng.random(), side="right"))
        image = self.images[min(chosen, len(self.images) - 1)]
        y = int(rng.integers(image.shape[1] - self.size + 1))
        x = int(rng.integers(image.shape[2] - self.size + 1))
        return image[:, y : y + self.size, x : x + self.size]

    def _is_smooth(self, patch: NDArray[np.uint8]) -> bool:
        values = patch.astype(np.int16)
        steps = np.abs(np.diff(values, axis=1)).mean()
        steps += np.abs(np.diff(values, axis=2)).mean()
        return bool(steps < 2 * _SMOOTH)

    def draw(self, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Draw one patch.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray
            uint8 patch, (C, size, size).
        """
        patch = self._crop(rng)
        while self._is_smooth(patch) and rng.random() > self.keep_smooth:
            patch = self._crop(rng)
        turned = np.rot90(patch, int(rng.integers(4)), axes=(1, 2))
        return turned[:, :, ::-1] if rng.random() < 0.5 else turned

    def batch(self, number: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Draw a batch.

        Parameters
        ----------
        number : int
            Number of patches B.
        rng : numpy.random.Generator
            Source of randomness.

        Returns
        -------
        ndarray
            uint8 patches, (B, C, size, size).
        """
        return np.stack([self.draw(rng) for _ in range(number)])
