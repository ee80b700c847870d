"""Calibrate the intervals of a prior on pairs: `calibrate` and its generator form."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.calibration._bounds import (
    fewest_pairs,
    find_factor,
    is_normally_below,
    is_surely_below,
)
from napari_flowprior.calibration._pairs import Pair, find_pairs
from napari_flowprior.calibration._ratios import covered, hopeless, measure
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import (
    Auto,
    RestoreEvent,
    RestoreOptions,
    Sampling,
    damage_name,
)

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from numpy.typing import NDArray

    from napari_flowprior.calibration._bounds import Test
    from napari_flowprior.restoration import Degradation

__all__ = ["CalibrationResult", "calibrate", "iter_calibrate"]

_FEWEST = 20
_COVERAGE, _CONFIDENCE = 0.9, 0.9


@dataclass(frozen=True, kw_only=True, eq=False)
class CalibrationResult:
    """A prior whose intervals are calibrated, and what they were calibrated by.

    Parameters
    ----------
    prior : FlowPrior
        The prior, with the factor in its ``info.calibration``; to be saved.
    damage : str
        Name of the damage that the factor is for.
    factor : float
        How many times as wide as the samples say intervals are to be.
    before : float
        Share of the pixels that intervals without calibration covered.
    after : float
        Share that they cover with it, on the same pairs.
    pairs : int
        How many pairs there were.
    factor_of_sums : float or None
        The factor for sums over regions; None without regions.
    """

    prior: FlowPrior
    damage: str
    factor: float
    before: float
    after: float
    pairs: int
    factor_of_sums: float | None = None


def calibrate(
    prior: FlowPrior | str | Path,
    pairs: str | Path | Sequence[Pair],
    *,
    degradation: Degradation | None = None,
    coverage: float = _COVERAGE,
    confidence: float = _CONFIDENCE,
    exact: bool = False,
    samples: int = Sampling.samples,
    seed: int = Sampling.seed,
    steps: int = Sampling.steps,
    axes: str | None = None,
    device: str = "auto",
) -> CalibrationResult:
    """Calibrate intervals on pairs of images of one instrument.

    Finds how much wider (or narrower) the intervals of `posterior` have to be so that,
    with a probability of `confidence` over the choice of the pairs, they cover a share
    `coverage` of the pixels of further images of that instrument.

    Parameters
    ----------
    prior : FlowPrior, str or Path
        The prior; it is not changed.
    pairs : str, Path or sequence of Pair
        Folder of pairs, see `find_pairs`, or the pairs. At least 20, of scenes that
        have nothing to do with each other and are chosen as later ones will be. Where
        they have regions, intervals of sums over such regions are calibrated as well.
    degradation : Degradation, optional
        What happened to the images; by default what a look at them finds. The factor
        holds for this damage.
    coverage : float
        Share of the pixels that intervals are to cover.
    confidence : float
        Probability, over the choice of the pairs, that they do.
    exact : bool
        Whether that probability is to hold for any distribution of images, by betting;
        it takes more pairs, and wider intervals where they are few. By default it holds
        as far as the mean share of missed pixels of all pairs is nearly normal.
    samples, seed, steps : int
        Of the posterior. The guarantee holds for as many samples and steps.
    axes : str, optional
        Letters of the axes of all images; by default each file's own.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    CalibrationResult
        The calibrated prior and the factor.

    Raises
    ------
    InputError
        If pairs or options cannot be used.
    RestoreError
        If the computation fails.

    References
    ----------
    Bates et al., *Distribution-free, risk-controlling prediction sets* (2021);
    Angelopoulos et al., *Image-to-image regression with distribution-free uncertainty
    quantification* (2022).

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior.calibration import Pair, calibrate
    >>> from napari_flowprior.restoration import Noise
    >>> rng = np.random.default_rng(0)
    >>> clean = np.clip(4 * np.add.outer(np.arange(32), np.arange(32)), 0, 255)
    >>> pairs = [Pair(clean + rng.normal(0, 9, clean.shape), clean) for _ in range(22)]
    >>> quick = {"degradation": Noise(sigma=9), "samples": 2, "steps": 2}
    >>> found = calibrate("photo-gray", pairs, **quick)
    >>> found.prior.save("microscope.safetensors")
    """
    sampling = Sampling(samples=samples, seed=seed, steps=steps)
    options = RestoreOptions(
        degradation=degradation, estimator=sampling, axes=axes, device=device
    )
    shares = {"coverage": coverage, "confidence": confidence}
    return iter_calibrate(prior, pairs, options, exact=exact, **shares).result


def iter_calibrate(
    prior: FlowPrior | str | Path,
    pairs: str | Path | Sequence[Pair],
    options: RestoreOptions | None = None,
    *,
    coverage: float = _COVERAGE,
    confidence: float = _CONFIDENCE,
    exact: bool = False,
) -> Run[RestoreEvent, CalibrationResult]:
    """Calibrate intervals step by step; see `calibrate`.

    Parameters
    ----------
    prior : FlowPrior, str or Path
        The prior; it is not changed.
    pairs : str, Path or sequence of Pair
        Folder of pairs, or the pairs.
    options : RestoreOptions, optional
        The description of the runs of `posterior`, but for the prior; without axes,
        those of each file.
    coverage, confidence : float
        As for `calibrate`.
    exact : bool
        As for `calibrate`.

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`, over all pairs; closed to cancel; or asked
        for its ``result``, a `CalibrationResult`. It raises as `calibrate` does.

    Examples
    --------
    >>> from napari_flowprior import RestoreOptions
    >>> import numpy as np
    >>> from napari_flowprior.calibration import Pair, iter_calibrate
    >>> from napari_flowprior.restoration import Noise, Sampling
    >>> rng = np.random.default_rng(0)
    >>> clean = np.clip(4 * np.add.outer(np.arange(32), np.arange(32)), 0, 255)
    >>> pairs = [Pair(clean + rng.normal(0, 9, clean.shape), clean) for _ in range(22)]
    >>> quick = Sampling(samples=2, steps=2)
    >>> options = RestoreOptions(degradation=Noise(sigma=9), estimator=quick)
    >>> iter_calibrate("photo-gray", pairs, options).result.pairs
    22
    """
    options = RestoreOptions() if options is None else options
    return Run(_calibrating(prior, pairs, options, coverage, confidence, exact=exact))


def _calibrating(
    prior: FlowPrior | str | Path,
    pairs: str | Path | Sequence[Pair],
    options: RestoreOptions,
    coverage: float,
    confidence: float,
    *,
    exact: bool,
) -> Generator[RestoreEvent, None, CalibrationResult]:
    _check_shares(coverage=coverage, confidence=confidence)
    found = find_pairs(pairs) if isinstance(pairs, str | Path) else list(pairs)
    risk, doubt = 1 - coverage, 1 - confidence
    _check_number(len(found), fewest_pairs(risk, doubt) if exact else _FEWEST)
    prior = prior if isinstance(prior, FlowPrior) else FlowPrior.load(prior)
    options = replace(options, prior=_calibrated(prior, {}), dtype=np.float32)
    sampling = options.sampling
    measured = yield from measure(found, coverage, options)
    ratios = [each.pixels for each in measured]
    is_below = is_surely_below if exact else is_normally_below
    factor = find_factor(ratios, risk, doubt, is_below)
    if factor is None:
        raise InputError(hopeless(ratios))
    sums = _factor_of_sums([each.sums for each in measured], risk, doubt, is_below)
    degradation = Auto() if options.degradation is None else options.degradation
    damage = damage_name(degradation)
    entry = {
        **{"factor": factor, "coverage": coverage, "confidence": confidence},
        **{"exact": exact, "pairs": len(found)},
        **{"samples": sampling.samples, "steps": sampling.steps},
        **({} if sums is None else {"factor_of_sums": sums}),
    }
    return CalibrationResult(
        prior=_calibrated(prior, {**prior.info.calibration, damage: entry}),
        damage=damage,
        factor=factor,
        before=covered(ratios, [each.widening for each in measured]),
        after=covered(ratios, [factor] * len(ratios)),
        pairs=len(found),
        factor_of_sums=sums,
    )


def _factor_of_sums(
    ratios: list[NDArray[np.float32]], risk: float, doubt: float, is_below: Test
) -> float | None:
    """Find how many times as wide intervals of sums must be; None without regions."""
    if not any(len(each) for each in ratios):
        return None
    if lacking := sum(not len(each) for each in ratios):
        raise InputError(
            f"{lacking} of {len(ratios)} pairs have no regions; give those of all of "
            "them, or of none."
        )
    factor = find_factor(ratios, risk, doubt, is_below)
    if factor is None:
        raise InputError(
            "No width of intervals covers enough of the sums over regions; take more "
            "pairs, or leave out the regions."
        )
    return factor


def _calibrated(prior: FlowPrior, told: dict[str, dict[str, Any]]) -> FlowPrior:
    """Return a prior that is calibrated otherwise, and shares its weights."""
    other = copy(prior)
    other.info = replace(prior.info, calibration=told)
    return other


def _check_shares(**shares: float) -> None:
    for name, share in shares.items():
        if not 0 < share < 1:
            raise InputError(f"{name} is {share}; it must lie between 0 and 1.")


def _check_number(number: int, fewest: int) -> None:
    if number < fewest:
        raise InputError(
            f"There are {number} pairs, which say too little; take {fewest} or more."
        )
