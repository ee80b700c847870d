"""Masks and point spread functions as people make them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.ndimage import gaussian_filter

from napari_flowprior._errors import InputError
from napari_flowprior.cli import main
from napari_flowprior.cli._arrays import read_array

TINY = ["--prior", "tiny.safetensors", "--device", "cpu"]
INPAINT = [*TINY, "--degradation", "inpaint", "--mask"]
HOLES = np.zeros((32, 40), bool)
HOLES[5:11] = True
HOLES[20:28, 22:33] = True
WHITE = (HOLES * 255).astype(np.uint8)
BLACK = np.zeros_like(WHITE)
OPAQUE = np.full_like(WHITE, 255)
PICTURE = np.random.default_rng(0).integers(0, 256, (*HOLES.shape, 3), dtype=np.uint8)


def png(*planes: Any) -> Any:
    pixels = planes[0] if len(planes) == 1 else np.dstack(planes)
    return lambda path: Image.fromarray(pixels).save(path, "PNG")


def jpeg(quality: int, *planes: Any) -> Any:
    pixels = planes[0] if len(planes) == 1 else np.dstack(planes)
    return lambda path: Image.fromarray(pixels).save(path, "JPEG", quality=quality)


def npy(values: Any) -> Any:
    return lambda path: np.save(path, values)


SAID = {
    "grey.png": png(WHITE),
    "bits.png": png(HOLES),
    "ones.png": png(HOLES.astype(np.uint8)),
    "deep.png": png(WHITE.astype(np.uint16) * 257),
    "rgb.png": png(WHITE, WHITE, WHITE),
    "rgba.png": png(WHITE, WHITE, WHITE, OPAQUE),
    "grey and alpha.png": png(WHITE, OPAQUE),
    "red.png": png(WHITE, BLACK, BLACK),
    "red on transparent.png": png(WHITE, BLACK, BLACK, WHITE),
    "white on transparent.png": png(OPAQUE, OPAQUE, OPAQUE, WHITE),
    "white and black on transparent.png": png(
        WHITE, WHITE, WHITE, np.where(np.arange(40) < 35, OPAQUE, 0 * OPAQUE)
    ),
    "erased.png": png(PICTURE, 255 - WHITE),
    "palette.png": lambda path: Image.fromarray(WHITE).quantize(2).save(path),
    "poor.jpg": jpeg(50, WHITE),
    "good.jpg": jpeg(95, WHITE),
    "red.jpg": jpeg(75, WHITE, BLACK, BLACK),
    "labels.tif": lambda path: tifffile.imwrite(path, HOLES.astype(np.int32) * 7),
    "white is 0.tif": lambda path: tifffile.imwrite(
        path, 255 - WHITE, photometric="miniswhite"
    ),
    "bool.npy": npy(HOLES),
    "float.npy": npy(HOLES.astype(float)),
}


@pytest.mark.parametrize("name", SAID)
def test_masks_mark_what_their_makers_mean(tmp_path: Path, name: str) -> None:
    SAID[name](tmp_path / name)
    marks = read_array(tmp_path / name, "mask")
    if "black on" in name:
        np.testing.assert_array_equal(marks[:, :35], HOLES[:, :35])
        assert not marks[:, 35:].any()
    else:
        np.testing.assert_array_equal(marks, HOLES)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_soft_edges_are_cut_at_half(tmp_path: Path, kind: type) -> None:
    soft = gaussian_filter(HOLES.astype(float), 1.0)
    top = np.iinfo(kind).max if kind is not np.float32 else 1
    values = (soft * top).astype(kind)
    tifffile.imwrite(tmp_path / "soft.tif", values)
    with pytest.warns(UserWarning, match=r"soft\.tif: .* of the mask is grey"):
        marks = read_array(tmp_path / "soft.tif", "mask")
    assert np.mean(marks != HOLES) < 0.01


def test_labels_are_no_soft_edges(tmp_path: Path) -> None:
    labels = np.arange(32 * 8, dtype=np.uint8).reshape(32, 8) % 251
    Image.fromarray(labels).save(tmp_path / "labels.png")
    with pytest.warns(UserWarning, match="marks 99% of its pixels"):
        marks = read_array(tmp_path / "labels.png", "mask")
    np.testing.assert_array_equal(marks, labels > 0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            np.where(HOLES, 1.0, np.nan),
            "holds NaN or infinite values; save it",
        ),
        (np.where(HOLES, 1.0, -1.0), "holds negative values, down to -1; save it in"),
        (HOLES * 37.25, "holds fractions up to 37.25"),
        (np.dstack([BLACK, BLACK, BLACK, WHITE]), "black on a transparent ground"),
        (np.dstack([PICTURE, BLACK]), "transparent everywhere"),
    ],
)
def test_masks_that_say_too_little_are_refused(
    tmp_path: Path, values: np.ndarray, words: str
) -> None:
    np.save(tmp_path / "m.npy", values)
    with pytest.raises(InputError, match=words):
        read_array(tmp_path / "m.npy", "mask")


@pytest.mark.parametrize(
    ("mask", "words"),
    [(BLACK, "marks no pixel"), (255 - WHITE, "marks 74% .*; invert it if")],
)
def test_masks_that_mark_little_or_much_are_named(
    tmp_path: Path, mask: np.ndarray, words: str
) -> None:
    Image.fromarray(mask).save(tmp_path / "m.png")
    with pytest.warns(UserWarning, match=rf"m\.png {words}"):
        read_array(tmp_path / "m.png", "mask")


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("colour", [0, 255])
@pytest.mark.parametrize("names", ["inpaint", "noise,inpaint"])
def test_masks_the_wrong_way_round_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], colour: int, names: str
) -> None:
    torn = np.where(HOLES[..., None], np.uint8(colour), PICTURE)
    Image.fromarray(torn).save("in.png")
    Image.fromarray(255 - WHITE).save("m.png")
    said = [*TINY, "--degradation", names, "--mask", "m.png", "--sigma", "3"]
    assert main(["restore", "in.png", "out.png", *said]) == 1
    error = capsys.readouterr().err
    assert "all of in.png but pixels of one colour" in error
    assert "invert the mask: white is missing" in error
    assert not Path("out.png").exists()


def test_masks_of_another_size_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(PICTURE).save("in.png")
    Image.fromarray(WHITE[::2, ::2]).save("m.png")
    assert main(["restore", "in.png", "out.png", *INPAINT, "m.png"]) == 1
    assert "(16, 20) does not fit" in capsys.readouterr().err


SPOT = np.pad(np.full((3, 3), 20, np.uint8), 3)


def test_psfs_of_grey_stored_as_colours_are_grey(tmp_path: Path) -> None:
    Image.fromarray(np.dstack([SPOT] * 3)).save(tmp_path / "psf.png")
    Image.fromarray(np.dstack([SPOT] * 3 + [SPOT * 0 + 255])).save(tmp_path / "a.png")
    for name in ("psf.png", "a.png"):
        psf = read_array(tmp_path / name, "psf")
        np.testing.assert_allclose(psf, SPOT / 180)


def test_psfs_with_colours_are_refused(tmp_path: Path) -> None:
    Image.fromarray(np.dstack([SPOT, SPOT, SPOT // 2])).save(tmp_path / "psf.png")
    with pytest.raises(InputError, match=r"psf\.png has colours; save .* in grey"):
        read_array(tmp_path / "psf.png", "psf")


def test_psfs_off_their_centre_are_named(tmp_path: Path) -> None:
    Image.fromarray(np.roll(SPOT, (2, -1), (0, 1))).save(tmp_path / "psf.png")
    with pytest.warns(UserWarning, match=r"\+2\.0 rows and -1\.0 columns from its"):
        read_array(tmp_path / "psf.png", "psf")


@pytest.mark.parametrize("shape", [(4, 4), (4, 5), (5, 4)])
def test_even_psfs_are_taken_as_they_are(
    tmp_path: Path, shape: tuple[int, int]
) -> None:
    tifffile.imwrite(tmp_path / "psf.tif", np.ones(shape, np.uint16))
    psf = read_array(tmp_path / "psf.tif", "psf")
    np.testing.assert_allclose(psf, np.full(shape, 1 / np.prod(shape)))


def test_stacks_of_psfs_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tifffile.imwrite("psf.tif", np.stack([SPOT] * 5), photometric="minisblack")
    blur = [*TINY, "--degradation", "blur", "--psf", "psf.tif"]
    assert main(["restore", "in.png", "out.png", *blur]) == 2
    assert "3 axes, shape (5, 9, 9); give one plane" in capsys.readouterr().err
