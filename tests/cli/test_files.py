"""``napari-flowprior restore`` on files as people have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
