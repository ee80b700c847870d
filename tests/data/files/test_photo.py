"""Photographs of less common kinds, and what comes with them."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from napari_flowprior._errors import InputError
from napari_flowprior.data import read_image, write_image

RNG = np.random.default_rng(0)
ORIENTATION = 0x0112


def chunk(name, content):
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def deep_png(path, array, colour_type):
    """Write 16-bit samples with filter 1, which the package does not write."""
    height, width, samples = array.shape
    rows = array.astype(">u2").view(np.uint8).reshape(height, width, 2 * samples)
    rows = np.diff(rows, axis=1, prepend=np.zeros_like(rows[:, :1]))
    lines = np.pad(rows.reshape(height, -1), ((0, 0), (1, 0)), constant_values=1)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(lines.tobytes()))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("samples", "colour_type"), [(3, 2), (4, 6)])
def test_16_bit_colours_are_read_in_full(tmp_path, samples, colour_type):
    array = RNG.integers(0, 65536, (9, 8, samples), dtype=np.uint16)
    deep_png(tmp_path / "a.png", array, colour_type)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").array, array)


def test_16_bit_grey_with_transparency_is_refused(tmp_path):
    array = RNG.integers(0, 65536, (9, 8, 2), dtype=np.uint16)
    deep_png(tmp_path / "a.png", array, 4)
    with pytest.raises(InputError, match=r"a\.png: .*rare kind"):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize(
    ("mode", "name", "samples"),
    [
        ("P", "a.png", 3),
        ("LA", "a.png", 4),
        ("CMYK", "a.jpg", 3),
        ("RGBA", "a.png", 4),
    ],
)
def test_other_modes_become_colours(tmp_path, mode, name, samples):
    rgb = Image.fromarray(RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8))
    rgb.convert(mode).save(tmp_path / name)
    file = read_image(tmp_path / name)
    assert np.shape(file.array) == (9, 8, samples)
    assert file.array.dtype == np.uint8
    assert file.axes == "YXS"


def test_transparent_palettes_keep_their_transparency(tmp_path):
    palette = Image.fromarray(np.array([[0, 1]], np.uint8), mode="P")
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.save(tmp_path / "a.png", transparency=1)
    assert read_image(tmp_path / "a.png").array.tolist() == [
        [[10, 20, 30, 255], [40, 50, 60, 0]]
    ]


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_photographs_are_turned_upright_once(tmp_path, name):
    image = Image.fromarray(np.zeros((16, 24), np.uint8))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    exif[0x010F] = "camera"
    image.save(tmp_path / name, exif=exif)
    file = read_image(tmp_path / name)
    assert np.shape(file.array) == (24, 16)
    write_image(tmp_path / f"out-{name}", file.array, "YX", like=file)
    with Image.open(tmp_path / f"out-{name}") as again:
        assert again.getexif().get(ORIENTATION, 1) == 1
        assert again.getexif()[0x010F] == "camera"
    assert np.shape(read_image(tmp_path / f"out-{name}").array) == (24, 16)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_resolution_and_colour_profile_are_kept(tmp_path, dtype):
    first, second = tmp_path / "a.png", tmp_path / "b.png"
    grey = Image.fromarray(np.zeros((9, 8, 3), np.uint8))
    grey.save(first, dpi=(300, 150), icc_profile=b"profile")
    file = read_image(first)
    write_image(second, np.zeros((9, 8, 3), dtype), "YXS", like=file)
    with Image.open(second) as again:
        assert again.info["icc_profile"] == b"profile"
        np.testing.assert_allclose(again.info["dpi"], (300, 150), rtol=1e-3)


def test_jpeg_is_written_with_colours_at_full_resolution(tmp_path):
    write_image(tmp_path / "a.jpg", np.zeros((32, 32, 3), np.uint8), "YXS")
    with Image.open(tmp_path / "a.jpg") as image:
        assert {sampling[1:3] for sampling in image.layer} == {(1, 1)}


def test_animations_are_refused(tmp_path):
    frames = [Image.fromarray(np.full((9, 8), v, np.uint8)) for v in (0, 99)]
    frames[0].save(tmp_path / "a.png", save_all=True, append_images=frames[1:])
    with pytest.raises(InputError, match="animated; save the frames as a TIFF"):
        read_image(tmp_path / "a.png")
