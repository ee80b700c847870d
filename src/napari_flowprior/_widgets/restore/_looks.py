"""Looks at an image in the background: how noisy it is, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._widgets import jobs

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior._widgets.restore._proposal import Proposal
    from napari_flowprior.data import PlaneView
    from napari_flowprior.restoration import RestoreEvent

__all__ = ["diagnose", "estimate"]


def estimate(image: Any, axes: str) -> Generator[None, None, float]:
    """Estimate the noise level of an image.

    Parameters
    ----------
    image : array
        The image.
    axes : str
        Its axes.

    Returns
    -------
    float
        Standard deviation, in the units of the image.
    """
    from napari_flowprior.data import PlaneView, check_image, scan
    from napari_flowprior.restoration import estimate_noise

    yield
    check_image(image)
    view = PlaneView(image, axes)
    yield from scan(view)
    return estimate_noise(view)


def diagnose(
    image: Any, axes: str, prior: str, device: str
) -> Generator[RestoreEvent | None, None, Proposal]:
    """Say what is wrong with an image, and what to do about it.

    Parameters
    ----------
    image : array
        The image.
    axes : str
        Its axes.
    prior : str
        Name or path of a prior, or "auto".
    device : str
        "auto", or one of the devices of torch.

    Yields
    ------
    RestoreEvent or None
        Progress.

    Returns
    -------
    Proposal
        The sentences, and the settings.
    """
    from napari_flowprior._widgets.restore._proposal import for_holes, propose
    from napari_flowprior.data import PlaneView
    from napari_flowprior.restoration import iter_diagnose

    jobs.obey_preferences()
    if missing := (yield from _count_missing(PlaneView(image, axes))):
        return for_holes(missing)
    with jobs.quietly():
        found = yield from iter_diagnose(image, prior=prior, axes=axes, device=device)
    jobs.free_memory()
    return propose(found)


def _count_missing(view: PlaneView) -> Generator[None, None, int]:
    missing = 0
    for sample, rows in view.bands() if view.dtype.kind == "f" else ():
        yield
        missing += int(np.isnan(view.read(sample, rows, slice(None))).sum())
    return missing
