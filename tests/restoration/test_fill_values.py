"""Where there is no image, results hold what was there; the rest is as alone."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import dask.array as da
import numpy as np
import pytest
from doubles import GaussianPrior

from napari_flowprior import diagnose, iter_restore, log_prob_map, posterior, restore
from napari_flowprior.restoration import (
    Blur,
    Downsample,
    Inpaint,
    Noise,
    PoissonGaussian,
    gaussian_psf,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SIGMA = 40.0
# Beside the fill values there is one tile.
SIDE, WIDTH = 64, 24


def scene() -> Any:
    rows, columns = np.mgrid[:SIDE, : SIDE + WIDTH]
    clean = 30_000 + 500 * np.sin(rows / 9) * np.cos(columns / 7)
    return clean + np.random.default_rng(0).normal(0, SIGMA, clean.shape)


def padded(value: float = 0.0, dtype: Any = np.uint16) -> Any:
    image = scene()
    image[:, :WIDTH] = value
    return image.round().astype(dtype)


@cache
def restored_alone(degradation: Any, dtype: Any) -> Any:
    image = padded(0, dtype)[:, WIDTH:].copy()
    return restore(image, prior="photo-gray", degradation=degradation)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(0, np.uint16), (65535, np.uint16), (-9999, np.float32), (-3.4e38, np.float32)],
)
@pytest.mark.parametrize("degradation", [Noise(SIGMA), Noise(), None])
def test_images_are_restored_as_without_it(value, dtype, degradation):
    image = padded(value, dtype)
    whole = restore(image, prior="photo-gray", degradation=degradation)
    alone = restored_alone(degradation, dtype)
    np.testing.assert_array_equal(whole[:, :WIDTH], image[:, :WIDTH])
    inner = np.s_[:, 16:]
    change = (alone - image[:, WIDTH:].astype(float))[inner]
    assert change.std() > 0.8 * SIGMA
    apart = (whole[:, WIDTH:] - alone.astype(float))[inner]
    assert apart.std() < 0.2 * SIGMA


@pytest.mark.parametrize(
    "degradation",
    [
        PoissonGaussian(gain=0.05, offset=0.0, read_noise=5.0),
        Blur(gaussian_psf(1.0), sigma=SIGMA),
        Downsample(2, sigma=SIGMA),
    ],
    ids=lambda each: each.name,
)
def test_every_degradation_keeps_it(degradation):
    image = padded()
    factor = degradation.enlargement
    result = restore(image, prior=GaussianPrior(), degradation=degradation)
    left = result[:, : factor * WIDTH]
    assert (left == 0).mean() > 0.98  # the mask fills some of it
    assert result[:, factor * WIDTH :].min() > 20_000


def test_lazy_results_have_the_same_bytes():
    image = padded()
    told: dict[str, Any] = {"prior": GaussianPrior(), "degradation": Noise(SIGMA)}
    lazy = restore(da.from_array(image, chunks=40), **told)
    np.testing.assert_array_equal(lazy.compute(), restore(image, **told))


def test_samples_keep_it():
    result = posterior(
        padded(), prior=GaussianPrior(), degradation=Noise(SIGMA), samples=2
    )
    assert (result.mean[:, :WIDTH] == 0).all()


def test_bits_are_those_of_the_image():
    options: dict[str, Any] = {"prior": "photo-gray", "sigma": SIGMA, "tile": 32}
    bits = log_prob_map(padded(), **options)
    alone = log_prob_map(padded()[:, WIDTH:].copy(), **options)
    inner = np.s_[:, 32:]
    np.testing.assert_allclose(
        np.median(bits[:, WIDTH:][inner]), np.median(alone[inner]), rtol=0.05
    )


def test_it_is_told():
    image = padded(-9999, np.float32)
    run = iter_restore(image, prior=GaussianPrior(), degradation=Noise(SIGMA))
    story = run.result.provenance
    assert story["fill_values"] == [-9999]
    assert any("27 % of the pixels are -9999" in word for word in story["warnings"])
    found = diagnose(image)
    assert any("are -9999, far from all" in sentence for sentence in found.sentences)
    json.dumps(found.as_dict(), allow_nan=False)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("photons", [0.2, 0.5])
def test_few_photons_on_black_ground_are_restored(kind, photons):
    rows, columns = np.mgrid[:128, :128]
    mean = photons * (1 + np.sin(rows / 20) * np.cos(columns / 25))
    image = np.random.default_rng(0).poisson(mean).astype(kind)
    result = iter_restore(image, dtype="float32").result
    assert "fill_values" not in result.provenance
    before, after = (np.mean((each - mean) ** 2) for each in (image, result.image))
    assert after < 0.2 * before


def test_padding_of_8_bits_is_kept_beside_lines():
    rng = np.random.default_rng(0)
    image = 170 + rng.normal(0, 4, (128, 128)) + rng.normal(0, 6, (1, 128))
    image = image.round().astype(np.uint8)
    image[:12] = 0
    result = iter_restore(image).result
    assert (result.image[:12] == 0).all()
    assert result.provenance["fill_values"] == [0]
    assert result.provenance["taken_out"]["columns"] > 3


def test_channels_that_have_it_are_named():
    stack = np.stack([scene().round().astype(np.uint16), padded(), padded()])
    told: dict[str, Any] = {"prior": GaussianPrior(), "axes": "CYX"}
    result = iter_restore(stack, degradation=Noise(SIGMA), **told).result
    said = [word for word in result.provenance["warnings"] if "far from all" in word]
    assert len(said) == 1
    assert said[0].startswith("C 2; C 3: ")


def test_planes_that_share_it_say_so_once():
    stack = np.stack([padded(), padded(), np.zeros_like(padded())])
    told: dict[str, Any] = {"prior": GaussianPrior(), "axes": "ZYX"}
    result = iter_restore(stack, degradation=Noise(), **told).result
    assert len(result.provenance["parts"]) == 3
    said = [word for word in result.provenance["warnings"] if "far from all" in word]
    assert len(said) == 1
    assert said[0].startswith(f"{100 * (stack == 0).mean():.2g} % of the pixels are 0")
    assert (result.image[2] == 0).all()


def test_holes_that_are_told_are_filled():
    image = padded()
    mask = np.zeros(image.shape, dtype=bool)
    mask[:, :WIDTH] = True
    filled = restore(image, prior=GaussianPrior(), degradation=Inpaint(mask=mask))
    assert filled.min() > 20_000
