"""Planes that do not fit, in overlapping blocks."""

from __future__ import annotations

import numpy as np
import pytest
from doubles import random_prior

from napari_flowprior import posterior, restore
from napari_flowprior.restoration import (
    HQS,
    JPEG,
    Blur,
    Downsample,
    Inpaint,
    Noise,
    RestoreOptions,
    iter_restore,
)
from napari_flowprior.restoration.engine._blocks import (
    LEAST_BLOCK,
    largest_block,
    place_of,
    plan_blocks,
)
from napari_flowprior.restoration.engine._making import choose_block

RNG = np.random.default_rng(0)
SHAPE = 90, 100
# Room for a block of the smallest size only.
LITTLE = 0.01  # GiB


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shrink blocks, and what they share, to the size of the images."""
    module = "napari_flowprior.restoration.engine._blocks"
    monkeypatch.setattr(f"{module}.LEAST_BLOCK", 64)
    monkeypatch.setattr(f"{module}._OVERLAP", 32)
    monkeypatch.setattr(
        "napari_flowprior.restoration.engine._making._BYTES_PER_VALUE", 1000
    )


def scene(dtype: str = "float32") -> np.ndarray:
    rows, columns = np.indices(SHAPE)
    smooth = 0.5 + 0.3 * np.sin(rows / 9) * np.cos(columns / 13)
    noisy = (smooth + RNG.normal(0, 0.05, SHAPE)).clip(0, 1)
    return (noisy * 255).astype("u1") if dtype == "uint8" else noisy.astype("f4")


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("shape", [(384, 900), (1000, 1001), (50, 20000)])
def test_blocks_cover_the_plane(shape: tuple[int, int], factor: int) -> None:
    plan = plan_blocks(shape, 384, factor)
    assert len(plan) > 1
    seen = np.zeros(shape, bool)
    for tile in plan:
        ys, xs = place_of(tile, plan, factor)
        assert (ys.start % 16, xs.start % 16) == (0, 0)
        assert max(ys.stop - ys.start, xs.stop - xs.start) <= 384
        assert ys.start < shape[0]
        assert xs.start < shape[1]
        seen[ys, xs] = True
    assert seen.all()


def test_what_fits_is_one_block_of_its_size() -> None:
    assert plan_blocks((383, 385), 384, 2).tile == (766, 770)


def test_blocks_are_as_large_as_there_is_room_for() -> None:
    assert largest_block(1) == LEAST_BLOCK
    assert largest_block(768**2 - 1) == LEAST_BLOCK
    assert largest_block(768**2) == 768


@pytest.mark.parametrize(
    "degradation",
    [
        Noise(sigma=0.05),
        Blur(gaussian=1.0, sigma=0.05),
        Inpaint(mask=np.indices(SHAPE).sum(0) % 7 == 0, sigma=0.05),
        Downsample(2, sigma=0.05),
        JPEG(quality=40),
    ],
    ids=lambda degradation: degradation.name,
)
@pytest.mark.usefixtures("small_blocks")
def test_blocks_give_what_planes_give(degradation: object) -> None:
    image = scene("uint8" if degradation.name == "jpeg" else "float32")
    settings = {"prior": random_prior(1).to("cpu"), "degradation": degradation}
    settings |= {"estimator": HQS(steps=2), "device": "cpu"}
    whole = iter_restore(image, memory=64.0, **settings).result.image
    parts = iter_restore(image, memory=LITTLE, **settings).result.image
    assert parts.shape == whole.shape
    # The cells of JPEG leave little to choose.
    assert degradation.name == "jpeg" or not np.array_equal(parts, whole)
    reach = float(np.ptp(whole))
    error = np.sqrt(np.mean((parts.astype(float) - whole) ** 2))
    assert error < 0.02 * reach


@pytest.mark.filterwarnings("ignore:S .*The prior does not know")
@pytest.mark.usefixtures("small_blocks")
def test_alpha_goes_with_finer_pixels_in_blocks() -> None:
    image = np.stack([scene("uint8")] * 4, axis=-1)
    image[..., 3] = np.indices(SHAPE).sum(0) % 251
    settings = {"prior": random_prior(1), "estimator": HQS(steps=1), "device": "cpu"}
    out = restore(
        image, axes="YXS", degradation=Downsample(2, sigma=3), memory=LITTLE, **settings
    )
    np.testing.assert_array_equal(out[..., 3], image[..., 3].repeat(2, 0).repeat(2, 1))


@pytest.mark.usefixtures("small_blocks")
def test_the_posterior_in_blocks() -> None:
    settings = {"prior": random_prior(1), "degradation": Noise(sigma=0.05)}
    settings |= {"samples": 2, "steps": 1, "device": "cpu"}
    whole = posterior(scene(), memory=64.0, **settings)
    parts = posterior(scene(), memory=LITTLE, **settings)
    assert abs(float((parts.mean - whole.mean).mean())) < 0.01
    assert parts.std.mean() == pytest.approx(whole.std.mean(), rel=0.05)
    regions = np.ones(SHAPE, int)
    summed = posterior(scene(), memory=LITTLE, regions=regions, **settings)
    assert summed.std.shape == SHAPE


@pytest.mark.usefixtures("small_blocks")
def test_without_a_word_half_of_what_is_free_is_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module = "napari_flowprior.restoration.engine._making"
    image, prior = scene(), random_prior(1)
    options = RestoreOptions(prior=prior, degradation=Noise(sigma=0.1))
    found = []

    def noted(*told: object) -> int:
        found.append(choose_block(*told))
        return found[-1]

    monkeypatch.setattr(f"{module}.choose_block", noted)
    for free in (2**20, 2**40):
        monkeypatch.setattr(f"{module}.free_memory", lambda _, free=free: free)
        next(iter_restore(image, options, estimator=HQS(steps=1)))
        run = iter_restore(image, options, estimator=HQS(steps=1))
        while not next(run).total:
            pass
    assert found == [64, 16384]
