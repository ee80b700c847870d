"""Noise of photographs from a camera: demosaiced, smoothed, compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Noise = NDArray[np.float32]

__all__ = ["developed_noise"]

# Widths of Gaussians in pixels, of luminance and of colour, which cameras smooth more;
# the part of the luminance that is as wide as colour; and how strong colour is.
_FINE, _COARSE = (0.3, 1.2), (1.0, 5.0)
_COARSE_PART, _COLOUR = 0.3, (0.15, 0.9)
_DIFFERENT = 0.5
# How the level changes from black to white, as the logarithm of a ratio.
_SLOPE = 1.5
# The sum of colours and two differences, orthonormal.
_OPPONENT = np.array([[1, 1, 1], [1, -1, 0], [1, 1, -2]]) / np.sqrt([[3], [2], [6]])


def developed_noise(rng: np.random.Generator, clean: NDArray[np.float32]) -> Noise:
    """Draw noise of mean 0 and standard deviation 1 as in photographs from a camera.

    Demosaicing and the smoothing of colour leave luminance noise whose next neighbours
    are alike, and weaker colour noise that is so over several pixels; a curve of tones
    makes it stronger where it is dark, or bright.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    clean : ndarray, shape (C, h, h)
        The clean patch, in grey (C = 1) or in colour (C = 3), normalised.

    Returns
    -------
    ndarray, shape (C, h, h)
        Noise.
    """
    shape = clean.shape[1:]
    fine, coarse = _width(rng, _FINE), _width(rng, _COARSE)
    wide = _COARSE_PART * rng.random()
    luminance = np.sqrt(1 - wide) * _smooth(rng, fine, shape)
    luminance += np.sqrt(wide) * _smooth(rng, coarse, shape)
    noise = luminance[None]
    if len(clean) == len(_OPPONENT):
        least, most = _COLOUR
        # Most cameras leave little.
        strength = least + (most - least) * rng.random() ** 2
        ratio = np.exp(rng.uniform(-_DIFFERENT, _DIFFERENT, 2))
        colour = [strength * each * _smooth(rng, coarse, shape) for each in ratio]
        noise = np.einsum("ij,ihw->jhw", _OPPONENT, np.stack([luminance, *colour]))
    noise = noise * np.exp(rng.uniform(-_SLOPE, _SLOPE) * clean.mean(0))
    noise /= max(float(np.sqrt(np.mean(noise**2))), 1e-6)
    return np.broadcast_to(noise, clean.shape).astype(np.float32)


def _width(rng: np.random.Generator, ends: tuple[float, float]) -> float:
    return float(np.exp(rng.uniform(*np.log(ends))))


def _smooth(rng: np.random.Generator, width: float, shape: tuple[int, ...]) -> Noise:
    """Draw white noise, blurred, of standard deviation 1."""
    white = rng.standard_normal(shape, dtype=np.float32)
    blurred: Noise = gaussian_filter(white, width, mode="wrap")
    return blurred / max(float(blurred.std()), 1e-6)
