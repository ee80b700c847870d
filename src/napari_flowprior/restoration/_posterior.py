"""What is left uncertain: mean and standard deviation of the posterior."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy.stats import t as student

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.restoration.engine import RestoreEvent, RestoreOptions
from napari_flowprior.restoration.engine._begin import Begun, begin
from napari_flowprior.restoration.engine._making import make_sampling_engine
from napari_flowprior.restoration.engine._region_sums import RegionSums
from napari_flowprior.restoration.engine._survey import errors_named
from napari_flowprior.restoration.estimators import Sampling

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from napari_flowprior.priors import FlowPrior
    from napari_flowprior.restoration.degradations import Degradation
    from napari_flowprior.restoration.engine._run_options import RestoreFields
    from napari_flowprior.restoration.engine._sampling_engine import SamplingEngine

__all__ = [
    "PosteriorResult",
    "RegionSum",
    "damage_name",
    "iter_posterior",
    "posterior",
]

# How much wider intervals must be than samples under white noise say.
_WIDENING = 1.1


@dataclass(frozen=True, kw_only=True)
class PosteriorResult:
    """Mean and standard deviation of the posterior, and how they came about.

    Parameters
    ----------
    mean : ndarray
        The posterior mean: the estimate of least expected squared error. Of the axes of
        the input, and of its shape unless it is enlarged.
    std : ndarray
        Standard deviation of the posterior in each pixel, float32, of the shape of
        `mean` and in the image's own units.
    provenance : dict
        JSON-able: version, prior, degradation, sampling, noise level, tiles, device,
        duration.
    regions : RegionSums, optional
        Sums of the samples over regions, where they were asked for; see `sums`.

    Notes
    -----
    For white noise the mean is the prior's denoiser on the observation itself, over up
    to eight symmetries of the square, as MMSE of quality "best" has it: the samples
    begin with it anyway, while their own mean has an error of ``std / sqrt(K)``. Under
    a curve of intensities, as for camera noise, it is the mean under the curve, led
    back, as by `restore`. For all else it is the mean of the samples.
    """

    mean: NDArray[Any]
    std: NDArray[np.float32]
    provenance: dict[str, Any]
    regions: RegionSums | None = None

    def margin(self, coverage: float = 0.9) -> NDArray[np.float32]:
        """Return how far from the mean the true image should be at most.

        K samples are few, so this is not 1.645 standard deviations for 90 %: it is the
        quantile of Student's t with K - 1 degrees of freedom, 1.895 for K = 8, which is
        exact if the posterior of a pixel is Gaussian, and that of the prior. Where the
        mean is that of the samples, it is ``sqrt(1 + 1/K)`` times as much.

        Samples of a learned prior are too alike, so the interval is wider again. For
        damage that the prior is calibrated for on pairs, see
        `napari_flowprior.calibration.calibrate`, it is as much wider as they say, and
        with the confidence asked for there, it covers as much as was asked for.
        Otherwise it is wider by 1.9 for blur and JPEG, 1.1 for white noise, 1.4 for all
        else, as measured on lively details of the photographs held out in training, so
        that intervals of 90 % cover about as much there; see
        ``benchmarks/calibration.py``.

        Parameters
        ----------
        coverage : float
            Share of the pixels that shall be no farther away, above 0 and below 1.

        Returns
        -------
        ndarray
            Half the width of the interval around `mean`, in the image's own units,
            float32.

        Raises
        ------
        InputError
            If there is no such share.
        """
        return np.float32(self._width(coverage)) * self.std

    def _width(self, coverage: float) -> float:
        """Return half the width of intervals, in standard deviations."""
        if not 0 < coverage < 1:
            raise InputError(f"coverage is {coverage}; it must lie between 0 and 1.")
        samples = self.provenance["estimator"]["samples"]
        quantile = float(student.ppf((1 + coverage) / 2, samples - 1))
        if self.provenance["mean"] == "of samples":
            quantile *= (1 + 1 / samples) ** 0.5
        return quantile * float(self.provenance["widening"])

    def interval(
        self, coverage: float = 0.9
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return between which intensities the true image should lie.

        Parameters
        ----------
        coverage : float
            Share of the pixels that shall, above 0 and below 1; see `margin`.

        Returns
        -------
        lower, upper : ndarray
            The ends of the intervals, in the image's own units, float32.

        Raises
        ------
        InputError
            If there is no such share.
        """
        margin, mean = self.margin(coverage), self.mean.astype(np.float32)
        return mean - margin, mean + margin

    def sums(self, coverage: float = 0.9) -> list[RegionSum]:
        """Return the sum of the intensities of each region, with its interval.

        The interval is that of `margin`, with the standard deviation of the sums of the
        samples in place of that of pixels: deviations of pixels do not add, as errors
        of neighbours are alike.

        Parameters
        ----------
        coverage : float
            Share of the regions that shall lie in their intervals.

        Returns
        -------
        list of RegionSum
            In the order of their labels.

        Raises
        ------
        InputError
            If no regions were given, or there is no such share.
        """
        if self.regions is None:
            raise InputError("There are no regions; pass labels to posterior.")
        width, found = self._width(coverage), self.regions
        stds = found.sums.std(axis=0, ddof=1)
        rows = zip(found.labels, found.pixels, found.best, stds, strict=True)
        return [
            RegionSum(
                label=int(label),
                pixels=int(pixels),
                sum=float(best),
                std=float(std),
                lower=float(best - width * std),
                upper=float(best + width * std),
            )
            for label, pixels, best, std in rows
        ]


@dataclass(frozen=True, kw_only=True)
class RegionSum:
    """The intensities of a region, summed up.

    Parameters
    ----------
    label : int
        Label of the region.
    pixels : int
        How many values it has, over all planes and channels.
    sum : float
        Sum of the posterior mean, in the image's own units.
    std : float
        Standard deviation of the sums of the samples.
    lower, upper : float
        Ends of the interval.
    """

    label: int
    pixels: int
    sum: float
    std: float
    lower: float
    upper: float


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
    margin: int | None = None,
    batch_size: int | None = None,
    dtype: DTypeLike | None = None,
) -> PosteriorResult:
    """Estimate an image, and how certain each of its pixels is.

    Draws samples of the posterior ``p(x | y)``, the images that explain what was
    observed, each as often as the prior holds it probable, and returns their mean and
    their standard deviation in each pixel. The result does not depend on the batch
    size, but for what `std` loses by rounding.

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
        Largest side, or height and width, of a tile with its margins in pixels.
    margin : int, optional
        Half the overlap of neighbouring tiles in pixels.
    batch_size : int, optional
        Tiles at a time; by default as many as suit the device. Halved by itself if
        memory runs out.
    dtype : dtype, optional
        Of the mean; by default that of the image, rounded and clipped. The standard
        deviation is float32 always.

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
    >>> found = posterior(image, degradation=Noise(sigma=25), samples=4)
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
        margin=margin,
        batch_size=batch_size,
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
    sampled = [
        engine.degradation.widening
        for engine, source in zip(engines, sources, strict=True)
        if source == "of samples"
    ]
    mean = "of samples" if sampled else "of the denoiser"
    widening = max(sampled, default=_WIDENING)
    if told is not None:
        widening = float(told["factor"])
    return {"mean": mean, "widening": widening, "calibrated": told}


def _relayed(
    engines: Sequence[SamplingEngine], mean: NDArray[Any], std: NDArray[np.float32]
) -> Generator[RestoreEvent, None, list[str]]:
    """Run the engines, tell how far they are, and return where the means come from."""
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
