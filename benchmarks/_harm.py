"""Drawings damaged in every way, restored, and compared with the damaged ones.

What is filled or enlarged is compared with biharmonic filling and with bicubic
enlargement. Images have 8 bits, but for those of Poisson-Gaussian noise, which have 16
and are not cut off. Where restoration takes many passes through a network, only the
middle of a drawing is restored.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from _damage import (
    Damage,
    Damaged,
    bicubic,
    biharmonic,
    blurred,
    compressed,
    holes,
    smaller,
    text,
)
from _suite import centre, eight_bits

from napari_flowprior import FlowPrior, restore
from napari_flowprior._errors import InputError
from napari_flowprior.restoration import (
    JPEG,
    Auto,
    Blind,
    Blur,
    Compose,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Quantized,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from _drawings import Drawing, Picture
    from numpy.typing import NDArray

__all__ = ["CASES", "CLEAN", "STILL", "Case", "Outcome", "outcomes"]

STILL = 0.5
"""Root mean square change, in grey levels, that counts as none."""

_GAIN, _OFFSET, _READ_NOISE = 1.0, 100.0, 2.0
_ITERATED, _HOLES = 3, 4


@dataclass(frozen=True)
class Case:
    """A damage, what is said of it, and how large a part of a drawing suffers it.

    Attributes
    ----------
    damage : callable
        From a clean picture to a damaged one.
    part : int
        The middle of the drawing is taken, of its side divided by this.
    """

    damage: Damage
    part: int = 1


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one drawing.

    Attributes
    ----------
    prior, drawing, case : str
        What the prior is called, what was restored, and how it was damaged.
    before, after : float
        PSNR in dB of the damaged and of the restored drawing; infinite where it is
        exact.
    change : float
        Root mean square difference of the two, in grey levels.
    seconds : float
        How long the restoration took.
    error : str
        Why restoration was refused, if it was; the input then stands for the result.
    """

    prior: str
    drawing: str
    case: str
    before: float
    after: float
    change: float
    seconds: float
    error: str = ""

    @property
    def loss(self) -> float:
        """Decibels lost; from what counts as unchanged where the input is exact.

        Nothing is lost where restoration was refused.
        """
        if self.error:
            return 0.0
        before = psnr_of(STILL) if math.isinf(self.before) else self.before
        return before - self.after

    def row(self) -> dict[str, Any]:
        """Return what a table says of it."""
        return {**asdict(self), "loss": self.loss}

    def __str__(self) -> str:
        name = f"{self.prior}, {self.drawing}, {self.case}"
        if self.error:
            return f"{name}: refused"
        levels = f"{self.before:.2f} -> {self.after:.2f} dB"
        return f"{name}: {levels}, changed by {self.change:.2f}"


# --- damages


def told(damage: Damage, degradation: Degradation) -> Damage:
    """Say something else of the same damage."""
    return lambda clean: replace(damage(clean), degradation=degradation)


def untouched(degradation: Degradation) -> Damage:
    return lambda clean: Damaged(clean, degradation)


def noisy(sigma: float) -> Damage:
    def damage(clean: Picture) -> Damaged:
        noise = np.random.default_rng(0).normal(0, sigma, clean.shape)
        return Damaged(eight_bits(clean + noise), Noise(sigma=sigma))

    return damage


def counted(clean: Picture) -> Damaged:
    """Count photons, one a grey level, and add an offset and read noise."""
    rng = np.random.default_rng(0)
    electrons = rng.poisson(clean / _GAIN)
    levels = _GAIN * electrons + rng.normal(_OFFSET, _READ_NOISE, clean.shape)
    camera = PoissonGaussian(_GAIN, _OFFSET, _READ_NOISE)
    return Damaged(np.rint(levels).clip(0).astype(np.uint16), camera)


def rounded(bits: int) -> Damage:
    def damage(clean: Picture) -> Damaged:
        step = 255 / (2**bits - 1)
        return Damaged(eight_bits(np.rint(clean / step) * step), Quantized(bits))

    return damage


def one_pass() -> dict[str, Case]:
    """Return the cases that take a pass through the network or two."""
    found: dict[str, Damage] = {}
    for sigma in (2.0, 5.0, 10.0, 25.0):
        found[f"noise {sigma:g}, told"] = noisy(sigma)
        found[f"noise {sigma:g}"] = told(noisy(sigma), Noise())
    found["Poisson-Gaussian noise, told"] = counted
    found["Poisson-Gaussian noise"] = told(counted, PoissonGaussian())
    found["4 bits, told"] = rounded(4)
    found["4 bits"] = told(rounded(4), Quantized())
    return {name: Case(damage) for name, damage in found.items()}


def iterated() -> dict[str, Case]:
    """Return the cases that take many passes."""
    found = {f"JPEG {q}, told": compressed(q) for q in (10, 30, 75, 90)}
    found["JPEG 30"] = told(compressed(30), JPEG())
    for width in (1.0, 1.6):
        blur = Blur(gaussian=width, sigma=1.0)
        found[f"blur {width:g}, told"] = blurred(blur)
        found[f"blur {width:g}"] = told(blurred(blur), Blur(gaussian=width))
    found["half size, told"] = smaller(2)
    found["half size"] = told(smaller(2), Downsample(sigma=None))
    found["blind, told"] = told(noisy(10.0), Blind(sigma=10.0))
    found["blind"] = told(noisy(10.0), Blind())
    return {name: Case(damage, _ITERATED) for name, damage in found.items()}


def combined() -> dict[str, Case]:
    """Return the cases of noise as strong as photographs in the dark have, and more."""
    found: dict[str, Damage] = {}
    for sigma in (5.0, 10.0, 25.0):
        blur = Blur(gaussian=1.6, sigma=sigma)
        found[f"blur 1.6 and noise {sigma:g}, told"] = blurred(blur)
        found[f"blur 1.6 and noise {sigma:g}"] = told(blurred(blur), Blur(gaussian=1.6))
    motion = Blur(motion=9, angle=30, sigma=10.0)
    found["motion and noise 10, told"] = blurred(motion)
    found["half size and noise 10, told"] = then_noise(smaller(2), 10.0)
    found["30 % holes and noise 25, told"] = noise_around(holes(0.3), 25.0)
    return {name: Case(damage, _ITERATED) for name, damage in found.items()}


def then_noise(damage: Damage, sigma: float) -> Damage:
    """Add noise to what is smaller."""

    def noisier(clean: Picture) -> Damaged:
        small = damage(clean)
        noise = np.random.default_rng(0).normal(0, sigma, small.picture.shape)
        degradation = replace(small.degradation, sigma=sigma)
        return Damaged(eight_bits(small.picture + noise), degradation)

    return noisier


def noise_around(damage: Damage, sigma: float) -> Damage:
    """Leave pixels out of a noisy picture."""

    def noisier(clean: Picture) -> Damaged:
        noise = np.random.default_rng(0).normal(0, sigma, clean.shape)
        holed = damage(eight_bits(clean + noise))
        both = Compose(Noise(sigma=sigma), holed.degradation)
        return Damaged(holed.picture, both)

    return noisier


def nothing_told() -> dict[str, Case]:
    """Return noise that a look at the image is to find."""
    found = {f"noise {level:g}": noisy(level) for level in (2.0, 5.0, 10.0, 25.0)}
    found["Poisson-Gaussian noise"] = counted
    return {
        f"{name}, nothing told": Case(told(damage, Auto()))
        for name, damage in found.items()
    }


CASES: Mapping[str, Case] = {
    **one_pass(),
    **iterated(),
    "30 % holes": Case(holes(0.3), _HOLES),
    "text over it": Case(text, _HOLES),
    **combined(),
    **nothing_told(),
}
"""Damages with what is true of them ("told"), and with the rest to be estimated."""

CLEAN: Mapping[str, Case] = {
    "clean": Case(untouched(Noise())),
    "clean, nothing told": Case(untouched(Auto())),
    "clean, Poisson-Gaussian noise": Case(untouched(PoissonGaussian())),
    "clean, blind": Case(untouched(Blind()), _ITERATED),
    "clean, told": Case(untouched(Noise(sigma=0.0))),
}
"""No damage, and nothing told but, in the last, that."""


# --- what becomes of them


def outcomes(
    drawings: Mapping[str, Drawing],
    cases: Mapping[str, Case],
    priors: Mapping[str, FlowPrior],
    side: int,
) -> Iterator[Outcome]:
    """Restore all drawings in all cases with all priors.

    Yields
    ------
    Outcome
        One for each, in this order.
    """
    for drawing, draw in drawings.items():
        whole = draw(side)
        for name, case in cases.items():
            clean = centre(whole, side // case.part)
            damaged = case.damage(clean)
            baseline = compared(damaged)
            for title, prior in priors.items():
                out, seconds, error = restored(damaged, baseline, prior)
                yield Outcome(
                    prior=title,
                    drawing=drawing,
                    case=name,
                    before=psnr(baseline, clean),
                    after=psnr(out, clean),
                    change=rms(out - baseline),
                    seconds=seconds,
                    error=error,
                )


def compared(damaged: Damaged) -> NDArray[np.float64]:
    """Return what the restored picture must not be worse than."""
    last = damaged.degradation.steps[-1]
    if isinstance(last, Inpaint):
        return eight_bits(biharmonic(replace(damaged, degradation=last))).astype(float)
    if isinstance(damaged.degradation, Downsample):
        return bicubic(damaged).astype(np.float64)
    return grey_levels(damaged.picture)


def restored(
    damaged: Damaged, baseline: NDArray[np.float64], prior: FlowPrior
) -> tuple[NDArray[np.float64], float, str]:
    """Return the restored picture, the seconds that it took, and why it was refused."""
    picture, degradation = damaged.picture, damaged.degradation
    started = perf_counter()
    try:
        out = restore(picture, prior=prior, degradation=degradation, device="cpu")
    except InputError as refusal:
        return baseline, perf_counter() - started, str(refusal)
    return grey_levels(out), perf_counter() - started, ""


def grey_levels(picture: NDArray[Any]) -> NDArray[np.float64]:
    """Take off the offset of a camera, which images of 16 bits have."""
    black = _OFFSET if picture.dtype == np.uint16 else 0.0
    return picture.astype(np.float64) - black


def rms(difference: NDArray[Any]) -> float:
    return float(np.sqrt(np.mean(np.square(difference, dtype=np.float64))))


def psnr(picture: NDArray[Any], clean: NDArray[Any]) -> float:
    return psnr_of(rms(picture - clean.astype(np.float64)))


def psnr_of(error: float) -> float:
    return math.inf if error == 0 else 20 * math.log10(255 / error)
