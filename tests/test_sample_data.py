"""Sample images: offline, always the same, and damaged as they say."""

from __future__ import annotations

import socket
from pathlib import Path

import numpy as np
import pytest
from skimage.metrics import peak_signal_noise_ratio as psnr

from napari_flowprior import _sample_data

MANIFEST = Path(_sample_data.__file__).with_name("napari.yaml")


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("a sample image opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


def data(sample):
    return sample()[0][0]


@pytest.mark.parametrize("name", _sample_data.__all__)
def test_samples_are_layers(name):
    sample = getattr(_sample_data, name)
    for layer, again in zip(sample(), sample(), strict=True):
        array, options, kind = layer
        assert kind in ("image", "labels")
        assert array.dtype == np.uint8
        assert options["name"]
        np.testing.assert_array_equal(array, again[0])


@pytest.mark.parametrize("name", _sample_data.__all__)
def test_samples_are_in_the_manifest(name):
    assert f"napari_flowprior._sample_data:{name}\n" in MANIFEST.read_text("utf-8")


@pytest.mark.parametrize(
    ("clean", "noisy"),
    [
        (_sample_data.clean, _sample_data.noisy),
        (_sample_data.colour, _sample_data.noisy_colour),
    ],
)
def test_noise_is_of_sigma_25(clean, noisy):
    middle = (data(clean) > 100) & (data(clean) < 155)
    difference = data(noisy)[middle].astype(float) - data(clean)[middle]
    assert difference.std() == pytest.approx(25, rel=0.02)
    assert psnr(data(clean), data(noisy)) == pytest.approx(20.4, abs=0.5)


def test_jpeg_is_damaged():
    assert 24 < psnr(data(_sample_data.clean), data(_sample_data.jpeg)) < 32


def test_mask_marks_the_holes():
    (image, _, _), (mask, _, kind) = _sample_data.holes()
    assert kind == "labels"
    changed = image != data(_sample_data.clean)
    assert (mask[changed] == 1).all()
    assert (image[mask == 1] == 255).all()
    assert 0.02 < mask.mean() < 0.2


def test_sprites_are_a_stack_in_colour():
    stack, options, kind = _sample_data.sprites()[0]
    assert kind == "image"
    assert options["rgb"]
    assert stack.shape == (_sample_data.SPRITES, 64, 64, 3)
    assert len({sprite.tobytes() for sprite in stack}) == len(stack)
