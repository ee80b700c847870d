"""Restore arrays as nobody expects them, in every way, and look for wrong answers.

An answer is a finite image of the shape and type of the input, or an `InputError`, and
the input is as it was. Anything else is printed with the seed that makes it::

    python benchmarks/stress/images.py --number 1000 --seed 0 --limit 600

The arrays are small, and so are the priors, whose weights are random and, of one in
five, partly huge.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from functools import cache, partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from _arrays import Drawn, drawn

from napari_flowprior import FlowPrior, iter_restore
from napari_flowprior._errors import InputError
from napari_flowprior.flow import FlowConfig, MultiscaleFlow
from napari_flowprior.priors import PriorInfo
from napari_flowprior.restoration import (
    DEGRADATIONS,
    JPEG,
    Blur,
    Compose,
    CorrelatedNoise,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Quantized,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from napari_flowprior.restoration.degradations import Degradation

    Way = Callable[[], Degradation]


def holes(shape: tuple[int, ...]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.indices(shape).sum(0) % 5 == 0


def ways(shape: tuple[int, ...]) -> list[Way]:
    """List what may be said of an image: nothing, all there is, and nonsense."""
    return [
        *DEGRADATIONS.values(),
        *(partial(Noise, sigma=sigma) for sigma in (0, 0.1, 1e-40, 1e30)),
        partial(Noise, map=holes(shape)),
        partial(PoissonGaussian, gain=2, offset=1, read_noise=0.5),
        partial(PoissonGaussian, gain=1e-9, offset=-5, read_noise=0),
        partial(CorrelatedNoise, sigma=0.1),
        partial(JPEG, quality=30),
        partial(Quantized, bits=3),
        partial(Inpaint, bad_pixels=True),
        partial(Inpaint, mask=holes(shape)),
        partial(Inpaint, mask=np.ones(shape, bool), sigma=1),
        partial(Blur, gaussian=1.5),
        partial(Blur, motion=9, angle=30, sigma=0.1),
        partial(Downsample, factor=3),
        lambda: Compose(Blur(gaussian=1), PoissonGaussian(), JPEG(quality=50)),
        lambda: Compose(Noise(), Quantized(bits=4), Inpaint()),
    ]


WAYS = range(len(ways(())))
WILD = 0.1
SECONDS = 60.0


@cache
def small_prior(channels: int, wild: int = 0) -> FlowPrior:
    """Make a prior of random weights, some of which are huge if it is to be wild."""
    torch.manual_seed(wild)
    # As in the shipped priors, a network denoises; without one, the flow does.
    widths = (4, 4) if channels == 1 else ()
    config = FlowConfig(
        channels=channels,
        levels=1,
        steps=1,
        hidden=4,
        noise_conditional=True,
        score_widths=widths,
    )
    flow = MultiscaleFlow(config).eval()
    with torch.no_grad():
        for parameter in flow.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
            if wild and torch.rand(()) < WILD:
                parameter.flatten()[0] = 10 ** (38 * float(torch.rand(())))
    return FlowPrior(flow, PriorInfo(name="small", sigma_max=0.25))


def held(array: Any) -> tuple[bytes, ...]:
    """Return what an array holds, its mask, and how it lies in memory."""
    values = np.ma.getdata(np.asarray(array) if hasattr(array, "chunks") else array)
    layout = f"{values.shape} {values.strides} {values.flags} {values.dtype}"
    return values.tobytes(), np.ma.getmaskarray(values).tobytes(), layout.encode()


def outcome(image: Any, way: int, prior: FlowPrior) -> str:
    """Restore an image; say whether it was, or was refused, or what else was wrong."""
    before = held(image)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            degradation = ways(image.shape)[way]()
            run = iter_restore(
                image, prior=prior, degradation=degradation, device="cpu"
            )
            found = answered(run.result.image, image, degradation)
    except InputError as error:
        sentence = str(error)
        found = "refused" if sentence.endswith(".") else f"says {sentence!r}"
    except Exception as error:
        found = f"raises {error!r:.500}"
    return found if held(image) == before else "changes its input"


def answered(result: Any, image: Any, degradation: Degradation) -> str:
    factor = degradation.enlargement
    if result.dtype != image.dtype or result.size != image.size * factor**2:
        return f"answers {result.dtype} of {result.shape}"
    if factor == 1 and result.shape != image.shape:
        return f"answers the shape {result.shape}"
    # Alpha is handed on as it is.
    colours = result[..., :3] if result.shape[-1] == 4 and result.ndim > 2 else result
    return "restored" if np.isfinite(colours).all() else "answers values not finite"


def stress(number: int, seed: int, limit: float) -> Counter[str]:
    """Restore arrays, one seed each, until the time is over; count the outcomes."""
    counts: Counter[str] = Counter()
    end = perf_counter() + limit
    for each in range(seed, seed + number):
        rng = np.random.default_rng(each)
        case = drawn(lambda options, rng=rng: options[rng.integers(len(options))], each)
        way, channels = int(rng.integers(len(WAYS))), 3 if rng.random() < 0.1 else 1
        wild = int(rng.integers(1, 50)) if rng.random() < 0.2 else 0
        found, seconds = timed(case, way, small_prior(channels, wild))
        if found not in ("restored", "refused") or seconds > SECONDS:
            told = f"way {way}, {channels} channels, wild {wild}, {seconds:.1f} s"
            print(f"seed {each}: {case.story}, {told}: {found}", flush=True)
            found = "failed"
        counts[found] += 1
        if perf_counter() > end:
            break
    return counts


def timed(case: Drawn, way: int, prior: FlowPrior) -> tuple[str, float]:
    start = perf_counter()
    return outcome(case.array, way, prior), perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=float, default=600, help="seconds")
    options = parser.parse_args()
    start = perf_counter()
    counts = stress(options.number, options.seed, options.limit)
    print(*(f"{number} {name}," for name, number in sorted(counts.items())), end=" ")
    print(f"{perf_counter() - start:.0f} s")
    return int(bool(counts["failed"]))


if __name__ == "__main__":
    sys.exit(main())
