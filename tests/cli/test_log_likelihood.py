"""``restore --log-likelihood``: a map of how probable the result is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior import log_prob_map
from napari_flowprior.cli import main

NOISE = ["--prior", "tiny.safetensors", "--device", "cpu", "--sigma", "25"]


def restore(*arguments: str) -> int:
    return main(["restore", *arguments, *NOISE])


def test_two_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert restore("in.png", "alone.png") == 0
    assert restore("in.png", "out.png", "--log-likelihood", "bits.tif") == 0
    assert "out.png and bits.tif: mmse with tiny" in capsys.readouterr().out
    restored, bits = np.asarray(Image.open("out.png")), tifffile.imread("bits.tif")
    np.testing.assert_array_equal(restored, np.asarray(Image.open("alone.png")))
    expected = log_prob_map(restored, prior="tiny.safetensors", device="cpu")
    assert bits.dtype == np.float32
    np.testing.assert_array_equal(bits, expected)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_colours_have_one_map(folder: Path, mode: str) -> None:
    Image.open("in.png").convert(mode).save("colour.png")
    assert restore("colour.png", "out.png", "--log-likelihood", "bits.tif") == 0
    assert np.asarray(Image.open("out.png")).shape == (20, 24, len(mode))
    assert tifffile.imread("bits.tif").shape == (20, 24)


def test_stacks_keep_their_axes(folder: Path) -> None:
    plane = np.asarray(Image.open("in.png"))
    stack = np.stack([plane, plane[::-1], plane[:, ::-1]])
    tifffile.imwrite("in.tif", stack, imagej=True, metadata={"axes": "ZYX"})
    assert restore("in.tif", "out.tif", "--log-likelihood", "bits.tif") == 0
    with tifffile.TiffFile("bits.tif") as file:
        assert file.series[0].axes == "ZYX"
        assert file.series[0].shape == (3, 20, 24)


def test_several_images_fill_two_folders(folder: Path) -> None:
    Path("many").mkdir()
    for name in ("a.png", "b.png"):
        Path(f"many/{name}").write_bytes(Path("in.png").read_bytes())
    assert restore("many", "done", "--log-likelihood", "bits") == 0
    assert sorted(path.name for path in Path("done").iterdir()) == ["a.png", "b.png"]
    assert sorted(path.name for path in Path("bits").iterdir()) == ["a.tif", "b.tif"]


def test_finer_pixels(folder: Path) -> None:
    command = ["restore", "in.png", "out.png", *NOISE, "--degradation", "downsample"]
    assert main([*command, "--log-likelihood", "bits.npy"]) == 0
    assert Image.open("out.png").size == (48, 40)
    assert np.load("bits.npy").shape == (40, 48)


FAILING = {
    "type": (1, ["--log-likelihood", "bits.png"], "PNG holds"),
    "input": (1, ["--log-likelihood", "in.png", "--overwrite"], "is an input itself"),
    "output": (
        1,
        ["--log-likelihood", "out.tif"],
        "both the restored image and its map",
    ),
    "there": (1, ["--log-likelihood", "there.tif"], "pass --overwrite"),
    "both": (
        2,
        ["--log-likelihood", "b.tif", "--uncertainty", "u.tif"],
        "one of them at a time",
    ),
}


@pytest.mark.parametrize("case", FAILING)
def test_what_makes_no_sense_is_a_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    code, options, words = FAILING[case]
    tifffile.imwrite("there.tif", np.zeros((4, 4), np.float32))
    before = sorted(folder.iterdir())
    assert restore("in.png", "out.tif", *options) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1
    assert sorted(folder.iterdir()) == before
