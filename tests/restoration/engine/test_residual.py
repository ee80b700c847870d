"""What is taken out, compared with what was stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from _drawings import GREY
from scipy.ndimage import gaussian_filter
from skimage import data

from napari_flowprior import iter_restore
from napari_flowprior.restoration import (
    CorrelatedNoise,
    Degradation,
    Noise,
    PoissonGaussian,
)
from napari_flowprior.restoration.engine._residual import Residual, contradictions

if TYPE_CHECKING:
    from numpy.typing import NDArray

PHOTO = data.camera()[60:188, 160:288].astype(float)
SMOOTH = data.moon()[100:228, 100:228].astype(float)


def noise(width: float = 0.0) -> NDArray[np.float64]:
    drawn = np.random.default_rng(0).normal(size=PHOTO.shape)
    drawn = gaussian_filter(drawn, width) if width else drawn
    return drawn / drawn.std()


def warned(image: NDArray[np.float64], degradation: Degradation) -> tuple[str, ...]:
    run = iter_restore(
        image.astype(np.float32), prior="photo-gray", degradation=degradation
    )
    return tuple(run.result.provenance["warnings"])


def figures_of(scene: float, taken: float, left: float) -> Residual:
    """Add flat tiles of which white noise was taken out, and in which it is left."""
    rng = np.random.default_rng(1)
    fields = (torch.from_numpy(rng.normal(size=(2, 1, 64, 64))) for _ in range(2))
    estimate = scene + left * next(fields)
    residual = Residual()
    residual.add(estimate + taken * next(fields), estimate, 1.0)
    return residual


def test_what_is_left_of_noise_that_is_cut_off() -> None:
    """All of it is taken out here: as strong as stated, wherever it is cut off."""
    rng = np.random.default_rng(0)
    scene = torch.linspace(-0.2, 1.2, 512, dtype=torch.float64).expand(1, 1, 512, 512)
    noisy = (scene + 0.3 * torch.from_numpy(rng.normal(size=scene.shape))).clamp(0, 1)
    residual = Residual()
    residual.add(noisy, scene, 0.3, (True, True))
    found = residual.figures
    assert found is not None
    assert 600 < len(found.taken) < 1024
    assert np.median(found.taken) == pytest.approx(1, abs=0.01)
    assert np.quantile(found.taken, [0.05, 0.95]) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("sigma", [60, 100])
def test_noise_that_is_cut_off_is_as_strong_as_stated(sigma: float) -> None:
    """Of 8 bits, in which a part of it is not taken out, but is not there either."""
    y = np.clip(PHOTO + sigma * noise(), 0, 255).round().astype(np.uint8)
    run = iter_restore(y, prior="photo-gray", degradation=Noise(sigma=sigma))
    assert run.result.provenance["warnings"] == []
    weak = np.clip(PHOTO + 0.5 * sigma * noise(), 0, 255).round().astype(np.uint8)
    run = iter_restore(weak, prior="photo-gray", degradation=Noise(sigma=sigma))
    assert "less noise" in " ".join(run.result.provenance["warnings"])


def test_figures_in_closed_form() -> None:
    found = figures_of(3.0, taken=0.8, left=0.05).figures
    assert found is not None
    assert len(found.taken) == 2 * 16
    assert np.median(found.taken) == pytest.approx(0.8, rel=0.03)
    assert np.median(found.left) == pytest.approx(0.05, rel=0.1)
    assert abs(np.median(found.alike)) < 0.05
    assert abs(np.median(found.like_image)) < 0.05


@pytest.mark.parametrize(
    ("taken", "left", "word"),
    [(1.0, 0.05, None), (0.5, 0.05, "less"), (1.4, 0.05, "more"), (0.5, 0.5, None)],
)
def test_sentences(taken: float, left: float, word: str | None) -> None:
    """Where noise of any kind is left, little that is taken out says nothing."""
    said = list(contradictions(figures_of(0.0, taken, left), 20.0, white=True))
    assert len(said) == (word is not None)
    if word is not None:
        assert f"{word} noise than the stated level of 20" in said[0]


def test_a_few_pixels_tell_nothing() -> None:
    residual = Residual()
    residual.add(torch.ones(1, 1, 8, 64), torch.zeros(1, 1, 8, 64), 1.0)
    assert residual.figures is None
    assert not list(contradictions(residual, 1.0, white=True))


@pytest.mark.parametrize("scene", [PHOTO, SMOOTH], ids=["camera", "moon"])
def test_what_is_true_is_not_contradicted(scene: NDArray[np.float64]) -> None:
    for level in (8.0, 25.0):
        assert not warned(scene + level * noise(), Noise(sigma=level))
    counts = np.random.default_rng(0).poisson(scene / 4) * 4.0
    assert not warned(counts, PoissonGaussian(4.0, 0.0, 0.1))
    assert not warned(scene + 12 * noise(0.8), CorrelatedNoise(sigma=12))


@pytest.mark.parametrize("name", ["Siemens star", "text of 9 pixels", "stripes"])
def test_drawings_do_not_contradict(name: str) -> None:
    """What is fine is left in them."""
    drawing = GREY[name](128).astype(float)
    assert not warned(drawing + 10 * noise(), Noise(sigma=10))


def test_too_strong() -> None:
    (said,) = warned(PHOTO + 8 * noise(), Noise(sigma=20))
    assert "less noise than the stated level of 20" in said
    counts = np.random.default_rng(0).poisson(PHOTO / 4) * 4.0
    (said,) = warned(counts, PoissonGaussian(16.0, 0.0, 0.1))
    assert "less noise than the stated:" in said


def test_too_weak() -> None:
    (said,) = warned(PHOTO + 25 * noise(), Noise(sigma=12))
    assert "more noise than the stated level of 12" in said


def test_correlated() -> None:
    said = warned(PHOTO + 12 * noise(0.8), Noise(sigma=12))
    assert any("alike" in sentence for sentence in said)


def test_estimates_are_not_doubted() -> None:
    assert not warned(PHOTO + 12 * noise(0.8), Noise())
