"""One noisy observation of a clean patch."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from napari_flowprior.training.observations._correlation import correlated_noise
from napari_flowprior.training.observations._levels import draw_level, draw_level_map
from napari_flowprior.training.observations._photons import photon_counts

if TYPE_CHECKING:
    from napari_flowprior.training.observations._conditions import Conditions

__all__ = ["Observation", "observe"]

_DARKEST_GAIN = 0.05
_MOST_UNDERSTATED = 1.5
_QUALITIES = (60, 99)
_FEWEST_IMPULSES, _MOST_IMPULSES = 0.0005, 0.04
_SALT_AND_PEPPER = 0.7
# Which ends of the range values are cut off at, and how often.
_ENDS = np.array([(1, 1), (1, 0), (0, 1)], dtype=np.float32)
_END_CHANCES = (0.6, 0.25, 0.15)


@dataclass(frozen=True, eq=False)
class Observation:
    """A noisy patch, what a denoiser is told of it, and what it should answer.

    Parameters
    ----------
    seen : ndarray, shape (C, h, w)
        Noisy intensities, normalised.
    level : ndarray, shape (1, h, w)
        Standard deviation of the noise that is told.
    clipped : ndarray, shape (2,)
        1 where values end at 0, and where at 1, else 0.
    answer : ndarray, shape (C, h, w)
        The clean patch.
    counts : ndarray, shape (C, h, w)
        0 where the answer does not count, else 1.
    """

    seen: NDArray[np.float32]
    level: NDArray[np.float32]
    clipped: NDArray[np.float32]
    answer: NDArray[np.float32]
    counts: NDArray[np.float32]


def observe(
    rng: np.random.Generator, clean: NDArray[np.float32], conditions: Conditions
) -> Observation:
    """Draw a noisy observation of a patch.

    Parameters
    ----------
    rng : numpy.random.Generator
        The only source of randomness.
    clean : ndarray, shape (C, h, h)
        Clean intensities, normalised.
    conditions : Conditions
        How often which kind of noise is drawn.

    Returns
    -------
    Observation
        What is seen and told, and the answer.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.training.observations import Conditions, observe
    >>> clean = np.full((1, 32, 32), 0.5, np.float32)
    >>> seen = observe(np.random.default_rng(0), clean, Conditions())
    >>> seen.seen.shape
    (1, 32, 32)
    """
    level, gain = draw_level(rng, conditions), 1.0
    if rng.random() < conditions.dim:
        clean, gain = _dimmed(rng, clean)
        level *= gain ** rng.random()
    if rng.random() < conditions.photons:
        noisy, answer, level = photon_counts(rng, clean)
        if level <= conditions.highest:
            return _told(noisy, np.float32(level), answer)
    observed = _noisy(rng, clean, level, conditions)
    if rng.random() < conditions.impulses:
        return _struck(rng, observed)
    return observed


def _noisy(
    rng: np.random.Generator,
    clean: NDArray[np.float32],
    level: float,
    conditions: Conditions,
) -> Observation:
    channels, size = clean.shape[:2]
    levels = np.full((1, size, size), level, dtype=np.float32)
    if rng.random() < conditions.uneven:
        levels = draw_level_map(rng, size, level)
    if rng.random() < conditions.correlated:
        noise = correlated_noise(rng, channels, size)
    else:
        noise = rng.standard_normal(clean.shape, dtype=np.float32)
    if rng.random() < conditions.understated:
        noise *= np.float32(rng.uniform(1, _MOST_UNDERSTATED))
    seen = clean + levels * noise
    cut = np.zeros(2, dtype=np.float32)
    if rng.random() < conditions.clipped:
        cut = _ENDS[rng.choice(len(_ENDS), p=_END_CHANCES)]
        low, high = (0 if cut[0] else -np.inf), (1 if cut[1] else np.inf)
        seen = seen.clip(low, high)
    if cut.all() and rng.random() < conditions.compressed:
        seen = _compressed(rng, seen)
        error = np.sqrt(np.mean((seen - clean) ** 2))
        levels = np.maximum(levels, np.float32(error))
    return _told(seen, levels, clean, cut)


def _told(
    seen: NDArray[np.float32],
    level: NDArray[np.float32] | np.float32,
    answer: NDArray[np.float32],
    cut: NDArray[np.float32] | None = None,
) -> Observation:
    levels = np.broadcast_to(level, (1, *seen.shape[1:])).astype(np.float32)
    none = np.zeros(2, dtype=np.float32)
    counts = np.ones_like(seen)
    return Observation(seen, levels, none if cut is None else cut, answer, counts)


def _struck(rng: np.random.Generator, observed: Observation) -> Observation:
    """Put impulses into an observation."""
    low, high = np.log(_FEWEST_IMPULSES), np.log(_MOST_IMPULSES)
    where = rng.random(observed.seen.shape) < np.exp(rng.uniform(low, high))
    values = rng.random(observed.seen.shape, dtype=np.float32)
    if rng.random() < _SALT_AND_PEPPER:
        values = np.rint(values)
    return replace(
        observed,
        seen=np.where(where, values, observed.seen),
        counts=(~where).astype(np.float32),
    )


def _dimmed(
    rng: np.random.Generator, clean: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """Squeeze intensities into a part of the range, as microscopes often do."""
    gain = float(_DARKEST_GAIN ** rng.random())
    # Mostly near black.
    offset = (1 - gain) * rng.random() ** 2
    return (gain * clean + offset).astype(np.float32), gain


def _compressed(
    rng: np.random.Generator, seen: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Round to 8 bits, write as JPEG and read again."""
    pixels = np.rint(255 * seen).astype(np.uint8).transpose(1, 2, 0)
    quality = int(rng.integers(*_QUALITIES))
    file = io.BytesIO()
    Image.fromarray(pixels.squeeze(-1) if pixels.shape[-1] == 1 else pixels).save(
        file, "JPEG", quality=quality, subsampling=int(rng.choice([0, 2]))
    )
    read = np.asarray(Image.open(file), dtype=np.float32) / 255
    return np.ascontiguousarray(read.reshape(pixels.shape).transpose(2, 0, 1))
