"""``napari-flowprior restore`` on files as people have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior.cli import main

if TYPE_CHECKING:
    from pathlib import Path

TINY = ["--prior", "tiny.safetensors", "--device", "cpu"]
NOISE = [*TINY, "--degradation", "noise", "--sigma", "9"]
RAMP = np.add.outer(np.arange(20), 5 * np.arange(24)).astype(np.uint8)


def test_tiff_results_say_how_they_came_about(folder: Path) -> None:
    tifffile.imwrite("in.tif", RAMP, photometric="miniswhite")
    assert main(["restore", "in.tif", "out.tif", *NOISE]) == 0
    with tifffile.TiffFile("out.tif") as file:
        page = file.pages.first
        story = json.loads(page.description)["napari-flowprior"]
        assert page.photometric.name == "MINISWHITE"
    assert story["prior"]["name"] == "tiny"
    assert story["degradation"] == {"name": "noise", "sigma": 9.0}


def test_white_as_0_makes_no_difference(folder: Path) -> None:
    tifffile.imwrite("black.tif", RAMP)
    tifffile.imwrite("white.tif", 255 - RAMP, photometric="miniswhite")
    for name in ("black", "white"):
        assert main(["restore", f"{name}.tif", f"{name}.out.tif", *NOISE]) == 0
    one, other = (Image.open(f"{name}.out.tif") for name in ("black", "white"))
    np.testing.assert_array_equal(one.convert("L"), other.convert("L"))


@pytest.mark.filterwarnings("default")
def test_what_is_not_read_is_said(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with tifffile.TiffWriter("in.tif") as file:
        file.write(RAMP[:5, :7])
        file.write(RAMP)
    assert main(["restore", "in.tif", "out.tif", *NOISE]) == 0
    assert "in.tif holds 2 images; only number 2" in capsys.readouterr().err
    assert tifffile.imread("out.tif").shape == RAMP.shape


def test_names_as_long_as_names_can_be(folder: Path) -> None:
    name = "n" * 246 + ".tif"
    tifffile.imwrite("in.tif", RAMP)
    assert main(["restore", "in.tif", name, *NOISE]) == 0
    assert tifffile.imread(name).shape == RAMP.shape


@pytest.mark.parametrize("orientation", [1, 6])
def test_turned_photographs_are_restored_upright(
    folder: Path, orientation: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    picture = np.tile(RAMP, (2, 2))[:32, :48]
    Image.fromarray(picture).save("in.jpg", quality=20, exif=exif)
    said = [*TINY, "--degradation", "jpeg"]
    assert main(["restore", "in.jpg", "out.png", *said]) == 0
    with Image.open("out.png") as image:
        assert image.getexif().get(0x0112, 1) == 1
        result = np.asarray(image).astype(int)
    upright = np.rot90(picture, -1) if orientation == 6 else picture
    assert np.abs(result - upright).mean() < np.abs(result - upright[::-1]).mean() / 2


@pytest.mark.parametrize("sampling", ["440", "411"])
def test_rare_samplings_of_colour_are_restored(folder: Path, sampling: str) -> None:
    picture = np.dstack([np.tile(RAMP, (2, 2))[:32, :48]] * 3)
    content = imagecodecs.jpeg8_encode(picture, level=20, subsampling=sampling)
    (folder / "in.jpg").write_bytes(content)
    said = ["--prior", "photo-rgb", "--device", "cpu", "--degradation", "jpeg"]
    assert main(["restore", "in.jpg", "out.png", *said]) == 0
    before, after = (
        np.abs(np.asarray(Image.open(name)).astype(int) - picture).mean()
        for name in ("in.jpg", "out.png")
    )
    assert after < before
