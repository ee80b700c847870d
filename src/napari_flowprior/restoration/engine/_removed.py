"""What denoising takes out of the middle of an image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from napari_flowprior.restoration.degradations import JPEG

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.engine._parts import Part

__all__ = ["Removed", "removed_from"]

_SIDE = 256


class Removed(NamedTuple):
    """What was taken out of a plane, and what is left, (C, Y, X) and normalised."""

    noise: NDArray[Any]
    scene: NDArray[Any]


def removed_from(part: Part, prior: FlowPrior) -> tuple[Removed, ...]:
    """Denoise the middle of a plane, and that of the next one if there is any.

    Parameters
    ----------
    part : Part
        A part of an image, as it was surveyed.
    prior : FlowPrior
        The prior, on its device.

    Returns
    -------
    tuple of Removed
        Of the plane in the middle and of the next one; of a single plane one, and
        nothing of what is too small, of JPEG and for priors that do not denoise.
    """
    view, stride = part.view, prior.stride
    sides = [min(side, _SIDE) // stride * stride for side in view.shape]
    if isinstance(part.degradation, JPEG) or not min(sides) or not prior.sigma_max:
        return ()
    ys, xs = (
        slice((whole - side) // 2, (whole - side) // 2 + side)
        for whole, side in zip(view.shape, sides, strict=True)
    )
    middle = view.samples // 2
    samples = [middle, middle - 1] if view.samples > 1 else [middle]
    blocks = [
        part.scale.normalise(view.read(sample, ys, xs, np.float64))
        for sample in samples
    ]
    batch = torch.from_numpy(np.stack(blocks)).to(prior.device, prior.dtype)
    scenes = prior.denoise(batch, part.sigma / part.scale.gain)
    removed = (batch - scenes).cpu().double().numpy()
    pairs = zip(removed, scenes.cpu().double().numpy(), strict=True)
    return tuple(Removed(*pair) for pair in pairs)
