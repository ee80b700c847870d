"""How every restoration begins: all is checked, and the image is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from napari_flowprior._device import resolve_device
from napari_flowprior.restoration._memory import allocate
from napari_flowprior.restoration.degradations import Auto, Degradation
from napari_flowprior.restoration.engine._events import RestoreEvent
from napari_flowprior.restoration.engine._making import check_fit
from napari_flowprior.restoration.engine._parts import Part, survey_parts
from napari_flowprior.restoration.engine._setup import (
    check_degradation,
    enlarged_shape,
    open_image,
    result_type,
)
from napari_flowprior.restoration.engine._survey import provenance

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import numpy as np

    from napari_flowprior.data import PlaneView
    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.engine._run_options import RestoreOptions
    from napari_flowprior.restoration.engine._survey import AnyEngine

__all__ = ["Begun", "MakeArray", "begin"]

_FEW_LEVELS = (
    "The image has few grey levels, as of few photons, and so has the result: whole "
    "numbers, rounded up and down (dithered) so that areas keep their means. "
    "Choose float32 as its type to see what is between them."
)

MakeArray = Callable[[tuple[int, ...], Any], Any]
"""Makes an array of a shape and a dtype, which regions are assigned to."""


class Begun(NamedTuple):
    """A restoration of which all is known but the result.

    Attributes
    ----------
    started : float
        When it was, on the clock of `time.perf_counter`.
    view : PlaneView
        The image.
    prior : FlowPrior
        The prior, on its device.
    degradation : Degradation
        What happened to the image, as it was given.
    dtype : dtype
        Type of the result.
    parts : list of Part
        What was found of the image.
    """

    started: float
    view: PlaneView
    prior: FlowPrior
    degradation: Degradation
    dtype: np.dtype[Any]
    parts: list[Part]

    def room(
        self, dtype: np.dtype[Any] | None = None, make: MakeArray | None = None
    ) -> Any:
        """Make an array of the shape of the result, and of its type or another."""
        axes, shape = self.view.axes, tuple(self.view.array.shape)
        shape = enlarged_shape(axes, shape, self.degradation.enlargement)
        kind = self.dtype if dtype is None else dtype
        return allocate(shape, kind) if make is None else make(shape, kind)

    def provenance(self, engines: Sequence[AnyEngine]) -> dict[str, Any]:
        """Tell how the result came about that engines have made, JSON-able."""
        seconds = time.perf_counter() - self.started
        story = provenance(engines, self.degradation, seconds)
        if self.dtype.kind in "iu" and any(each.few_levels for each in engines):
            story["warnings"].append(_FEW_LEVELS)
        return story


def begin(image: Any, options: RestoreOptions) -> Generator[RestoreEvent, None, Begun]:
    """Check an image and what is said of it, and look at it.

    Parameters
    ----------
    image : array_like
        The image.
    options : RestoreOptions
        The description of the run.

    Returns
    -------
    Begun
        All that engines need.

    Yields
    ------
    RestoreEvent
        While the image is looked at.

    Raises
    ------
    InputError
        If the image or an option cannot be used.
    """
    started = time.perf_counter()
    yield RestoreEvent(done=0, total=0, message="Checking the image")
    degradation = Auto() if options.degradation is None else options.degradation
    check_degradation(degradation)
    image, view, prior = open_image(image, options.prior, options.axes, degradation)
    dtype = result_type(options.dtype, image)
    prior = prior.to(resolve_device(options.device)).in_precision(options.precision)
    check_fit(options, view, prior, degradation)
    parts = yield from survey_parts(view, prior, degradation, options.chosen_range)
    return Begun(started, view, prior, degradation, dtype, parts)
