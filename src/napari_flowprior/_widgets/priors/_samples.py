"""Images that a prior draws, which show what it has learnt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._widgets import jobs

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["draw_samples"]

_NUMBER, _SIDE = 8, 64
# A little less than the scatter of the training, as it looks more like images.
_TEMPERATURE = 0.8
_SEED = 0


def draw_samples(path: Path) -> Generator[None, None, NDArray[np.uint8]]:
    """Draw images from a prior.

    Parameters
    ----------
    path : Path
        Its file.

    Yields
    ------
    None
        Between images.

    Returns
    -------
    ndarray of uint8
        A stack (8, 64, 64), or (8, 64, 64, 3) in colour; the same each time.
    """
    import torch

    from napari_flowprior.priors import FlowPrior

    yield
    jobs.obey_preferences()
    prior = FlowPrior.load(path)
    side = -(-_SIDE // prior.stride) * prior.stride
    generator = torch.Generator().manual_seed(_SEED)
    drawn = []
    for _ in range(_NUMBER):
        yield
        drawn.append(_draw(prior, side, generator))
    stack = np.concatenate(drawn)[:, :, :_SIDE, :_SIDE]
    values = np.rint(255 * stack.clip(0, 1)).astype(np.uint8)
    return np.moveaxis(values, 1, -1) if prior.channels == 3 else values[:, 0]


def _draw(prior: Any, side: int, generator: Any) -> NDArray[np.float32]:
    sigma = 0.0 if prior.flow.config.noise_conditional else None
    image = prior.flow.sample(
        1, (side, side), temperature=_TEMPERATURE, sigma=sigma, generator=generator
    )
    array: NDArray[np.float32] = image.numpy()
    return array
