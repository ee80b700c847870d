"""TIFF files are read as viewers show them, and written as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms
from PIL import __version__ as pillow_version

from napari_flowprior._errors import InputError
from napari_flowprior.data import ImageFile, PlaneView, read_image, write_image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RAMP = np.add.outer(np.arange(20), 5 * np.arange(24)).astype(np.uint8)
COLOURS = np.dstack([RAMP, 255 - RAMP, RAMP // 2])
DEEP = RAMP.astype(np.uint16) * 16
PALETTE = np.stack([np.arange(256), 255 - np.arange(256), np.arange(256) // 2])
CLEAR = np.dstack([np.minimum(COLOURS, RAMP[..., None]), RAMP])


def tiff(array: Any, **options: Any) -> Callable[[Path], None]:
    return lambda path: tifffile.imwrite(path, array, **options)


def pillow(image: Image.Image, **options: Any) -> Callable[[Path], None]:
    return lambda path: image.save(path, **options)


pytestmark = pytest.mark.filterwarnings("ignore:.*colours of print:UserWarning")


# What shows how others see it.
PILLOW_HIDES = {"YCbCr"} if int(pillow_version.split(".")[0]) < 13 else set()


def seen(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGBA"))


def again(path: Path, file: ImageFile) -> Path:
    target = path.with_name("again.tif")
    write_image(target, file.array, file.axes, like=file)
    return target


KINDS = {
    "white is 0": tiff(RAMP, photometric="miniswhite"),
    "white is 0, 1 bit": pillow(Image.fromarray(RAMP > 50), tiffinfo={262: 0}),
    "1 bit": pillow(Image.fromarray(RAMP > 50)),
    "palette": pillow(Image.fromarray(COLOURS).quantize(64)),
    "grey palette": pillow(Image.fromarray(RAMP).quantize(64)),
    "CMYK": pillow(Image.fromarray(COLOURS).convert("CMYK")),
    "YCbCr": pillow(Image.fromarray(COLOURS).convert("YCbCr")),
    "YCbCr by JPEG": tiff(COLOURS, photometric="rgb", compression="jpeg"),
    "4 bits": tiff(RAMP // 16, bitspersample=4),
    "12 bits": tiff(DEEP, bitspersample=12),
    "white is 0, 4 bits": tiff(RAMP // 16, bitspersample=4, photometric="miniswhite"),
    "planes": tiff(
        COLOURS.transpose(2, 0, 1), photometric="rgb", planarconfig="separate"
    ),
    "big-endian": tiff(DEEP, byteorder=">"),
    "alpha": tiff(CLEAR, photometric="rgb", extrasamples=["unassalpha"]),
    "multiplied alpha": tiff(CLEAR, photometric="rgb", extrasamples=["assocalpha"]),
    "grey and alpha": tiff(
        CLEAR[..., 2:], photometric="minisblack", extrasamples=["unassalpha"]
    ),
}


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - PILLOW_HIDES))
def test_what_is_written_looks_as_what_was_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tif"
    KINDS[kind](path)
    file = read_image(path)
    copy = again(path, file)
    np.testing.assert_array_equal(seen(copy), seen(path))
    np.testing.assert_array_equal(read_image(copy).array, file.array)


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - PILLOW_HIDES))
def test_pixels_are_those_that_are_shown(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tif"
    KINDS[kind](path)
    file = read_image(path)
    pixels = np.asarray(file.array)
    if "S" in file.axes:
        shown = np.moveaxis(pixels, file.axes.index("S"), -1)
        expected = seen(path)[..., : shown.shape[-1]].astype(int)
        # Pillow shortens what it divides by alpha, and does not round it.
        np.testing.assert_allclose(shown, expected, atol=1, rtol=0)
    else:
        grey = np.asarray(Image.open(path).convert("L"))
        assert np.corrcoef(pixels.ravel(), grey.ravel())[0, 1] > 0.3


@pytest.mark.parametrize("kind", KINDS)
def test_large_files_are_shown_in_parts(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a.tif"
    KINDS[kind](path)
    whole, lazy = read_image(path), read_image(path, in_memory=0)
    assert type(lazy.array) is not np.ndarray
    assert (lazy.axes, lazy.array.shape) == (whole.axes, np.shape(whole.array))
    joint = "S" in whole.axes
    views = [PlaneView(each.array, each.axes, joint) for each in (whole, lazy)]
    one, other = (view.read(0, slice(2, 9), slice(3, 8)) for view in views)
    np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(np.asarray(lazy.array), whole.array)


@pytest.mark.parametrize(
    ("kind", "photometric", "bits"),
    [
        ("white is 0", "MINISWHITE", 8),
        ("white is 0, 1 bit", "MINISWHITE", 1),
        ("white is 0, 4 bits", "MINISWHITE", 4),
        ("1 bit", "MINISBLACK", 1),
        ("12 bits", "MINISBLACK", 12),
    ],
)
def test_values_are_stored_as_they_were(
    tmp_path: Path, kind: str, photometric: str, bits: int
) -> None:
    path = tmp_path / "a.tif"
    KINDS[kind](path)
    with tifffile.TiffFile(again(path, read_image(path))) as tif:
        page = tif.pages.first
        assert (page.photometric.name, page.bitspersample) == (photometric, bits)


def test_results_of_another_type_are_stored_plainly(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    KINDS["white is 0"](path)
    file = read_image(path)
    target = tmp_path / "b.tif"
    write_image(target, file.array / np.float32(2), "YX", like=file)
    with tifffile.TiffFile(target) as tif:
        assert tif.pages.first.photometric.name == "MINISBLACK"
    np.testing.assert_array_equal(tifffile.imread(target), file.array / np.float32(2))


def test_values_beyond_their_bits_get_more(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    KINDS["12 bits"](path)
    file = read_image(path)
    write_image(tmp_path / "b.tif", np.asarray(file.array) + 4000, "YX", like=file)
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "b.tif"), DEEP + 4000)


def test_multiplied_colours_are_straight_when_read(tmp_path: Path) -> None:
    pixels = np.array([[[10, 0, 40, 51], [7, 8, 9, 255], [0, 0, 0, 0]]], np.uint8)
    options = {"photometric": "rgb", "extrasamples": ["assocalpha"]}
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    file = read_image(tmp_path / "a.tif")
    assert np.asarray(file.array).tolist() == [
        [[50, 0, 200, 51], [7, 8, 9, 255], [0, 0, 0, 0]]
    ]
    write_image(tmp_path / "a.png", file.array, "YXS", like=file)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").array, file.array)


CLEARS = {
    "RGB": CLEAR,
    "deep RGB": CLEAR.astype(np.uint16) * 257,
    "floats": CLEAR.astype(np.float32) / 255,
    "grey": CLEAR[..., 2:],
}


@pytest.mark.parametrize("kind", CLEARS)
def test_alpha_keeps_its_meaning(tmp_path: Path, kind: str) -> None:
    pixels = CLEARS[kind]
    photometric = "minisblack" if kind == "grey" else "rgb"
    options = {"photometric": photometric, "extrasamples": ["assocalpha"]}
    tifffile.imwrite(tmp_path / "a.tif", pixels, **options)
    with tifffile.TiffFile(
        again(tmp_path / "a.tif", read_image(tmp_path / "a.tif"))
    ) as t:
        assert [each.name for each in t.pages.first.extrasamples] == ["ASSOCALPHA"]
        np.testing.assert_allclose(t.asarray(), pixels, rtol=1e-6)


def test_palettes_of_many_colours_keep_them(tmp_path: Path) -> None:
    table = np.zeros((3, 65536), np.uint16)
    table[0] = np.arange(65536)
    options = {"photometric": "palette", "colormap": table}
    tifffile.imwrite(tmp_path / "a.tif", DEEP + 1, **options)
    pixels = np.asarray(read_image(tmp_path / "a.tif").array)
    np.testing.assert_array_equal(pixels, np.dstack([DEEP + 1, DEEP * 0, DEEP * 0]))


@pytest.mark.parametrize("axes", ["YX", "ZYX"])
def test_palettes_of_imagej_colour_intensities(tmp_path: Path, axes: str) -> None:
    stack = np.stack([RAMP, RAMP + 1]) if axes == "ZYX" else RAMP
    tifffile.imwrite(
        tmp_path / "a.tif",
        stack,
        imagej=True,
        metadata={"axes": axes},
        photometric="palette",
        colormap=(PALETTE * 257).astype(np.uint16),
    )
    file = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(file.array, stack)
    copy = again(tmp_path / "a.tif", file)
    np.testing.assert_array_equal(seen(copy), seen(tmp_path / "a.tif"))


SIGNED = {"cf": 0, "c0": -32768.0, "c1": 1.0, "vunit": "Gray Value"}


def test_signed_pixels_of_imagej_have_their_values(tmp_path: Path) -> None:
    values = RAMP.astype(np.int16) - 100
    raw = (values.astype(int) + 32768).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", raw, imagej=True, metadata=SIGNED)
    file = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(file.array, values)
    with tifffile.TiffFile(again(tmp_path / "a.tif", file)) as tif:
        np.testing.assert_array_equal(tif.asarray(), raw)
        assert tif.imagej_metadata.items() >= SIGNED.items()
    write_image(tmp_path / "f.tif", values.astype(np.float32), "YX", like=file)
    with tifffile.TiffFile(tmp_path / "f.tif") as tif:
        np.testing.assert_array_equal(tif.asarray(), values)
        assert "c0" not in tif.imagej_metadata


def test_other_calibrations_of_imagej_are_kept(tmp_path: Path) -> None:
    said = {"cf": 0, "c0": -3.5, "c1": 0.25, "vunit": "OD", "xorigin": 4.0}
    tifffile.imwrite(tmp_path / "a.tif", DEEP, imagej=True, metadata=said)
    file = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(file.array, DEEP)
    with tifffile.TiffFile(again(tmp_path / "a.tif", file)) as tif:
        assert tif.imagej_metadata.items() >= said.items()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_profiles_are_kept_where_there_are_colours(tmp_path: Path) -> None:
    options = {"photometric": "rgb", "iccprofile": srgb()}
    tifffile.imwrite(tmp_path / "a.tif", COLOURS, **options)
    file = read_image(tmp_path / "a.tif")
    for name in ("b.tif", "b.png", "b.jpg"):
        write_image(tmp_path / name, file.array, "YXS", like=file)
        with Image.open(tmp_path / name) as image:
            assert image.info["icc_profile"] == srgb()
    write_image(tmp_path / "grey.png", RAMP, "YX", like=file)
    with Image.open(tmp_path / "grey.png") as image:
        assert "icc_profile" not in image.info


LAB = {"photometric": "cielab"}
REFUSED = {
    "CIELAB": (tiff(COLOURS, **LAB), "stored as CIELAB; convert it to RGB"),
    "deep inks": (
        tiff(np.dstack([DEEP] * 4), photometric="separated"),
        "4 inks of type uint16; convert it to RGB",
    ),
    "floats from white": (
        tiff(RAMP.astype(np.float32), photometric="miniswhite"),
        "white is its lowest value.*save it with black",
    ),
    "planes of inks": (
        tiff(np.stack([RAMP] * 4), photometric="separated", planarconfig="separate"),
        "inks are stored in separate planes",
    ),
    "raw": (tiff(RAMP, photometric="cfa"), "stored as CFA; convert it to RGB"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_be_shown_wrongly_is_refused(tmp_path: Path, case: str) -> None:
    write, words = REFUSED[case]
    write(tmp_path / "a.tif")
    with pytest.raises(InputError, match=rf"a\.tif: .*{words}"):
        read_image(tmp_path / "a.tif")
