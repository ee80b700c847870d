"""``napari-flowprior restore --uncertainty``: mean and spread of samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_flowprior.cli import main
from napari_flowprior.restoration import Noise, posterior

NOISE = ["--prior", "tiny.safetensors", "--device", "cpu", "--sigma", "25"]
FEW = ["--samples", "3", "--steps", "2", "--seed", "4"]


def restore(*arguments: str) -> int:
    return main(["restore", *arguments, *NOISE])


def test_two_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert restore("in.png", "out.png", "--uncertainty", "std.tif", *FEW) == 0
    said = capsys.readouterr().out
    assert "out.png and std.tif: sampling with tiny, noise level 25" in said
    mean, std = np.asarray(Image.open("out.png")), tifffile.imread("std.tif")
    found = posterior(
        np.asarray(Image.open("in.png")),
        prior="tiny.safetensors",
        degradation=Noise(sigma=25),
        device="cpu",
        samples=3,
        steps=2,
        seed=4,
    )
    assert std.dtype == np.float32
    np.testing.assert_array_equal(mean, found.mean)
    np.testing.assert_array_equal(std, found.std)


def test_several_images_fill_two_folders(folder: Path) -> None:
    Path("many").mkdir()
    for name in ("a.png", "b.png"):
        Path(f"many/{name}").write_bytes(Path("in.png").read_bytes())
    assert restore("many", "done", "--uncertainty", "std", *FEW) == 0
    assert sorted(path.name for path in Path("done").iterdir()) == ["a.png", "b.png"]
    assert sorted(path.name for path in Path("std").iterdir()) == ["a.tif", "b.tif"]


@pytest.mark.parametrize("place", ["maps", "maps/"])
def test_a_single_map_in_a_folder(folder: Path, place: str) -> None:
    assert restore("in.png", "out.png", "--uncertainty", place, *FEW) == 0
    assert [path.name for path in Path("maps").iterdir()] == ["out.tif"]


def test_finer_pixels(folder: Path) -> None:
    command = ["restore", "in.png", "out.png", *NOISE, "--degradation", "downsample"]
    assert main([*command, "--uncertainty", "std.npy", *FEW]) == 0
    assert Image.open("out.png").size == (48, 40)
    assert np.load("std.npy").shape == (40, 48)


FAILING = {
    "type": (1, ["--uncertainty", "std.png"], "PNG holds"),
    "input": (1, ["--uncertainty", "in.png", "--overwrite"], "is an input itself"),
    "output": (1, ["--uncertainty", "out.tif"], "both the restored image and its"),
    "there": (1, ["--uncertainty", "there.tif"], "pass --overwrite"),
    "estimator": (2, ["--uncertainty", "u.tif", "--estimator", "map"], "leave one"),
    "one sample": (2, ["--uncertainty", "u.tif", "--samples", "1"], "from 2 to"),
    "other's": (
        2,
        ["--uncertainty", "u.tif", "--prior-weight", "1"],
        "no option --prior-weight",
    ),
    "without": (2, ["--samples", "4"], "ask for the --uncertainty"),
    "of another": (2, ["--estimator", "mmse", "--samples", "4"], "(of sampling)"),
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


def test_images_of_one_name_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.open("in.png").save("in.tif")
    assert restore("in.png", "in.tif", "done", "--uncertainty", "std", *FEW) == 1
    assert "would both become" in capsys.readouterr().err
