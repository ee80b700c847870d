"""Adapt a prior to noisy images: `adapt` and its generator form."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_flowprior._device import resolve_device
from napari_flowprior._errors import InputError
from napari_flowprior._generators import Run
from napari_flowprior.adaptation._cost import check_adaptable
from napari_flowprior.adaptation._learner import AdaptResult, Budget, Learner
from napari_flowprior.adaptation._neighbours import measure_correlation
from napari_flowprior.adaptation._tiles import NoisyTiles
from napari_flowprior.priors import FlowPrior
from napari_flowprior.restoration import Auto, RestoreEvent, RunOptions
from napari_flowprior.restoration.engine._noise_curve import curve_of
from napari_flowprior.restoration.engine._parts import survey_parts
from napari_flowprior.restoration.engine._setup import open_image
from napari_flowprior.restoration.engine._survey import errors_named
from napari_flowprior.restoration.noise import Anscombe

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    import torch

    from napari_flowprior.restoration import Degradation
    from napari_flowprior.restoration.engine._parts import Part

__all__ = ["adapt", "iter_adapt"]

# Of fewer electrons the held-out error is estimated too well: it told of gains of 0.3
# to 0.9 dB where there were none.
_FEWEST_ELECTRONS = 4.0
# They do no harm where read noise hides them, so that noise is as little skewed as that
# of so many electrons.
_AS_NORMAL_AS = 100.0


def adapt(
    image: Any,
    *,
    prior: FlowPrior | str | Path = "auto",
    degradation: Degradation | None = None,
    axes: str | Sequence[str] | None = None,
    minutes: float = 2.0,
    steps: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> AdaptResult:
    """Adapt a prior to a noisy image or stack, or to several.

    The score network learns to denoise images of their kind from the noisy images
    alone, by recorruption: of what is seen it makes two images with independent noises,
    one to predict the other. Tiles that are held out tell when it is best, by Stein's
    estimate of the error, and nothing is kept unless they agree that it is better. The
    density of the prior stays as it is.

    Parameters
    ----------
    image : array_like, or list of them
        Real images or stacks, as for `restore`, never changed, whose noise is white, or
        would be under a curve of intensities. Stacks are worth more than single images.
    prior : FlowPrior, str or Path
        Prior with a score network to start from; it is not changed. "auto" takes
        ``photo-rgb`` for colour images and ``photo-gray`` for all others.
    degradation : Degradation, optional
        The noise, `Noise`, `PoissonGaussian` or `SignalDependentNoise`; by default what
        a look finds.
    axes : str or sequence of str, optional
        One letter per axis of T, Z, C, Y, X and S, for all images or for each; guessed
        from the shape if not given.
    minutes : float
        Time to spend at most.
    steps : int, optional
        Steps to make at most, in place of a time; with them the result is the same
        every time.
    seed : int
        Of all that is random.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    AdaptResult
        The adapted prior.

    Raises
    ------
    InputError
        If an image or an option cannot be used; the message says why.
    RestoreError
        If the computation fails.

    See Also
    --------
    iter_adapt : the same with progress, for interfaces.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import adapt
    >>> from napari_flowprior.restoration import Noise
    >>> stack = np.random.default_rng(0).normal(0.5, 0.1, (4, 128, 128))
    >>> noise = Noise(sigma=0.1)
    >>> found = adapt(stack, axes="ZYX", degradation=noise, steps=1)
    >>> found.steps
    1
    >>> found.prior.name
    'photo-gray'
    """
    given = RunOptions(prior=prior, device=device)
    budget = Budget(minutes, steps)
    return Run(_adapted(image, given, degradation, axes, budget, seed)).result


def iter_adapt(
    image: Any,
    *,
    prior: FlowPrior | str | Path = "auto",
    degradation: Degradation | None = None,
    axes: str | Sequence[str] | None = None,
    minutes: float = 2.0,
    steps: int | None = None,
    seed: int = 0,
    device: str = "auto",
) -> Run[RestoreEvent, AdaptResult]:
    """Adapt a prior to noisy images, step by step.

    Parameters
    ----------
    image : array_like, or list of them
        Real images or stacks, as for `adapt`.
    prior : FlowPrior, str or Path
        As for `adapt`, as is all that follows.
    degradation : Degradation, optional
        The noise.
    axes : str or sequence of str, optional
        Letters of the axes.
    minutes : float
        Time to spend at most.
    steps : int, optional
        Steps to make at most, in place of a time.
    seed : int
        Of all that is random.
    device : str
        "auto", "cuda", "mps" or "cpu".

    Returns
    -------
    Run
        To be iterated for `RestoreEvent`, before each step; closed to cancel; or asked
        for its ``result``, an `AdaptResult`. It raises as `adapt` does.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_flowprior import iter_adapt
    >>> from napari_flowprior.restoration import Noise
    >>> stack = np.random.default_rng(0).normal(0.5, 0.1, (4, 128, 128))
    >>> run = iter_adapt(stack, axes="ZYX", degradation=Noise(sigma=0.1), steps=1)
    >>> run.result.steps
    1
    """
    given = RunOptions(prior=prior, device=device)
    budget = Budget(minutes, steps)
    return Run(_adapted(image, given, degradation, axes, budget, seed))


def _adapted(
    image: Any,
    given: RunOptions,
    degradation: Degradation | None,
    axes: str | Sequence[str] | None,
    budget: Budget,
    seed: int,
) -> Generator[RestoreEvent, None, AdaptResult]:
    with errors_named():
        images = image if isinstance(image, list | tuple) else [image]
        letters: Sequence[str | None] = (
            [axes] * len(images) if axes is None or isinstance(axes, str) else axes
        )
        assumed = Auto() if degradation is None else degradation
        where = resolve_device(given.device)
        start, parts = yield from _survey(images, given.prior, assumed, letters, where)
        tiles = NoisyTiles(parts, where)
        alike = measure_correlation(start.flow, tiles.spread())
        tiles = replace(tiles, correlation=alike)
        learner = Learner(start, tiles, np.random.default_rng(seed))
        yield from learner.learn(budget)
        return learner.result(len(images))


def _survey(
    images: Sequence[Any],
    prior: FlowPrior | str | Path,
    degradation: Degradation,
    axes: Sequence[str | None],
    device: torch.device,
) -> Generator[RestoreEvent, None, tuple[FlowPrior, list[Part]]]:
    """Look at all images with one prior, and return it with what can be learnt from."""
    if not images:
        raise InputError("There is no image to adapt to; pass one or more.")
    parts: list[Part] = []
    yield RestoreEvent(done=0, total=0, message="Checking the image")
    for image, letters in zip(images, axes, strict=True):
        _, view, prior = open_image(image, prior, letters)
        check_adaptable(prior)
        prior.to(device)
        parts += yield from survey_parts(view, prior, degradation)
    usable = [part for part in parts if _usable(part)]
    if not usable:
        raise InputError(_useless(parts))
    assert isinstance(prior, FlowPrior)
    return prior, usable


def _usable(part: Part) -> bool:
    found = part.degradation
    even = found.only_noise and found.white and not found.uneven
    return even and part.sigma > 0 and not _counts_few(part)


def _counts_few(part: Part) -> bool:
    """Tell whether pixels counted so few electrons that their noise is skewed."""
    curve, electrons = curve_of(part), _electrons(part)
    if not isinstance(curve, Anscombe) or electrons >= _FEWEST_ELECTRONS:
        return False
    # Skewness is ``electrons / variance^1.5``, that of n electrons alone ``1 / n^0.5``.
    variance = max(electrons, 0.0) + (curve.read_noise / curve.gain) ** 2
    return variance**3 <= _AS_NORMAL_AS * electrons**2


def _electrons(part: Part) -> float:
    """Return how many electrons a pixel counted on average, infinite if unknown."""
    curve = curve_of(part)
    if not isinstance(curve, Anscombe) or not curve.gain:
        return np.inf
    return float((part.view.glimpse().mean() - curve.offset) / curve.gain)


def _useless(parts: list[Part]) -> str:
    if all(part.sigma == 0 for part in parts):
        return "No noise was found, so that there is nothing to adapt to."
    if few := [_electrons(part) for part in parts if _counts_few(part)]:
        number = max(min(few), 0.0)
        return (
            f"Pixels counted {number:.2g} photons on average, and the noise of so few "
            "is too unlike a normal distribution to learn from; choose images of "
            f"{_FEWEST_ELECTRONS:g} and more."
        )
    kinds = sorted({part.degradation.label for part in parts})
    return (
        f"What was found: {', '.join(kinds)}. A prior adapts to noise whose neighbours "
        "are not alike only, so far; choose another image, or say which noise it has."
    )
