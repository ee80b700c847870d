"""Sample images, made offline: from those in scikit-image's wheel, or drawn."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["clean", "colour", "holes", "jpeg", "noisy", "noisy_colour", "sprites"]

Layers = list[tuple[Any, dict[str, Any], str]]

SIGMA = 25
"""Noise level of the noisy samples, of 255."""
QUALITY = 10
"""Quality of the JPEG-damaged sample, of 100."""
SPRITES = 16
"""Number of drawn figures."""
_SEED = 2026


def clean() -> Layers:
    """Return a photograph of 512 x 512 pixels, 8 bits (Lav Varshney, CC0)."""
    return _image(_camera(), "photograph")


def noisy() -> Layers:
    """Return the photograph with Gaussian noise of sigma 25, rounded and clipped."""
    return _image(_add_noise(_camera()), "noisy photograph")


def jpeg() -> Layers:
    """Return the photograph as JPEG compression of quality 10 leaves it."""
    from PIL import Image

    file = BytesIO()
    Image.fromarray(_camera()).save(file, "JPEG", quality=QUALITY)
    return _image(np.asarray(Image.open(file)), "JPEG-damaged photograph")


def holes() -> Layers:
    """Return the photograph with scratches and spots, and a layer that marks them."""
    image, mask = _camera(), _scratches((512, 512))
    image[mask] = 255
    labels = (mask.astype(np.uint8), {"name": "holes", "opacity": 0.4}, "labels")
    return [*_image(image, "photograph with holes"), labels]


def colour() -> Layers:
    """Return a cat in colour, 300 x 451 pixels (Stefan van der Walt, CC0)."""
    return _image(_cat(), "colour photograph")


def noisy_colour() -> Layers:
    """Return the colour photograph with Gaussian noise of sigma 25."""
    return _image(_add_noise(_cat()), "noisy colour photograph")


def sprites() -> Layers:
    """Return a stack of drawn figures in colour, each 64 x 64 pixels (N, Y, X, 3)."""
    from napari_flowprior.training import draw_sprite

    random = np.random.default_rng(_SEED)
    stack = np.stack([draw_sprite(random) for _ in range(SPRITES)])
    return [(np.moveaxis(stack, 1, -1), {"name": "sprites", "rgb": True}, "image")]


def _camera() -> npt.NDArray[np.uint8]:
    from skimage.data import camera

    return np.array(camera())


def _cat() -> npt.NDArray[np.uint8]:
    from skimage.data import chelsea

    return np.array(chelsea())


def _image(array: npt.NDArray[np.uint8], name: str) -> Layers:
    return [(array, {"name": name, "rgb": array.ndim == 3}, "image")]


def _add_noise(image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    noise = np.random.default_rng(_SEED).normal(0, SIGMA, image.shape)
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


def _scratches(shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    from scipy.ndimage import binary_dilation
    from skimage.draw import disk, line

    random = np.random.default_rng(_SEED)
    mask = np.zeros(shape, dtype=bool)
    for _ in range(12):
        mask[line(*random.integers(0, shape[0], 4))] = True
    mask = binary_dilation(mask, iterations=2)
    for _ in range(12):
        mask[disk(random.uniform(0, shape), random.uniform(4, 9), shape=shape)] = True
    return mask
