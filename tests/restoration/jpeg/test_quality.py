"""libjpeg's quality, also as pixels show it."""

from __future__ import annotations

import io

import numpy as np
import pytest
from jpegs import CAT, COLOUR, GREY, Pixels, compress, decode, encode, part, tables
from PIL import Image
from scipy.ndimage import gaussian_filter

from napari_flowprior._errors import InputError
from napari_flowprior.restoration.jpeg import JPEGTables


@pytest.mark.parametrize("grey", [True, False])
def test_quality_is_that_of_libjpeg(grey: bool) -> None:
    image = part(GREY if grey else COLOUR, 8, 8)
    for quality in range(1, 101):
        found = Image.open(io.BytesIO(encode(image, quality)))
        read = [np.reshape(table, (8, 8)) for table in found.quantization.values()]
        mine = tables(image, quality).steps[:2]
        assert len(read) == len(mine)
        assert all(np.array_equal(a, b) for a, b in zip(read, mine, strict=True))


@pytest.mark.parametrize(
    ("image", "qualities", "sampling"),
    [
        (GREY[:256, :256], range(5, 100, 15), "4:4:4"),
        (COLOUR[:256, :256], (10, 60, 95), "4:2:0"),
        (COLOUR[:256, :256], (10, 60, 95), "4:4:4"),
        (CAT[:250, :251], (15, 75, 90), "4:2:0"),
        (CAT[:250, :251], (75,), "4:4:4"),
    ],
    ids=["camera", "astronaut-420", "astronaut-444", "chelsea-420", "chelsea-444"],
)
def test_estimate(image: Pixels, qualities: range, sampling: str) -> None:
    for quality in qualities:
        found = JPEGTables.estimate(compress(image, quality, sampling))
        assert found == tables(image, quality, sampling)


@pytest.mark.parametrize("quality", [5, 10])
def test_estimate_of_an_image_that_is_almost_flat(quality: int) -> None:
    y, x = np.mgrid[:256, :256]
    red = 150 + 10 * np.sin(x / 40)
    green, blue = 40 + 10 * np.sin(y / 55), 30 + 10 * np.sin((x + y) / 70)
    texture = gaussian_filter(np.random.default_rng(0).normal(0, 60, y.shape), 3)
    image = np.stack([red + texture, green + texture, blue + texture], -1)
    image = np.rint(image).clip(0, 255).astype(np.uint8)
    found = JPEGTables.estimate(compress(image, quality))
    assert found == tables(image, quality)


@pytest.mark.parametrize(
    "image",
    [
        GREY[:128, :128],
        compress(GREY[:256, :256], 50)[3:, 5:],
        np.full((64, 64), 100, np.uint8),
        np.kron(GREY[::16, ::16], np.ones((8, 8), np.uint8)),
    ],
    ids=["raw", "off the grid", "flat", "drawn"],
)
def test_no_sign_of_jpeg(image: Pixels) -> None:
    with pytest.raises(InputError, match="no sign of JPEG"):
        JPEGTables.estimate(image)


def test_other_tables_are_not_taken_for_a_quality() -> None:
    steps = list(np.random.default_rng(0).permutation(np.arange(5, 69)).tolist())
    content = encode(GREY[:256, :256], 50, qtables=[steps])
    with pytest.raises(InputError, match="no sign of JPEG compression with libjpeg's"):
        JPEGTables.estimate(decode(content))


def test_estimate_needs_pixels() -> None:
    with pytest.raises(InputError, match="too small"):
        JPEGTables.estimate(GREY[:7, :64])
    for wrong in (GREY / 255, GREY[:, 0], COLOUR[..., :2]):
        with pytest.raises(InputError, match="uint8 pixels"):
            JPEGTables.estimate(wrong)
