"""What is left uncertain: mean and standard deviation of the posterior."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.restoration._posterior_result import PosteriorResult
from napari_flowprior.restoration.engine import RestoreEvent, RestoreOptions
from napari_flowprior.restoration.engine._begin import Begun, begin
from napari_flowprior.restoration.engine._making import make_sampling_engine
from napari_flowprior.restoration.engine._region_sums import RegionSums
from napari_flowprior.restoration.engine._survey import errors_named
from napari_flowprior.restoration.estimators import Sampling

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

    from napari_flowprior.data import RangeKind
    from napari_flowprior.priors import FlowPrior, Precision
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._run_options import RestoreFields
    from napari_flowprior.restoration.engine._sampling_engine import SamplingEngine

__all__ = ["damage_name", "iter_posterior", "posterior"]

# Where images come from; intervals about the last are wider by this at least.
_WIDENING = 1.4
_SOURCES = "of the denoiser", "of the estimator", "of samples"


def damage_name(degradation: Degradation) -> str:
    """Return what intervals are calibrated by: the name, or those of all parts.

    Parameters
    ----------
    degradation : Degradation
        As it was given.

    Returns
    -------
    str
        Such as "auto", "noise" or "blur,noise".

    Examples
    --------
    >>> from napari_flowprior.restoration import Blur, Compose, Noise, damage_name
    >>> damage_name(Compose(Blur(gaussian=1), Noise(sigma=5)))
    'blur,noise'
    """
    return ",".join(part.name for part in degradation.steps)


def posterior(
    image: Any,
    *,
    samples: int = Sampling.samples,
    seed: int = Sampling.seed,
    steps: int = Sampling.steps,
    prior: FlowPrior | str | Path = "auto",
    degradation: Degradation | None = None,
    regions: Any = None,
    axes: str | None = None,
    device: str = "auto",
    tile: int | tuple[int, int] | None = None,
    overlap: int | None = None,
    batch_size: int | None = None,
    intensity_range: RangeKind = "auto",
    black: float | None = None,
    white: float | None = None,
    memory: float | None = None,
    precision: Precision = "auto",
    dtype: DTypeLike | None = None,
) -> PosteriorResult:
    """Estimate an image, and how certain each of its pixels is.

    Draws samples of the posterior ``p(x | y)``, the images that explain what was
    observed, each as often as the prior holds it probable, and returns their standard
    deviation in each pixel, beside the restored image, see `PosteriorResult`. The
    result does not depend on the batch size, but for what `std` loses by rounding.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`.
    samples : int
        Number of samples K, at least 2. The standard deviation of a pixel is known to
        a share of ``1 / sqrt(2 (K - 1))``: 27 % for 8 samples, 18 % for 16.
    seed : int
        Of all random numbers; the same one gives the same result.
    steps : int
        Denoisings for each sample, see `Sampling`.
    prior : FlowPrior, str or Path
        A noise-conditioned prior, name of a shipped one or path of a file. "auto" takes
        ``photo-rgb`` for colour images and ``photo-gray`` for all others.
    degradation : Degradation, optional
        What happened to the image; by default `Auto`, what a look at it finds.
    regions : array_like of int, optional
        Labels of regions whose intensities are summed up, 0 for none: of the shape of
        the image, or (Y, X) for all planes; see `PosteriorResult.sums`.
    axes : str, optional
        One letter per axis of T, Z, C, Y, X and S (colour samples), such as "TZYX";
        guessed from the shape if not given.
    device : str
        "auto", "cuda", "mps" or "cpu".
    tile : int or tuple of int, optional
        Largest side, or height and width, of a tile in pixels.
    overlap : int, optional
        Pixels that neighbouring tiles share.
    batch_size : int, optional
        Tiles at a time; by default as many as suit the device. Halved by itself if
        memory runs out.
    intensity_range : {"auto", "type", "percentiles", "min-max"}
        Which intensities the prior takes for black and for white, see `RunOptions`; the
        result has the units of the image in any case.
    black, white : float, optional
        These intensities, the same for all channels, if they are known.
    memory : float, optional
        Memory that may be used, in GiB; by default half of what is free. Larger planes
        are worked on in overlapping blocks, unless regions are summed up.
    precision : {"auto", "float32", "bfloat16"}
        Of the score network; "auto" takes bfloat16 where the device computes with it,
        in half the time and for 0.003 dB. Its results differ in the last digits.
    dtype : dtype, optional
        Of the mean; by default that of the image. The standard deviation is float32.

    Returns
    -------
    PosteriorResult
        Mean, standard deviation and provenance.

    Raises
    ------
    InputError
        If the image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails; `MemoryLimitError` if memory runs out.

    See Also
    --------
    iter_posterior : the same with progress, for interfaces.

    Examples
    --------
    >>> from napari_flowprior import posterior
    >>> from napari_flowprior.restoration import Noise
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> found = posterior(image, degradation=Noise(sigma=25), samples=2)
    >>> lower, upper = found.interval(0.9)
    >>> bool((lower < upper).all())
    True
    """
    options = RestoreOptions(
        prior=prior,
        degradation=degradation,
        estimator=Sampling(samples=samples, seed=seed, steps=steps),
        axes=axes,
        device=device,
        tile=tile,
        overlap=overlap,
        batch_size=batch_size,
        intensity_range=intensity_range,
        black=black,
        white=white,
        memory=memory,
        precision=precision,
        dtype=dtype,
    )
    return iter_posterior(image, options, regions=regions).result


def iter_posterior(
    image: Any,
    options: RestoreOptions | None = None,
    *,
    regions: Any = None,
    **fields: Unpack[RestoreFields],
) -> Run[RestoreEvent, PosteriorResult]:
    """Estimate the posterior step by step.

    Parameters
    ----------
    image : array_like
        Real image or stack, as for `restore`.
    options : RestoreOptions, optional
        The description of the run, whose estimator is `Sampling`, or "auto" for that
        with its defaults.
    regions : array_like of int, optional
        Labels of regions, as for `posterior`.
    **fields
        Fields of the description, such as ``degradation=Noise(sigma=25)``, instead of
        those of `options`.

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`, after each batch of tiles; closed to cancel;
        or asked for its ``result``, a `PosteriorResult`. It raises as `posterior` does.

    Examples
    --------
    >>> from napari_flowprior import RestoreOptions, iter_posterior
    >>> from napari_flowprior.restoration import Noise, Sampling
    >>> import numpy as np
    >>> from skimage import data
    >>> noise = np.random.default_rng(0).normal(0, 25, (64, 64))
    >>> image = np.clip(data.camera()[100:164, 180:244] + noise, 0, 255)
    >>> image = image.astype(np.uint8)
    >>> sampling = Sampling(samples=2, steps=4)
    >>> options = RestoreOptions(degradation=Noise(sigma=25), estimator=sampling)
    >>> iter_posterior(image, options).result.std.shape
    (64, 64)
    """
    options = RestoreOptions.made_of(options, fields)
    return Run(_estimated(image, options, regions))


def _estimated(
    image: Any, options: RestoreOptions, regions: Any
) -> Generator[RestoreEvent, None, PosteriorResult]:
    with errors_named():
        options = replace(options, estimator=options.sampling)
        begun = yield from begin(image, options)
        prior = begun.prior
        summed = _region_sums(regions, begun, options.sampling.samples)
        engines = [
            make_sampling_engine(options, part, prior, summed) for part in begun.parts
        ]
        mean, std = begun.room(), begun.room(np.dtype(np.float32))
        sources = yield from _relayed(engines, mean, std)
        told = prior.info.calibration.get(damage_name(begun.degradation))
        story = begun.provenance(engines) | _calibration(engines, sources, told)
        return PosteriorResult(mean=mean, std=std, provenance=story, regions=summed)


def _region_sums(regions: Any, begun: Begun, samples: int) -> RegionSums | None:
    if regions is None:
        return None
    if begun.degradation.enlargement > 1:
        raise InputError(
            "Regions are those of the image, and the result has finer pixels; leave "
            "them out."
        )
    return RegionSums(regions, begun.view, samples)


def _calibration(
    engines: Sequence[SamplingEngine],
    sources: Sequence[str],
    told: dict[str, Any] | None,
) -> dict[str, Any]:
    """Tell where the mean comes from, and by how much intervals are to be wider."""
    mean = max(sources, key=_SOURCES.index)
    widening = max(_WIDENING * (mean == _SOURCES[-1]), *map(_widening, engines))
    if told is not None:
        widening = float(told["factor"])
    of_sums = widening if told is None else float(told.get("factor_of_sums", widening))
    return {
        "mean": mean,
        "widening": widening,
        "widening_of_sums": of_sums,
        "calibrated": told,
    }


def _widening(engine: SamplingEngine) -> float:
    """Interpolate between what was measured, for the step that needs most."""
    tables = (np.transpose(step.widenings) for step in engine.degradation.steps)
    return max(float(np.interp(255 * engine.sigma, *table)) for table in tables)


def _relayed(
    engines: Sequence[SamplingEngine], mean: NDArray[Any], std: NDArray[np.float32]
) -> Generator[RestoreEvent, None, list[str]]:
    """Run the engines, tell how far they are, and return where images come from."""
    samples = engines[0].estimator.samples
    planes = sum(engine.view.samples for engine in engines)
    of_planes = f" of {planes} planes" if planes > 1 else ""
    message = f"Drawing {samples} samples{of_planes} on {engines[0].prior.device}"
    total, done = sum(engine.total for engine in engines), 0
    sources = []
    for engine in engines:
        run = Run(engine.run(mean, std))
        yield RestoreEvent(done=done, total=total, message=message)
        for steps in run:
            done += steps
            yield RestoreEvent(done=done, total=total, message=message)
        sources.append(run.result)
    return sources
