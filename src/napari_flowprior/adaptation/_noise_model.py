"""How strong the noise of a part of an image is, pixel by pixel, as its prior sees it.

Under the curve of a camera the noise is even where there are many photons, and weaker
where there are few. What is learnt from noise depends on how strong it is: taken for
stronger, detail is unlearnt as noise; taken for weaker, noise is learnt as detail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import gammaln, xlogy

from napari_flowprior.adaptation._level import tile_level
from napari_flowprior.restoration import Anscombe
from napari_flowprior.restoration.engine._intensity_curve import CurvedScale

if TYPE_CHECKING:
    from collections.abc import Iterable

    from napari_flowprior.restoration.engine._parts import Part

__all__ = ["NoiseModel", "deviations"]

# Electrons up to which noise under the curve is computed; with more it is even.
_MOST = 40.0
_POINTS, _NODES = 81, 15
# Light is measured around a pixel, so that its own noise hardly counts.
_SMOOTHING = 2.0
# Of all tiles, the one that is flatter than three of four: in lively ones, detail fills
# all dimensions of the patches.
_FLAT = 0.25
# Share of what a model says, below which a tile shows hardly any noise.
_NONE = 0.2


@dataclass(frozen=True, eq=False)
class NoiseModel:
    """The noise of a part of an image, in units of its prior.

    Parameters
    ----------
    told : float
        The level that a restoration tells the network.
    means, levels : ndarray, shape (N,)
        Deviation of the noise by the mean of intensities, between which it is
        interpolated.
    share : float
        How much of it there is, as measured.
    """

    told: float
    means: NDArray[np.float64]
    levels: NDArray[np.float64]
    share: float = 1.0

    @classmethod
    def of(cls, part: Part, tiles: Iterable[NDArray[np.float32]]) -> NoiseModel:
        """Take what was found of a part, and measure in tiles whether it is so.

        Parameters
        ----------
        part : Part
            The part.
        tiles : iterable of ndarray, shape (C, h, w)
            Tiles of it, normalised.

        Returns
        -------
        NoiseModel
            With no more noise than was found.
        """
        told, scale = part.sigma / part.scale.gain, part.scale
        means, levels = np.zeros(1), np.full(1, told)
        if isinstance(scale, CurvedScale) and isinstance(scale.curve, Anscombe):
            curved, spread = deviations(scale.curve)
            means, levels = scale.scale.normalise(curved, np.float64), told * spread
        whole = cls(told, means, levels)
        return cls(told, means, levels, whole._measured(tiles))

    def map(self, tile: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the deviation of the noise in each pixel.

        Parameters
        ----------
        tile : ndarray, shape (C, h, w)
            Intensities, normalised.

        Returns
        -------
        ndarray, shape (C, h, w)
            In the same units.
        """
        light = gaussian_filter(tile, (0, _SMOOTHING, _SMOOTHING))
        found: NDArray[np.float64] = np.interp(light, self.means, self.levels)
        return (self.share * found).astype(np.float32)

    def _measured(self, tiles: Iterable[NDArray[np.float32]]) -> float:
        """Return which share of the noise there is, as flat tiles show it."""
        shares = [
            tile_level(plane) / max(float(np.sqrt(np.square(told).mean())), 1e-12)
            for tile in tiles
            for plane, told in zip(tile, self.map(tile), strict=True)
        ]
        noisy = [share for share in shares if share > _NONE]
        return min(1.0, float(np.quantile(noisy, _FLAT))) if noisy else 0.0


def deviations(camera: Anscombe) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tabulate the noise under the curve of a camera.

    Parameters
    ----------
    camera : Anscombe
        The camera.

    Returns
    -------
    means, deviations : ndarray, shape (N,)
        Of transformed intensities, at a rising number of electrons.
    """
    if camera.gain == 0:
        return np.zeros(1), np.ones(1)
    electrons = np.linspace(0, np.sqrt(_MOST), _POINTS) ** 2
    counts = np.arange(int(_MOST + 10 * np.sqrt(_MOST)))[:, None]
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    values = camera.offset + camera.gain * counts + camera.read_noise * nodes
    curved, weights = camera.forward(values), weights / weights.sum()
    # Of the Poisson distribution; to import scipy.stats takes long.
    chances = np.exp(xlogy(counts, electrons) - gammaln(counts + 1) - electrons)
    first, second = (
        np.einsum("ke,kn,n->e", chances, curved**power, weights) for power in (1, 2)
    )
    return first, np.sqrt(np.maximum(second - first**2, 0))
