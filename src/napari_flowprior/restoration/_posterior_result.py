"""What an estimate of the posterior comes to: images, intervals and sums of regions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.engine._region_sums import RegionSums

__all__ = ["PosteriorResult", "RegionSum"]


@dataclass(frozen=True, kw_only=True)
class PosteriorResult:
    """Mean and standard deviation of the posterior, and how they came about.

    Parameters
    ----------
    mean : ndarray
        The restored image, as near to the posterior mean as is known; see the notes. Of
        the axes of the input, and of its shape unless it is enlarged.
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
    to eight dihedral transforms, as MMSE of quality "best" has it: the samples
    begin with it anyway, while their own mean has an error of ``std / sqrt(K)``. Under
    a variance-stabilising transform, as for Poisson-Gaussian noise, it is the mean of
    what is transformed, led back, as by `restore`. For what takes an estimator of whole
    planes (blur, resolution, holes, JPEG) it is what `restore` returns, which does no
    harm where the prior fails, and has not the noise of a mean of a few samples.
    For all else it is the mean of the samples.
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
        Otherwise it is wider by 1.1 for white noise and 1.3 for correlated noise, by
        2.1 for blur with noise of 2 of 255 to 4.1 with noise of 25, by 1.5 to 3.4 for
        half the resolution, by 1.35 to 2 for JPEG, by 1.4 for holes, by 2.1 and, with
        3 bits, 4.4 for quantised images: what the
        photographs held out in training need for intervals of 90 % to cover as much;
        see ``benchmarks/calibration.py``.

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
        width = self._width(coverage, self.provenance["widening"])
        return np.float32(width) * self.std

    def _width(self, coverage: float, widening: float) -> float:
        """Return half the width of intervals, in standard deviations."""
        if not 0 < coverage < 1:
            raise InputError(f"coverage is {coverage}; it must lie between 0 and 1.")
        samples = self.provenance["estimator"]["samples"]
        quantile = float(stdtrit(samples - 1, (1 + coverage) / 2))
        if self.provenance["mean"] == "of samples":
            quantile *= (1 + 1 / samples) ** 0.5
        return quantile * float(widening)

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
        of neighbours are alike. It has a factor of its own if the prior was calibrated
        on pairs with regions.

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
        story, found = self.provenance, self.regions
        widening = story.get("widening_of_sums", story["widening"])
        width = self._width(coverage, widening)
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
