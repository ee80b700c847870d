"""Which images are taken for clean, and what is refused because they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from draining import drain
from jpegs import compress
from PIL import Image
from skimage import data

from napari_flowprior.training import (
    NoisyImagesError,
    TrainingImage,
    TrainJob,
    iter_train,
    measure_noisiness,
)

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

# Where one tile tells what is to be found, and where it takes several.
CAMERA = data.camera()[100:164, 196:260].astype(float)
WIDE = data.camera()[100:228, 180:308].astype(float)


def eight_bits(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def noisy(sigma: float, seed: int = 0) -> NDArray[np.uint8]:
    drawn = np.random.default_rng(seed).standard_normal(CAMERA.shape)
    return eight_bits(CAMERA + sigma * drawn)


def image(pixels: NDArray[np.generic], axes: str = "YX") -> TrainingImage:
    return TrainingImage(pixels, axes, "picture")


def test_a_clean_photograph() -> None:
    found = measure_noisiness([image(eight_bits(CAMERA))])
    assert (found.clean, found.looked_at, found.noisy) == (True, 1, 0)
    assert found.sentence == "No noise that shows was found in 1 plane looked at."


@pytest.mark.parametrize("sigma", [10, 25])
def test_white_noise(sigma: int) -> None:
    found = measure_noisiness([image(noisy(sigma))])
    assert not found.clean
    width = np.subtract(*np.percentile(noisy(sigma), [99.9, 0.1]))
    assert found.level == pytest.approx(sigma / width, rel=0.15)
    assert "noise shows in 1 of 1 plane looked at" in found.sentence
    assert "There is noise of level" in found.sentence


def test_photons_are_judged_by_their_mean() -> None:
    # Dark but for a corner: at the median intensity there is next to no noise.
    dark = np.where(np.arange(128) < 100, 0.02, 1.0) * WIDE
    counts = np.random.default_rng(0).poisson(dark / 255 * 60).astype(np.uint16)
    found = measure_noisiness([image(counts)])
    assert not found.clean
    assert "Noise grows with brightness" in found.sentence


def test_artefacts_of_jpeg_are_no_noise() -> None:
    blocky = compress(eight_bits(CAMERA), 20)
    assert measure_noisiness([image(blocky)]).clean


def test_colours() -> None:
    astronaut = data.astronaut()[:64, 160:224]
    assert measure_noisiness([image(astronaut, "YXS")]).clean
    drawn = np.random.default_rng(0).normal(0, 25, astronaut.shape)
    assert not measure_noisiness([image(eight_bits(astronaut + drawn), "YXS")]).clean


def test_planes_of_a_stack_are_spread() -> None:
    # A few noisy planes do not make a noisy stack; many do.
    clean = eight_bits(CAMERA)
    stack = np.stack([noisy(25), *[clean] * 3])[..., :64, :64]
    found = measure_noisiness([image(stack, "TYX")])
    assert (found.clean, found.looked_at, found.noisy) == (True, 4, 1)
    assert found.sentence == "Only 1 of 4 planes looked at seems to be noisy."
    stack[1] = noisy(25, seed=1)[:64, :64]
    found = measure_noisiness([image(stack, "TYX")])
    assert (found.clean, found.noisy) == (False, 2)


def test_of_small_images_nothing_can_be_told() -> None:
    found = measure_noisiness([image(noisy(25)[:40])])
    assert (found.clean, found.looked_at) == (True, 0)
    assert "too small to tell" in found.sentence


def test_files_that_cannot_be_read_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"\x89PNG broken")
    Image.fromarray(noisy(25)).save(tmp_path / "good.png")
    found = measure_noisiness([tmp_path])
    assert (found.clean, found.looked_at) == (False, 1)


def test_training_on_noisy_images_is_refused_unless_insisted_upon(
    tmp_path: Path,
) -> None:
    out = tmp_path / "mine.safetensors"
    job = TrainJob(out=out, data=(image(noisy(25)),), device="cpu")
    with pytest.raises(NoisyImagesError, match="The images are noisy") as caught:
        drain(iter_train(job))
    assert 'images="noisy"' in str(caught.value)
    assert "insist=True" in str(caught.value)
    assert not list(tmp_path.iterdir())
    insisting = TrainJob(out=out, data=job.data, device="cpu", insist=True)
    run = iter_train(insisting)
    assert any(event.plan for event in run)
    run.close()
