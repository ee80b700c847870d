"""Planes are restored with care: no result is worse than what needs no prior."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import torch

from napari_flowprior._generators import relay
from napari_flowprior.restoration.engine._held_out import filled
from napari_flowprior.restoration.engine._look import Look, convolution_of
from napari_flowprior.restoration.engine._sharpness import narrowed
from napari_flowprior.restoration.estimators import SelfTest
from napari_flowprior.restoration.likelihoods import (
    CellLikelihood,
    GaussianLikelihood,
)
from napari_flowprior.restoration.operators import (
    Chain,
    Mask,
    around,
    richardson_lucy,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from torch import Tensor

    from napari_flowprior.restoration.engine._sharpness import Sharpness
    from napari_flowprior.restoration.estimators import PlaneDenoiser, PlaneEstimator
    from napari_flowprior.restoration.likelihoods import Likelihood
    from napari_flowprior.restoration.operators import Convolution, Operator

__all__ = ["Guarded", "blur_of", "safely"]

# Total variation of results relative to that of Richardson-Lucy. That of photographs is
# below the first number and the second for each pixel of the standard deviation of the
# PSF, at most the third; and, but for fine textures, below the last. Points of light on
# a dark field have more.
_DETAIL, _DETAIL_PER_PIXEL, _MOST_DETAIL, _MUCH_DETAIL = 1.12, 0.47, 3.0, 1.15
_MOST_DETAIL_IN_THE_DARK = 6.0
# Share of pixels, and of those in holes, where the prior is trusted less than half,
# that is worth a word.
_WORTH_SAYING, _MANY_HOLES = 0.05, 0.25


class Guarded(NamedTuple):
    """A restored plane, and what the user should know of it.

    Attributes
    ----------
    image : Tensor
        The estimate, (1, C, H, W).
    warnings : tuple of str
        Sentences.
    """

    image: Tensor
    warnings: tuple[str, ...]


def safely(
    estimator: PlaneEstimator,
    denoiser: PlaneDenoiser,
    likelihood: Likelihood,
    black: float | None,
    windows: Callable[[], Tensor] | None = None,
) -> Generator[int, None, Guarded]:
    """Estimate a plane, and step back to what needs no prior where that is safer.

    Parameters
    ----------
    estimator : PlaneEstimator
        Which estimate.
    denoiser : PlaneDenoiser
        The prior on planes; it may answer anything.
    likelihood : Likelihood
        The data term of the plane.
    black : float, optional
        The least intensity that is possible, normalised, if there is one.
    windows : callable, optional
        Returns windows of the whole plane, (N, C, h, w), if this is a block of it.

    Returns
    -------
    Guarded
        The estimate, and warnings.

    Yields
    ------
    int
        As many steps as the estimator has; 0 within.
    """
    if likelihood.first_level == 0:
        image = yield from estimator.run(denoiser, likelihood)
        return Guarded(image, ())
    if (blur := blur_of(likelihood)) is not None:
        assert isinstance(likelihood, GaussianLikelihood)
        shown = likelihood.y if windows is None else windows()
        look = Look(shown, blur, likelihood.sigma)
        return (yield from _deconvolved(estimator, denoiser, likelihood, black, look))
    if isinstance(likelihood, GaussianLikelihood) and isinstance(
        likelihood.operator, Mask
    ):
        return (yield from _inpainted(estimator, denoiser, likelihood))
    safe = likelihood.start()
    image = yield from estimator.run(denoiser, likelihood)
    return (yield from _trusted(denoiser, likelihood, safe, image))


def blur_of(likelihood: Likelihood) -> Convolution | None:
    """Return what blurred a plane, if nothing else happened to it."""
    if not isinstance(likelihood, GaussianLikelihood):
        return None
    return convolution_of(likelihood)


def _inpainted(
    estimator: PlaneEstimator, denoiser: PlaneDenoiser, likelihood: GaussianLikelihood
) -> Generator[int, None, Guarded]:
    """Fill holes, and blend with smooth filling where that is as good."""
    image, safe, weight = yield from filled(estimator, denoiser, likelihood)
    assert isinstance(likelihood.operator, Mask)
    known = likelihood.operator.known
    seen = Guarded(image, ())
    if likelihood.sigma > 0:
        seen = yield from _trusted(denoiser, likelihood, safe, image)
    holes = ~known.all(1, keepdim=True)
    distrusted = float((weight[holes] < 0.5).to(weight).mean())
    warnings = (_unlike(distrusted),) if distrusted > _MANY_HOLES else ()
    blend = torch.where(known, seen.image, safe + weight * (image - safe))
    return Guarded(blend, (*seen.warnings, *warnings))


def _deconvolved(
    estimator: PlaneEstimator,
    denoiser: PlaneDenoiser,
    likelihood: GaussianLikelihood,
    black: float | None,
    look: Look,
) -> Generator[int, None, Guarded]:
    """Undo a blur, by the PSF that is told or by a narrower one if that fits better."""
    y = likelihood.y
    floor = look.floor(black)
    likelihood = replace(likelihood, floor=floor)
    lowest = min(look.lowest, float(y.min())) if floor is None else floor
    safe = richardson_lucy(y, likelihood.operator, lowest)
    sharpness, limits = look.sharpness()
    if look.dark:
        # The light of points has noise that a dark field does not show.
        likelihood = replace(likelihood, sigma=sharpness.noise)
    told = sharpness.power + 2 * sharpness.error >= limits[0]
    used = likelihood if told else _narrower(likelihood, sharpness)
    image = used.confine((yield from estimator.run(denoiser, used)))
    doubted = told and sharpness.power < limits[1]
    if doubted and _too_detailed(image, safe, _MUCH_DETAIL):
        told, used = False, _narrower(likelihood, sharpness)
        run = estimator.run(denoiser, used)
        image = used.confine((yield from relay(run, 0)))
    warnings = () if told else (_too_sharp(sharpness),)
    if _too_detailed(image, safe, _most_detail(look)):
        return Guarded(safe, (*warnings, _RICHARDSON_LUCY))
    blend = yield from _trusted(denoiser, likelihood, safe, image)
    return Guarded(used.confine(blend.image), (*warnings, *blend.warnings))


def _narrower(
    likelihood: GaussianLikelihood, sharpness: Sharpness
) -> GaussianLikelihood:
    blur, operator = blur_of(likelihood), likelihood.operator
    assert blur is not None
    psf, power = blur.psf.cpu().double().numpy(), min(max(sharpness.power, 0.0), 1)
    narrow = torch.from_numpy(narrowed(psf, power))
    fitting: Operator = replace(blur, psf=narrow.to(blur.psf))
    if isinstance(operator, Chain):
        fitting = replace(operator, operators=(fitting,))
    return replace(likelihood, operator=fitting)


def _most_detail(look: Look) -> float:
    """Return how much more detail there can be than Richardson-Lucy finds."""
    if look.dark:
        return _MOST_DETAIL_IN_THE_DARK
    psf = look.blur.psf.cpu().double()
    places = [torch.arange(side).to(psf) - side // 2 for side in psf.shape]
    distance = places[0][:, None] ** 2 + places[1] ** 2
    width = float((psf * distance).sum() / 2) ** 0.5
    most: float = min(_DETAIL + _DETAIL_PER_PIXEL * width, _MOST_DETAIL)
    return most


def _too_detailed(image: Tensor, safe: Tensor, most: float) -> bool:
    return not _variation(image) <= most * _variation(safe)


def _variation(x: Tensor) -> float:
    return float(x.diff(dim=-1).abs().mean() + x.diff(dim=-2).abs().mean())


def _trusted(
    denoiser: PlaneDenoiser, likelihood: Likelihood, safe: Tensor, image: Tensor
) -> Generator[int, None, Guarded]:
    """Blend with what is safe where the denoiser fails a test."""
    white, highest = likelihood.white, denoiser.prior.sigma_max
    test = SelfTest(safe, likelihood.sigma, white=white, highest=highest)
    answers = yield from _answers(denoiser, test.probes, test.level)
    weight = test.weight(answers, image)
    if isinstance(likelihood, CellLikelihood):
        weight = weight * (yield from _liked(denoiser, likelihood, image))
    distrusted = float((weight < 0.5).to(weight).mean())
    warnings = (_unknown(distrusted),) if distrusted > _WORTH_SAYING else ()
    return Guarded(safe + weight * (image - safe), warnings)


def _liked(
    denoiser: PlaneDenoiser, likelihood: CellLikelihood, image: Tensor
) -> Generator[int, None, Tensor]:
    """Return how far the prior likes an estimate better than the decoded image."""
    asked = likelihood.y, image
    answers = yield from _answers(denoiser, asked, likelihood.asked_level)
    before, after = (
        around((answer - x).square()) for x, answer in zip(asked, answers, strict=True)
    )
    return likelihood.weight(image, before, after)


def _answers(
    denoiser: PlaneDenoiser, images: tuple[Tensor, ...], level: float
) -> Generator[int, None, list[Tensor]]:
    """Denoise images on one grid of tiles, so that it makes no difference."""
    found = []
    for image in images:
        found.append((yield from relay(denoiser.run(image, level, 0), 0)))
    return found


_RICHARDSON_LUCY = (
    "The result had far more detail than the image, so that of 10 steps of "
    "Richardson-Lucy is returned; check the PSF and the noise level."
)


def _too_sharp(sharpness: Sharpness) -> str:
    power = min(max(sharpness.power, 0.0), 1.0)
    return (
        "The image is sharper, or noisier, than the PSF and the noise level allow: "
        f"it looks as if blurred by a PSF {power**0.5:.2f} times as wide, which was "
        "used instead; check both."
    )


def _unlike(share: float) -> str:
    return (
        f"Near {share:.0%} of the holes the prior fills known pixels no better than a "
        "smooth surface does, and was used there with less weight."
    )


def _unknown(share: float) -> str:
    return (
        f"The prior does not know what {share:.0%} of the image shows, and was used "
        "there with less weight."
    )
