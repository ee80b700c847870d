"""What a network says of the noise of an image."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from napari_flowprior.data import evenly_spaced
from napari_flowprior.restoration.noise._found_level import Level
from napari_flowprior.restoration.noise._noise_network import (
    finest_scale_of,
    shipped_noise_network,
)
from napari_flowprior.restoration.noise._plateaus import plateau

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_flowprior.data import PlaneView
    from napari_flowprior.restoration.noise._answers import Response

    Pixels = NDArray[np.float64]

__all__ = ["Judgement", "judge_noise"]

# Sides of tiles, and of how many the network sees a multiple; tiles along each side.
_TILE, _SMALLEST, _EVEN, _ALONG = 128, 32, 8, 3
# Share of neighbours that may be equal, and how many more than in the best tile: of
# others a part is padding, or drawn.
_FLAT, _MORE = 0.7, 0.1
# How much of a tile may be padding, if there is any that has less of it.
_FEW = 0.15
# Log odds from which on there is noise, by channels; how much the odds of a prior add,
# and how far two levels may be apart to be of one noise.
_SURE = {1: 0.6, 3: 1.5}
_SHARE_OF_PRIOR, _MOST_ODDS, _ALIKE = 0.5, 4.0, 1.5
# What counts for the odds of a prior that takes out what it should at no level.
_NO_ANSWER = -1.0
# How much less sure it is where to the prior even the finest scale is all texture.
_DISTRUST = 1.5
# How fine white noise is at least, and how much stronger than the finest scale at most.
_WHITE, _CORRELATED = 0.85, 1.15
# Little is sure of fewer pixels than a tile has.
_DOUBT_OF_FEW = 0.5
# The least that a level may be off by, as the scale of a distribution.
_SURE_OF_IT = 0.02


class Judgement(NamedTuple):
    """What a network says of noise, of all tiles of an image together.

    Attributes
    ----------
    odds : float
        Logarithm of the odds that there is noise which can be seen in 8 bits.
    level : float
        Standard deviation of the noise, if there is any, in units of the image.
    fine : float
        How much of it is in the finest scale, relative to white noise.
    """

    odds: float
    level: float
    fine: float

    def level_with(self, response: Response, base: float) -> Level:
        """Return the level of noise by the network and by the answers of a prior.

        Parameters
        ----------
        response : Response
            What the prior answered.
        base : float
            Noise level of the finest scale, in units of the image.

        Returns
        -------
        Level
            Of no noise, where the odds of both are too low together. Of noise that
            cannot be seen in 8 bits, that of the prior.
        """
        ratio, agreed, found = self.level / base, response.agreements, response.level
        of_prior = max(-_MOST_ODDS, min(agreed.odds, _MOST_ODDS))
        if not agreed.crossing:
            of_prior = _NO_ANSWER
        elif not _near(ratio, agreed.crossing):
            of_prior = min(of_prior, 0.0)
        odds = self.odds + _SHARE_OF_PRIOR * of_prior
        if not found.ratio:
            odds -= _DISTRUST * (1 - response.trust)
        if odds < _SURE[response.channels]:
            # It saw no colours as cameras develop them, whose noise it denies.
            denied = found.seen and response.channels == 1
            return found._replace(ratio=0.0, correlated=False) if denied else found
        if self.fine > _WHITE and ratio < _CORRELATED:
            known = found.ratio or agreed.crossing
            mean = math.sqrt(ratio * known) if _near(ratio, known) else ratio
            return Level(min(mean, 1.0), correlated=False)
        # Of noise whose correlation is wide, both see too little rather than too much.
        return Level(max(ratio, found.ratio, 1.0), correlated=True)


def judge_noise(view: PlaneView, low: float, high: float) -> Judgement | None:
    """Ask a network whether an image has noise, and how strong it is.

    Parameters
    ----------
    view : PlaneView
        A channel of an image, or its colours, which are judged one by one.
    low, high : float
        Intensities that stand for 0 and 1.

    Returns
    -------
    Judgement or None
        None of an image that is too small, or has constant areas only.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.data import PlaneView
    >>> from napari_flowprior.restoration.noise import judge_noise
    >>> noisy = np.random.default_rng(0).normal(100, 5, (128, 128))
    >>> found = judge_noise(PlaneView(noisy, "YX"), 0, 255)
    >>> found.odds > 2, round(found.level)
    (True, 5)
    """
    seen = view.glimpse()
    tiles = [tile for plane in seen for tile in _chosen(plane)]
    if not tiles:
        return None
    # Before they are rounded: intensities may lie far from 0.
    shares = (np.stack(tiles)[:, None] - low) / (high - low)
    batch = torch.from_numpy(shares).float()
    with torch.inference_mode():
        answers = shipped_noise_network()(batch).double()
    odds, ratio, spread, fine = answers.unbind(1)
    weights = 1 / spread.exp().clamp_min(_SURE_OF_IT)
    weights /= weights.sum()
    level = (weights * (ratio + finest_scale_of(batch).double().log())).sum().exp()
    few = max(math.log(_TILE**2 * len(seen) / batch.numel()), 0.0)
    return Judgement(
        float(odds.mean()) - _DOUBT_OF_FEW * few,
        float(level) * (high - low),
        float((weights * fine).sum().exp()),
    )


def _near(ratio: float, other: float) -> bool:
    return other > 0 and 1 / _ALIKE < ratio / other < _ALIKE


def _chosen(plane: Pixels) -> list[Pixels]:
    """Choose tiles that vary, without what pads an image or masks it, if there are."""
    constant = plateau(plane)
    if constant is not None:
        for largest in (_TILE, _TILE // 2, _SMALLEST):
            masks = list(_tiles(constant, largest))
            tiles = zip(_tiles(plane, largest), masks, strict=True)
            if free := [tile for tile, mask in tiles if mask.mean() < _FEW]:
                return _whole(free)
    return _whole(list(_tiles(plane, _TILE)))


def _tiles(plane: NDArray[Any], largest: int) -> Iterator[NDArray[Any]]:
    """Cut tiles out of a plane that are evenly spaced, or all of a small one."""
    height, width = (min(side, largest) // _EVEN * _EVEN for side in plane.shape)
    if min(height, width) < _SMALLEST:
        return
    for y in _starts(plane.shape[0], height):
        for x in _starts(plane.shape[1], width):
            yield plane[y : y + height, x : x + width]


def _starts(side: int, tile: int) -> list[int]:
    return evenly_spaced(side - tile + 1, min(-(-side // tile), _ALONG))


def _whole(tiles: list[Pixels]) -> list[Pixels]:
    """Choose the tiles that have no constant areas, or the smallest ones."""
    shares = [float(np.mean(np.diff(tile) == 0)) for tile in tiles]
    most = min(_FLAT, min(shares, default=0.0) + _MORE)
    return [tile for tile, share in zip(tiles, shares, strict=True) if share <= most]
