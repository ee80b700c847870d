"""Images in files and stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_flowprior.training.patches._images import ImageCache, find_images

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from napari_flowprior.training import TrainingImage

RNG = np.random.default_rng(0)


def pixels(*shape: int, dtype: type = np.uint8) -> NDArray[np.generic]:
    return RNG.integers(0, 250, shape).astype(dtype)


def cache_of(*inputs: Path | TrainingImage, limit: int = 2**20) -> ImageCache:
    return ImageCache(find_images(inputs), None, limit)
