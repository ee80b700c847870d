"""A restored image, and its log-likelihood to the prior that restored it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import NDArray

from napari_flowprior._device import is_scheduler
from napari_flowprior._generators import Run
from napari_flowprior.restoration._log_prob_map import iter_log_prob_map
from napari_flowprior.restoration._restore import iter_restore
from napari_flowprior.restoration.engine import (
    RestoreEvent,
    RestoreOptions,
    RestoreResult,
    RunOptions,
)

if TYPE_CHECKING:
    from collections.abc import Generator

    from napari_flowprior.restoration.engine._run_options import RestoreFields

__all__ = ["LogLikelihoodResult", "iter_restore_with_log_likelihood"]


@dataclass(frozen=True, kw_only=True)
class LogLikelihoodResult(RestoreResult):
    """A restored image, how it came about, and how probable it is to the prior.

    Parameters
    ----------
    image : ndarray
        As in `RestoreResult`.
    provenance : dict
        As in `RestoreResult`.
    bits : ndarray
        What `log_prob_map` returns for the image.
    """

    bits: NDArray[np.float32]


def iter_restore_with_log_likelihood(
    image: Any,
    options: RestoreOptions | None = None,
    **fields: Unpack[RestoreFields],
) -> Run[RestoreEvent, LogLikelihoodResult]:
    """Restore an image, then map how probable the result is to the same prior.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`.
    options : RestoreOptions, optional
        The description of the run, as for `iter_restore`; tiles of the map are those of
        `log_prob_map`.
    **fields
        Fields of the description, such as ``degradation=Noise(sigma=25)``, instead of
        those of `options`.

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`, first of the restoration, then of the map;
        closed to cancel; or asked for its ``result``, a `LogLikelihoodResult`.

    Examples
    --------
    >>> from napari_flowprior import RestoreOptions
    >>> from napari_flowprior.restoration import Noise, iter_restore_with_log_likelihood
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> options = RestoreOptions(degradation=Noise(sigma=25))
    >>> run = iter_restore_with_log_likelihood(image, options)
    >>> run.result.image.shape, run.result.bits.shape
    ((64, 64), (64, 64))
    """
    return Run(_with_log_likelihood(image, RestoreOptions.made_of(options, fields)))


def _with_log_likelihood(
    image: Any, options: RestoreOptions
) -> Generator[RestoreEvent, None, LogLikelihoodResult]:
    result = yield from iter_restore(image, options)
    # A cluster restores images, and nothing else.
    device = "auto" if is_scheduler(options.device) else options.device
    shared = RunOptions(
        prior=options.prior,
        axes=options.axes,
        device=device,
        intensity_range=options.intensity_range,
        black=options.black,
        white=options.white,
    )
    bits = yield from iter_log_prob_map(result.image, shared)
    return LogLikelihoodResult(
        image=result.image, provenance=result.provenance, bits=bits
    )
