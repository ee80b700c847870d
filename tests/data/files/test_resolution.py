"""Sizes of pixels that files state, for images with more of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior.data import ImageFile, read_image, with_finer_pixels, write_image

if TYPE_CHECKING:
    from pathlib import Path


def enlarged(source: Path, factor: int = 3) -> Path:
    """Repeat the pixels of an image, and write them with what its file says."""
    file = read_image(source)
    finer = np.repeat(np.repeat(np.asarray(file.array), factor, 0), factor, 1)
    target = source.with_name(f"fine{source.suffix}")
    write_image(target, finer, file.axes, with_finer_pixels(file, factor))
    return target


def resolution_of(file: tifffile.TiffFile) -> list[float]:
    tags = file.pages.first.tags
    return [float(np.divide(*tags[f"{axis}Resolution"].value)) for axis in "XY"]


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
@pytest.mark.parametrize("exif", [False, True])
def test_photographs(tmp_path: Path, suffix: str, exif: bool) -> None:
    said = Image.Exif()
    said[0x010F] = "A camera"
    said[0x011A] = said[0x011B] = 72.0
    path = tmp_path / f"coarse{suffix}"
    picture = Image.fromarray(np.zeros((8, 9), np.uint8))
    picture.save(path, dpi=(72, 36), **({"exif": said} if exif else {}))
    with Image.open(enlarged(path)) as image:
        assert image.size == (27, 24)
        assert image.info["dpi"] == pytest.approx((216, 108), abs=0.1)
        found = dict(image.getexif())
    assert found == ({0x010F: "A camera", 0x011A: 216, 0x011B: 216} if exif else {})


@pytest.mark.parametrize("resolution", [(5.0, 2.5), ((4 * 10**9, 7), 7.0), (1e-6, 3.0)])
@pytest.mark.parametrize("imagej", [False, True])
def test_tiff(tmp_path: Path, resolution: tuple[float, float], imagej: bool) -> None:
    path = tmp_path / "coarse.tif"
    metadata = {"unit": "um"} if imagej else None
    values = np.zeros((8, 9), np.uint8)
    tifffile.imwrite(
        path, values, resolution=resolution, imagej=imagej, metadata=metadata
    )
    with tifffile.TiffFile(path) as file:
        before = resolution_of(file)
    with tifffile.TiffFile(enlarged(path)) as file:
        assert file.pages.first.shape == (24, 27)
        wanted = pytest.approx([3 * pixels for pixels in before], rel=1e-6)
        assert resolution_of(file) == wanted
        assert file.imagej_metadata is None or file.imagej_metadata["unit"] == "um"


def test_a_resolution_that_is_none_stays_so(tmp_path: Path) -> None:
    path = tmp_path / "coarse.tif"
    tifffile.imwrite(path, np.zeros((8, 9), np.uint8), resolution=(5, 5))
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags["XResolution"].overwrite((0, 0))
    with tifffile.TiffFile(enlarged(path)) as file:
        assert file.pages.first.shape == (24, 27)
        assert resolution_of(file) == [1, 1]


@pytest.mark.parametrize(
    "tag", [("XResolution", 5, "I"), ("ResolutionUnit", 0, "H")], ids=str
)
def test_damaged_resolutions_are_left_out(
    tmp_path: Path, tag: tuple[str, int, str]
) -> None:
    path = tmp_path / "coarse.tif"
    tifffile.imwrite(path, np.zeros((8, 9), np.uint8), resolution=(5, 5))
    with tifffile.TiffFile(path, mode="r+b") as file:
        file.pages.first.tags[tag[0]].overwrite(tag[1], dtype=tag[2])
    with tifffile.TiffFile(enlarged(path)) as file:
        assert file.pages.first.tags["ResolutionUnit"].value in tifffile.RESUNIT


def test_arrays_say_nothing(tmp_path: Path) -> None:
    path = tmp_path / "coarse.npy"
    np.save(path, np.zeros((8, 9)))
    assert np.load(enlarged(path)).shape == (24, 27)


def test_senseless_resolutions_do_not_hinder(tmp_path: Path) -> None:
    largest = 2**32 - 1
    pixels = np.zeros((8, 9), np.uint8)
    said = Image.Exif()
    said[0x011A] = said[0x011B] = float(largest)
    for suffix in (".png", ".jpg"):
        Image.fromarray(pixels).save(tmp_path / f"coarse{suffix}", exif=said)
    ratio = (largest, 1)
    tifffile.imwrite(tmp_path / "coarse.tif", pixels, resolution=(ratio, ratio))
    for suffix in (".png", ".jpg", ".tif"):
        path = tmp_path / f"coarse{suffix}"
        assert np.shape(read_image(enlarged(path)).array) == (24, 27)
        file = read_image(path)
        write_image(tmp_path / f"copy{suffix}", file.array, "YX", like=file)


@pytest.mark.parametrize("dpi", [0, 2**32 - 1])
@pytest.mark.parametrize(
    ("suffix", "dtype"), [(".png", np.uint8), (".png", np.uint16), (".jpg", np.uint8)]
)
def test_what_a_format_cannot_state_is_left_out(
    tmp_path: Path, dpi: int, suffix: str, dtype: type
) -> None:
    file = ImageFile(tmp_path / "a.png", np.zeros(1), "YX", "PNG", {"dpi": (dpi, dpi)})
    path = tmp_path / f"b{suffix}"
    write_image(path, np.zeros((8, 9, 3), dtype), "YXS", like=file)
    with Image.open(path) as image:
        assert image.info.get("dpi", (1, 1)) == (1, 1)
