"""Photographs of less common kinds, and what comes with them."""

import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from napari_flowprior._errors import InputError
from napari_flowprior.data import read_image, write_image

RNG = np.random.default_rng(0)
ORIENTATION = 0x0112


def chunk(name, content):
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def deep_png(path, array, colour_type, extra=b""):
    """Write 16-bit samples with filter 1, which the package does not write."""
    height, width, samples = array.shape
    rows = array.astype(">u2").view(np.uint8).reshape(height, width, 2 * samples)
    rows = np.diff(rows, axis=1, prepend=np.zeros_like(rows[:, :1]))
    lines = np.pad(rows.reshape(height, -1), ((0, 0), (1, 0)), constant_values=1)
    header = struct.pack(">IIBBBBB", width, height, 16, colour_type, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", zlib.compress(lines.tobytes()))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(("samples", "colour_type"), [(3, 2), (4, 6)])
def test_16_bit_colours_are_read_in_full(tmp_path, samples, colour_type):
    array = RNG.integers(0, 65536, (9, 8, samples), dtype=np.uint16)
    deep_png(tmp_path / "a.png", array, colour_type)
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").array, array)


def test_16_bit_grey_with_transparency_is_kept(tmp_path):
    array = RNG.integers(0, 65536, (9, 8, 2), dtype=np.uint16)
    deep_png(tmp_path / "a.png", array, 4)
    file = read_image(tmp_path / "a.png")
    np.testing.assert_array_equal(file.array, array[..., [0, 0, 0, 1]])
    write_image(tmp_path / "b.png", file.array, "YXS", like=file)
    assert (tmp_path / "b.png").read_bytes()[25] == 4
    np.testing.assert_array_equal(read_image(tmp_path / "b.png").array, file.array)


@pytest.mark.parametrize("samples", [1, 3])
def test_a_transparent_colour_of_16_bits_is_kept(tmp_path, samples):
    array = RNG.integers(0, 65536, (9, 8, samples), dtype=np.uint16)
    colour = array[3, 4].astype(">u2").tobytes()
    deep_png(tmp_path / "a.png", array, {1: 0, 3: 2}[samples], chunk(b"tRNS", colour))
    pixels = np.asarray(read_image(tmp_path / "a.png").array)
    expected = np.broadcast_to(array, (9, 8, 3))
    np.testing.assert_array_equal(pixels[..., :3], expected)
    assert pixels[3, 4, 3] == 0
    assert np.count_nonzero(pixels[..., 3] == 65535) >= 71


def test_grey_with_transparency_is_written_as_such(tmp_path):
    pixels = RNG.integers(0, 256, (9, 8, 2), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    file = read_image(tmp_path / "a.png")
    write_image(tmp_path / "b.png", file.array, "YXS", like=file)
    with Image.open(tmp_path / "b.png") as image:
        assert image.mode == "LA"
        np.testing.assert_array_equal(image, pixels)


def test_palettes_of_grey_are_grey(tmp_path):
    grey = RNG.integers(0, 4, (9, 8), dtype=np.uint8) * 80
    Image.fromarray(grey).quantize(4).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_image(tmp_path / "a.png").array, grey)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("samples", [1, 3])
def test_gamma_is_kept(tmp_path, dtype, samples):
    array = RNG.integers(0, 256, (9, 8, samples)).squeeze().astype(dtype)
    extra = chunk(b"gAMA", struct.pack(">I", 100000))
    extra += chunk(b"cHRM", struct.pack(">8I", *range(30000, 38000, 1000)))
    write_image(tmp_path / "a.png", array, "YXS"[: array.ndim])
    content = (tmp_path / "a.png").read_bytes()
    (tmp_path / "a.png").write_bytes(content[:33] + extra + content[33:])
    file = read_image(tmp_path / "a.png")
    write_image(tmp_path / "b.png", file.array, file.axes, like=file)
    assert extra in (tmp_path / "b.png").read_bytes()
    np.testing.assert_array_equal(read_image(tmp_path / "b.png").array, array)
    for name in ("c.tif", "c.npy"):
        with pytest.warns(UserWarning, match="gamma of 1, so that it looks different"):
            write_image(tmp_path / name, file.array, file.axes, like=file)


@pytest.mark.filterwarnings("ignore:.*colours of print:UserWarning")
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


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.png", "deep.png", "a.tif"])
def test_every_orientation_is_shown_as_pillow_does(tmp_path, name, orientation):
    pixels = np.zeros((16, 24, 3), np.uint16 if "deep" in name else np.uint8)
    pixels[:8, :8] = 200 * (257 if "deep" in name else 1)
    path, exif = tmp_path / name, Image.Exif()
    exif[ORIENTATION] = orientation
    if name == "a.tif":
        tag = [(ORIENTATION, "H", 1, orientation, True)]
        tifffile.imwrite(path, pixels, extratags=tag, resolution=(2, 3))
    elif name == "deep.png":
        deep_png(path, pixels, 2, chunk(b"eXIf", exif.tobytes()[6:]))
    else:
        Image.fromarray(pixels).save(path, exif=exif)
    file = read_image(path)
    with Image.open(path) as image:
        seen = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    bright = np.asarray(file.array).astype(int)
    np.testing.assert_array_equal(bright[..., 0] > 100, seen[..., 0] > 0)
    write_image(tmp_path / f"out-{name}", file.array, "YXS", like=file)
    copy = read_image(tmp_path / f"out-{name}")
    assert copy.array.shape == file.array.shape
    if name == "a.tif":
        turned = orientation > 4
        assert copy.info["XResolution"] == ((3, 1) if turned else (2, 1))


def test_inks_become_colours_as_their_profile_says(tmp_path):
    rgb = Image.fromarray(RNG.integers(0, 256, (9, 8, 3), dtype=np.uint8))
    inks = rgb.convert("CMYK")
    inks.save(tmp_path / "a.jpg", quality=95, icc_profile=b"no profile of inks")
    with pytest.warns(UserWarning, match=r"a\.jpg holds colours of print \(CMYK\)"):
        file = read_image(tmp_path / "a.jpg")
    with Image.open(tmp_path / "a.jpg") as image:
        np.testing.assert_array_equal(file.array, image.convert("RGB"))
    assert "icc_profile" not in file.info


@pytest.mark.parametrize("sampling", ["440", "411", "422", "420", "444"])
def test_every_sampling_of_colours_is_read(tmp_path, sampling):
    smooth = np.add.outer(np.arange(32), np.arange(48)).astype(np.uint8)
    pixels = np.dstack([smooth, 2 * smooth, 255 - smooth])
    content = imagecodecs.jpeg_encode(pixels, level=95, subsampling=sampling)
    (tmp_path / "a.jpg").write_bytes(content)
    found = np.asarray(read_image(tmp_path / "a.jpg").array, int)
    assert np.abs(found - pixels).mean() < 3


def test_rgb_and_lossless_jpeg_are_read(tmp_path):
    pixels = RNG.integers(0, 256, (16, 24, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.jpg", quality=100, keep_rgb=True)
    found = np.asarray(read_image(tmp_path / "a.jpg").array, int)
    assert np.abs(found - pixels).max() < 4
    grey = np.ascontiguousarray(pixels[..., 0])
    (tmp_path / "b.jpg").write_bytes(imagecodecs.jpeg_encode(grey, lossless=True))
    np.testing.assert_array_equal(read_image(tmp_path / "b.jpg").array, grey)


@pytest.mark.parametrize(("bits", "lossless"), [(12, False), (16, True)])
def test_jpeg_of_more_than_8_bits_is_refused(tmp_path, bits, lossless):
    pixels = RNG.integers(0, 2**bits, (16, 24), dtype=np.uint16)
    content = imagecodecs.jpeg_encode(pixels, bitspersample=bits, lossless=lossless)
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.jpg: .*{bits}-bit pixels; convert it"):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_damage_is_told_in_plain_words(tmp_path, name):
    (tmp_path / name).write_bytes(b"no image at all")
    with pytest.raises(InputError) as caught:
        read_image(tmp_path / name)
    assert f"{name}: it is neither a PNG nor a JPEG file, or" in str(caught.value)
    assert "Error" not in str(caught.value)


def test_a_transparent_colour_of_few_bits_is_kept(tmp_path):
    bits = RNG.random((9, 8)) > 0.5
    Image.fromarray(bits).save(tmp_path / "a.png", transparency=1)
    pixels = np.asarray(read_image(tmp_path / "a.png").array)
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels[..., 0], bits * np.uint8(255))
    np.testing.assert_array_equal(pixels[..., 3], ~bits * np.uint8(255))


def test_further_pictures_are_named(tmp_path):
    first, second = (Image.fromarray(np.full((16, 24), v, np.uint8)) for v in (9, 99))
    options = {"save_all": True, "append_images": [second]}
    first.save(tmp_path / "a.jpg", "MPO", **options)
    with pytest.warns(UserWarning, match=r"a\.jpg holds 2 pictures, .* only the first"):
        file = read_image(tmp_path / "a.jpg")
    assert np.asarray(file.array).max() < 20


@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
@pytest.mark.parametrize("rest", [b"", b"\0"])
def test_photographs_whose_end_is_missing_are_refused(tmp_path, name, rest):
    pixels = RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    half = len(content) // 2
    (tmp_path / name).write_bytes(content[:half] + rest * (len(content) - half))
    with pytest.raises(InputError, match=name):
        read_image(tmp_path / name)
