"""Images as cameras take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from skimage import data

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.restoration.noise import Anscombe

PHOTO = data.camera()[:384, 64:448] / 255
SHADES = np.tile(0.02 + 0.98 * np.linspace(0, 1, 256) ** 2, (256, 1))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def taken(scene: NDArray[np.float64], peak: float, camera: Anscombe) -> NDArray[Any]:
    random = rng()
    read = random.normal(camera.offset, camera.read_noise, scene.shape)
    return camera.gain * random.poisson(peak * scene) + read
