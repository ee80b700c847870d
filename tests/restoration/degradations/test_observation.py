"""Degradations never change: what they find is in what they return."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from damaged import SCENE
from doubles import GaussianPrior

from napari_flowprior.data import PlaneView
from napari_flowprior.restoration import (
    JPEG,
    Anscombe,
    Auto,
    Blind,
    Blur,
    Compose,
    CorrelatedNoise,
    Degradation,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    Quantized,
    RestoreOptions,
    iter_restore,
)
from napari_flowprior.restoration.degradations._bad_pixels import find_bad_pixels

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from napari_flowprior.restoration import RestoreResult

RNG = np.random.default_rng(0)
CROP = SCENE[:48, :48].astype(np.float64)
OPTIONS: dict[str, Any] = {
    "prior": GaussianPrior(),
    "device": "cpu",
    "dtype": "float64",
}


def noisy(gain: float) -> NDArray[np.uint8]:
    counts = gain * RNG.poisson(CROP / gain) + RNG.normal(0, 3, CROP.shape)
    return np.clip(np.rint(counts), 0, 255).astype(np.uint8)


def with_holes(image: NDArray[np.uint8], share: float) -> NDArray[np.float64]:
    return np.where(RNG.random(image.shape) < share, np.nan, image)


# Images in which the degradation finds something else.
NOISY = noisy(1.0), noisy(6.0)
BANDED = NOISY[0] // 16 * 17, NOISY[1] // 64 * 85
HOLES = with_holes(NOISY[0], 0.05), with_holes(NOISY[1], 0.2)
SHARED: list[tuple[Degradation, tuple[Any, Any]]] = [
    (Auto(), NOISY),
    (Noise(), NOISY),
    (PoissonGaussian(), NOISY),
    (CorrelatedNoise(), NOISY),
    (JPEG(quality=50), NOISY),
    (Quantized(), BANDED),
    (Inpaint(bad_pixels=True), HOLES),
    (Blur(gaussian=1), NOISY),
    (Downsample(2, sigma=None), NOISY),
    (Blind(), NOISY),
    (Compose(Blur(gaussian=1), PoissonGaussian(1.0, 0.0, 3.0), Quantized()), BANDED),
    (Compose(Noise(5), Inpaint()), HOLES),
]


def kept(image: Any, degradation: Degradation, found: list[Any]) -> Iterator[Any]:
    """Restore, and keep the result."""
    run = iter_restore(image, RestoreOptions(degradation=degradation, **OPTIONS))
    found.append((yield from run))


def alone(image: Any, degradation: Degradation) -> RestoreResult:
    found: list[RestoreResult] = []
    deque(kept(image, degradation, found), maxlen=0)
    return found[0]


def told(result: RestoreResult) -> dict[str, Any]:
    return {k: v for k, v in result.provenance.items() if k != "seconds"}


def check_equal(found: RestoreResult, expected: RestoreResult) -> None:
    np.testing.assert_array_equal(found.image, expected.image)
    assert told(found) == told(expected)


@pytest.mark.parametrize(
    ("degradation", "images"), SHARED, ids=[d.name for d, _ in SHARED]
)
def test_two_runs_share_a_degradation(
    degradation: Degradation, images: tuple[Any, Any]
) -> None:
    before = dict(vars(degradation))
    expected = [alone(image, degradation) for image in images]
    # Step by step, in turn.
    found: tuple[list[Any], list[Any]] = [], []
    runs = [kept(image, degradation, f) for image, f in zip(images, found, strict=True)]
    deque(zip_longest(*runs), maxlen=0)
    for (each,), result in zip(found, expected, strict=True):
        check_equal(each, result)
    # At once, in threads.
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(alone, images * 2, [degradation] * 4))
    for each, result in zip(results, expected * 2, strict=True):
        check_equal(each, result)
    assert dict(vars(degradation)) == before


def test_what_was_found_is_told() -> None:
    view = PlaneView(NOISY[0], "YX")
    seen = PoissonGaussian().observe(view)
    assert seen.level == 1
    assert isinstance(seen.transform, Anscombe)
    assert seen.provenance["read_noise"] == seen.transform.read_noise > 0
    assert PoissonGaussian().summary()["read_noise"] is None
    banded = Quantized().observe(PlaneView(BANDED[0], "YX"))
    assert banded.provenance["step"] == 17
    holes = Inpaint().observe(PlaneView(HOLES[0], "YX"))
    assert holes.missing is holes.planes["missing"]
    assert holes.provenance["missing"] == np.isnan(HOLES[0]).mean()
    levels = Noise(map=np.full(CROP.shape, 3.0)).observe(view)
    assert levels.level == 3
    assert list(levels.planes) == ["levels"]


def test_bad_pixels_are_searched_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    module = "napari_flowprior.restoration.degradations._inpaint"
    asked = []

    def searched(view: PlaneView) -> NDArray[np.bool_]:
        asked.append(view)
        return find_bad_pixels(view)

    monkeypatch.setattr(f"{module}.find_bad_pixels", searched)
    alone(HOLES[0], Inpaint(bad_pixels=True))
    alone(HOLES[0], Compose(Noise(5), Inpaint(bad_pixels=True)))
    assert len(asked) == 2
